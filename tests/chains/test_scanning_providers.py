"""Providers that lag, lie, fail or die: what counts is told alike by as many as have to agree."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from secrets import token_hex

import pytest

from chains import health
from chains.errors import ProvidersDisagree, ProvidersTooFew
from support.books import Books
from support.chain_books import ChainBooks, setup_of
from support.evm_chain import USDC, EvmChain, ethereum
from support.evm_faults import another_chain, range_limit, stale, without_finality
from support.fault_proxy import (
    Fault,
    FaultProxy,
    after,
    alters,
    asked_too_often,
    cuts,
    drops,
    fails,
    fault_proxy,
    hangs,
    only,
    pads,
    refuses,
    times,
)

UNITS = 10_000 * 10**6
LINE = [("USDC", Decimal(10_000))]


@pytest.fixture(scope="module")
def chain() -> Iterator[EvmChain]:
    with ethereum() as found:
        yield found


@pytest.fixture
def proxies(chain: EvmChain) -> Iterator[list[FaultProxy]]:
    """Give three providers, each a line of its own to one node."""
    with (
        fault_proxy(chain.url) as one,
        fault_proxy(chain.url) as two,
        fault_proxy(chain.url) as three,
    ):
        yield [one, two, three]


@pytest.fixture
def watching(books: Books, chain: EvmChain, proxies: list[FaultProxy]) -> ChainBooks:
    """Give a wallet with a final deposit that was not scanned, before two providers of two."""
    urls = [each.url for each in proxies[:2]]
    found = ChainBooks(books, setup_of("ethereum", *urls, agreeing=2))
    wallet = "0x" + token_hex(20)
    found.watch("deposits", wallet)
    chain.transfer(USDC, chain.people[1], wallet, UNITS)
    chain.finalize()
    return found


def faults(watching: ChainBooks) -> dict[str, str]:
    with watching.books.read() as session:
        return {row.provider: row.fault for row in health.providers(session) if row.fault}


def name_of(proxy: FaultProxy) -> str:
    return proxy.url.removeprefix("http://")


def without_logs(proxy: FaultProxy) -> None:
    proxy.inject(only(drops(lambda _: True), "eth_getLogs"))


def test_a_deposit_that_one_of_two_providers_leaves_out_is_held_until_they_agree(
    watching: ChainBooks, proxies: list[FaultProxy]
) -> None:
    without_logs(proxies[1])
    with pytest.raises(ProvidersDisagree, match="sees transaction 0x"):
        watching.scan()
    assert watching.lines("deposits") == []
    proxies[1].heal()
    watching.scan()
    assert watching.lines("deposits") == LINE
    watching.require_equal()


def test_a_deposit_that_one_provider_invents_is_never_booked(
    watching: ChainBooks, proxies: list[FaultProxy]
) -> None:
    def doubled(rows: list[dict[str, str]]) -> list[dict[str, str]]:
        return [*rows, *({**row, "data": hex(2 * UNITS)} for row in rows)]

    proxies[0].inject(only(alters(doubled), "eth_getLogs"))
    with pytest.raises((ProvidersDisagree, ProvidersTooFew)):
        watching.scan()
    assert watching.lines("deposits") == []


def test_where_one_provider_is_enough_its_omission_shows_as_a_residue_and_mends_itself(
    watching: ChainBooks, proxies: list[FaultProxy]
) -> None:
    alone = watching.using(proxies[0].url, agreeing=1)
    without_logs(proxies[0])
    found = alone.scan()
    assert [(each.contract, int(each.residue)) for each in found.residues] == [(USDC, UNITS)]
    assert not found.is_well
    assert alone.lines("deposits") == []


def test_two_of_three_are_enough_and_the_third_that_fails_is_told(
    watching: ChainBooks, proxies: list[FaultProxy]
) -> None:
    three = watching.using(*[each.url for each in proxies], agreeing=2)
    proxies[0].inject(fails())
    three.scan()
    assert three.lines("deposits") == LINE
    assert list(faults(three)) == [name_of(proxies[0])]
    three.require_equal()


def test_a_provider_that_dies_midway_is_replaced_and_nothing_is_twice(
    watching: ChainBooks, proxies: list[FaultProxy]
) -> None:
    three = watching.using(*[each.url for each in proxies], agreeing=2)
    for count in range(0, 30, 3):
        proxies[1].heal()
        proxies[1].inject(after(count, cuts()))
        three.scan()
    assert three.lines("deposits") == LINE
    three.require_equal()


def test_with_fewer_than_have_to_agree_nothing_is_confirmed(
    watching: ChainBooks, proxies: list[FaultProxy]
) -> None:
    proxies[0].inject(fails())
    with pytest.raises(ProvidersTooFew, match="2 providers have to agree") as refused:
        watching.scan()
    assert name_of(proxies[0]) in refused.value.message
    assert watching.lines("deposits") == []


def test_a_provider_that_lags_holds_back_and_loses_nothing(
    watching: ChainBooks, proxies: list[FaultProxy]
) -> None:
    proxies[1].inject(stale(proxies[1], 20))
    assert watching.scan().booked == 0
    assert watching.lines("deposits") == []
    proxies[1].heal()
    watching.scan()
    assert watching.lines("deposits") == LINE


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (another_chain(56), "serves chain id 56"),
        (without_finality(), "hex string"),
        (refuses(-32005, "daily request count exceeded, request rate limited"), "rate limited"),
        (asked_too_often(), "asked too often"),
        (cuts(), "RemoteProtocolError"),
    ],
)
def test_a_provider_that_cannot_serve_is_left_out_and_says_why(
    watching: ChainBooks, proxies: list[FaultProxy], fault: Fault, said: str
) -> None:
    three = watching.using(*[each.url for each in proxies], agreeing=2)
    proxies[2].inject(fault)
    three.scan()
    assert three.lines("deposits") == LINE
    assert said in faults(three)[name_of(proxies[2])]


@pytest.mark.parametrize(
    "fault",
    [
        times(1, asked_too_often("1")),
        times(1, fails(503)),
        range_limit(2, is_hinted=True),
        range_limit(1),
        pads(1_000_000),
    ],
)
def test_what_passes_or_can_be_asked_in_parts_costs_no_provider(
    watching: ChainBooks, proxies: list[FaultProxy], fault: Fault
) -> None:
    proxies[1].inject(fault)
    watching.scan()
    assert watching.lines("deposits") == LINE
    assert faults(watching) == {}
    watching.require_equal()


def test_a_provider_that_hangs_is_left_after_its_time(
    watching: ChainBooks, proxies: list[FaultProxy]
) -> None:
    three = watching.using(*[each.url for each in proxies], agreeing=2)
    proxies[0].inject(only(hangs(proxies[0], 7), "eth_getBlockByNumber"))
    three.scan()
    assert three.lines("deposits") == LINE
    assert "in time" in faults(three)[name_of(proxies[0])]


def test_a_clock_that_jumps_changes_nothing_that_is_booked(watching: ChainBooks) -> None:
    moments = iter([datetime(2026, 11, 1, tzinfo=UTC) + timedelta(days=day) for day in range(400)])
    watching.now = lambda: next(moments)
    watching.scan()
    watching.now = lambda: datetime(2026, 10, 1, tzinfo=UTC)
    watching.scan()
    assert watching.lines("deposits") == LINE
    watching.require_equal()
