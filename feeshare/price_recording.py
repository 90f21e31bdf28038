"""Recording prices from a file or a provider: all or none; what needs two persons is proposed.

Law: a price that is known already is counted as such; one that contradicts what is there, or is
far from those before it, is refused, or proposed to another person where a reason is given.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ledger import price_proposals, prices
from ledger.errors import ReferenceReused
from ledger.price_checks import PriceOutlying
from ledger.price_origins import Origin
from ledger.sealing import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One price as it was told, with where it comes from."""

    commodity: str
    quote: str
    on: date
    price: Decimal
    source: str
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """How many prices were new, known already, and proposed to another person (by number)."""

    new: int = 0
    known: int = 0
    proposed: tuple[int, ...] = ()

    def __add__(self, other: "Recorded") -> "Recorded":
        return Recorded(
            new=self.new + other.new,
            known=self.known + other.known,
            proposed=(*self.proposed, *other.proposed),
        )


def record(change: Change, told: Told, *, override: str | None = None) -> Recorded:
    """Record one price.

    Args:
        change: the open change.
        told: the price.
        override: why it stands against what is there, or before it; then it is proposed.

    Raises:
        PriceInvalid: it can never be right, or is an outlier and nobody said why.
        ReferenceReused: another price of that day and source is there, and nobody said why.
    """
    try:
        is_new = prices.add(
            change,
            commodity=told.commodity,
            quote=told.quote,
            on=told.on,
            price=told.price,
            source=told.source,
            origin=told.origin,
        )
    except (PriceOutlying, ReferenceReused) as refusal:
        if override is None:
            raise
        proposal, is_new = price_proposals.propose(
            change,
            commodity=told.commodity,
            quote=told.quote,
            on=told.on,
            price=told.price,
            source=told.source,
            origin=told.origin,
            cause=price_proposals.OUTLIER
            if isinstance(refusal, PriceOutlying)
            else price_proposals.OTHER_PRICE,
            reason=override,
        )
        return Recorded(proposed=(proposal.number,)) if is_new else Recorded(known=1)
    return Recorded(new=1) if is_new else Recorded(known=1)
