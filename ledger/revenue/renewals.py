"""Renewals: a year of a connector's upkeep, invoiced to an exchange ahead, and what it paid."""

from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import bank, parties, periods, policies
from ledger.accounts import Chart
from ledger.bank_tables import BankLine, Match
from ledger.errors import Conflict, NeedsReview, UnknownReference
from ledger.journal import JournalEntry, Posting, post_one
from ledger.money import plain, total
from ledger.receipts import ReceiptFor, receive, received_from
from ledger.revenue.bounty_tables import Renewal, RenewalEnd
from ledger.sealing import Change
from ledger.validation import bad_input, require_payable, require_same

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


def end_of(session: Session, renewal: Renewal, *, until: date | None = None) -> RenewalEnd | None:
    """Return how a renewal ended early, until a day; nothing while it is or was earned whole."""
    end = session.get(RenewalEnd, renewal.id)
    return None if end and until and end.on > until else end


def paid(session: Session, renewal: Renewal, *, until: date | None = None) -> Decimal:
    """Return how much came in for a renewal, until a day; a refund does not lessen it."""
    matches = bank.live_matches(session, renewal.id, until=until)
    return total(match.amount for match in matches if match.kind == PAYMENT)


def owed(session: Session, renewal: Renewal, *, until: date | None = None) -> Decimal:
    """Return how much of a renewal its exchange still owes, or owed at the end of a day."""
    end = end_of(session, renewal, until=until)
    relieved = end.relieved if end else Decimal(0)
    return renewal.amount - paid(session, renewal, until=until) - relieved


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
