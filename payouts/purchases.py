"""Purchases: what a proposal lets be spent of an exchange's fee share, and what was bought by it.

Law: what is spent under a mandate never exceeds its part of what the exchange has paid by then;
the database refuses it too. A purchase is a conversion, with two matched bank lines; nothing of it
is told twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import conversions, parties
from ledger.bank_tables import BankLine, Conversion
from ledger.commodities import scale_of
from ledger.conversions import Side
from ledger.errors import UnknownReference
from ledger.money import CONTEXT, plain, total
from ledger.sealing import Change
from ledger.validation import bad_input, require_same
from payouts import proposals, votes
from payouts.purchase_tables import Purchase, PurchaseMandate

LAST_DAY = date.max


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a mandate stands on a day, in the commodity that it spends.

    `base` is what the exchange paid from its first day on, `allowed` its part of that, `left` what
    may still be spent: below zero only if a receipt was taken back since.
    """

    base: Decimal
    allowed: Decimal
    spent: Decimal

    @property
    def left(self) -> Decimal:
        """Return what may still be spent."""
        return CONTEXT.subtract(self.allowed, self.spent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """A purchase with its mandate and lines, and how the mandate stood at the end of its day."""

    mandate: PurchaseMandate
    conversion: Conversion
    sold: BankLine
    bought: BankLine
    standing: Standing


def add_mandate(
    change: Change, proposal: str, exchange: str, terms: PurchaseMandate
) -> tuple[PurchaseMandate, bool]:
    """Record what part of an exchange's fee share a proposal lets be spent; say if it is new.

    Args:
        change: the open change.
        proposal: what allows it, by id, hash or label; its vote passed, or it is in the list of
            those that did.
        exchange: whose fee share, by id, name or alias.
        terms: fraction, commodities and days; its proposal and exchange are set here.

    Raises:
        UnknownReference: there is no such proposal, exchange or commodity.
        BadInput: the proposal did not pass, or the terms are none.
        ReferenceReused: the mandate is there with other terms.
    """
    session = change.session
    terms.proposal = proposals.identity_named(session, proposal)
    terms.exchange = parties.named(session, exchange, kind="exchange").id
    place = f"mandate of {terms.proposal} for {terms.exchange}"
    for commodity in (terms.spent, terms.bought):
        scale_of(session, commodity)
    _require_passed(session, terms.proposal, place)
    expected = ""
    if not 0 < terms.fraction <= 1:
        expected = "a fraction above 0, up to 1, such as 0.5"
    elif terms.spent == terms.bought:
        expected = "two commodities"
    elif terms.until is not None and terms.until < terms.since:
        expected = "a last day that is not before the first"
    if expected:
        raise bad_input(code="purchase_invalid", place=place, expected=expected)
    known = session.get(PurchaseMandate, (terms.proposal, terms.exchange))
    if known is not None:
        require_same("Mandate", known, terms, without={"source"})
        return known, False
    change.add(terms)
    return terms, True


def record(
    change: Change, identity: str, mandate: PurchaseMandate, sold: Side, bought: Side, *, why: str
) -> tuple[Purchase, bool]:
    """Record a purchase: convert between its two bank lines, under a mandate; say if it is new.

    Raises:
        UnknownReference: there is no such bank line.
        BadInput: it is no conversion, not of the mandate's commodities, before its first day, or
            spends more than is left.
        ReferenceReused: the id is there with other content.
    """
    session = change.session
    made, _ = conversions.convert(change, identity, sold, bought, why=why)
    wanted = Purchase(conversion=made.id, proposal=mandate.proposal, exchange=mandate.exchange)
    known = session.get(Purchase, made.id)
    if known is not None:
        require_same("Purchase", known, wanted, without=set())
        return known, False
    out, into = (session.get_one(BankLine, line) for line in (made.sold_line, made.bought_line))
    found = standing(session, mandate, until=max(out.on, _last_day(session, mandate)))
    expected = ""
    if (out.commodity, into.commodity) != (mandate.spent, mandate.bought):
        expected = f"{mandate.spent} spent and {mandate.bought} bought, as its mandate says"
    elif out.on < mandate.since:
        expected = f"a line of {mandate.since} or later, when its mandate begins"
    elif made.sold > found.left:
        expected = (
            f"{plain(found.left)} {mandate.spent} or less: of {plain(found.base)} that "
            f"{mandate.exchange} paid, {plain(found.allowed)} may be spent by {mandate.proposal}, "
            f"and {plain(found.spent)} was"
        )
    if expected:
        place, value = f"purchase {identity}", f"{plain(made.sold)} {out.commodity}"
        raise bad_input(code="purchase_invalid", place=place, value=value, expected=expected)
    _require_passed(session, mandate.proposal, f"purchase {identity}")
    change.add(wanted)
    return wanted, True


def mandate_named(session: Session, proposal: str, exchange: str | None = None) -> PurchaseMandate:
    """Return a proposal's mandate: the only one, or that for an exchange.

    Raises:
        UnknownReference: there is none, or several and no exchange is named.
        NeedsReview: the proposal's label was used for several.
    """
    identity = proposals.identity_named(session, proposal)
    whose = None if exchange is None else parties.named(session, exchange, kind="exchange").id
    found = [
        each
        for each in mandates(session)
        if each.proposal == identity and whose in (None, each.exchange)
    ]
    if len(found) != 1:
        mend = "feeshare purchase mandates lists them; name one exchange of several."
        raise UnknownReference(
            "mandate to purchase", f"{identity} {whose or ''}".strip(), mend=mend
        )
    return found[0]


def mandates(session: Session) -> Sequence[PurchaseMandate]:
    """Return every mandate, by its first day, proposal and exchange."""
    return session.scalars(
        select(PurchaseMandate).order_by(
            PurchaseMandate.since, PurchaseMandate.proposal, PurchaseMandate.exchange
        )
    ).all()


def purchases_of(
    session: Session, mandate: PurchaseMandate
) -> list[tuple[Conversion, BankLine, BankLine]]:
    """Return what was bought under a mandate: conversions with both lines, by the day of sale."""
    under = set(
        session.scalars(
            select(Purchase.conversion).where(
                Purchase.proposal == mandate.proposal, Purchase.exchange == mandate.exchange
            )
        )
    )
    return [row for row in conversions.all_of(session) if row[0].id in under]


def made_until(session: Session, until: date = LAST_DAY) -> list[Bought]:
    """Return every purchase whose lines are of a day and before, as it stood when it was made."""
    return [
        Bought(
            mandate=mandate,
            conversion=made,
            sold=out,
            bought=into,
            standing=standing(session, mandate, until=out.on),
        )
        for mandate in mandates(session)
        for made, out, into in purchases_of(session, mandate)
        if max(out.on, into.on) <= until
    ]


def standing(session: Session, mandate: PurchaseMandate, *, until: date = LAST_DAY) -> Standing:
    """Return how a mandate stands at the end of a day: what came in and what was spent by then."""
    whose = (mandate.proposal, mandate.exchange)
    base: Decimal = session.scalar(select(func.purchase_base(*whose, until))) or Decimal(0)
    made = purchases_of(session, mandate)
    return Standing(
        base=base,
        allowed=CONTEXT.multiply(mandate.fraction, base),
        spent=total(each.sold for each, out, _ in made if out.on <= until),
    )


def _last_day(session: Session, mandate: PurchaseMandate) -> date:
    return max((out.on for _, out, _ in purchases_of(session, mandate)), default=mandate.since)


def _require_passed(session: Session, identity: str, place: str) -> None:
    vote = votes.newest(session, identity)
    # Without a vote it stands in the list of those that passed: it would have no name otherwise.
    decision = None if vote is None else votes.decision_of(session, vote)
    if decision is not None and not decision.has_passed:
        expected = f"a proposal that passed; this one: {decision.told}"
        raise bad_input(code="proposal_invalid", place=place, expected=expected)
