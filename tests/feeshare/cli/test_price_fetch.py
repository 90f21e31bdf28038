"""`price fetch` and the prices job: feeds by policy, raw answers as evidence, all or nothing."""

import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

import pytest

from feeshare.jobs import JOBS, Run, run
from ledger import prices
from ledger.tables import Evidence
from support.books import Books
from support.coin_server import CoinServer, coin_server, history, spot
from support.command_line import Answer, feeshare
from support.http_server import Reply
from support.nodes import anvil, deploy_feed

COIN = {"source": "coingecko", "commodity": "HBOT", "quote": "USD", "feed": "hummingbot"}
FEED = {
    "source": "chainlink",
    "commodity": "ETH",
    "quote": "USD",
    "chain_id": 1,
    "description": "ETH / USD",
    "max_age_hours": 48,
}
BAD_INPUT, CONFLICT, UNAVAILABLE = 2, 5, 6
JOB = next(job for job in JOBS if job.name == "prices")


@pytest.fixture
def server() -> Iterator[CoinServer]:
    with (
        coin_server() as running,
        patch.dict(os.environ, {"FEESHARE_COINGECKO_URL": running.url}),
        patch("feeshare.asking.FIRST_WAIT_SECONDS", 0.001),
    ):
        yield running


def said(books: Books, *arguments: str, actor: str = "treasurer") -> str:
    answer = feeshare(books, *arguments, actor=actor)
    assert answer.status == 0, answer
    return answer.out + answer.err


def set_feeds(books: Books, *feeds: Mapping[str, object]) -> None:
    value = json.dumps(feeds)
    asked = ("policy", "propose", "price-feeds", value, "--from", "2023-11-01", "--reason", "r")
    said(books, *asked)
    said(books, "policy", "confirm", "price-feeds", "2", actor="checker")


def fetch(books: Books, *more: str, source: str = "coingecko") -> Answer:
    return feeshare(books, "price", "fetch", "--source", source, *more)


def at(day: int, month: int = 11, hour: int = 0) -> int:
    return int(datetime(2023, month, day, hour, tzinfo=UTC).timestamp())


def require_refused(books: Books, status: int, code: str, *more: str) -> str:
    digest = books.digest()
    answer = fetch(books, *more)
    assert (answer.status, code in answer.err) == (status, True), answer
    assert books.digest() == digest
    return answer.err


def test_days_are_fetched_with_the_raw_answer_as_evidence_and_again_nothing_changes(
    books: Books, server: CoinServer
) -> None:
    set_feeds(books, COIN)
    server.replies = [history((at(2), "0.0042"), (at(3), "0.00425000"))]
    answer = fetch(books, "--from", "2023-11-01", "--to", "2023-11-02")
    assert (answer.status, "2 prices of coingecko recorded" in answer.err) == (0, True), answer
    digest = books.digest()
    assert "Nothing new: all 1" in fetch(books, "--from", "2023-11-02").err
    assert books.digest() == digest
    with books.read() as session:
        found = prices.require(session, "HBOT", "USD", date(2023, 11, 2))
        assert (found.price, found.source, found.provider) == (
            Decimal("0.00425"),
            "coingecko",
            "coingecko",
        )
        assert found.observed_at == datetime(2023, 11, 3, tzinfo=UTC)
        assert found.raw_sha256 is not None
        kept = session.get_one(Evidence, found.raw_sha256)
        assert (kept.content, kept.media_type) == (
            str(server.replies[0].body).encode(),
            "application/json",
        )


def test_another_content_is_refused_and_proposed_with_a_reason(
    books: Books, server: CoinServer
) -> None:
    set_feeds(books, COIN)
    server.replies = [history((at(3), "0.0042"))]
    assert fetch(books, "--to", "2023-11-02").status == 0
    server.replies = [history((at(3), "0.0043"))]
    require_refused(books, CONFLICT, "reference_reused", "--to", "2023-11-02")
    answer = fetch(books, "--to", "2023-11-02", "--override", "the provider corrected it")
    assert "Proposed as 1" in answer.err
    said(books, "price", "accept", "1", actor="checker")
    assert fetch(books, "--to", "2023-11-02").status == 0


def test_the_present_price_is_taken_once_a_day(books: Books, server: CoinServer) -> None:
    set_feeds(books, COIN)
    server.replies = [spot("0.0042", at(3, hour=8))]
    assert "1 prices" in fetch(books).err
    server.replies = [spot("0.0043", at(3, hour=9))]
    digest = books.digest()
    assert "Nothing new" in fetch(books, "--commodity", "HBOT").err
    assert books.digest() == digest
    with books.read() as session:
        found = prices.require(session, "HBOT", "USD", date(2023, 11, 3))
        assert (found.source, found.price) == ("coingecko-spot", Decimal("0.0042"))
    assert "Proposed as 1" in fetch(books, "--override", "it moved").err


