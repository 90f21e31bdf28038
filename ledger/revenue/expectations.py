"""Expectations: which statements and payments agreements make expected, by what day, what came.

Law: what is expected follows from the terms in force at a month's end alone; what came, from the
statements that are in the books.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from ledger.months import last_day, month_of, next_month, parse_month
from ledger.revenue import agreements
from ledger.revenue.agreements import TermsInForce
from ledger.revenue.stated import Stated, stated_in
from ledger.revenue.tables import Statement, StatementRejection, StatementWaiver
from ledger.tables import ChangeRow

OPENED = "opening"
"""The mapping of a statement that was opened at the cut-over: its month makes nothing expected."""

MISSING, STAGED, ACCEPTED, WAIVED = "missing", "staged", "accepted", "waived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A statement that an agreement makes expected for a month, and where it stands.

    `received_on` is the day its first version was imported, `statement` the newest one's id; one
    that was taken back is missing, and has its id still.
    """

    agreement: str
    exchange: str
    period: str
    expected_by: date
    state: str
    received_on: date | None = None
    statement: str | None = None
    reason: str = ""

    def days_late(self, today: date) -> int:
        """Return how many days it came after it was expected, or is late by now; zero if not."""
        if self.state == WAIVED:
            return 0
        return max(((self.received_on or today) - self.expected_by).days, 0)


def expected(session: Session, period: date) -> list[Expected]:
    """Return the statements that the agreements in force make expected for a month."""
    month = month_of(period)
    rows = session.execute(
        select(Statement, ChangeRow.recorded_at)
        .join(ChangeRow, ChangeRow.number == Statement.change_no)
        .where(
            Statement.period == month,
            ~exists().where(StatementRejection.statement == Statement.id),
        )
        .order_by(Statement.agreement, Statement.version)
    )
    came: dict[str, date] = {}
    newest: dict[str, Statement] = {}
    for statement, recorded_at in rows:
        came.setdefault(statement.agreement, recorded_at.date())
        newest[statement.agreement] = statement
    in_force = {each.statement.agreement: each for each in stated_in(session, month)}
    waivers = session.scalars(select(StatementWaiver).where(StatementWaiver.period == month))
    waived = {each.agreement: each.reason for each in waivers}
    found = []
    for terms in agreements.in_force(session, last_day(period)):
        agreement = terms.agreement.id
        known = newest.get(agreement)
        state = WAIVED if agreement in waived else MISSING
        if known is not None:
            state = _state(known, in_force.get(agreement))
        found.append(
            Expected(
                agreement=agreement,
                exchange=terms.agreement.exchange,
                period=month,
                expected_by=agreements.expected_by(session, terms, period),
                state=state,
                received_on=None if state == MISSING else came.get(agreement),
                statement=known.id if known is not None else None,
                reason=waived.get(agreement, ""),
            )
        )
    return found


def _state(newest: Statement, now: Stated | None) -> str:
    """Return where a month's newest statement stands, by what is in force of the month."""
    if now is None or now.statement.id != newest.id:
        return STAGED
    return ACCEPTED if now.amount else MISSING


def months_until(session: Session, day: date) -> Iterator[date]:
    """Yield the months from the first that is known of to the last that has ended by a day."""
    first = min(
        filter(
            None,
            [
                session.scalar(
                    select(Statement.period)
                    .where(Statement.mapping != OPENED)
                    .order_by(Statement.period)
                    .limit(1)
                ),
                session.scalar(
                    select(StatementWaiver.period).order_by(StatementWaiver.period).limit(1)
                ),
            ],
        ),
        default=None,
    )
    month = parse_month(first) if first is not None else None
    while month is not None and last_day(month) < day:
        yield month
        month = next_month(month)


def payment_due(session: Session) -> Callable[[str, str], date]:
    """Return a function from an agreement and a month (`2023-10`) to the day its money is due.

    Without terms in force at the month's end, that is the day.
    """

    @cache
    def terms_by_agreement(period: date) -> dict[str, TermsInForce]:
        found = agreements.in_force(session, last_day(period))
        return {terms.agreement.id: terms for terms in found}

    @cache
    def due(agreement: str, month: str) -> date:
        period = parse_month(month)
        terms = terms_by_agreement(period).get(agreement)
        if terms is None:
            return last_day(period)
        return agreements.payment_due(session, terms, period)

    return due
