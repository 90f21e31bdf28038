"""A month closes once its watched wallets are read past its end, proved and booked."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from secrets import token_hex

import pytest

from feeshare.month import checks
from feeshare.tie_outs import Check
from support.books import Books
from support.chain_books import ChainBooks, setup_of
from support.evm_chain import USDC, EvmChain, ethereum
from support.fault_proxy import drops, fault_proxy, only


@pytest.fixture
def chain() -> Iterator[EvmChain]:
    with ethereum() as found:
        yield found


def found_in(watching: ChainBooks, month: date) -> list[Check]:
    with watching.books.read() as session:
        return [each for each in checks(session, month) if each.name == "wallets proved on chain"]


def test_a_month_without_a_watch_is_not_asked_for_its_chains(
    books: Books, chain: EvmChain
) -> None:
    assert found_in(ChainBooks(books, setup_of("ethereum", chain.url)), date(2023, 10, 1)) == []


def test_a_month_waits_for_its_wallets_to_be_read_past_its_end(
    books: Books, chain: EvmChain
) -> None:
    wallet = "0x" + token_hex(20)
    watching = ChainBooks(books, setup_of("ethereum", chain.url))
    watching.watch("deposits", wallet)
    chain.transfer(USDC, chain.people[1], wallet, 5_000_000)
    chain.finalize()
    watching.scan()
    today = watching.now().date()
    month = today.replace(day=1)
    end = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    (check,) = found_in(watching, month)
    assert (check.holds, check.result) == (False, f"deposits is not read past {end}")

    later = datetime.combine(end + timedelta(days=1), datetime.min.time(), UTC)
    chain.ask("evm_setNextBlockTimestamp", int(later.timestamp()) + 60)
    chain.mine(8)
    watching.scan()
    (check,) = found_in(watching, month)
    assert (check.holds, check.result) == (True, "all")


def test_a_month_waits_for_a_residue_to_go(books: Books, chain: EvmChain) -> None:
    wallet = "0x" + token_hex(20)
    with fault_proxy(chain.url) as proxy:
        watching = ChainBooks(books, setup_of("ethereum", proxy.url))
        watching.watch("deposits", wallet)
        chain.transfer(USDC, chain.people[1], wallet, 5_000_000)
        chain.finalize()
        proxy.inject(only(drops(lambda _: True), "eth_getLogs"))
        watching.scan()
    # A month that ended before the wallet was watched asks for the proof all the same.
    (check,) = found_in(watching, date(2023, 10, 1))
    assert (check.holds, check.result) == (False, "deposits USDC has a residue of 5")
