"""Review: what a person has to settle about a staged statement before it counts.

Law: a quarantined row is given an amount or left out, a warning is acknowledged, each with a
reason; the file stays as it came. With its quarantined rows settled, a statement sums to the total
that its file states. The database holds all of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from ledger import commodities
from ledger.errors import BadInput, Conflict, NeedsReview, Problem, UnknownReference
from ledger.money import CONTEXT, plain, scale_of
from ledger.revenue import months_in_parts, warnings
from ledger.revenue.agreements import TermsInForce
from ledger.revenue.staging_tables import RowAside, StatementCorrection, StatementReading
from ledger.revenue.stated import figure_of
from ledger.revenue.tables import (
    Statement,
    StatementAcceptance,
    StatementLine,
    StatementRejection,
)
from ledger.revenue.terms_check import StatementFigures, amount_problems
from ledger.sealing import Change
from ledger.tables import Evidence
from ledger.validation import require_evidence

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What a row counts for from now on, zero if it is left out, and why."""

    row: int
    fee_share: Decimal
    reason: str


def reading_of(session: Session, statement: Statement) -> StatementReading | None:
    """Return how a statement's file was read; nothing for one staged before that was kept."""
    return session.get(StatementReading, statement.id)


def adds(session: Session, statement: Statement) -> bool:
    """Return whether a statement is a part of its month, to be added to the others."""
    reading = reading_of(session, statement)
    return reading is not None and reading.adds


def in_quarantine(session: Session, statement: str) -> Sequence[RowAside]:
    """Return the quarantined rows of a statement that nobody has corrected, by row."""
    return session.scalars(
        select(RowAside)
        .where(
            RowAside.statement == statement,
            RowAside.state == "quarantined",
            ~exists().where(
                StatementCorrection.statement == RowAside.statement,
                StatementCorrection.row == RowAside.row,
            ),
        )
        .order_by(RowAside.row)
    ).all()


def require_reviewed(session: Session, statement: Statement, terms: TermsInForce) -> Decimal:
    """Return what a statement comes to, if everything about it is settled.

    Raises:
        NeedsReview: rows are in quarantine or in no part of the month any more, or warnings were
            not acknowledged.
        BadInput: its figure contradicts the terms, or the total that its file states.
    """
    held = in_quarantine(session, statement.id)
    if held:
        raise NeedsReview(
            f"{len(held)} rows of {statement.id} are in quarantine:\n"
            + "\n".join(row.told for row in held),
            mend=f"feeshare review fix {statement.id} --row {held[0].row} --amount … --reason …",
        )
    _require_parts(session, statement)
    seen = warnings.unacknowledged(session, statement.id)
    if seen:
        raise NeedsReview(
            f"{statement.id} has warnings:\n" + "\n".join(each.told for each in seen),
            mend=f"If it is right all the same: feeshare review acknowledge {statement.id} "
            "--reason …",
        )
    figure = figure_of(session, statement)
    problems = [
        *_total_problems(session, statement),
        *_terms_problems(session, statement, figure, terms),
    ]
    if problems:
        raise BadInput(problems)
    return figure


def _require_parts(session: Session, statement: Statement) -> None:
    """Require that the rows which a part left out for another part are still in one."""
    if not adds(session, statement):
        return
    missing = months_in_parts.missing_rows(session, statement.agreement, statement.period)
    if statement.id in missing:
        file = session.scalar(
            select(Evidence.file_name).where(Evidence.sha256 == statement.evidence)
        )
        raise NeedsReview(
            f"{missing[statement.id]} rows that {statement.id} leaves out, because another part "
            "had them, are in no part of the month any more.",
            mend=f"Import its file once more, what is missing is staged: feeshare import {file}",
        )


def correct(change: Change, identity: str, corrections: Sequence[Correction]) -> int:
    """Say what rows of a waiting statement come to; return how many that changed.

    The same again changes nothing. All problems of all rows are told at once.

    Raises:
        UnknownReference: no statement has this id.
        Conflict: it was accepted or rejected.
        BadInput: a row is not there, or an amount cannot be paid.
    """
    session = change.session
    statement = _waiting(session, identity)
    problems: list[Problem] = []
    counted: dict[int, Decimal] = {}
    for each in corrections:
        require_evidence(each.reason, f"{identity}, row {each.row}")
        counts_for = _counts_for(session, identity, each.row)
        if counts_for is None:
            problems.append(
                _problem(
                    "reference_unknown",
                    each,
                    identity,
                    "a row of the statement that counts or is in quarantine",
                )
            )
        elif each.fee_share < 0 or scale_of(each.fee_share) > commodities.scale_of(
            session, statement.commodity
        ):
            problems.append(
                _problem(
                    "amount_invalid",
                    each,
                    identity,
                    f"zero or more, in whole payable units of {statement.commodity}",
                )
            )
        else:
            counted[each.row] = counts_for
    if problems:
        raise BadInput(problems)
    changed = [each for each in corrections if _changes(session, identity, each, counted)]
    for each in changed:
        _add(change, identity, each)
    return len(changed)


