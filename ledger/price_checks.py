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

FILE = "file"
"""The provider of a price that a person loaded from a file."""


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
    near = None if is_policy(source) else _near(session, commodity, quote, on, until=on)
    if near is None or near.low <= price <= near.high:
        return
    raise PriceOutlying(
        [
            Problem(
                code="price_invalid",
                place=f"price of {commodity} in {quote} on {on} by {source}",
                column="price",
                value=plain(price),
                expected=f"no more than {plain(near.factor)} times above or below "
                f"{plain(near.middle)}, the median of the {near.count} before it",
                mend="If it is right, give --override REASON, and have another person accept it.",
            )
        ]
    )


def is_doubtful(session: Session, found: Quoted, on: date) -> bool:
    """Return whether a price is too weak for a control."""
    return doubt(session, found, on) is not None


def doubt(session: Session, found: Quoted, on: date) -> str | None:
    """Return why a price is too weak for a control: stale, outlying or one person's word.

    A rule of the house is none of these. A price that a provider answered, or that two persons
    stand for, is more than one person's word; one from a file is not.
    """
    if found.is_policy:
        return None
    if checks(session, on).is_stale(found, on):
        return "stale"
    if found.override_by is None and found.provider in (None, FILE):
        return "one person's word"
    day_before = found.on - timedelta(days=1)
    near = _near(session, found.commodity, found.quote, found.on, until=day_before)
    if near is not None and not near.low <= found.price <= near.high:
        return "far from those before it"
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Near:
    """Between what a price may lie, by the median of those before it."""

    low: Decimal
    high: Decimal
    middle: Decimal
    factor: Decimal
    count: int


def _near(session: Session, commodity: str, quote: str, on: date, *, until: date) -> _Near | None:
    """Return between what a price of a day may lie; the first has none to be held to."""
    limits = checks(session, on)
    seen = in_force(session, commodity, quote, until=until, newest=limits.window, seen_only=True)
    if not seen:
        return None
    middle = median([found.price for found in seen])
    return _Near(
        low=CONTEXT.divide(middle, limits.outlier_factor),
        high=CONTEXT.multiply(middle, limits.outlier_factor),
        middle=middle,
        factor=limits.outlier_factor,
        count=len(seen),
    )


def median(prices: list[Decimal]) -> Decimal:
    """Return the middle price, or the exact mean of the two in the middle."""
    ordered = sorted(prices)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return CONTEXT.divide(CONTEXT.add(ordered[middle - 1], ordered[middle]), Decimal(2))
