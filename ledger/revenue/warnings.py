"""Warnings: what is no mistake by itself, and still has to be seen by a person before it counts.

Law: a statement with a warning is accepted once each of its warnings is acknowledged, with a
reason. The database holds it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from statistics import median_high

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from ledger import policies
from ledger.errors import Problem
from ledger.money import CONTEXT, plain
from ledger.months import last_day, parse_month
from ledger.revenue.drafts import Draft
from ledger.revenue.staging_tables import StatementWarning, WarningAcknowledgement
from ledger.revenue.stated import months_before
from ledger.revenue.tables import Statement
from ledger.sealing import Change

SHOWN_ROWS = 10
"""More rows than this are counted, not listed."""

ENOUGH_MONTHS = 3
"""Fewer months say nothing about what is usual."""


def add(
    change: Change, statement: Statement, draft: Draft, of_the_file: Sequence[Problem]
) -> None:
    """Keep what a person should see about a statement that was staged now."""
    found = [
        *of_the_file,
        *_of_rows(draft),
        *_outlier(change.session, statement),
    ]
    change.add(
        *(
            StatementWarning(
                statement=statement.id,
                number=number,
                code=each.code,
                told=replace(each, place=each.place or statement.id).sentence(),
            )
            for number, each in enumerate(found, start=1)
        )
    )


def unacknowledged(session: Session, statement: str) -> Sequence[StatementWarning]:
    """Return the warnings of a statement that nobody has acknowledged."""
    return session.scalars(
        select(StatementWarning)
        .where(
            StatementWarning.statement == statement,
            ~exists().where(
                WarningAcknowledgement.statement == StatementWarning.statement,
                WarningAcknowledgement.number == StatementWarning.number,
            ),
        )
        .order_by(StatementWarning.number)
    ).all()


def acknowledge(change: Change, statement: str, *, code: str | None, reason: str) -> int:
    """Acknowledge the open warnings of a statement, or those of one code; return how many.

    Raises:
        DatabaseRefused: the statement does not wait any more.
    """
    found = [
        each
        for each in unacknowledged(change.session, statement)
        if code is None or each.code == code
    ]
    change.add(
        *(
            WarningAcknowledgement(
                statement=statement,
                number=each.number,
                reason=reason,
                acknowledged_by=change.actor,
            )
            for each in found
        )
    )
    return len(found)


def _of_rows(draft: Draft) -> Iterator[Problem]:
    if draft.repeated_rows:
        yield Problem(
            code="row_repeated",
            row=draft.repeated_rows[0],
            value=_listed(draft.repeated_rows),
            expected="each row once; these say what an earlier row says, and count as well",
        )
    if draft.zero_rows:
        yield Problem(
            code="zero_amount",
            row=draft.zero_rows[0],
            value=_listed(draft.zero_rows),
            expected="amounts above zero",
        )


def _outlier(session: Session, statement: Statement) -> Iterator[Problem]:
    """Yield that a statement is many times what the months before came to."""
    on = last_day(parse_month(statement.period))
    rule = policies.in_force(session, "statement-outlier", on)
    amounts = months_before(session, statement.agreement, statement.period, rule["months"])
    if len(amounts) < ENOUGH_MONTHS:
        return
    usual = median_high(amounts)
    factor = Decimal(rule["factor"])
    if statement.fee_share > CONTEXT.multiply(usual, factor):
        yield Problem(
            code="outlier",
            value=f"{plain(statement.fee_share)} {statement.commodity}",
            expected=f"up to {plain(factor)} times {plain(usual)}, the median of the "
            f"{len(amounts)} months before",
        )


def _listed(rows: Iterable[int]) -> str:
    numbers = [str(row) for row in rows]
    more = len(numbers) - SHOWN_ROWS
    return f"row {', '.join(numbers[:SHOWN_ROWS])}" + (f" and {more} more" if more > 0 else "")