def _changes(
    session: Session, identity: str, each: Correction, counted: dict[int, Decimal]
) -> bool:
    """Return whether a correction says something new; a row left out still has to be said so."""
    said = _corrections(session, identity, each.row)
    return counted[each.row] != each.fee_share or (
        said == 0 and session.get(RowAside, (identity, each.row)) is not None
    )


def _add(change: Change, identity: str, each: Correction) -> None:
    session = change.session
    before = _counts_for(session, identity, each.row) or ZERO
    change.add(
        StatementCorrection(
            statement=identity,
            row=each.row,
            number=1 + _corrections(session, identity, each.row),
            fee_share=each.fee_share,
            difference=CONTEXT.subtract(each.fee_share, before),
            reason=each.reason,
            corrected_by=change.actor,
        )
    )


def _corrections(session: Session, identity: str, row: int) -> int:
    return (
        session.scalar(
            select(func.count()).where(
                StatementCorrection.statement == identity, StatementCorrection.row == row
            )
        )
        or 0
    )


def _counts_for(session: Session, identity: str, row: int) -> Decimal | None:
    """Return what a row counts for now; nothing if it never can."""
    number = _corrections(session, identity, row)
    if number:
        return session.get_one(StatementCorrection, (identity, row, number)).fee_share
    line = session.get(StatementLine, (identity, row))
    if line is not None:
        return line.fee_share
    aside = session.get(RowAside, (identity, row))
    return ZERO if aside is not None and aside.state == "quarantined" else None


def _waiting(session: Session, identity: str) -> Statement:
    statement = session.get(Statement, identity)
    if statement is None:
        raise UnknownReference("statement", identity, mend="See: feeshare review")
    for end, told in ((StatementAcceptance, "accepted"), (StatementRejection, "rejected")):
        if session.get(end, identity) is not None:
            raise Conflict(
                f"Statement {identity} was {told}.",
                mend="What was accepted is restated by another file: feeshare import FILE",
            )
    return statement


def _problem(code: str, each: Correction, identity: str, expected: str) -> Problem:
    return Problem(
        code=code, place=identity, row=each.row, value=plain(each.fee_share), expected=expected
    )


def _total_problems(session: Session, statement: Statement) -> list[Problem]:
    """Return whether the file's rows, with those in quarantine settled, miss its own total."""
    reading = reading_of(session, statement)
    if reading is None or reading.control_total is None:
        return []
    settled = session.scalar(
        select(func.coalesce(func.sum(StatementCorrection.difference), 0)).where(
            StatementCorrection.statement == statement.id,
            exists().where(
                RowAside.statement == StatementCorrection.statement,
                RowAside.row == StatementCorrection.row,
            ),
        )
    )
    summed = CONTEXT.add(statement.fee_share, settled or ZERO)
    if summed == reading.control_total:
        return []
    return [
        Problem(
            code="control_total_mismatch",
            place=statement.id,
            value=plain(summed),
            expected=f"{plain(reading.control_total)} {statement.commodity}, the total that the "
            "file states, from its rows with those in quarantine settled",
            mend="Settle the rows as the exchange means them, or ask it for another file.",
        )
    ]


def _terms_problems(
    session: Session, statement: Statement, figure: Decimal, terms: TermsInForce
) -> list[Problem]:
    reading = reading_of(session, statement)
    if reading is None or reading.adds:
        return []
    if figure == statement.fee_share and not reading.rows_quarantined:
        # What the file says by itself was held against the terms when it was staged.
        return []
    return [
        *amount_problems(
            terms,
            StatementFigures(
                place=statement.id,
                row=None,
                period=statement.period,
                commodity=statement.commodity,
                fee_share=figure,
                rates=frozenset([statement.rate] if statement.rate is not None else []),
                trading_fees=reading.trading_fees,
                volume=reading.volume,
            ),
        )
    ]
