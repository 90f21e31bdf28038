"""The calendar: the due dates of every source, one line each, of a stretch of days."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeshare import due_date_sources as sources
from ledger import business_days, policies
from ledger.business_days import Works
from ledger.due_dates import DueDate, chosen
from ledger.months import last_day, next_month
from ledger.sealing import head
from ledger.tables import ChangeRow
from ledger.validation import bad_input

Source = Callable[[Session, date], Iterable[DueDate]]
"""Finds due dates in the books until a day."""

SourceFromToday = Callable[[Session, date, date], Iterable[DueDate]]
"""Finds due dates in the books until a day (the last argument), seen from another."""

SOURCES: tuple[Source, ...] = (
    sources.statements,
    sources.payments,
    sources.invoice_payments,
    sources.destination_holds,
    sources.payee_holds,
    sources.stale_prices,
    sources.payouts,
)
"""Whatever knows due dates."""

FROM_TODAY: tuple[SourceFromToday, ...] = (sources.bounties, sources.connectors)
"""Whatever knows due dates that depend on the day they are looked at from."""

MONTHS_AHEAD = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDates:
    """The due dates of a stretch of days, with what they are shown by.

    `books` tells these books from others; `sealed_at` is the moment of the newest change read.
    """

    found: list[DueDate]
    works: Works
    books: str
    sealed_at: datetime


def due_dates(
    session: Session, *, first: date | None, last: date | None, today: date | None
) -> DueDates:
    """Return the due dates from a day to another, both included.

    Args:
        session: a session.
        first: the first day; else today, with what is overdue before it.
        last: the last day; else the last of the third month after today's.
        today: the day to look at them from; else that of the newest change, so that the same
            books give the same.

    Raises:
        BadInput: the days are in the wrong order.
    """
    newest = head(session)
    genesis = session.scalars(select(ChangeRow).where(ChangeRow.number == 1)).one()
    sealed_at = newest.recorded_at or genesis.recorded_at
    today = today or sealed_at.astimezone(UTC).date()
    until = last or _ahead(today)
    if first is not None and first > until:
        expected = f"{first} or later, as it begins there"
        raise bad_input(code="date_invalid", place="--to", value=str(until), expected=expected)
    found = [each for source in SOURCES for each in source(session, until)]
    found += [each for source in FROM_TODAY for each in source(session, today, until)]
    return DueDates(
        found=chosen(found, first=first, last=until, today=today),
        works=business_days.works(policies.in_force(session, "holiday-calendar", today)),
        books=genesis.hash.hex(),
        sealed_at=sealed_at.astimezone(UTC),
    )


def _ahead(today: date) -> date:
    month = today
    for _ in range(MONTHS_AHEAD):
        month = next_month(month)
    return last_day(month)
