"""Checks of prices: above zero, of a day that has come, near those before it, not too old.

Law: a price that fails is never in force by one person's word. The limits are the policy
`price-checks`, in force on the price's day.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from ledger import policies
from ledger.errors import BadInput, Problem
from ledger.money import CONTEXT, parse_plain, plain
from ledger.price_queries import Quoted, in_force, is_policy


class PriceInvalid(BadInput):
    """A price that is missing, stale, not positive or far from those before it."""

    code = "price_invalid"


class PriceOutlying(PriceInvalid):
    """A price far from those before it; two persons may stand for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """How old a price may be, and how far from the median of how many before it."""

    max_age: timedelta
    outlier_factor: Decimal
    window: int

    def is_stale(self, found: Quoted, on: date) -> bool:
        """Return whether a price is too old on a day; a rule of the house never is."""
        return not found.is_policy and on - found.on > self.max_age


def checks(session: Session, on: date) -> Checks:
    """Return the limits in force on a day."""
    value = policies.in_force(session, "price-checks", on)
    return Checks(
        max_age=timedelta(days=value["max_age_days"]),
        outlier_factor=parse_plain(value["outlier_factor"]),
        window=value["window"],
    )


def refuse(what: str, expected: str, *, value: str | None = None, mend: str = "") -> PriceInvalid:
    """Return the refusal of one price."""
    return PriceInvalid(
        [
            Problem(
                code="price_invalid",
                place=what,
                column="price",
                value=value,
                expected=expected,
                mend=mend,
            )
        ]
    )


def require_sound(
    session: Session, *, commodity: str, quote: str, on: date, price: Decimal, source: str
) -> None:
    """Refuse a price that could never be right, whoever stands for it.

    Raises:
        PriceInvalid: it is not above zero, of a commodity in itself, or a rule of the house that
            the policy `par-commodities` does not have.
    """
    what = f"price of {commodity} in {quote} on {on} by {source}"
    if price <= 0:
        raise refuse(what, "a price above 0", value=plain(price))
    if commodity == quote:
        raise refuse(what, "another commodity than the one it is stated in")
    if is_policy(source):
        at_par = policies.in_force(session, "par-commodities", on)
        if price != 1 or commodity not in at_par:
            raise refuse(
                what,
                f"1, for one of {', '.join(at_par)}: no other price is a rule of the house",
                value=plain(price),
                mend="See: feeshare policy list; or name the market that it was seen at.",
            )


def require_near(
    session: Session, *, commodity: str, quote: str, on: date, price: Decimal, source: str
) -> None:
    """Refuse a price far from the median of those before it; the first has none to be held to.

    Raises:
        PriceOutlying: it is more than the policy's factor above or below.
    """
    limits = checks(session, on)
    seen = in_force(session, commodity, quote, until=on, newest=limits.window, seen_only=True)
    before = [found.price for found in seen]
    if is_policy(source) or not before:
        return
    middle = median(before)
    high = CONTEXT.multiply(middle, limits.outlier_factor)
    low = CONTEXT.divide(middle, limits.outlier_factor)
    if low <= price <= high:
        return
    raise PriceOutlying(
        [
            Problem(
                code="price_invalid",
                place=f"price of {commodity} in {quote} on {on} by {source}",
                column="price",
                value=plain(price),
                expected=f"no more than {plain(limits.outlier_factor)} times above or below "
                f"{plain(middle)}, the median of the {len(before)} before it",
                mend="If it is right, give --override REASON, and have another person accept it.",
            )
        ]
    )


def median(prices: list[Decimal]) -> Decimal:
    """Return the middle price, or the exact mean of the two in the middle."""
    ordered = sorted(prices)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return CONTEXT.divide(CONTEXT.add(ordered[middle - 1], ordered[middle]), Decimal(2))
