"""The native coin on a real node: every change of a balance is told, and adds up."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from chains.errors import AnswerUnfit, NotThere, TimedOut
from chains.evm_reader import EvmReader
from chains.movements import Movement, Wallet
from support.evm_calls import call_data
from support.evm_chain import EvmChain, evm_chain
from support.evm_readers import account, evm_reader, net, rows, safe_wallet
from support.evm_safes import Safe, deploy_safe
from support.fault_proxy import alters, fault_proxy, hangs, only, refuses

ETHER = 10**18
NOT_FOUND = refuses(-32601, "the method debug_traceTransaction does not exist")
BLOCK = "eth_getBlockByNumber"
RECEIPT = "eth_getTransactionReceipt"
TRACES = ("debug_traceTransaction", "debug_traceBlockByNumber")


@pytest.fixture(scope="module")
def chain() -> Iterator[EvmChain]:
    with evm_chain(1) as running:
        yield running


@pytest.fixture
def reader(chain: EvmChain) -> Iterator[EvmReader]:
    with evm_reader(chain.url) as found:
        yield found


@pytest.fixture(scope="module")
def purse(chain: EvmChain) -> str:
    return chain.deploy("Tokens.sol:Purse")


@pytest.fixture(scope="module")
def safe(chain: EvmChain) -> Safe:
    made = deploy_safe(chain, owners=1, threshold=1)
    chain.send(chain.people[0], made.address, value=ETHER)
    return made


def fresh(chain: EvmChain, number: int) -> str:
    """Return an address that nobody has used."""
    return "0x" + f"{number:x}{chain.head:x}".rjust(40, "e")


def balance(chain: EvmChain, address: str, number: int) -> int:
    return int(chain.ask("eth_getBalance", address, hex(number)), 16)


def told(chain: EvmChain, reader: EvmReader, wallet: Wallet, first: int) -> list[Movement]:
    """Return what moved, once it is shown to add up to the change of each block's balance."""
    movements = reader.seen([wallet], first, chain.head).movements
    for before, number in pairwise(range(first - 1, chain.head + 1)):
        change = balance(chain, wallet.address, number) - balance(chain, wallet.address, before)
        here = [each for each in movements if each.block == number]
        assert net(here, wallet.address) == change, (number, rows(here))
    return list(movements)


def fee(chain: EvmChain, transaction: str) -> int:
    receipt = chain.receipt(transaction)
    return int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)


def test_coins_that_a_transaction_brings_are_its_value(chain: EvmChain, reader: EvmReader) -> None:
    ours, theirs = fresh(chain, 1), chain.people[1]
    first = chain.head + 1
    sent = chain.send(theirs, ours, value=ETHER)
    chain.mine(7)
    (found,) = told(chain, reader, account(ours), first)
    assert rows([found]) == [("value", "", theirs, ours, ETHER)]
    assert (found.transaction, found.block_hash) == (sent, reader.hash_of(first))


def test_who_sends_pays_a_fee_without_a_recipient(chain: EvmChain, reader: EvmReader) -> None:
    ours, theirs = chain.people[2], fresh(chain, 2)
    first = chain.head + 1
    sent = chain.send(ours, theirs, value=5)
    assert rows(told(chain, reader, account(ours), first)) == [
        ("value", "", ours, theirs, 5),
        ("fee", "", ours, "", fee(chain, sent)),
    ]


def test_a_failed_transaction_costs_its_fee_and_moves_nothing(
    chain: EvmChain, reader: EvmReader, purse: str
) -> None:
    ours = chain.people[3]
    first = chain.head + 1
    data = call_data("payThenRevert(address,uint256)", ours, 5)
    sent = chain.send(ours, purse, data, value=5, succeeds=False)
    assert rows(told(chain, reader, account(ours), first)) == [
        ("fee", "", ours, "", fee(chain, sent))
    ]


def test_coins_to_oneself_are_one_movement(chain: EvmChain, reader: EvmReader) -> None:
    ours = chain.people[4]
    first = chain.head + 1
    sent = chain.send(ours, ours, value=5)
    assert rows(told(chain, reader, account(ours), first)) == [
        ("value", "", ours, ours, 5),
        ("fee", "", ours, "", fee(chain, sent)),
    ]


def test_coins_in_and_out_in_one_block_are_both_told(chain: EvmChain, reader: EvmReader) -> None:
    ours, theirs = chain.people[5], chain.people[6]
    with chain.one_block():
        chain.offer(theirs, ours, value=7)
        chain.offer(ours, theirs, value=7)
    found = told(chain, reader, account(ours), chain.head)
    assert sorted(each.part for each in found) == ["fee", "value", "value"]
    assert sorted(each.units for each in found if each.part == "value") == [7, 7]


