"""Reorganisations: nothing is booked before it is final, and what was final never goes back."""

from collections.abc import Iterator
from decimal import Decimal
from secrets import token_hex

import pytest
from eth_account import Account
from eth_utils.address import to_checksum_address

from chains import health
from chains.errors import FinalityBroken
from support.books import Books
from support.chain_books import ChainBooks, setup_of
from support.evm_calls import call_data
from support.evm_chain import USDC, EvmChain, ethereum

UNITS = 10_000 * 10**6
FINAL_DEPTH = 2
"""How far the node's final block is below its head."""


@pytest.fixture
def chain() -> Iterator[EvmChain]:
    with ethereum() as found:
        yield found


@pytest.fixture
def wallet() -> str:
    return "0x" + token_hex(20)


@pytest.fixture
def watching(books: Books, chain: EvmChain, wallet: str) -> ChainBooks:
    found = ChainBooks(books, setup_of("ethereum", chain.url))
    found.watch("deposits", wallet)
    return found


def signed(chain: EvmChain, wallet: str, units: int = UNITS) -> str:
    """Return the signed bytes of a deposit by somebody who holds a key of their own."""
    key = Account.create()
    chain.fund(key.address)
    chain.transfer(USDC, chain.people[1], key.address, units)
    wanted = {
        "to": to_checksum_address(USDC),
        "data": call_data("transfer(address,uint256)", wallet, units),
        "value": 0,
        "gas": 200_000,
        "gasPrice": 10**10,
        "nonce": 0,
        "chainId": 1,
    }
    return f"0x{key.sign_transaction(wanted).raw_transaction.hex()}"


def test_a_deposit_that_is_dropped_is_never_booked(
    chain: EvmChain, watching: ChainBooks, wallet: str
) -> None:
    watching.bounty()
    chain.transfer(USDC, chain.people[1], wallet, UNITS)
    watching.scan()
    assert watching.states() == ["detected"]
    chain.reorg(1)
    chain.finalize()
    watching.scan()
    assert watching.states() == []
    assert watching.lines("deposits") == []
    watching.require_equal()


def test_a_deposit_that_moves_to_another_block_is_booked_once(
    chain: EvmChain, watching: ChainBooks, wallet: str
) -> None:
    raw = signed(chain, wallet)
    sent = chain.ask("eth_sendRawTransaction", raw)
    watching.bounty(declared=[sent])
    before = chain.block_of(sent)
    watching.scan()
    chain.mine()
    chain.reorg(2, (raw, 1))
    assert chain.block_of(sent) == before + 1
    watching.scan()
    assert watching.states() == ["detected"]
    chain.finalize()
    watching.scan()
    assert watching.lines("deposits") == [("USDC", Decimal(10_000))]
    assert watching.states() == ["confirmed"]
    assert [row[2] for row in watching.rows()] == [before + 1]
    watching.require_equal()


def test_a_deposit_that_is_dropped_and_replayed_is_booked_once(
    chain: EvmChain, watching: ChainBooks, wallet: str
) -> None:
    raw = signed(chain, wallet)
    chain.ask("eth_sendRawTransaction", raw)
    watching.scan()
    chain.reorg(1)
    watching.scan()
    chain.ask("eth_sendRawTransaction", raw)
    watching.scan()
    chain.finalize()
    assert watching.scan().booked == 1
    assert watching.scan().booked == 0
    assert watching.lines("deposits") == [("USDC", Decimal(10_000))]
    watching.require_equal()


def test_a_reorganisation_deeper_than_the_last_scan_is_read_as_it_is_then(
    chain: EvmChain, watching: ChainBooks, wallet: str
) -> None:
    watching.scan()
    chain.transfer(USDC, chain.people[1], wallet, UNITS)
    raw = signed(chain, wallet, 5 * 10**6)
    kept = chain.ask("eth_sendRawTransaction", raw)
    chain.mine(3)
    # Deeper than what is final there, but the last scan ended before it all.
    chain.reorg(4, (raw, 2))
    assert chain.receipt(kept)["status"] == "0x1"
    chain.finalize()
    watching.scan()
    assert watching.lines("deposits") == [("USDC", Decimal(5)), ("USDC", Decimal(10_000))]
    watching.require_equal()


def test_a_final_block_that_is_another_one_later_stops_everything(
    chain: EvmChain, watching: ChainBooks, wallet: str
) -> None:
    chain.transfer(USDC, chain.people[1], wallet, UNITS)
    chain.finalize()
    watching.scan()
    digest = watching.books.digest()
    chain.reorg(FINAL_DEPTH + 3)
    chain.finalize()
    with pytest.raises(FinalityBroken, match="was final as 0x"):
        watching.scan()
    assert watching.lines("deposits") == [("USDC", Decimal(10_000))]
    # Only how the scan went is written over, and what was seen beyond.
    assert watching.books.digest() != digest
    with watching.books.read() as session:
        assert "was final as" in health.scans(session)["ethereum"].fault
