"""Converting: an amount owed in one commodity, as an amount to pay in another. Pure.

Law: what is paid is never worth more than what is owed, and less by under one payable unit; it is
reckoned exactly and rounded down once. What rounding leaves is not owed any more: it stays on the
account of the pair.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from ledger.money import CONTEXT, plain


class Rule(StrEnum):
    """By which rule a commodity has its price in a plan."""

    DOLLAR = "dollar"
    PAR = "par"
    AVERAGE = "average"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A price of the register: dollars for one unit on a day, and who says so."""

    on: date
    source: str
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """What one unit of a commodity is worth in dollars, by which rule, and from which figures."""

    commodity: str
    rule: Rule
    price: Decimal
    figures: tuple[Figure, ...] = ()

    @property
    def words(self) -> str:
        """Return the price with its rule and every source, for people."""
        said = f"{self.commodity} at {plain(self.price)} USD"
        if not self.figures:
            return said
        named = ", ".join(sorted({each.source for each in self.figures}))
        days = sorted(each.on for each in self.figures)
        if self.rule is Rule.AVERAGE:
            return f"{said}, mean of {len(days)} days from {days[0]} to {days[-1]} by {named}"
        return f"{said} of {days[0]} by {named}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """What a line's obligations come to in the commodity they are owed in, offsets taken off."""

    commodity: str
    owed: Decimal


def converted(owed: Decimal, price_owed: Decimal, price_paid: Decimal, scale: int) -> Decimal:
    """Return what is paid for an amount owed, rounded down to `scale` decimals.

    Args:
        owed: the amount owed, zero or more.
        price_owed: dollars for one unit of what is owed, above zero.
        price_paid: dollars for one unit of what is paid, above zero.
        scale: decimals of the payable unit of what is paid.
    """
    exact = Fraction(owed) * Fraction(price_owed) / Fraction(price_paid)
    units = exact.numerator * 10**scale // exact.denominator
    return Decimal(units).scaleb(-scale, CONTEXT)


def conversion_fields(found: Converted | None) -> list[str | None]:
    """Return the two fields by which a line's conversion goes into a hash; missing for none."""
    return [None, None] if found is None else [found.commodity, plain(found.owed)]


def price_fields(prices: Sequence[Priced]) -> list[str | None]:
    """Return the fields by which a batch's prices go into a hash, their number first."""
    fields: list[str | None] = [str(len(prices))]
    for each in sorted(prices, key=lambda it: it.commodity):
        fields += [each.commodity, each.rule.value, plain(each.price), str(len(each.figures))]
        for figure in sorted(each.figures, key=lambda it: (it.on, it.source)):
            fields += [figure.on.isoformat(), figure.source, plain(figure.price)]
    return fields
