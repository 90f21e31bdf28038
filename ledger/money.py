"""Exact quantities: one decimal context, one pattern for numbers in text, one way to write them.

No float comes near money. `Decimal` accepts far more than an accountant would (`1_000`, `NaN`,
other scripts' digits), so every number from outside passes `parse_plain` first.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import (
    ROUND_DOWN,
    ROUND_HALF_EVEN,
    ROUND_UP,
    Clamped,
    Context,
    Decimal,
    DefaultContext,
    DivisionByZero,
    FloatOperation,
    InvalidOperation,
    Overflow,
    setcontext,
)
from fractions import Fraction
from functools import reduce

MAX_SCALE = 18
"""Most decimals a quantity may have: the payable unit of an 18-decimal token."""

MAX_MAGNITUDE = Decimal(10) ** 20
"""Quantities stay below this in size."""

CONTEXT = Context(
    prec=90,
    rounding=ROUND_HALF_EVEN,
    traps=[Clamped, DivisionByZero, FloatOperation, InvalidOperation, Overflow],
)
"""90 digits hold any unsigned 256-bit integer times a rate; floats and undefined results raise."""

PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?", re.ASCII)
"""Digits, one full stop, a leading minus: the only spelling of a number inside the service."""


def use_exact_context() -> None:
    """Make the exact context this thread's, and that of threads that begin from now on.

    Even a minus sign rounds to the context, and the standard one holds 28 digits only. The doors
    of the program call this once.
    """
    DefaultContext.prec = CONTEXT.prec
    DefaultContext.rounding = CONTEXT.rounding
    for trap, is_set in CONTEXT.traps.items():
        DefaultContext.traps[trap] = is_set
    setcontext(CONTEXT.copy())


def parse_plain(text: str) -> Decimal:
    """Return the quantity that plain digits stand for.

    Raises:
        ValueError: for anything but ASCII digits with at most one full stop and a leading minus,
            for more than 18 decimals, and for a size of 10^20 or more.
    """
    if not PLAIN_NUMBER.fullmatch(text):
        raise ValueError(f"not a plain decimal number: {text!r}")
    quantity = Decimal(text)
    if scale_of(quantity) > MAX_SCALE:
        raise ValueError(f"more than {MAX_SCALE} decimals: {text!r}")
    if quantity.copy_abs() >= MAX_MAGNITUDE:
        raise ValueError(f"too large: {text!r}")
    return quantity


def scale_of(quantity: Decimal) -> int:
    """Return how many decimals a quantity needs, trailing zeros not counted."""
    _, digits, exponent = quantity.as_tuple()
    if not isinstance(exponent, int):
        raise InvalidOperation(f"not a finite quantity: {quantity}")
    # Counted in the digits: arithmetic would round those beyond its precision away first.
    zeros = next((at for at, digit in enumerate(reversed(digits)) if digit), -exponent)
    return max(0, -exponent - zeros)


def plain(quantity: Decimal) -> str:
    """Return the one spelling of a quantity: no exponent, no trailing zeros, no minus zero."""
    text = str(quantity)
    if "E" in text:
        text = format(quantity, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def fixed(quantity: Decimal, scale: int) -> str:
    """Return a quantity with at least `scale` decimals and never fewer than it needs."""
    text = plain(quantity)
    whole, _, decimals = text.partition(".")
    decimals = decimals.ljust(scale, "0")
    return f"{whole}.{decimals}" if decimals else whole


def grouped(quantity: Decimal, scale: int) -> str:
    """Return a quantity for people: thousands parted by commas, at least `scale` decimals."""
    text = fixed(quantity, scale)
    sign = "-" if text.startswith("-") else ""
    whole, point, decimals = text.removeprefix("-").partition(".")
    return f"{sign}{int(whole):,}{point}{decimals}"


def total(quantities: Iterable[Decimal]) -> Decimal:
    """Return the exact sum of quantities of one commodity, whatever the thread's own context."""
    return reduce(CONTEXT.add, quantities, Decimal(0))


def round_up(quantity: Decimal, scale: int) -> Decimal:
    """Return a quantity rounded away from zero to `scale` decimals (the payees' pool)."""
    return quantity.quantize(Decimal(1).scaleb(-scale), ROUND_UP, CONTEXT)


def round_down(quantity: Decimal, scale: int) -> Decimal:
    """Return a quantity rounded towards zero to `scale` decimals."""
    return quantity.quantize(Decimal(1).scaleb(-scale), ROUND_DOWN, CONTEXT)


def quotient(numerator: Decimal, denominator: Decimal, scale: int) -> Decimal:
    """Return a ratio rounded half to even at `scale` decimals: averages and prices only."""
    unit = Decimal(1).scaleb(-scale)
    return CONTEXT.divide(numerator, denominator).quantize(unit, ROUND_HALF_EVEN, CONTEXT)


def mean(quantities: Sequence[Decimal], scale: int) -> Decimal:
    """Return the exact mean of quantities, rounded once, half to even, at `scale` decimals.

    Raises:
        ValueError: there are none.
    """
    if not quantities:
        raise ValueError("no quantities to take the mean of")
    exact = Fraction(total(quantities)) / len(quantities) * 10**scale
    units, rest = divmod(exact.numerator, exact.denominator)
    half = 2 * rest - exact.denominator
    if half > 0 or (half == 0 and units % 2):
        units += 1
    return Decimal(units).scaleb(-scale, CONTEXT)


def value_at(quantity: Decimal, price: Decimal, scale: int) -> Decimal:
    """Return what a quantity is worth at a price, rounded once, half to even, for reports."""
    unit = Decimal(1).scaleb(-scale)
    return CONTEXT.multiply(quantity, price).quantize(unit, ROUND_HALF_EVEN, CONTEXT)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """A quantity of one commodity. Adding across commodities raises."""

    quantity: Decimal
    commodity: str

    def __post_init__(self) -> None:
        if not isinstance(self.quantity, Decimal) or not self.quantity.is_finite():
            raise TypeError(f"money needs a finite Decimal, not {self.quantity!r}")

    def __add__(self, other: "Money") -> "Money":
        self._same_commodity(other)
        return Money(CONTEXT.add(self.quantity, other.quantity), self.commodity)

    def __sub__(self, other: "Money") -> "Money":
        self._same_commodity(other)
        return Money(CONTEXT.subtract(self.quantity, other.quantity), self.commodity)

    def __neg__(self) -> "Money":
        return Money(self.quantity.copy_negate(), self.commodity)

    def __str__(self) -> str:
        return f"{plain(self.quantity)} {self.commodity}"

    def _same_commodity(self, other: "Money") -> None:
        if self.commodity != other.commodity:
            raise TypeError(f"{self.commodity} and {other.commodity} do not add up")
