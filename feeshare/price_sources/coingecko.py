"""CoinGecko's API: the present price, and the closing price of days gone by.

The provider chooses how dense a history is by its length: beyond 90 days it has one price a day,
of 00:00 UTC. A longer stretch than asked for is fetched each time, so that a day's price is the
same whichever days were asked for with it.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from urllib.parse import quote as url_quote

from feeshare.asking import Asker
from feeshare.price_sources.exact_json import parse
from feeshare.price_sources.source import AnswerInvalid, Feed, Seen, end_of, rounded
from ledger.price_checks import refuse

NAME = "coingecko"
DAILY_FROM = timedelta(days=92)
"""A stretch at least this long has one price a day."""

PAIR = 2
PAID = "//pro-api."
MOMENT_MAX = Decimal(253_402_300_799)
"""Seconds since 1970 up to which a moment can be told: the end of the year 9999."""


class CoinGecko:
    """A provider that speaks this API at `url`, with a key if it wants one."""

    name = NAME

    def __init__(self, url: str, key: str | None, asker: Asker) -> None:
        self.url = url.rstrip("/")
        self.asker = asker
        header = "x-cg-pro-api-key" if PAID in url else "x-cg-demo-api-key"
        self.headers = {header: key} if key else {}

    def now(self, feed: Feed, moment: datetime) -> Seen:
        """Return the present price, of the moment that the provider states.

        Raises:
            SourceUnavailable: it does not answer.
            AnswerInvalid: it answers with something else.
            PriceInvalid: it has no price of this coin in this currency.
        """
        currency = feed.quote.casefold()
        raw = self.asker.get(
            f"{self.url}/simple/price",
            {
                "ids": feed.name,
                "vs_currencies": currency,
                "include_last_updated_at": "true",
                "precision": "full",
            },
            self.headers,
        )
        answer = parse(NAME, raw)
        if not isinstance(answer, dict):
            raise AnswerInvalid(NAME, "no object")
        told = answer.get(feed.name)
        if not isinstance(told, dict) or told.get(currency) is None:
            raise refuse(feed.place, f"a price in {feed.quote}; it is missing")
        price, seconds = told[currency], told.get("last_updated_at")
        if not isinstance(price, Decimal) or not isinstance(seconds, Decimal):
            raise AnswerInvalid(NAME, f"a price of {feed.name} that is no number")
        observed_at = _moment(seconds)
        if observed_at > moment:
            raise AnswerInvalid(NAME, f"a price of {feed.name} of a moment to come")
        return Seen(
            feed=feed,
            on=observed_at.date(),
            price=rounded(feed, price),
            observed_at=observed_at,
            spot=True,
            raw=raw,
        )

    def closing(self, feed: Feed, days: Sequence[date]) -> list[Seen]:
        """Return the last price of each day, at 00:00 UTC of the next at the latest.

        Raises:
            SourceUnavailable: it does not answer.
            AnswerInvalid: it answers with something else.
            PriceInvalid: a price is not above zero.
        """
        first, last = min(days), max(days)
        raw = self.asker.get(
            f"{self.url}/coins/{url_quote(feed.name, safe='')}/market_chart/range",
            {
                "vs_currency": feed.quote.casefold(),
                "from": _seconds(end_of(first) - DAILY_FROM),
                "to": _seconds(end_of(last)),
                "precision": "full",
            },
            self.headers,
        )
        by_day: dict[date, tuple[datetime, Decimal]] = {}
        for moment, price in _points(feed, raw):
            # What is of 00:00 sharp closes the day before.
            day = (moment - timedelta(microseconds=1)).date()
            if day not in by_day or moment >= by_day[day][0]:
                by_day[day] = (moment, price)
        return [
            Seen(
                feed=feed,
                on=day,
                price=rounded(feed, by_day[day][1]),
                observed_at=by_day[day][0],
                spot=False,
                raw=raw,
            )
            for day in sorted(set(days))
            if day in by_day
        ]


def _points(feed: Feed, raw: bytes) -> Iterator[tuple[datetime, Decimal]]:
    answer = parse(NAME, raw)
    points = answer.get("prices") if isinstance(answer, dict) else None
    if not isinstance(points, list):
        raise AnswerInvalid(NAME, f"no list of prices of {feed.name}")
    for point in points:
        if (
            not isinstance(point, list)
            or len(point) != PAIR
            or not all(isinstance(part, Decimal) for part in point)
        ):
            raise AnswerInvalid(NAME, f"a price of {feed.name} that is no moment and number")
        yield _moment(point[0] / 1000), point[1]


def _moment(seconds: Decimal) -> datetime:
    if not 0 <= seconds <= MOMENT_MAX:
        raise AnswerInvalid(NAME, f"a moment that is none: {seconds}")
    micros = int(seconds * 1_000_000)
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)


def _seconds(moment: datetime) -> str:
    return str((moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1))
