"""Sponsorships: a year under a tier, invoiced whole, with what is credited towards it.

Law: a tier's price is a policy's, dated. A bounty's fee is credited once; the rest of a renewal
that an exchange moves is credited on the day it moves, so that no month is paid twice.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import parties, periods, policies
from ledger.errors import UnknownReference
from ledger.journal import Posting
from ledger.money import CONTEXT, plain
from ledger.revenue import prepaid
from ledger.revenue.bounty_tables import Renewal, RenewalEnd
from ledger.revenue.prepaid_ends import MOVED, earlier_end, left_of, unwind
from ledger.revenue.sponsorship_credits import (
    FEE,
    RENEWAL_LEFT,
    CreditUnfounded,
    fee_of,
    fee_posting,
)
from ledger.revenue.sponsorship_tables import Sponsorship, SponsorshipCredit, SponsorshipEnd
from ledger.sealing import Change
from ledger.validation import bad_input, require_payable, require_same

POLICY = "sponsorship-prices"


def add(
    change: Change,
    *,
    identity: str,
    exchange: str,
    tier: str,
    year_from: date,
    amount: Decimal | None = None,
    commodity: str = "USD",
    source: str = "",
    bounty: str | None = None,
    moved: Sequence[Renewal] = (),
) -> tuple[Sponsorship, bool]:
    """Invoice a year of sponsorship, dated the day it begins; say whether it is new.

    Args:
        change: the open change.
        identity: its id, by which a memo can name it.
        exchange: who sponsors, by name or alias.
        tier: a tier of the policy on that day.
        year_from: the day the year begins, which has come.
        amount: the year's price; blank is the tier's, in USD.
        commodity: what it is paid in.
        source: where it was agreed.
        bounty: a released bounty of the exchange whose fee is credited.
        moved: renewals that the exchange gives up for it; what is not earned of them is credited.

    Raises:
        UnknownReference: the exchange, commodity or bounty is not recorded.
        BadInput: the tier is none, or the amount is not payable, not the tier's, or wanted because
            the commodity is not USD.
        ReferenceReused: the id is there with other content.
        Conflict: another sponsorship covers a part of the year.
        CreditUnfounded: the bounty's fee, or the rest of a renewal, cannot be credited.
        NeedsReview: a month of a renewal that is over was not earned yet.
    """
    session = change.session
    known = session.get(Sponsorship, identity)
    if amount is None:
        amount = known.amount if known else _price(session, identity, tier, commodity, year_from)
    require_payable(session, amount, commodity, f"sponsorship {identity}")
    wanted = Sponsorship(
        id=identity,
        exchange=parties.named(session, exchange, kind="exchange").id,
        tier=tier,
        year_from=year_from,
        amount=amount,
        commodity=commodity,
        source=source,
        entry_number=0,
    )
    if known is not None:
        require_same("Sponsorship", known, wanted, without={"source", "entry_number"})
        _require_credited(session, known, [*([bounty] if bounty else []), *_ids(moved)])
        return known, False
    _require_tier(session, wanted)
    live = of_exchange(session, wanted.exchange)
    prepaid.require_no_overlap(live, year_from, wanted.exchange)
    fee = fee_of(session, wanted, bounty) if bounty else None
    prepaid.invoice(
        change,
        wanted,
        credited=[fee_posting(wanted, bounty, fee)] if bounty and fee else [],
        narration=f"sponsorship {tier} of {wanted.exchange} for the year from {year_from}",
    )
    if bounty and fee:
        _credit(change, wanted, FEE, bounty, fee)
    for each in moved:
        _move(change, each, wanted)
    return wanted, True


def named(session: Session, identity: str) -> Sponsorship:
    """Return a sponsorship by its id.

    Raises:
        UnknownReference: there is none.
    """
    found = session.get(Sponsorship, identity)
    if found is None:
        raise UnknownReference("sponsorship", identity, mend="feeshare sponsorship list")
    return found


def all_of(session: Session) -> list[Sponsorship]:
    """Return every sponsorship, by id."""
    return list(session.scalars(select(Sponsorship).order_by(Sponsorship.id)))


def of_exchange(session: Session, exchange: str) -> list[Sponsorship]:
    """Return the sponsorships of an exchange that did not end early, oldest first."""
    return list(
        session.scalars(
            select(Sponsorship)
            .outerjoin(SponsorshipEnd, SponsorshipEnd.sponsorship == Sponsorship.id)
            .where(Sponsorship.exchange == exchange, SponsorshipEnd.sponsorship.is_(None))
            .order_by(Sponsorship.year_from, Sponsorship.id)
        )
    )


def credits_of(session: Session, sponsorship: Sponsorship) -> list[SponsorshipCredit]:
    """Return what is credited towards a sponsorship, by kind and document."""
    return list(
        session.scalars(
            select(SponsorshipCredit)
            .where(SponsorshipCredit.sponsorship == sponsorship.id)
            .order_by(SponsorshipCredit.kind, SponsorshipCredit.document)
        )
    )


def _price(session: Session, identity: str, tier: str, commodity: str, on: date) -> Decimal:
    prices = policies.in_force(session, POLICY, on)
    if tier in prices and commodity == "USD":
        return Decimal(prices[tier])
    if tier not in prices:
        raise _tier_unknown(identity, tier, prices)
    raise bad_input(
        code="amount_missing",
        place=f"sponsorship {identity}",
        expected=f"an amount in {commodity}; the policy's prices are in USD",
    )


def _require_tier(session: Session, wanted: Sponsorship) -> None:
    """Refuse a tier that is none, and an amount in USD that belongs to another one."""
    prices = policies.in_force(session, POLICY, wanted.year_from)
    if wanted.tier not in prices:
        raise _tier_unknown(wanted.id, wanted.tier, prices)
    least = Decimal(prices[wanted.tier])
    above = [Decimal(each) for each in prices.values() if Decimal(each) > least]
    fits = least <= wanted.amount and (not above or wanted.amount < min(above))
    if wanted.commodity == "USD" and not fits:
        to = f", below {plain(min(above))}" if above else ""
        raise bad_input(
            code="amount_invalid",
            place=f"sponsorship {wanted.id}",
            value=plain(wanted.amount),
            expected=f"a price of {wanted.tier}: from {plain(least)}{to} USD",
        )


def _tier_unknown(identity: str, tier: str, prices: dict[str, str]) -> Exception:
    return bad_input(
        code="value_unknown",
        place=f"sponsorship {identity}",
        value=tier,
        expected=f"one of {', '.join(prices)} (policy {POLICY})",
    )


def _move(change: Change, renewal: Renewal, sponsorship: Sponsorship) -> None:
    """Give up what is not earned of a renewal, and credit what was paid of it."""
    if (renewal.exchange, renewal.commodity) != (sponsorship.exchange, sponsorship.commodity):
        what = f"it is {renewal.exchange}'s, in {renewal.commodity}"
        raise CreditUnfounded(sponsorship.id, renewal.id, what)
    session = change.session
    day, _ = periods.open_date(session, sponsorship.year_from)
    evidence = f"moved to sponsorship {sponsorship.id}"
    earlier_end(session, renewal, MOVED, day, evidence)
    given_up = left_of(session, renewal, evidence=evidence, on=day)
    if given_up.refunded > prepaid.owed(session, sponsorship):
        what = f"{plain(given_up.refunded)} is more than is owed for the sponsorship"
        raise CreditUnfounded(sponsorship.id, renewal.id, what)
    back = Posting(
        prepaid.SPONSORSHIP.receivable,
        CONTEXT.minus(given_up.refunded),
        sponsorship.commodity,
        sponsorship.exchange,
        sponsorship.id,
    )
    unwind(change, renewal, given_up, back, kind=MOVED, evidence=evidence, on=day)
    if given_up.refunded:
        _credit(change, sponsorship, RENEWAL_LEFT, renewal.id, given_up.refunded)


def _credit(
    change: Change, sponsorship: Sponsorship, kind: str, document: str, amount: Decimal
) -> None:
    change.add(
        SponsorshipCredit(kind=kind, document=document, sponsorship=sponsorship.id, amount=amount)
    )


def _require_credited(session: Session, known: Sponsorship, wanted: Sequence[str]) -> None:
    """Refuse other credits than a sponsorship was invoiced with."""
    there = {each.document for each in credits_of(session, known)}
    for document in wanted:
        end = session.get(RenewalEnd, document)
        moved_here = end is not None and end.evidence == f"moved to sponsorship {known.id}"
        if document not in there and not moved_here:
            raise CreditUnfounded(known.id, document, "it is invoiced already, without it")


def _ids(renewals: Sequence[Renewal]) -> list[str]:
    return [each.id for each in renewals]