def test_an_outlier_a_missing_day_and_a_silent_provider_leave_nothing(
    books: Books, server: CoinServer
) -> None:
    set_feeds(books, COIN)
    server.replies = [history((at(2), "0.0042"))]
    assert fetch(books, "--from", "2023-11-01", "--to", "2023-11-01").status == 0
    server.replies = [history((at(2), "0.0042"), (at(3), "0.42"))]
    require_refused(books, BAD_INPUT, "price_invalid", "--from", "2023-11-02")
    days = ("--from", "2023-10-30", "--to", "2023-11-01")
    err = require_refused(books, BAD_INPUT, "price_invalid", *days)
    assert "missing: 2023-10-30, 2023-10-31" in err
    server.replies = [Reply(status=500)]
    require_refused(books, UNAVAILABLE, "price_source_unavailable", *days)
    server.replies = [Reply("oops")]
    require_refused(books, UNAVAILABLE, "price_answer_invalid", *days)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("--from", "2023-11-03"), "date_invalid"),
        (("--to", "2023-11-03"), "date_invalid"),
        (("--from", "2023-11-02", "--to", "2023-11-01"), "date_invalid"),
        (("--from", "2022-11-01"), "date_invalid"),
        (("--commodity", "BTC"), "reference_unknown"),
    ],
)
def test_what_cannot_be_fetched_is_not_asked_for(
    books: Books, server: CoinServer, more: tuple[str, ...], code: str
) -> None:
    set_feeds(books, COIN)
    require_refused(books, BAD_INPUT, code, *more)
    assert server.asked == []


def test_without_a_feed_a_source_or_its_address_nothing_is_asked_for(
    books: Books, server: CoinServer
) -> None:
    require_refused(books, BAD_INPUT, "reference_unknown")
    digest = books.digest()
    other = fetch(books, source="chainlink")
    assert (other.status, "FEESHARE_CHAINLINK_URL" in other.err) == (BAD_INPUT, True)
    unknown = fetch(books, source="tea-leaves")
    assert (unknown.status, "one of coingecko, chainlink" in unknown.err) == (BAD_INPUT, True)
    assert (books.digest(), server.asked) == (digest, [])


@pytest.mark.parametrize("url", ["http://example.org/api", "ftp://127.0.0.1", "http://[", "none"])
def test_a_source_is_reached_by_https_or_on_this_machine_alone(books: Books, url: str) -> None:
    with patch.dict(os.environ, {"FEESHARE_COINGECKO_URL": url}):
        answer = fetch(books)
    assert (answer.status, "config_invalid" in answer.err) == (BAD_INPUT, True)
    assert url not in answer.err


def test_a_chains_feed_is_fetched_from_a_node(books: Books) -> None:
    with anvil(1) as node:
        contract = deploy_feed(node)
        contract.set(1, 180012345678, at(2, hour=20))
        set_feeds(books, FEED | {"feed": contract.address})
        with patch.dict(os.environ, {"FEESHARE_CHAINLINK_URL": node.url}):
            answer = fetch(books, "--from", "2023-11-02", source="chainlink")
    assert answer.status == 0, answer
    with books.read() as session:
        found = prices.require(session, "ETH", "USD", date(2023, 11, 2))
        assert (found.price, found.source) == (Decimal("1800.12345678"), "chainlink")


def job_run(books: Books, folder: Path, *, hour: int = 1) -> Run:
    return run(books.engine, JOB, datetime(2023, 11, 3, hour, tzinfo=UTC), folder)


def test_the_job_fetches_the_day_before_once(
    books: Books, server: CoinServer, tmp_path: Path
) -> None:
    assert job_run(books, tmp_path).state == "nothing due"
    set_feeds(books, COIN)
    server.replies = [history((at(2), "0.0041"), (at(3), "0.0042"))]
    done = job_run(books, tmp_path, hour=10)
    assert (done.state, done.occasion) == ("well", "2023-11-02"), done
    assert done.detail == "1 prices of 2023-11-02 recorded, 0 known already"
    assert job_run(books, tmp_path, hour=11).state == "done before"
    assert len(server.asked) == 1


def test_the_job_tries_again_until_there_is_a_price(
    books: Books, server: CoinServer, tmp_path: Path
) -> None:
    set_feeds(books, COIN, COIN | {"quote": "USDT", "feed": "other"})
    server.replies = [Reply(status=404), history((at(3), "0.0042"))]
    failed = job_run(books, tmp_path, hour=10)
    assert (failed.state, "status 404" in failed.detail) == ("failed", True)
    with books.read() as session:
        assert [each.quote for each in prices.all_of(session)] == ["USDT"]
    assert job_run(books, tmp_path, hour=11).state == "well"


def test_the_job_leaves_an_outlier_to_two_persons(
    books: Books, server: CoinServer, tmp_path: Path
) -> None:
    set_feeds(books, COIN)
    with books.write() as change:
        prices.add(
            change,
            commodity="HBOT",
            quote="USD",
            on=date(2023, 11, 1),
            price=Decimal("0.0042"),
            source="m",
        )
    server.replies = [history((at(3), "0.42"))]
    digest_of_prices = books.digest()
    done = job_run(books, tmp_path, hour=10)
    assert (done.state, "price_invalid" in done.detail) == ("wrong", True)
    assert digest_of_prices != books.digest()
    with books.read() as session:
        assert len(prices.all_of(session)) == 1