def test_calls_inside_a_transaction_are_told_by_their_position(
    chain: EvmChain, reader: EvmReader, purse: str
) -> None:
    ours, other, theirs = fresh(chain, 3), fresh(chain, 4), chain.people[1]
    first = chain.head + 1
    data = call_data("payEach(address[],uint256)", [other, ours, other, ours], 11)
    sent = chain.send(theirs, purse, data, value=44)
    found = told(chain, reader, account(ours), first)
    assert rows(found) == [("call:1", "", purse, ours, 11), ("call:3", "", purse, ours, 11)]
    assert {each.transaction for each in found} == {sent}


def test_a_call_inside_a_reverted_one_moved_nothing(
    chain: EvmChain, reader: EvmReader, purse: str
) -> None:
    ours = fresh(chain, 5)
    first = chain.head + 1
    chain.send(
        chain.people[1], purse, call_data("tryThenPay(address,uint256)", ours, 10), value=21
    )
    found = told(chain, reader, account(ours), first)
    assert rows(found) == [("call:0", "", purse, ours, 11)]


def test_change_that_comes_back_is_told_beside_value_and_fee(
    chain: EvmChain, reader: EvmReader, purse: str
) -> None:
    ours = chain.people[7]
    first = chain.head + 1
    data = call_data("payEach(address[],uint256)", [ours], 30)
    sent = chain.send(ours, purse, data, value=100)
    assert rows(told(chain, reader, account(ours), first)) == [
        ("value", "", ours, purse, 100),
        ("call:0", "", purse, ours, 30),
        ("fee", "", ours, "", fee(chain, sent)),
    ]


def test_calls_of_near_and_far_transactions_in_one_block_are_told_once_each(
    chain: EvmChain, reader: EvmReader, purse: str
) -> None:
    ours = chain.people[7]
    data = call_data("payEach(address[],uint256)", [ours], 30)
    with chain.one_block():
        chain.offer(ours, purse, data, value=100)
        chain.offer(chain.people[1], purse, data, value=30)
    found = told(chain, reader, account(ours), chain.head)
    assert sorted(each.part for each in found) == ["call:0", "call:0", "fee", "value"]
    assert len({each.transaction for each in found}) == 2


def test_a_contract_that_ends_leaves_its_coins(chain: EvmChain, reader: EvmReader) -> None:
    ours, ending = fresh(chain, 6), chain.deploy("Tokens.sol:Purse")
    first = chain.head + 1
    data = call_data("payWholeAndEnd(address)", ours)
    chain.send(chain.people[1], ending, data, value=9)
    assert rows(told(chain, reader, account(ours), first)) == [("call:0", "", ending, ours, 9)]


def test_a_contract_is_made_with_coins(chain: EvmChain, reader: EvmReader) -> None:
    ours = chain.people[8]
    first = chain.head + 1
    # Creation code that returns no code: PUSH1 0 PUSH1 0 RETURN.
    sent = chain.send(ours, None, "0x60006000f3", value=8)
    made = chain.receipt(sent)["contractAddress"]
    assert rows(told(chain, reader, account(ours), first)) == [
        ("value", "", ours, made, 8),
        ("fee", "", ours, "", fee(chain, sent)),
    ]


def test_a_safe_gets_coins_and_pays_them_by_calls_without_a_fee(
    chain: EvmChain, reader: EvmReader, safe: Safe
) -> None:
    theirs = fresh(chain, 7)
    first = chain.head + 1
    chain.send(chain.people[1], safe.address, value=40)
    paid, _ = safe.execute(theirs, value=30)
    found = told(chain, reader, safe_wallet(safe.address), first)
    assert rows(found) == [
        ("value", "", chain.people[1], safe.address, 40),
        ("call:0", "", safe.address, theirs, 30),
    ]
    assert found[1].transaction == paid


@pytest.mark.parametrize("relayed", [False, True])
def test_what_a_safe_gets_and_gives_in_one_execution_is_told_though_it_cancels_out(
    chain: EvmChain, reader: EvmReader, purse: str, safe: Safe, *, relayed: bool
) -> None:
    first = chain.head + 1
    there_and_back = call_data("payEach(address[],uint256)", [safe.address], 25)
    safe.execute(purse, there_and_back, value=25, through=purse if relayed else None)
    assert rows(told(chain, reader, safe_wallet(safe.address), first)) == [
        ("call:0", "", safe.address, purse, 25),
        ("call:1", "", purse, safe.address, 25),
    ]


