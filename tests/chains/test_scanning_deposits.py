"""Deposits on EVM chains, from a real node into the books: each ends with both being equal."""

from collections.abc import Iterator
from decimal import Decimal
from secrets import token_hex

import pytest

from support.books import Books
from support.chain_books import ChainBooks, setup_of
from support.evm_calls import call_data
from support.evm_chain import (
    BSC_USDC,
    BSC_USDT,
    USDC,
    USDT,
    EvmChain,
    evm_chain,
)
from support.evm_chain import ethereum as evm_chain_of_ethereum

THOUSAND = 1000 * 10**6
TEN_THOUSAND = Decimal(10_000)
EXCHANGE, OTHER = 1, 2
"""Which of the node's people."""


@pytest.fixture(scope="module")
def ethereum() -> Iterator[EvmChain]:
    with evm_chain_of_ethereum("FeeToken") as chain:
        yield chain


@pytest.fixture(scope="module")
def bsc() -> Iterator[EvmChain]:
    with evm_chain(56) as chain:
        for token, name in ((BSC_USDC, "USDC"), (BSC_USDT, "USDT")):
            chain.place_token(token, name, 18)
            chain.mint(token, chain.people[EXCHANGE], 10**30)
        chain.mine(20)
        yield chain


@pytest.fixture
def wallet() -> str:
    """Give an address that nobody else has."""
    return "0x" + token_hex(20)


@pytest.fixture
def watching(books: Books, ethereum: EvmChain, wallet: str) -> ChainBooks:
    found = ChainBooks(books, setup_of("ethereum", ethereum.url))
    found.watch("deposits", wallet)
    return found


def pay(chain: EvmChain, wallet: str, units: int, token: str = USDC) -> str:
    return chain.transfer(token, chain.people[EXCHANGE], wallet, units)


def settled(chain: EvmChain, watching: ChainBooks) -> None:
    """Make everything final, scan, and require that books and chain are equal."""
    chain.finalize()
    assert watching.scan().is_well
    watching.require_equal()


@pytest.mark.parametrize("token", [USDC, USDT])
def test_ten_thousand_of_six_decimals_are_detected_then_confirmed(
    ethereum: EvmChain, watching: ChainBooks, wallet: str, token: str
) -> None:
    commodity = "USDC" if token == USDC else "USDT"
    sent = pay(ethereum, wallet, 10 * THOUSAND, token)
    watching.bounty(commodity=commodity, declared=[sent])
    assert watching.states() == ["declared"]

    watching.scan()
    assert watching.states() == ["detected"]
    assert watching.lines("deposits") == []

    settled(ethereum, watching)
    assert watching.lines("deposits") == [(commodity, TEN_THOUSAND)]
    (deposit,) = watching.deposits()
    assert (deposit.state.value, deposit.arrived) == ("confirmed", TEN_THOUSAND)
    assert deposit.seen_at is not None
    assert deposit.confirmed_at is not None
    assert deposit.seen_at < deposit.confirmed_at


@pytest.mark.parametrize("token", [BSC_USDC, BSC_USDT])
def test_ten_thousand_of_eighteen_decimals_are_confirmed_fifteen_blocks_below_the_head(
    bsc: EvmChain, books: Books, wallet: str, token: str
) -> None:
    watching = ChainBooks(books, setup_of("bsc", bsc.url))
    watching.watch("deposits", wallet)
    pay(bsc, wallet, 10**22, token)
    bsc.mine(14)
    watching.scan()
    assert watching.lines("deposits") == []
    bsc.mine(1)
    assert watching.scan().booked == 1
    assert watching.lines("deposits") == [("USDC" if token == BSC_USDC else "USDT", TEN_THOUSAND)]
    watching.require_equal()


def test_two_halves_are_one_split_deposit(
    ethereum: EvmChain, watching: ChainBooks, wallet: str
) -> None:
    first = pay(ethereum, wallet, 5 * THOUSAND)
    watching.bounty(declared=[first])
    settled(ethereum, watching)
    assert watching.states() == ["short"]

    second = pay(ethereum, wallet, 5 * THOUSAND)
    watching.declare("bounty-1", second)
    settled(ethereum, watching)
    assert watching.states() == ["split"]
    assert watching.lines("deposits") == [("USDC", Decimal(5000))] * 2


def test_what_an_exchange_kept_as_its_fee_makes_a_deposit_short(
    ethereum: EvmChain, watching: ChainBooks, wallet: str
) -> None:
    hot = ethereum.people[OTHER]
    pay(ethereum, hot, 10 * THOUSAND)
    sent = ethereum.transfer(USDC, hot, wallet, 10 * THOUSAND - 1_500_000)
    watching.bounty(declared=[sent])
    settled(ethereum, watching)
    assert watching.states() == ["short"]
    assert watching.lines("deposits") == [("USDC", Decimal("9998.5"))]


