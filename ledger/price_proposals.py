"""Proposed prices: outliers, or others than those there; two persons stand for them."""

from datetime import date
from decimal import Decimal

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from ledger.errors import UnknownReference
from ledger.price_checks import require_sound
from ledger.price_origins import Origin
from ledger.price_tables import PriceAcceptance, PriceProposal
from ledger.sealing import Change
from ledger.users import require_second_person
from ledger.validation import require_evidence, require_not_later

OUTLIER, OTHER_PRICE = "outlier", "other price"


def propose(
    change: Change,
    *,
    commodity: str,
    quote: str,
    on: date,
    price: Decimal,
    source: str,
    origin: Origin,
    cause: str,
    reason: str,
) -> tuple[PriceProposal, bool]:
    """Propose a price that does not hold by one person's word; say whether that is new.

    Raises:
        PriceInvalid: it could never be right.
        BadInput: the reason is blank, or the day has not come yet.
    """
    session = change.session
    require_evidence(reason, "reason of the override")
    require_not_later(on, change.at.date(), f"price of {commodity}")
    require_sound(session, commodity=commodity, quote=quote, on=on, price=price, source=source)
    for earlier in waiting(session):
        if (earlier.commodity, earlier.quote, earlier.on, earlier.source, earlier.price) == (
            *(commodity, quote, on, source),
            price,
        ):
            return earlier, False
    made = PriceProposal(
        number=1 + (session.scalar(select(func.max(PriceProposal.number))) or 0),
        commodity=commodity,
        quote=quote,
        on=on,
        source=source,
        price=price,
        cause=cause,
        reason=reason,
        proposed_by=change.actor,
        provider=origin.provider,
        observed_at=origin.observed_at,
        retrieved_at=origin.retrieved_at,
        raw_sha256=origin.keep(change),
    )
    change.add(made)
    return made, True


def accept(change: Change, number: int) -> tuple[PriceProposal, bool]:
    """Put a proposed price in force, as another person than proposed it; say if that is new.

    Raises:
        UnknownReference: there is no such proposal.
        SelfConfirmation: the proposer asks.
        Denied: the actor's role only reads.
    """
    proposal = change.session.get(PriceProposal, number)
    if proposal is None:
        raise UnknownReference("proposed price", str(number), mend="See: feeshare price proposals")
    require_second_person(
        change.session,
        change.actor,
        proposal.proposed_by,
        "proposed this price",
        then="accepts it",
    )
    if change.session.get(PriceAcceptance, number) is not None:
        return proposal, False
    change.add(PriceAcceptance(proposal=number, accepted_by=change.actor))
    return proposal, True


def waiting(session: Session) -> list[PriceProposal]:
    """Return the proposals that nobody accepted yet, oldest first."""
    return list(
        session.scalars(
            select(PriceProposal)
            .where(~exists().where(PriceAcceptance.proposal == PriceProposal.number))
            .order_by(PriceProposal.number)
        )
    )
