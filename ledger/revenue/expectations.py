"""Expectations: which statements and payments agreements make expected, by what day, what came.

Law: what is expected follows from the terms in force at a month's end alone; what came, from the
statements that are in the books.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.months import last_day, month_of, next_month, parse_month
from ledger.revenue import agreements
from ledger.revenue.agreements import TermsInForce
from ledger.revenue.stated import stated_in
from ledger.revenue.tables import Statement, StatementRejection, StatementWaiver
from ledger.tables import ChangeRow

MISSING, STAGED, ACCEPTED, WAIVED = "missing", "staged", "accepted", "waived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A statement that an agreement makes expected for a month, and where it stands.

    `received_on` is the day its first version was imported, `statement` the newest one's id.
    `taken_back` if the version that was accepted is not in force any more.
    """

    agreement: str
    exchange: str
    period: str
    expected_by: date
    state: str
    received_on: date | None = None
    statement: str | None = None
    taken_back: bool = False
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
        select(Statement, ChangeRow.recorded_at, StatementRejection.statement)
        .join(ChangeRow, ChangeRow.number == Statement.change_no)
        .outerjoin(StatementRejection, StatementRejection.statement == Statement.id)
        .where(Statement.period == month)
        .order_by(Statement.agreement, Statement.version)
    )
    came: dict[str, date] = {}
    newest: dict[str, Statement] = {}
    for statement, recorded_at, rejected in rows:
        if rejected is None:
            came.setdefault(statement.agreement, recorded_at.date())
            newest[statement.agreement] = statement
    in_force = {each.statement.agreement: each for each in stated_in(session, month)}
    waived = {
        each.agreement: each.reason
        for each in session.scalars(select(StatementWaiver).where(StatementWaiver.period == month))
    }
    found = []
    for terms in agreements.in_force(session, last_day(period)):
        agreement = terms.agreement.id
        statement, now = newest.get(agreement), in_force.get(agreement)
        accepted = statement is not None and now is not None and now.statement == statement
        taken_back = accepted and now is not None and not now.amount
        state = WAIVED if statement is None and agreement in waived else STAGED
        if accepted and not taken_back:
            state = ACCEPTED
        elif taken_back or (statement is None and agreement not in waived):
            state = MISSING
        found.append(
            Expected(
                agreement=agreement,
                exchange=terms.agreement.exchange,
                period=month,
                expected_by=agreements.expected_by(session, terms, period),
                state=state,
                received_on=None if taken_back else came.get(agreement),
                statement=statement.id if statement is not None else None,
                taken_back=taken_back,
                reason=waived.get(agreement, ""),
            )
        )
    return found


def months_until(session: Session, day: date) -> Iterator[date]:
    """Yield the months of which statements came or were waived, and those since that have ended."""
    first = min(
        filter(
            None,
            [
                session.scalar(select(Statement.period).order_by(Statement.period).limit(1)),
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
