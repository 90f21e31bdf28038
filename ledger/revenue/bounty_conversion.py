"""A part of a bounty that its payee takes in another commodity, at the price of the release.

Law: HBOT goes by its average over the days that the policy names, the last of them the day before
the release; a stablecoin by its price of that day. What it is worth later is the Foundation's.
The amount is rounded down to the payable unit: nobody is owed more than the part was worth.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from ledger import commodities, policies, prices
from ledger.money import CONTEXT, plain, round_down
from ledger.obligation_tables import Obligation
from ledger.price_queries import Quoted
from ledger.revenue.bounty_tables import BountyConversion

QUOTE = "USD"
ONE = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Valued:
    """What one unit of a commodity was worth in US dollars, and the prices behind it."""

    price: Decimal
    first_day: date
    last_day: date
    used: tuple[Quoted, ...]

    def told(self, commodity: str) -> str:
        """Return the price in words, with its days and sources."""
        sources = ", ".join(sorted({each.source for each in self.used})) or "itself"
        until = f" to {self.last_day}" if self.last_day > self.first_day else ""
        days = f"{self.first_day}{until}"
        return f"{commodity} at {plain(self.price)} {QUOTE} ({days}; {sources})"


def taken_in(
    session: Session, part: Obligation, commodity: str, on: date
) -> tuple[Obligation, BountyConversion]:
    """Return an obligation in the commodity that its payee chose, and what it was before.

    Args:
        session: the books.
        part: what is owed in the bounty's commodity; it is not kept itself.
        commodity: what the payee takes.
        on: the day of the release.

    Raises:
        PriceInvalid: a price is missing or stale; every day without one is named.
    """
    before, into = valued(session, part.commodity, on), valued(session, commodity, on)
    scale = commodities.scale_of(session, commodity)
    amount = converted(part.amount, before.price, into.price, scale)
    told = f"{before.told(part.commodity)}; {into.told(commodity)}"
    was = BountyConversion(
        obligation=part.id,
        commodity=part.commodity,
        amount=part.amount,
        from_price=before.price,
        into_price=into.price,
        first_day=min(before.first_day, into.first_day),
        last_day=max(before.last_day, into.last_day),
        prices=told,
    )
    part.explanation = (
        f"{part.explanation}; {plain(part.amount)} {part.commodity} taken in {commodity}: {told}"
    )
    part.commodity, part.amount = commodity, amount
    return part, was


def converted(amount: Decimal, price: Decimal, into_price: Decimal, scale: int) -> Decimal:
    """Return how much of another commodity an amount is worth, rounded down to its unit."""
    worth = CONTEXT.multiply(amount, price)
    exact = round_down(CONTEXT.divide(worth, into_price), scale)
    # The division itself is rounded; a unit too much would be owed only by that.
    unit = ONE.scaleb(-scale)
    is_over = CONTEXT.multiply(exact, into_price) > worth
    return CONTEXT.subtract(exact, unit) if is_over else exact


def valued(session: Session, commodity: str, on: date) -> Valued:
    """Return what one unit of a commodity counts for on the day of a release.

    Raises:
        PriceInvalid: a price is missing or stale.
    """
    last = on - timedelta(days=1)
    if commodity == QUOTE:
        return Valued(price=ONE, first_day=on, last_day=on, used=())
    if commodity == "HBOT":
        days = policies.in_force(session, "hbot-averaging-days", on)
        mean = prices.average(session, commodity, QUOTE, last, days)
        first = last - timedelta(days=days - 1)
        return Valued(price=mean.price, first_day=first, last_day=last, used=mean.used)
    found = prices.require(session, commodity, QUOTE, on)
    return Valued(price=found.price, first_day=found.on, last_day=found.on, used=(found,))