def test_what_moved_between_two_wallets_is_told_once(
    chain: EvmChain, reader: EvmReader, safe: Safe
) -> None:
    ours = fresh(chain, 8)
    first = chain.head + 1
    safe.execute(ours, value=3)
    both = reader.seen([safe_wallet(safe.address), account(ours)], first, chain.head).movements
    assert rows(both) == [("call:0", "", safe.address, ours, 3)]


def test_what_no_transaction_tells_is_the_rest_of_its_block(
    chain: EvmChain, reader: EvmReader
) -> None:
    ours, other = fresh(chain, 9), fresh(chain, 10)
    chain.mine()
    first = chain.head + 1
    chain.mine()
    # As a withdrawal of a validator is, and a block's reward: a balance that changed, that is all.
    chain.fund(ours, 50)
    chain.fund(other, 60)
    chain.mine()
    chain.fund(ours, 20)
    found = reader.seen([account(ours), account(other)], first, chain.head).movements
    assert rows(found) == [
        (f"rest:{min(ours, other)}", "", "", min(ours, other), 50 if ours < other else 60),
        (f"rest:{max(ours, other)}", "", "", max(ours, other), 60 if ours < other else 50),
        (f"rest:{ours}", "", ours, "", 30),
    ]
    assert [each.transaction for each in found] == [
        f"block:{first}",
        f"block:{first}",
        f"block:{first + 1}",
    ]


def test_a_miners_reward_is_the_rest_of_its_block(chain: EvmChain, reader: EvmReader) -> None:
    ours = fresh(chain, 11)
    chain.ask("anvil_setCoinbase", ours)
    try:
        first = chain.head + 1
        chain.send(chain.people[1], chain.people[2], value=1)
        (found,) = told(chain, reader, account(ours), first)
        assert (found.part, found.sender, found.recipient) == (f"rest:{ours}", "", ours)
    finally:
        chain.ask("anvil_setCoinbase", "0x" + "00" * 20)


def test_what_validators_were_paid_out_is_the_rest_and_asks_for_no_trace(chain: EvmChain) -> None:
    ours = fresh(chain, 16)
    first = chain.head + 1
    chain.mine()
    chain.fund(ours, 3 * 10**9)
    paid_out = {"index": "0x1", "validatorIndex": "0x2", "address": ours, "amount": "0x3"}
    withdrawn = only(alters(lambda block: {**block, "withdrawals": [paid_out]}), BLOCK)
    with fault_proxy(chain.url, withdrawn) as proxy, evm_reader(proxy.url) as reader:
        found = reader.seen([account(ours)], first, chain.head).movements
        assert rows(found) == [(f"rest:{ours}", "", "", ours, 3 * 10**9)]
        assert not {*TRACES} & set(proxy.methods())
        proxy.heal()
        assert reader.seen([account(ours)], first, chain.head).movements == found
        # Nothing else explains it there, so a trace was looked at.
        assert TRACES[1] in proxy.methods()


def test_room_for_blobs_is_a_part_of_the_fee(chain: EvmChain) -> None:
    ours = chain.people[3]
    first = chain.head + 1
    sent = chain.send(ours, chain.people[4], value=1)
    blobs = {"blobGasUsed": "0x20", "blobGasPrice": "0x3"}
    with (
        fault_proxy(chain.url, only(alters(lambda told: {**told, **blobs}), RECEIPT)) as proxy,
        evm_reader(proxy.url) as reader,
    ):
        found = reader.seen([account(ours)], first, chain.head).movements
    # This chain did not take it off the balance, which the rest puts right.
    assert rows(found)[1:] == [
        ("fee", "", ours, "", fee(chain, sent) + 32 * 3),
        (f"rest:{ours}", "", "", ours, 32 * 3),
    ]


def test_a_node_that_does_not_trace_leaves_calls_to_the_rest(
    chain: EvmChain, purse: str, safe: Safe
) -> None:
    ours = chain.people[7]
    first = chain.head + 1
    with (
        fault_proxy(chain.url, only(NOT_FOUND, *TRACES)) as proxy,
        evm_reader(proxy.url) as reader,
    ):
        data = call_data("payEach(address[],uint256)", [ours, safe.address], 30)
        sent = chain.send(ours, purse, data, value=100)
        assert rows(told(chain, reader, account(ours), first)) == [
            ("value", "", ours, purse, 100),
            ("fee", "", ours, "", fee(chain, sent)),
            (f"rest:{ours}", "", "", ours, 30),
        ]
        safe.execute(fresh(chain, 12), value=2)
        assert rows(told(chain, reader, safe_wallet(safe.address), first)) == [
            (f"rest:{safe.address}", "", "", safe.address, 30),
            (f"rest:{safe.address}", "", safe.address, "", 2),
        ]


