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
from ledger.revenue import agreements, review, warnings
from ledger.revenue.agreements import TermsInForce, TermsMissing
from ledger.revenue.stated import accepted, rejected, stated_in, taken_back
from ledger.revenue.tables import Statement, StatementWaiver
from ledger.tables import ChangeRow

OPENED = "opening"
"""The mapping of a statement that was opened at the cut-over: its month makes nothing expected."""

MISSING, STAGED, ACCEPTED, WAIVED = "missing", "staged", "accepted", "waived"
HELD = "held"
"""Staged, with rows in quarantine or warnings that a person has to settle first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A statement that an agreement makes expected for a month, and where it stands.

    `received_on` is the day its first version was imported, `statement` the newest one's id; one
    that was taken back is missing, unless the month is waived, and has its id still. One that
    states nothing came like any other.
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
        select(Statement, ChangeRow.recorded_at, accepted(), taken_back())
        .join(ChangeRow, ChangeRow.number == Statement.change_no)
        .where(
            Statement.period == month,
            ~rejected(),
        )
        .order_by(Statement.agreement, Statement.version)
    )
    came: dict[str, date] = {}
    newest: dict[str, Statement] = {}
    waiting: dict[str, Statement] = {}
    counting: set[str] = set()
    for statement, recorded_at, is_accepted, is_taken_back in rows:
        came.setdefault(statement.agreement, recorded_at.date())
        newest[statement.agreement] = statement
        if not is_accepted:
            waiting[statement.agreement] = statement
        elif not is_taken_back:
            counting.add(statement.id)
    in_force = {each.statement.agreement: each.in_force for each in stated_in(session, month)}
    waivers = session.scalars(select(StatementWaiver).where(StatementWaiver.period == month))
    waived = {each.agreement: each.reason for each in waivers}
    expected_by = _expecting(session, period)
    found = []
    for terms in agreements.in_force(session, last_day(period)):
        agreement = terms.agreement.id
        known = waiting.get(agreement) or newest.get(agreement)
        state = WAIVED if agreement in waived else MISSING
        if agreement in waiting:
            state = HELD if _is_held(session, waiting[agreement]) else STAGED
        elif counting & in_force.get(agreement, {}).keys():
            state = ACCEPTED
        found.append(
            Expected(
                agreement=agreement,
                exchange=terms.agreement.exchange,
                period=month,
                expected_by=expected_by(terms),
                state=state,
                received_on=None if state == MISSING else came.get(agreement),
                statement=known.id if known is not None else None,
                reason=waived.get(agreement, ""),
            )
        )
    return found


def _expecting(session: Session, period: date) -> Callable[[TermsInForce], date]:
    """Return a function from terms to the day by which their statement of a month is expected.

    Terms that say no day of their own have the policy's, which is asked for once.
    """
    days: dict[int | None, date] = {}

    def expected_by(terms: TermsInForce) -> date:
        own = terms.details.statement_day if terms.details is not None else None
        if own not in days:
            days[own] = agreements.expected_by(session, terms, period)
        return days[own]

    return expected_by


def _is_held(session: Session, statement: Statement) -> bool:
    """Return whether something about a statement has to be settled before it is accepted."""
    return bool(
        review.in_quarantine(session, statement.id)
        or warnings.unacknowledged(session, statement.id)
    )


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
    def due(agreement: str, month: str) -> date:
        period = parse_month(month)
        try:
            terms = agreements.terms_on(session, agreement, last_day(period))
        except TermsMissing:
            return last_day(period)
        return agreements.payment_due(session, terms, period)

    return due