def test_a_token_with_the_right_symbol_at_another_address_is_the_wrong_token(
    ethereum: EvmChain, watching: ChainBooks, wallet: str
) -> None:
    fake = ethereum.place_token("0x" + token_hex(20), "USDC", 6)
    ethereum.mint(fake, ethereum.people[EXCHANGE], 10**12)
    sent = pay(ethereum, wallet, 10 * THOUSAND, fake)
    watching.bounty(declared=[sent])
    settled(ethereum, watching)
    assert watching.states() == ["wrong token"]
    assert watching.lines("deposits") == []
    assert [row[4] for row in watching.rows()] == [fake]


def test_a_counterfeit_that_nobody_declared_is_no_deposit(
    ethereum: EvmChain, watching: ChainBooks, wallet: str
) -> None:
    fake = ethereum.place_token("0x" + token_hex(20), "USDC", 6)
    ethereum.mint(fake, ethereum.people[EXCHANGE], 10**12)
    pay(ethereum, wallet, 10 * THOUSAND, fake)
    watching.bounty()
    settled(ethereum, watching)
    assert watching.states() == []


def test_a_transfer_of_nothing_that_a_stranger_made_for_us_is_never_booked(
    ethereum: EvmChain, watching: ChainBooks, wallet: str
) -> None:
    data = call_data("transferFrom(address,address,uint256)", wallet, ethereum.people[OTHER], 0)
    ethereum.send(ethereum.people[OTHER], USDC, data)
    settled(ethereum, watching)
    assert watching.lines("deposits") == []
    assert [row[7] for row in watching.rows()] == [0]


def test_a_token_that_takes_a_fee_brings_what_it_credits(
    ethereum: EvmChain, watching: ChainBooks, wallet: str
) -> None:
    ethereum.send(ethereum.people[0], USDT, call_data("setFee(uint256)", 10))
    sent = pay(ethereum, wallet, 10 * THOUSAND, USDT)
    ethereum.send(ethereum.people[0], USDT, call_data("setFee(uint256)", 0))
    watching.bounty(commodity="USDT", declared=[sent])
    settled(ethereum, watching)
    assert watching.states() == ["short"]
    assert watching.lines("deposits") == [("USDT", Decimal(9990))]


def test_several_transfers_of_one_transaction_are_a_line_each(
    ethereum: EvmChain, watching: ChainBooks, wallet: str
) -> None:
    data = call_data("transferEach(address[],uint256)", [wallet] * 3, THOUSAND)
    ethereum.send(ethereum.people[EXCHANGE], USDC, data)
    settled(ethereum, watching)
    assert watching.lines("deposits") == [("USDC", Decimal(1000))] * 3
    assert watching.scan().booked == 0


def test_native_coin_comes_in_and_its_balance_is_proved(
    ethereum: EvmChain, watching: ChainBooks, wallet: str
) -> None:
    ethereum.send(ethereum.people[OTHER], wallet, value=123_456_789)
    settled(ethereum, watching)
    assert watching.lines("deposits") == [("ETH", Decimal("0.000000000123456789"))]


def test_an_undeclared_deposit_is_known_by_its_amount_and_else_unidentified(
    ethereum: EvmChain, watching: ChainBooks, wallet: str
) -> None:
    watching.bounty()
    pay(ethereum, wallet, 9 * THOUSAND)
    settled(ethereum, watching)
    assert watching.states() == ["unidentified"]
    pay(ethereum, wallet, 10 * THOUSAND)
    settled(ethereum, watching)
    assert watching.states() == ["confirmed", "unidentified"]


def test_the_right_token_on_another_chain_than_declared_is_told_as_that(
    ethereum: EvmChain, bsc: EvmChain, watching: ChainBooks, wallet: str
) -> None:
    elsewhere = ChainBooks(watching.books, setup_of("bsc", bsc.url))
    elsewhere.watch("deposits-bsc", wallet)
    sent = pay(bsc, wallet, 10**22, BSC_USDC)
    watching.bounty(declared=[sent])
    bsc.mine(20)
    settled(ethereum, watching)
    elsewhere.scan()
    assert watching.states() == ["wrong chain"]
    assert elsewhere.lines("deposits-bsc") == [("USDC", TEN_THOUSAND)]
    elsewhere.require_equal()


def test_between_two_wallets_of_ours_each_has_its_line_and_the_fee_is_booked(
    ethereum: EvmChain, watching: ChainBooks, wallet: str
) -> None:
    other = "0x" + token_hex(20)
    watching.watch("payouts", other)
    pay(ethereum, wallet, 2 * THOUSAND)
    ethereum.send(ethereum.people[OTHER], wallet, value=10**18)
    ethereum.transfer(USDC, wallet, other, THOUSAND)
    settled(ethereum, watching)
    assert watching.lines("payouts") == [("USDC", Decimal(1000))]
    fee, brought, sent, came = watching.lines("deposits")
    assert (fee[0], brought) == ("ETH", ("ETH", Decimal(1)))
    assert -1 < fee[1] < 0
    assert (sent, came) == (("USDC", Decimal(-1000)), ("USDC", Decimal(2000)))
