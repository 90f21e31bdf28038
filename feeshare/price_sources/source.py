"""What a source of prices is: asked for a feed's prices, it answers with them and the raw bytes.

Law: a source reads, it never writes. An answer that is not what was asked for is refused whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Protocol

from ledger.errors import Unavailable
from ledger.money import MAX_MAGNITUDE, MAX_SCALE, quotient
from ledger.price_checks import refuse

SPOT = "-spot"
"""What a source's name ends with where a price is of a moment of its day, not of the day's end."""


class SourceUnavailable(Unavailable):
    """A source of prices does not answer, or refuses."""

    code = "price_source_unavailable"

    def __init__(self, source: str, why: str) -> None:
        super().__init__(
            f"{source} gave no prices: {why}.",
            mend="Nothing was written. Try again later, or load a file: feeshare price load FILE",
        )


class AnswerInvalid(Unavailable):
    """A source answered with something else than what was asked for."""

    code = "price_answer_invalid"

    def __init__(self, source: str, what: str) -> None:
        super().__init__(
            f"{source} answered with {what}.",
            mend="Nothing was written. Look at the provider's notices, or load a file.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Which coin or contract of a source is the price of a commodity in another.

    `chain_id`, `description` and `max_age` are of feeds on a chain: what they are held to.
    """

    source: str
    commodity: str
    quote: str
    name: str
    chain_id: int | None = None
    description: str | None = None
    max_age: timedelta | None = None

    @property
    def place(self) -> str:
        """Return how messages name the feed."""
        return f"{self.source}'s price of {self.commodity} in {self.quote} ({self.name})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A price that a source gave: of the end of a day (UTC), or of a moment of it (`spot`)."""

    feed: Feed
    on: date
    price: Decimal
    observed_at: datetime
    spot: bool
    raw: bytes


class Source(Protocol):
    """A provider of prices."""

    name: str

    def now(self, feed: Feed, moment: datetime) -> Seen:
        """Return the present price."""
        ...

    def closing(self, feed: Feed, days: Sequence[date]) -> list[Seen]:
        """Return the last price of each day; days for which there is none are left out."""
        ...


def end_of(day: date) -> datetime:
    """Return the moment at which a day ends, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def rounded(feed: Feed, price: Decimal) -> Decimal:
    """Return a price rounded once to 18 decimals, half to even; the raw answer keeps the rest.

    Raises:
        PriceInvalid: it is not above zero, or no price that the books can hold.
    """
    if not price.is_finite() or not 0 < price < MAX_MAGNITUDE:
        raise refuse(feed.place, "a price above 0 and below 10^20", value=str(price))
    whole = quotient(price, Decimal(1), MAX_SCALE)
    if whole <= 0:
        raise refuse(feed.place, "a price of 18 decimals or fewer", value=str(price))
    return whole
