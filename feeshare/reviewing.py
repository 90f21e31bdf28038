"""Reviewing: what waits for a person, what accepting it would mean, what is to be done first."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeshare.records import read_records
from ledger.errors import BadInput, Problem
from ledger.money import CONTEXT, parse_plain
from ledger.revenue import restatements, review, shares, statements, warnings
from ledger.revenue.review import Correction
from ledger.revenue.stated import figure_of
from ledger.revenue.tables import Statement
from ledger.tables import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A statement that waits; `next_action` is blank where it may be accepted as it is."""

    statement: Statement
    file_name: str
    quarantined: int
    warnings: int
    figure: Decimal
    rebate: Decimal
    pool: Decimal
    foundation: Decimal
    terms: str
    restates: str
    difference: Decimal | None
    next_action: str


def what_waits(session: Session) -> list[Waiting]:
    """Return the statements that wait, the parts of a month in their order."""
    return [_waiting(session, each) for each in statements.waiting(session)]


def _waiting(session: Session, statement: Statement) -> Waiting:
    figure = figure_of(session, statement)
    calculation = shares.calculate(session, statement, figure)
    before = restatements.replaces(session, statement)
    if review.adds(session, statement):
        before = None
    quarantined = len(review.in_quarantine(session, statement.id))
    warned = len(warnings.unacknowledged(session, statement.id))
    action = ""
    if quarantined or warned:
        action = f"feeshare review show {statement.id}"
    elif before is not None:
        action = f"feeshare review accept {statement.id}"
    return Waiting(
        statement=statement,
        file_name=session.scalars(
            select(Evidence.file_name).where(Evidence.sha256 == statement.evidence)
        ).one(),
        quarantined=quarantined,
        warnings=warned,
        figure=figure,
        rebate=calculation.rebate.pool,
        pool=calculation.pool,
        foundation=CONTEXT.subtract(figure, calculation.passed_on),
        terms=f"{calculation.terms.terms.kind}, terms {calculation.terms.terms.version}",
        restates="" if before is None else before.statement.id,
        difference=None if before is None else figure - before.amount,
        next_action=action,
    )


def parse_correction(
    place: str, row: int | None, amount: str | None, reason: str | None
) -> Correction:
    """Return the correction that a person typed.

    Raises:
        BadInput: something is missing, or the amount is no plain number.
    """
    problems = [
        Problem(code="option_missing", place=place, expected=f"{option}, or --file FILE for many")
        for option, given in (
            ("--row", row),
            ("--amount", amount),
            ("--reason", reason),
        )
        if given is None
    ]
    if row is None or amount is None or reason is None:
        raise BadInput(problems)
    try:
        return Correction(row=row, fee_share=parse_plain(amount), reason=reason)
    except ValueError:
        raise BadInput(
            [
                Problem(
                    code="not_a_number",
                    place=place,
                    row=row,
                    value=amount,
                    expected="a plain decimal number such as 1234.5",
                )
            ]
        ) from None


def corrections_in(path: Path) -> Sequence[Correction]:
    """Return the corrections of a CSV or YAML file with row, amount and reason.

    Raises:
        BadInput: with every problem of the file.
    """
    records, faults = read_records(path, required=("row", "amount", "reason"))
    found = []
    for record in records:
        row, amount = record.text("row"), record.quantity("amount")
        if not row.isdecimal() or not row.isascii():
            record.fault("not_a_number", "row", "a row as the file counts, such as 12")
        elif amount is not None:
            found.append(Correction(row=int(row), fee_share=amount, reason=record.text("reason")))
    faults.raise_if_any()
    return found
