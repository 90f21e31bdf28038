"""Chains that change: transfers that vanish, come again elsewhere, or move while they are read."""

from collections.abc import Iterator

import pytest

from chains.errors import AnswerUnfit, NotThere
from chains.evm_reader import EvmReader
from chains.movements import Movement
from support.evm_calls import call_data
from support.evm_chain import USDC, EvmChain, evm_chain
from support.evm_readers import account, evm_reader, rows
from support.fault_proxy import Fault, Forward, Question, Reply, error, fault_proxy, only, times

OURS = "0x" + "f0" * 20
THEIRS = "0x" + "7e" * 20
WALLET = account(OURS, USDC)
SPAM = call_data("spam(address[],uint256,uint256)", [THEIRS], 3, 1)


@pytest.fixture(scope="module")
def chain() -> Iterator[EvmChain]:
    with evm_chain(1) as running:
        running.place_token(USDC, "USDC", 6)
        running.mint(USDC, running.people[1], 10**12)
        yield running


@pytest.fixture
def reader(chain: EvmChain) -> Iterator[EvmReader]:
    with evm_reader(chain.url) as found:
        yield found


def deposit(chain: EvmChain, units: int = 5) -> str:
    return chain.transfer(USDC, chain.people[1], OURS, units)


def identity(movement: Movement) -> tuple[str, str]:
    return movement.transaction, movement.part


def without_place(movement: Movement) -> tuple[object, ...]:
    return (*identity(movement), *rows([movement]))


def test_a_transfer_keeps_its_identity_when_it_is_mined_again(
    chain: EvmChain, reader: EvmReader
) -> None:
    sent = deposit(chain)
    chain.mine(2)
    first = chain.head - 2
    (before,) = reader.seen([WALLET], first, chain.head).movements
    was = chain.receipt(sent)["logs"][0]["logIndex"]
    tip = hex(10**12)
    other = {"from": chain.people[5], "to": USDC, "data": SPAM, "gas": hex(300_000)}
    other |= {"maxFeePerGas": tip, "maxPriorityFeePerGas": tip}
    chain.reorg(3, (other, 1), (chain.raw(sent), 1))
    (after,) = reader.seen([WALLET], first, chain.head).movements
    assert chain.receipt(sent)["logs"][0]["logIndex"] != was
    assert without_place(after) == without_place(before)
    assert (after.block, before.block) == (first + 1, first)
    assert after.block_hash != before.block_hash


def test_a_transfer_that_is_dropped_is_no_longer_told(chain: EvmChain, reader: EvmReader) -> None:
    sent = deposit(chain)
    chain.mine(2)
    first, old = chain.head - 2, reader.hash_of(chain.head)
    assert len(reader.seen([WALLET], first, chain.head).movements) == 1
    chain.reorg(3)
    assert chain.ask("eth_getTransactionReceipt", sent) is None
    assert reader.seen([WALLET], first, chain.head).movements == []
    assert reader.hash_of(chain.head) != old


def test_a_transfer_that_is_replayed_in_its_place_has_another_block(
    chain: EvmChain, reader: EvmReader
) -> None:
    sent = deposit(chain)
    chain.mine(1)
    first = chain.head - 1
    (before,) = reader.seen([WALLET], first, chain.head).movements
    chain.reorg(2, (chain.raw(sent), 0))
    (after,) = reader.seen([WALLET], first, chain.head).movements
    assert without_place(after) == without_place(before)
    assert (after.block, before.block) == (first, first)
    assert after.block_hash == reader.hash_of(first) != before.block_hash


def test_a_native_coin_that_is_mined_again_keeps_its_identity_too(
    chain: EvmChain, reader: EvmReader
) -> None:
    sent = chain.send(chain.people[1], OURS, value=9)
    chain.mine(2)
    first = chain.head - 2
    (before,) = reader.seen([WALLET], first, chain.head).movements
    chain.reorg(3, (chain.raw(sent), 2))
    (after,) = reader.seen([WALLET], first, chain.head).movements
    assert without_place(after) == without_place(before)
    assert (before.block, after.block) == (first, first + 2)


def reorganises(chain: EvmChain, count: int, depth: int, *kept: tuple[str, int]) -> Fault:
    """Return a fault of a chain whose last blocks are mined again while logs are answered."""

    def changed(question: Question, through: Forward) -> Reply:
        reply = through(question)
        chain.reorg(depth, *kept)
        return reply

    return only(times(count, changed), "eth_getLogs")


def test_what_changes_while_it_is_read_is_read_again(chain: EvmChain) -> None:
    sent = deposit(chain)
    chain.mine(2)
    first = chain.head - 2
    with fault_proxy(chain.url) as proxy, evm_reader(proxy.url) as reader:
        with proxy.having(reorganises(chain, 1, 3, (chain.raw(sent), 1))):
            (found,) = reader.seen([WALLET], first, chain.head).movements
        assert (found.block, found.block_hash) == (first + 1, reader.hash_of(first + 1))
        # Asked twice, in both directions each.
        assert proxy.methods().count("eth_getLogs") == 4


def test_what_changes_again_and_again_is_not_told(chain: EvmChain) -> None:
    deposit(chain)
    chain.mine(2)
    always = reorganises(chain, 100, 2)
    with (
        fault_proxy(chain.url, always) as proxy,
        evm_reader(proxy.url) as reader,
        pytest.raises(AnswerUnfit, match="changed while it was read, twice"),
    ):
        reader.seen([WALLET], chain.head - 2, chain.head)


def test_balances_are_not_told_of_a_block_that_changed_meanwhile(chain: EvmChain) -> None:
    def changed(question: Question, through: Forward) -> Reply:
        chain.reorg(3)
        return through(question)

    def by_number_only(question: Question, through: Forward) -> Reply:
        if isinstance(question.params[1], dict):
            return error(question, -32602, "invalid argument 1: cannot unmarshal object")
        return through(question)

    # Only one question, so that nothing is asked in the middle of the reorganisation.
    coins = account(OURS)
    chain.mine(4)
    with fault_proxy(chain.url) as proxy, evm_reader(proxy.url) as reader:
        with proxy.having(only(changed, "eth_getBalance")), pytest.raises(NotThere):
            reader.balances([coins], chain.head - 1)
        with (
            proxy.having(only(changed, "eth_getBalance"), only(by_number_only, "eth_getBalance")),
            pytest.raises(AnswerUnfit, match="changed while it was read"),
        ):
            reader.balances([coins], chain.head - 1)
