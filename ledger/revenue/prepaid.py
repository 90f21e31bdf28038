"""Prepaid years: what is invoiced to an exchange for a year ahead, and what came in for it.

Law: a renewal and a sponsorship are the same but for their accounts: invoiced whole, paid by bank
lines, earned month by month, given up for what is not earned.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ledger import bank, periods
from ledger.accounts import Chart
from ledger.bank_tables import BankLine, Match
from ledger.errors import Conflict, NeedsReview, ReferenceReused, UnknownReference
from ledger.journal import JournalEntry, Posted, Posting, post_one
from ledger.money import CONTEXT, plain, total
from ledger.receipts import ReceiptFor, receive, received_from
from ledger.revenue.bounty_tables import Renewal, RenewalEarning, RenewalEnd
from ledger.revenue.sponsorship_tables import (
    Sponsorship,
    SponsorshipCredit,
    SponsorshipEarning,
    SponsorshipEnd,
)
from ledger.sealing import Change

Prepaid: TypeAlias = Renewal | Sponsorship
End: TypeAlias = RenewalEnd | SponsorshipEnd

PARTS = 12
"""A year is earned over this many months."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a year is a year of: its tables, and the accounts that it is booked to.

    `earned_by` and `ended_by` are the columns that name the year in its earnings and ends.
    """

    name: str
    table: type[Renewal] | type[Sponsorship]
    earnings: type[RenewalEarning] | type[SponsorshipEarning]
    ends: type[RenewalEnd] | type[SponsorshipEnd]
    earned_by: InstrumentedAttribute[str]
    ended_by: InstrumentedAttribute[str]
    receivable: Chart
    deferred: Chart
    income: Chart

    @property
    def payment(self) -> str:
        """Return the kind of the match between a bank line and the year that it pays."""
        return f"{self.name}-payment"


RENEWAL = Kind(
    name="renewal",
    table=Renewal,
    earnings=RenewalEarning,
    ends=RenewalEnd,
    earned_by=RenewalEarning.renewal,
    ended_by=RenewalEnd.renewal,
    receivable=Chart.RECEIVABLE_RENEWAL,
    deferred=Chart.DEFERRED_RENEWAL,
    income=Chart.INCOME_RENEWAL,
)
SPONSORSHIP = Kind(
    name="sponsorship",
    table=Sponsorship,
    earnings=SponsorshipEarning,
    ends=SponsorshipEnd,
    earned_by=SponsorshipEarning.sponsorship,
    ended_by=SponsorshipEnd.sponsorship,
    receivable=Chart.RECEIVABLE_SPONSORSHIP,
    deferred=Chart.DEFERRED_SPONSORSHIP,
    income=Chart.INCOME_SPONSORSHIP,
)
KINDS = (RENEWAL, SPONSORSHIP)


def kind_of(year: Prepaid) -> Kind:
    """Return what a year is a year of."""
    return RENEWAL if isinstance(year, Renewal) else SPONSORSHIP


def ids(session: Session) -> set[str]:
    """Return the ids of all years, by which a memo can name them."""
    return {each for kind in KINDS for each in session.scalars(select(kind.table.id))}


def named(session: Session, identity: str) -> Prepaid:
    """Return a renewal or a sponsorship by its id.

    Raises:
        UnknownReference: there is none.
    """
    found = session.get(Renewal, identity) or session.get(Sponsorship, identity)
    if found is not None:
        return found
    raise UnknownReference(
        "renewal or sponsorship",
        identity,
        mend="feeshare renewal list; feeshare sponsorship list",
    )


def invoice(
    change: Change, year: Prepaid, *, credited: Sequence[Posting] = (), narration: str
) -> Posted:
    """Post the invoice of a year, dated the day it begins or the first open day, and keep it.

    `credited` are debits that pay a part of it at once; the exchange owes the rest.

    Raises:
        ReferenceReused: a year of the other kind has its id, which payments name alone.
    """
    kind = kind_of(year)
    for other in KINDS:
        if other is not kind and change.session.get(other.table, year.id) is not None:
            raise ReferenceReused("Id", year.id, f"it is that of a {other.name}")
    day, relates_to = periods.open_date(change.session, year.year_from)
    party, money = year.exchange, year.commodity
    owed = CONTEXT.subtract(year.amount, total(each.amount for each in credited))
    receivable = [Posting(kind.receivable, owed, money, party, year.id)] if owed else []
    posted = post_one(
        change,
        JournalEntry(
            reference=f"{kind.name}:{year.id}",
            effective_date=day,
            kind=kind.name,
            narration=narration,
            relates_to_period=relates_to,
            postings=[
                *receivable,
                *credited,
                Posting(kind.deferred, CONTEXT.minus(year.amount), money, party, year.id),
            ],
        ),
    )
    year.entry_number = posted.number
    change.add(year)
    return posted


def end_of(session: Session, year: Prepaid, *, until: date | None = None) -> End | None:
    """Return how a year ended early, until a day; nothing while it is or was earned whole."""
    end: End | None
    if isinstance(year, Renewal):
        end = session.get(RenewalEnd, year.id)
    else:
        end = session.get(SponsorshipEnd, year.id)
    return None if end and until and end.on > until else end


def paid(session: Session, year: Prepaid, *, until: date | None = None) -> Decimal:
    """Return how much came in for a year, until a day; a refund does not lessen it."""
    payment = kind_of(year).payment
    matches = bank.live_matches(session, year.id, until=until)
    return total(match.amount for match in matches if match.kind == payment)


def credited(session: Session, year: Prepaid, kind: str | None = None) -> Decimal:
    """Return how much is credited towards a year, by a kind of credit or by all."""
    if isinstance(year, Renewal):
        return Decimal(0)
    return total(
        each.amount
        for each in session.scalars(
            select(SponsorshipCredit).where(SponsorshipCredit.sponsorship == year.id)
        )
        if kind in (None, each.kind)
    )


def owed(session: Session, year: Prepaid, *, until: date | None = None) -> Decimal:
    """Return how much of a year its exchange still owes, or owed at the end of a day."""
    end = end_of(session, year, until=until)
    given = (
        paid(session, year, until=until),
        credited(session, year),
        end.relieved if end else Decimal(0),
    )
    return CONTEXT.subtract(year.amount, total(given))


def receive_payment(
    change: Change, year: Prepaid, line: BankLine, amount: Decimal, *, why: str
) -> tuple[Match, bool]:
    """Book a bank line, or a part of it, as payment of a year; say whether that is new.

    Raises:
        CommodityDiffers: it is in another commodity than was invoiced.
        NeedsReview: it is more than is owed.
        ReferenceReused: another amount of the line pays this year already.
    """
    kind = kind_of(year)
    document = ReceiptFor(
        kind=kind.payment,
        document=year.id,
        account=kind.receivable,
        party=year.exchange,
        commodity=year.commodity,
        narration=f"payment of {kind.name} {year.id}",
    )
    earlier = received_from(change.session, document, line, amount)
    if earlier is not None:
        return earlier, False
    left = owed(change.session, year)
    if line.commodity == year.commodity and amount > left:
        raise NeedsReview(
            f"{plain(amount)} {year.commodity} is more than the {plain(left)} owed for"
            f" {kind.name} {year.id!r}.",
            mend=f"Match {plain(left)} of the line with it; find out what the rest is.",
        )
    return receive(change, document, line, amount, why=why), True


def require_no_overlap(years: Sequence[Prepaid], first: date, what: str) -> None:
    """Refuse a year that begins while one of others is not over.

    Raises:
        Conflict: one of them covers a part of it.
    """
    for other in years:
        apart = (first.year - other.year_from.year) * 12 + first.month - other.year_from.month
        if abs(apart) < PARTS:
            raise Conflict(
                f"{kind_of(other).name.capitalize()} {other.id!r} covers {what} for the year "
                f"from {other.year_from}.",
                mend="Look whether this is the same invoice; cancel the other one if not.",
            )
