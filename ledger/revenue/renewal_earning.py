"""Earning a renewal month by month.

Law: twelve parts, the first in the month in which the year begins, sum to the invoice exactly;
each is what should be earned by then, rounded down, less what was earned before.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import commodities, periods
from ledger.accounts import Chart
from ledger.journal import JournalEntry, Posting, post
from ledger.money import CONTEXT, round_down, total
from ledger.months import last_day, month_of, next_month, parse_month
from ledger.revenue.bounty_tables import Renewal, RenewalEarning, RenewalEnd
from ledger.revenue.renewals import PARTS
from ledger.sealing import Change


def parts_of(renewal: Renewal, scale: int) -> Iterator[tuple[date, Decimal]]:
    """Yield the first day of each month of a renewal's year and what that month earns."""
    month = renewal.year_from.replace(day=1)
    before = Decimal(0)
    for number in range(1, PARTS + 1):
        until = round_down(CONTEXT.divide(renewal.amount * number, Decimal(PARTS)), scale)
        yield month, until - before
        month, before = next_month(month), until


def earn(change: Change, month: date) -> list[RenewalEarning]:
    """Earn the month's part of every live renewal; return what is new.

    Parts of earlier months that were left out are earned too, each dated its own month's last
    day, or the first open day if that month is closed.

    Args:
        change: the open change.
        month: any day of the month.
    """
    session = change.session
    scales = commodities.scales(session)
    entries: list[JournalEntry] = []
    fresh: list[tuple[Renewal, date, Decimal]] = []
    for renewal in _live_in(session, month):
        done = earned_by_month(session, renewal)
        for first, amount in parts_of(renewal, scales[renewal.commodity]):
            if first > month or not amount or month_of(first) in done:
                continue
            fresh.append((renewal, first, amount))
            entries.append(_earning_entry(session, renewal, first, amount))
    earnings = [
        RenewalEarning(
            renewal=renewal.id, period=month_of(first), amount=amount, entry_number=posted.number
        )
        for (renewal, first, amount), posted in zip(fresh, post(change, entries), strict=True)
    ]
    change.add(*earnings)
    return earnings


def earned(session: Session, renewal: Renewal, *, until: date | None = None) -> Decimal:
    """Return how much of a renewal was earned so far, or by the months that ended by a day."""
    return total(
        amount
        for month, amount in earned_by_month(session, renewal).items()
        if until is None or last_day(parse_month(month)) <= until
    )


def earned_by_month(session: Session, renewal: Renewal) -> dict[str, Decimal]:
    """Return what a renewal earned so far, by month."""
    rows = session.execute(
        select(RenewalEarning.period, RenewalEarning.amount).where(
            RenewalEarning.renewal == renewal.id
        )
    )
    return {row.period: row.amount for row in rows}


def _live_in(session: Session, month: date) -> list[Renewal]:
    return list(
        session.scalars(
            select(Renewal)
            .outerjoin(RenewalEnd, RenewalEnd.renewal == Renewal.id)
            .where(RenewalEnd.renewal.is_(None), Renewal.year_from <= last_day(month))
            .order_by(Renewal.id)
        )
    )


def _earning_entry(
    session: Session, renewal: Renewal, first: date, amount: Decimal
) -> JournalEntry:
    day, relates_to = periods.open_date(session, last_day(first))
    party, money = renewal.exchange, renewal.commodity
    return JournalEntry(
        reference=f"renewal-earned:{renewal.id}:{month_of(first)}",
        effective_date=day,
        kind="renewal-earned",
        narration=f"renewal {renewal.id} earned in {month_of(first)}",
        relates_to_period=relates_to,
        postings=[
            Posting(Chart.DEFERRED_RENEWAL, amount, money, party, renewal.id),
            Posting(Chart.INCOME_RENEWAL, -amount, money, party, renewal.id),
        ],
    )