def test_a_trace_that_comes_too_late_is_a_fault_and_no_rest(chain: EvmChain, purse: str) -> None:
    ours = fresh(chain, 13)
    first = chain.head + 1
    data = call_data("payEach(address[],uint256)", [ours], 30)
    chain.send(chain.people[1], purse, data, value=30)
    with (
        fault_proxy(chain.url) as proxy,
        evm_reader(proxy.url, read_seconds=0.5) as hasty,
        evm_reader(proxy.url) as reader,
    ):
        with (
            proxy.having(only(hangs(proxy), *TRACES)),
            pytest.raises(TimedOut, match="no answer in time"),
        ):
            hasty.seen([account(ours)], first, chain.head)
        assert rows(reader.seen([account(ours)], first, chain.head).movements) == [
            ("call:0", "", purse, ours, 30)
        ]


def test_a_receipt_or_a_trace_of_another_block_is_unfit(chain: EvmChain, purse: str) -> None:
    ours, theirs = fresh(chain, 17), chain.people[1]
    first = chain.head + 1
    chain.send(theirs, purse, call_data("payEach(address[],uint256)", [ours], 30), value=30)
    elsewhere = only(alters(lambda told: {**told, "blockHash": "0x" + "ab" * 32}), RECEIPT)
    another = only(alters(lambda traces: [*traces, *traces]), TRACES[1])
    for wallet, fault, words in (
        (account(theirs), elsewhere, "in another block"),
        (account(ours), another, f"another trace than block {first}"),
    ):
        with fault_proxy(chain.url, fault) as proxy, evm_reader(proxy.url) as reader:
            with pytest.raises(AnswerUnfit, match=words):
                reader.seen([wallet], first, chain.head)
            proxy.heal()
            assert len(reader.seen([wallet], first, chain.head).movements) > 0


def test_nothing_is_traced_where_values_and_fees_explain_a_change(chain: EvmChain) -> None:
    first = chain.head + 1
    chain.send(chain.people[1], chain.people[2], value=3)
    with fault_proxy(chain.url) as proxy, evm_reader(proxy.url) as reader:
        found = reader.seen([account(chain.people[1])], first, chain.head).movements
        assert [each.part for each in found] == ["value", "fee"]
        assert not {*TRACES} & set(proxy.methods())


def test_a_long_quiet_range_takes_few_questions(chain: EvmChain) -> None:
    ours = fresh(chain, 14)
    first = chain.head + 1
    chain.mine(100)
    chain.send(chain.people[1], ours, value=3)
    chain.mine(100)
    with fault_proxy(chain.url) as proxy, evm_reader(proxy.url) as reader:
        assert len(reader.seen([account(ours)], first, chain.head).movements) == 1
        # Two ends and a point for each halving of 201 blocks.
        assert proxy.methods().count("eth_getBalance") <= 2 + 8
        proxy.heal()
        assert reader.seen([account(fresh(chain, 15))], first, chain.head).movements == []
        assert proxy.methods().count("eth_getBalance") == 2


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (-32000, "missing trie node 5d1b (path ) state 0x1 is not available"),
        (-32000, "historical state 0xab is not available in path scheme"),
        (-32000, "state at block #5 is pruned"),
    ],
)
def test_old_states_that_are_gone_are_told_with_what_to_do(
    chain: EvmChain, number: int, words: str
) -> None:
    gone = only(refuses(number, words), "eth_getBalance")
    with fault_proxy(chain.url, gone) as proxy, evm_reader(proxy.url) as reader:
        with pytest.raises(NotThere, match=r"archive node, or a watch that starts later \(.*"):
            reader.seen([account(chain.people[1])], 1, chain.head)
        with pytest.raises(NotThere):
            reader.balances([account(chain.people[1])], 1)


def test_coins_of_the_first_block_of_all_are_no_movement(reader: EvmReader) -> None:
    found = reader.seen([account("0x" + "ab" * 20)], 0, 0)
    assert (found.movements, found.executions) == ([], [])
