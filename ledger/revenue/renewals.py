"""Renewals: a year of a connector's upkeep, invoiced ahead and earned month by month.

Law: twelve parts, the first in the month in which the year begins, sum to the invoice exactly;
each is what should be earned by then, rounded down, less what was earned before. A waiver
reverses an invoice of which nothing was earned or paid; a cancellation gives up what is not
earned: first what the exchange still owes, then money back.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import bank, commodities, parties, periods, policies
from ledger.accounts import Chart
from ledger.errors import (
    Conflict,
    NeedsReview,
    ReferenceReused,
    UnknownReference,
)
from ledger.journal import JournalEntry, Posting, post, post_one, reverse
from ledger.money import CONTEXT, plain, round_down
from ledger.months import last_day, month_of, next_month
from ledger.revenue.bounties import (
    ReceiptFor,
    bad_input,
    receive,
    received_from,
    require_evidence,
    require_payable,
    require_same,
)
from ledger.revenue.bounty_tables import Renewal, RenewalEarning, RenewalEnd
from ledger.sealing import Change
from ledger.tables import BankLine, Match, Obligation, ObligationDue

PAYMENT = "renewal-payment"
"""Kind of the match between a bank line and the renewal that it pays."""

PARTS = 12
"""A renewal is earned over this many months."""

def invoice(
    change: Change,
    *,
    identity: str,
    exchange: str,
    connector: str,
    year_from: date,
    amount: Decimal | None = None,
    commodity: str = "USD",
    source: str = "",
) -> tuple[Renewal, bool]:
    """Invoice a year of upkeep, dated the day it begins; say whether it is new.

    Without an amount the price is the policy's on that day, in USD.

    Raises:
        UnknownReference: the exchange or the commodity is not recorded.
        BadInput: the amount is not payable, or is wanted because the commodity is not USD.
        ReferenceReused: the id is there with other content.
        Conflict: another renewal of the connector covers a part of the year.
    """
    session = change.session
    known = session.get(Renewal, identity)
    if amount is None:
        amount = known.amount if known else _price(session, identity, commodity, year_from)
    require_payable(session, amount, commodity, f"renewal {identity}")
    party = parties.named(session, exchange, kind="exchange").id
    wanted = Renewal(
        id=identity,
        exchange=party,
        connector=connector,
        year_from=year_from,
        amount=amount,
        commodity=commodity,
        source=source,
        entry_number=0,
    )
    if known is not None:
        require_same("Renewal", known, wanted, without={"source", "entry_number"})
        return known, False
    _require_no_overlap(session, party, connector, year_from)
    day, relates_to = periods.open_date(session, year_from)
    entry = post_one(
        change,
        JournalEntry(
            reference=f"renewal:{identity}",
            effective_date=day,
            kind="renewal",
            narration=f"renewal of {connector} for the year from {year_from}",
            relates_to_period=relates_to,
            postings=[
                Posting(Chart.RECEIVABLE_RENEWAL, amount, commodity, party, identity),
                Posting(Chart.DEFERRED_RENEWAL, -amount, commodity, party, identity),
            ],
        ),
    )
    wanted.entry_number = entry.number
    change.add(wanted)
    return wanted, True


def named(session: Session, identity: str) -> Renewal:
    """Return a renewal by its id.

    Raises:
        UnknownReference: there is none.
    """
    found = session.get(Renewal, identity)
    if found is None:
        raise UnknownReference("renewal", identity, mend="feeshare renewal list")
    return found


def all_of(session: Session) -> list[Renewal]:
    """Return every renewal, by id."""
    return list(session.scalars(select(Renewal).order_by(Renewal.id)))


def end_of(session: Session, renewal: Renewal) -> RenewalEnd | None:
    """Return how a renewal ended early; nothing while it is earned or was earned whole."""
    return session.get(RenewalEnd, renewal.id)


def paid(session: Session, renewal: Renewal) -> Decimal:
    """Return how much came in for a renewal; a refund does not lessen it."""
    matches = bank.live_matches(session, renewal.id)
    return sum((match.amount for match in matches if match.kind == PAYMENT), Decimal(0))


def owed(session: Session, renewal: Renewal) -> Decimal:
    """Return how much of a renewal its exchange still owes."""
    end = end_of(session, renewal)
    relieved = end.relieved if end else Decimal(0)
    return renewal.amount - paid(session, renewal) - relieved


def earned(session: Session, renewal: Renewal) -> Decimal:
    """Return how much of a renewal was earned so far."""
    return sum(earned_by_month(session, renewal).values(), Decimal(0))


def receive_payment(
    change: Change, renewal: Renewal, line: BankLine, amount: Decimal, *, why: str
) -> tuple[Match, bool]:
    """Book a bank line, or a part of it, as payment of a renewal; say whether that is new.

    Raises:
        CommodityDiffers: it is in another commodity than was invoiced.
        NeedsReview: it is more than is owed.
        ReferenceReused: another amount of the line pays this renewal already.
    """
    document = ReceiptFor(
        kind=PAYMENT,
        document=renewal.id,
        account=Chart.RECEIVABLE_RENEWAL,
        party=renewal.exchange,
        commodity=renewal.commodity,
        narration=f"payment of renewal {renewal.id}",
    )
    earlier = received_from(change.session, document, line, amount)
    if earlier is not None:
        return earlier, False
    left = owed(change.session, renewal)
    if line.commodity == renewal.commodity and amount > left:
        raise NeedsReview(
            f"{plain(amount)} {renewal.commodity} is more than the {plain(left)} owed for"
            f" renewal {renewal.id!r}.",
            mend=f"Match {plain(left)} of the line with it; find out what the rest is.",
        )
    return receive(change, document, line, amount, why=why), True


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


def _price(session: Session, identity: str, commodity: str, on: date) -> Decimal:
    if commodity != "USD":
        raise bad_input(
            code="amount_missing",
            place=f"renewal {identity}",
            expected=f"an amount in {commodity}; the policy's price is in USD",
        )
    return Decimal(policies.in_force(session, "renewal-price", on))


def _require_no_overlap(session: Session, exchange: str, connector: str, first: date) -> None:
    for other in session.scalars(
        select(Renewal)
        .outerjoin(RenewalEnd, RenewalEnd.renewal == Renewal.id)
        .where(
            Renewal.exchange == exchange,
            Renewal.connector == connector,
            RenewalEnd.renewal.is_(None),
        )
    ):
        apart = (first.year - other.year_from.year) * 12 + first.month - other.year_from.month
        if abs(apart) < PARTS:
            raise Conflict(
                f"Renewal {other.id!r} covers {connector} for the year from {other.year_from}.",
                mend="Look whether this is the same invoice; cancel the other one if not.",
            )


def _live_in(session: Session, month: date) -> list[Renewal]:
    return list(
        session.scalars(
            select(Renewal)
            .outerjoin(RenewalEnd, RenewalEnd.renewal == Renewal.id)
            .where(RenewalEnd.renewal.is_(None), Renewal.year_from <= last_day(month))
            .order_by(Renewal.id)
        )
    )


def earned_by_month(session: Session, renewal: Renewal) -> dict[str, Decimal]:
    rows = session.execute(
        select(RenewalEarning.period, RenewalEarning.amount).where(
            RenewalEarning.renewal == renewal.id
        )
    )
    return {row.period: row.amount for row in rows}


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
