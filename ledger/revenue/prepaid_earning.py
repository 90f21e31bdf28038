"""Earning a prepaid year month by month, straight line.

Law: twelve parts, the first in the month in which the year begins, sum to the invoice exactly;
each is what should be earned by then, rounded down, less what was earned before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import commodities, periods
from ledger.journal import JournalEntry, Posting, post
from ledger.money import CONTEXT, total
from ledger.months import last_day, month_of, next_month, parse_month
from ledger.revenue.bounty_tables import Renewal, RenewalEarning
from ledger.revenue.prepaid import KINDS, PARTS, Kind, Prepaid, kind_of, named
from ledger.revenue.sponsorship_tables import SponsorshipEarning
from ledger.sealing import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """What a month (`2026-10`) earned of a year, by which entry."""

    year: Prepaid
    period: str
    amount: Decimal
    entry_number: int


def parts_of(year: Prepaid, scale: int) -> Iterator[tuple[date, Decimal]]:
    """Yield the first day of each month of a year and what that month earns.

    `scale` is how many decimals the commodity's payable unit has; the amount has no more.
    """
    month = year.year_from.replace(day=1)
    units, before = int(year.amount.scaleb(scale, CONTEXT)), 0
    for number in range(1, PARTS + 1):
        until = units * number // PARTS
        yield month, Decimal(until - before).scaleb(-scale, CONTEXT)
        month, before = next_month(month), until


def earn(change: Change, month: date) -> list[Earned]:
    """Earn the month's part of every live year; return what is new.

    Parts of earlier months that were left out are earned too, each dated its own month's last
    day, or the first open day if that month is closed.

    Args:
        change: the open change.
        month: any day of the month.
    """
    session = change.session
    scales = commodities.scales(session)
    entries: list[JournalEntry] = []
    fresh: list[tuple[Prepaid, date, Decimal]] = []
    for year in (each for kind in KINDS for each in _live_in(session, kind, month)):
        done = earned_by_month(session, year)
        for first, amount in parts_of(year, scales[year.commodity]):
            if first > month or not amount or month_of(first) in done:
                continue
            fresh.append((year, first, amount))
            entries.append(_entry(session, year, first, amount))
    made = [
        Earned(year=year, period=month_of(first), amount=amount, entry_number=posted.number)
        for (year, first, amount), posted in zip(fresh, post(change, entries), strict=True)
    ]
    change.add(*(_row(each) for each in made))
    return made


def earned_in(session: Session, period: str) -> list[Earned]:
    """Return what a month (`2026-10`) earned of each year: renewals first, by id."""
    found: list[Earned] = []
    for kind in KINDS:
        rows = session.execute(
            select(kind.earned_by, kind.earnings.amount, kind.earnings.entry_number)
            .where(kind.earnings.period == period)
            .order_by(kind.earned_by)
        )
        found += [
            Earned(
                year=named(session, document), period=period, amount=amount, entry_number=number
            )
            for document, amount, number in rows
        ]
    return found


def earned(session: Session, year: Prepaid, *, until: date | None = None) -> Decimal:
    """Return how much of a year was earned so far, or by the months that ended by a day."""
    return total(
        amount
        for month, amount in earned_by_month(session, year).items()
        if until is None or last_day(parse_month(month)) <= until
    )


def earned_by_month(session: Session, year: Prepaid) -> dict[str, Decimal]:
    """Return what a year earned so far, by month."""
    kind = kind_of(year)
    rows = session.execute(
        select(kind.earnings.period, kind.earnings.amount).where(kind.earned_by == year.id)
    )
    return {row.period: row.amount for row in rows}


def _live_in(session: Session, kind: Kind, month: date) -> list[Prepaid]:
    return list(
        session.scalars(
            select(kind.table)
            .outerjoin(kind.ends, kind.ended_by == kind.table.id)
            .where(kind.ended_by.is_(None), kind.table.year_from <= last_day(month))
            .order_by(kind.table.id)
        )
    )


def _row(made: Earned) -> RenewalEarning | SponsorshipEarning:
    if isinstance(made.year, Renewal):
        return RenewalEarning(
            renewal=made.year.id,
            period=made.period,
            amount=made.amount,
            entry_number=made.entry_number,
        )
    return SponsorshipEarning(
        sponsorship=made.year.id,
        period=made.period,
        amount=made.amount,
        entry_number=made.entry_number,
    )


def _entry(session: Session, year: Prepaid, first: date, amount: Decimal) -> JournalEntry:
    kind = kind_of(year)
    day, relates_to = periods.open_date(session, last_day(first))
    party, money = year.exchange, year.commodity
    return JournalEntry(
        reference=f"{kind.name}-earned:{year.id}:{month_of(first)}",
        effective_date=day,
        kind=f"{kind.name}-earned",
        narration=f"{kind.name} {year.id} earned in {month_of(first)}",
        relates_to_period=relates_to,
        postings=[
            Posting(kind.deferred, amount, money, party, year.id),
            Posting(kind.income, CONTEXT.minus(amount), money, party, year.id),
        ],
    )
