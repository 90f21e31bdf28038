"""CoinGecko's shape over real HTTP: the server stands for a service that is not ours."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from feeshare.asking import BYTES_MAX, Asker
from feeshare.price_sources.coingecko import CoinGecko
from feeshare.price_sources.source import AnswerInvalid, Feed, SourceUnavailable
from ledger.price_checks import PriceInvalid
from support.coin_server import CoinServer, coin_server, history, spot
from support.http_server import Reply

NOW = datetime(2023, 11, 3, 9, tzinfo=UTC)
SECONDS = int(NOW.timestamp()) - 60
FEED = Feed(source="coingecko", commodity="HBOT", quote="USD", name="hummingbot")


@pytest.fixture
def server() -> Iterator[CoinServer]:
    with coin_server() as running:
        yield running


@pytest.fixture
def waits() -> list[float]:
    return []


def source(
    server: CoinServer, waits: list[float], *, key: str | None = None, seconds: float = 5
) -> CoinGecko:
    asker = Asker(
        "coingecko",
        SourceUnavailable,
        wait=waits.append,
        read_seconds=min(seconds, 1),
        whole_seconds=seconds,
    )
    return CoinGecko(server.url, key, asker)


def of(day: int, hour: int = 0) -> int:
    return int(
        (datetime(2023, 10, 1, tzinfo=UTC) + timedelta(days=day - 1, hours=hour)).timestamp()
    )


def test_the_present_price_keeps_every_digit(server: CoinServer, waits: list[float]) -> None:
    server.replies = [spot("4.2345678901234567e-03", SECONDS)]
    seen = source(server, waits, key="k").now(FEED, NOW)
    assert (seen.price, seen.observed_at, seen.on, seen.spot) == (
        Decimal("0.004234567890123457"),
        NOW - timedelta(seconds=60),
        date(2023, 11, 3),
        True,
    )
    assert seen.raw == server.replies[0].body.encode()  # type: ignore[union-attr]
    (asked,) = server.asked
    assert (asked.path, asked.parameters["ids"], asked.parameters["vs_currencies"]) == (
        "/api/v3/simple/price",
        "hummingbot",
        "usd",
    )
    assert asked.headers["x-cg-demo-api-key"] == "k"


def test_a_closing_price_is_the_last_one_until_the_days_end(
    server: CoinServer, waits: list[float]
) -> None:
    server.replies = [
        history((of(1), "1"), (of(2), "2"), (of(3), "3e0"), (of(3, 5), "3.5"), (of(5, 1), "9"))
    ]
    days = [date(2023, 10, day) for day in (1, 2, 3, 4)]
    seen = source(server, waits).closing(FEED, days)
    assert [(each.on.day, each.price) for each in seen] == [(1, 2), (2, 3), (3, Decimal("3.5"))]
    (asked,) = server.asked
    assert asked.path == "/api/v3/coins/hummingbot/market_chart/range"
    assert int(asked.parameters["to"]) == of(5)
    assert int(asked.parameters["to"]) - int(asked.parameters["from"]) > 90 * 86400


def test_a_provider_that_is_asked_too_often_is_given_the_time_it_asks_for(
    server: CoinServer, waits: list[float]
) -> None:
    server.replies = [
        Reply(status=429, headers={"retry-after": "7"}),
        Reply(status=429, headers={"retry-after": "3600"}),
        Reply(status=500),
        spot("1", SECONDS),
    ]
    assert source(server, waits).now(FEED, NOW).price == 1
    assert waits == [7, 60, 4]


@pytest.mark.parametrize(
    ("reply", "why", "times"),
    [
        (Reply(status=429), "it is asked too often, 4 times", 4),
        (Reply(status=503), "status 503, 4 times", 4),
        (Reply(status=401), "status 401", 1),
        (Reply(status=404), "status 404", 1),
        (Reply(status=302, headers={"location": "http://127.0.0.1:9/"}), "status 302", 1),
        (Reply(b"x" * (BYTES_MAX + 1)), "the answer is too long", 1),
        (Reply("{}" * 100, drip=0.2), "the answer did not end, 4 times", 4),
        (Reply("{}", drip=1.5), "ReadTimeout, 4 times", 4),
        (Reply("{}", headers={"content-encoding": "gzip"}), "DecodingError, 4 times", 4),
    ],
    ids=[
        *("too often", "broken", "no key", "unknown", "elsewhere"),
        *("too long", "dripping", "slow", "no zip"),
    ],
)
def test_a_provider_that_goes_on_refusing_is_unavailable(
    server: CoinServer, waits: list[float], reply: Reply, why: str, times: int
) -> None:
    server.replies = [reply]
    with pytest.raises(SourceUnavailable, match=why) as refused:
        source(server, waits, key="secret-key", seconds=1).now(FEED, NOW)
    assert len(server.asked) == times
    assert len(waits) == times - 1
    assert "secret-key" not in refused.value.message
    assert "127.0.0.1" not in refused.value.message


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>",
        b"\xff",
        "[]",
        "[" * 100_000,
        '{"hummingbot": {"usd": NaN, "last_updated_at": 1}}',
        '{"hummingbot": {"usd": "0.0042", "last_updated_at": 1}}',
        '{"hummingbot": {"usd": true, "last_updated_at": 1}}',
        '{"hummingbot": {"usd": 0.0042}}',
        '{"hummingbot": {"usd": 0.0042, "last_updated_at": 1e99}}',
        f'{{"hummingbot": {{"usd": 0.0042, "last_updated_at": {SECONDS + 61}}}}}',
    ],
)
def test_an_answer_of_another_shape_is_refused(
    server: CoinServer, waits: list[float], body: str | bytes
) -> None:
    server.replies = [Reply(body)]
    with pytest.raises(AnswerInvalid, match="coingecko answered with"):
        source(server, waits).now(FEED, NOW)
    assert waits == []


@pytest.mark.parametrize(
    "body",
    [
        '{"error": "no such coin"}',
        '{"prices": [1]}',
        '{"prices": [[1, "2"]]}',
        '{"prices": [[1]]}',
    ],
)
def test_a_history_of_another_shape_is_refused(
    server: CoinServer, waits: list[float], body: str
) -> None:
    server.replies = [Reply(body)]
    with pytest.raises(AnswerInvalid):
        source(server, waits).closing(FEED, [date(2023, 10, 1)])


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (spot("0", SECONDS), "a price above 0"),
        (spot("-0.1", SECONDS), "a price above 0"),
        (spot("1e21", SECONDS), "below"),
        (spot("1e999999", SECONDS), "below"),
        (spot("1e-19", SECONDS), "18 decimals"),
        (spot("null", SECONDS), "it is missing"),
        (spot("1", SECONDS, currency="eur"), "a price in USD; it is missing"),
        (spot("1", SECONDS, coin="humbug"), "it is missing"),
        (Reply("{}"), "it is missing"),
    ],
)
def test_a_price_that_cannot_be_used_is_refused(
    server: CoinServer, waits: list[float], reply: Reply, words: str
) -> None:
    server.replies = [reply]
    with pytest.raises(PriceInvalid, match=words):
        source(server, waits).now(FEED, NOW)
