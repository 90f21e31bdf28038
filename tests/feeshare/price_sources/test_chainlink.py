"""Chainlink's feeds on a real EVM node: a contract of our own that answers as feeds do."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from feeshare.asking import Asker
from feeshare.price_sources.chainlink import Chainlink
from feeshare.price_sources.source import AnswerInvalid, Feed, SourceUnavailable
from ledger.price_checks import PriceInvalid
from support.nodes import Anvil, FeedContract, anvil, deploy_feed

NOW = datetime(2023, 11, 3, 9, tzinfo=UTC)
PHASE = 3 << 64


@pytest.fixture(scope="module")
def node() -> Iterator[Anvil]:
    with anvil(1) as running:
        yield running


@pytest.fixture
def contract(node: Anvil) -> FeedContract:
    return deploy_feed(node)


def source(node: Anvil) -> Chainlink:
    return Chainlink(node.url, Asker("chainlink", SourceUnavailable, wait=lambda _: None))


def feed(
    address: str, *, chain_id: int = 1, description: str = "ETH / USD", hours: int = 3
) -> Feed:
    return Feed(
        source="chainlink",
        commodity="ETH",
        quote="USD",
        name=address,
        chain_id=chain_id,
        description=description,
        max_age=timedelta(hours=hours),
    )


def at(day: int, hour: int = 0) -> int:
    return int(datetime(2023, 10, day, hour, tzinfo=UTC).timestamp())


def test_the_present_price_is_the_latest_rounds(node: Anvil, contract: FeedContract) -> None:
    moment = NOW - timedelta(minutes=59)
    contract.set(PHASE + 7, 180012345678, int(moment.timestamp()))
    seen = source(node).now(feed(contract.address), NOW)
    assert (seen.price, seen.observed_at, seen.on, seen.spot) == (
        Decimal("1800.12345678"),
        moment,
        date(2023, 11, 3),
        True,
    )
    assert len(seen.raw.splitlines()) == 5
    assert b'"result":"0x1"' in seen.raw


def test_a_round_that_is_not_final_is_not_taken(node: Anvil, contract: FeedContract) -> None:
    contract.set(PHASE + 1, 100, int(NOW.timestamp()))
    contract.set(PHASE + 2, 200, int(NOW.timestamp()), is_final=False)
    assert source(node).now(feed(contract.address), NOW).price == Decimal("0.000001")
    node.finalize()
    assert source(node).now(feed(contract.address), NOW).price == Decimal("0.000002")


@pytest.mark.parametrize(
    ("round_", "words"),
    [
        ((0, 0, 0), "a price above 0"),
        ((-1, 0, 0), "a price above 0"),
        ((100, 4, 0), "it is stale"),
        ((100, 0, 1), "it is stale"),
    ],
    ids=["zero", "negative", "old", "answered in an earlier round"],
)
def test_a_round_that_cannot_be_used_is_refused(
    node: Anvil, contract: FeedContract, round_: tuple[int, int, int], words: str
) -> None:
    answer, age_hours, behind = round_
    moment = NOW - timedelta(hours=age_hours)
    contract.set(PHASE + 5, answer, int(moment.timestamp()), PHASE + 5 - behind)
    with pytest.raises(PriceInvalid, match=words):
        source(node).now(feed(contract.address), NOW)


def test_a_round_to_come_or_never_answered_is_refused(node: Anvil, contract: FeedContract) -> None:
    with pytest.raises(AnswerInvalid, match="never answered"):
        source(node).now(feed(contract.address), NOW)
    contract.set(PHASE + 5, 1, int(NOW.timestamp()) + 1)
    with pytest.raises(AnswerInvalid, match="a moment to come"):
        source(node).now(feed(contract.address), NOW)


def test_a_node_of_another_chain_is_refused() -> None:
    with anvil(56) as other, pytest.raises(AnswerInvalid, match="chain id 56 where 1 was"):
        source(other).now(feed("0x" + "00" * 20), NOW)


def test_another_contract_than_the_feed_is_refused(node: Anvil, contract: FeedContract) -> None:
    with pytest.raises(AnswerInvalid, match="'ETH / USD' where 'BTC / USD' was expected"):
        source(node).now(feed(contract.address, description="BTC / USD"), NOW)
    with pytest.raises(AnswerInvalid, match="no such contract"):
        source(node).now(feed("0x" + "ab" * 20), NOW)
    with pytest.raises(AnswerInvalid, match="99 decimals"):
        source(node).now(feed(deploy_feed(node, decimals=99).address), NOW)


def test_closing_prices_are_those_of_the_last_rounds_of_their_days(
    node: Anvil, contract: FeedContract
) -> None:
    for number, (day, hour) in enumerate(
        ((1, 1), (1, 23), (2, 2), (2, 23), (4, 0), (4, 1)), start=1
    ):
        contract.set(PHASE + number, number * 10**8, at(day, hour))
    wanted = [date(2023, 10, day) for day in (1, 2, 3)]
    seen = source(node).closing(feed(contract.address, hours=48), wanted)
    # The round of 00:00 sharp closes the day before.
    assert [(each.on.day, each.price) for each in seen] == [
        (1, Decimal(2)),
        (2, Decimal(4)),
        (3, Decimal(5)),
    ]
    assert [each.spot for each in seen] == [False] * 3
    (last,) = source(node).closing(feed(contract.address, hours=48), [date(2023, 10, 5)])
    assert (last.price, last.observed_at) == (
        Decimal(6),
        datetime(2023, 10, 4, 1, tzinfo=UTC),
    )


def test_a_day_before_the_phase_has_no_price_and_one_long_after_is_stale(
    node: Anvil, contract: FeedContract
) -> None:
    for number in (1, 2):
        contract.set(PHASE + number, 100, at(10 + number))
    assert source(node).closing(feed(contract.address), [date(2023, 10, 9)]) == []
    with pytest.raises(PriceInvalid, match="it is stale"):
        source(node).closing(feed(contract.address), [date(2023, 10, 12)])


def test_a_round_that_lacks_among_others_is_refused(node: Anvil, contract: FeedContract) -> None:
    contract.set(PHASE + 9, 100, at(20))
    with pytest.raises(AnswerInvalid, match="no round 4 of"):
        source(node).closing(feed(contract.address), [date(2023, 10, 9)])


def test_a_node_that_is_not_there_is_unavailable() -> None:
    waits: list[float] = []
    gone = Chainlink(
        "http://127.0.0.1:9", Asker("chainlink", SourceUnavailable, wait=waits.append)
    )
    with pytest.raises(SourceUnavailable, match="ConnectError, 4 times"):
        gone.now(feed("0x" + "00" * 20), NOW)
    assert waits == [1, 2, 4]
