"""Transfers of tokens and executions of Safes on a real node, read as they are on chain."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from chains.errors import AnsweredError, AnswerUnfit, NotThere, WrongChain
from chains.evm_logs import EXECUTION_SUCCESS, TRANSFER, topic_of
from chains.evm_reader import EvmReader
from chains.movements import Execution
from support.evm_calls import call_data
from support.evm_chain import BSC_USDC, BSC_USDT, HBOT, USDC, USDT, EvmChain, evm_chain
from support.evm_readers import account, evm_reader, rows, safe_wallet
from support.evm_safes import MULTI_SEND_CALL_ONLY, deploy_safe

OURS = "0x" + "f0" * 20
THEIRS = "0x" + "7e" * 20
NOBODY = "0x" + "00" * 20
WALLET = account(OURS, USDC, USDT, HBOT)


@pytest.fixture(scope="module")
def chain() -> Iterator[EvmChain]:
    with evm_chain(1) as running:
        running.place_token(USDC, "USDC", 6)
        running.place_token(USDT, "USDT", 6, "FeeToken")
        running.place_token(HBOT, "HBOT", 18)
        yield running


@pytest.fixture
def reader(chain: EvmChain) -> Iterator[EvmReader]:
    with evm_reader(chain.url) as found:
        yield found


def test_a_provider_of_another_chain_is_refused(chain: EvmChain, reader: EvmReader) -> None:
    reader.require_chain()
    with evm_reader(chain.url, "bsc") as other, pytest.raises(WrongChain, match="chain id 1"):
        other.require_chain()


def test_decimals_are_those_on_chain(reader: EvmReader) -> None:
    assert [reader.decimals(each) for each in (USDC, USDT, HBOT)] == [6, 6, 18]
    with pytest.raises(AnswerUnfit, match=f"the decimals of {OURS}"):
        reader.decimals(OURS)


def test_the_same_tokens_have_other_decimals_on_bsc() -> None:
    with evm_chain(56) as bsc, evm_reader(bsc.url, "bsc") as reader:
        reader.require_chain()
        for token in (BSC_USDT, BSC_USDC):
            bsc.place_token(token, "USD", 18)
            assert reader.decimals(token) == 18
        before = bsc.head
        bsc.mint(BSC_USDT, OURS, 10_000 * 10**18)
        movements = reader.seen([account(OURS)], before, bsc.head).movements
        assert rows(movements) == [("log:0", BSC_USDT, NOBODY, OURS, 10_000 * 10**18)]


def test_a_transfer_is_told_with_its_block_and_in_base_units(
    chain: EvmChain, reader: EvmReader
) -> None:
    chain.mint(USDC, chain.people[1], 10_000_000_000)
    sent = chain.transfer(USDC, chain.people[1], OURS, 10_000_000_000)
    number = chain.head
    seen = reader.seen([WALLET], number, number)
    (found,) = seen.movements
    block = chain.block(number)
    assert rows([found]) == [("log:0", USDC, chain.people[1], OURS, 10_000_000_000)]
    assert (found.block, found.block_hash, found.transaction) == (number, block["hash"], sent)
    assert found.at == datetime.fromtimestamp(int(block["timestamp"], 16), UTC)
    assert seen.executions == []


def test_what_is_outside_the_range_is_not_told(chain: EvmChain, reader: EvmReader) -> None:
    chain.mint(USDC, OURS, 1)
    number = chain.head
    chain.mine(2)
    assert reader.seen([WALLET], number + 1, number + 2).movements == []
    assert len(reader.seen([WALLET], number, number + 1).movements) == 1
    assert reader.seen([], 0, number).movements == []


def test_both_directions_are_told_and_a_transfer_between_two_wallets_once(
    chain: EvmChain, reader: EvmReader
) -> None:
    mine, yours = chain.people[2], chain.people[3]
    chain.mint(USDC, mine, 30)
    first = chain.head + 1
    chain.transfer(USDC, mine, yours, 10)
    chain.transfer(USDC, yours, THEIRS, 4)
    tokens = [
        each
        for each in reader.seen([account(mine), account(yours)], first, chain.head).movements
        if each.contract
    ]
    assert rows(tokens) == [
        ("log:0", USDC, mine, yours, 10),
        ("log:0", USDC, yours, THEIRS, 4),
    ]


def test_a_transfer_to_oneself_is_one_movement(chain: EvmChain, reader: EvmReader) -> None:
    chain.mint(USDC, OURS, 3)
    chain.fund(OURS)
    chain.transfer(USDC, OURS, OURS, 3)
    found = reader.seen([WALLET], chain.head, chain.head).movements
    assert rows(found)[0] == ("log:0", USDC, OURS, OURS, 3)
    assert [each.part for each in found] == ["log:0", "fee"]


def test_a_token_that_returns_nothing_moves_like_any(chain: EvmChain, reader: EvmReader) -> None:
    chain.mint(USDT, chain.people[4], 50)
    chain.transfer(USDT, chain.people[4], OURS, 50)
    found = reader.seen([WALLET], chain.head, chain.head).movements
    assert rows(found) == [("log:0", USDT, chain.people[4], OURS, 50)]


def test_a_token_with_a_fee_credits_what_its_log_says(chain: EvmChain, reader: EvmReader) -> None:
    sender = chain.people[5]
    chain.mint(USDT, sender, 10_000)
    before = chain.balance(USDT, OURS)
    chain.send(sender, USDT, call_data("setFee(uint256)", 10))
    chain.transfer(USDT, sender, OURS, 10_000)
    seen = reader.seen([WALLET, account(sender)], chain.head, chain.head)
    assert rows(seen.movements)[:2] == [
        ("log:0", USDT, sender, OURS, 9_990),
        ("log:1", USDT, sender, USDT, 10),
    ]
    assert chain.balance(USDT, OURS) == before + 9_990
    chain.send(sender, USDT, call_data("setFee(uint256)", 0))


def test_counterfeits_and_poison_are_told_as_what_they_are(
    chain: EvmChain, reader: EvmReader
) -> None:
    counterfeit = "0x" + "c0" * 20
    chain.place_token(counterfeit, "USDC", 6, "Liar")
    first = chain.head + 1
    claimed = call_data("claim(address,address,uint256)", THEIRS, OURS, 10**10)
    chain.send(chain.people[6], counterfeit, claimed)
    poison = call_data("transferFrom(address,address,uint256)", OURS, THEIRS, 0)
    chain.send(chain.people[6], USDC, poison)
    assert rows(reader.seen([WALLET], first, chain.head).movements) == [
        ("log:0", counterfeit, THEIRS, OURS, 10**10),
        ("log:0", USDC, OURS, THEIRS, 0),
    ]
    assert chain.balance(counterfeit, OURS) == 0


def test_collectibles_and_other_shapes_are_left_out(chain: EvmChain, reader: EvmReader) -> None:
    liar = "0x" + "1a" * 20
    chain.place_token(liar, "ART", 0, "Liar")
    first = chain.head + 1
    sender, recipient, number = (
        bytes.fromhex(topic_of(each)[2:]) for each in (THEIRS, OURS, "0x07")
    )
    transfer = bytes.fromhex(TRANSFER[2:])
    for topics, data in (
        ([transfer, sender, recipient, number], b""),
        ([transfer, sender, recipient], b""),
        ([transfer, sender, recipient], bytes(64)),
    ):
        chain.send(chain.people[6], liar, call_data("say(bytes32[],bytes)", topics, data))
    assert reader.seen([WALLET], first, chain.head).movements == []
    fitting = call_data("say(bytes32[],bytes)", [transfer, sender, recipient], bytes(32))
    chain.send(chain.people[6], liar, fitting)
    assert len(reader.seen([WALLET], first, chain.head).movements) == 1


def test_transfers_of_one_transaction_are_told_apart(chain: EvmChain, reader: EvmReader) -> None:
    sender = chain.people[7]
    chain.mint(USDC, sender, 100)
    each = call_data("transferEach(address[],uint256)", [THEIRS, OURS, THEIRS, OURS], 5)
    chain.send(sender, USDC, each)
    found = reader.seen([WALLET], chain.head, chain.head).movements
    assert rows(found) == [
        ("log:1", USDC, sender, OURS, 5),
        ("log:3", USDC, sender, OURS, 5),
    ]


def test_a_part_counts_from_the_transactions_own_first_log(
    chain: EvmChain, reader: EvmReader
) -> None:
    with chain.one_block():
        chain.offer(chain.people[0], USDC, call_data("mint(address,uint256)", THEIRS, 1))
        chain.offer(chain.people[1], USDC, call_data("mint(address,uint256)", OURS, 2))
        chain.offer(chain.people[2], USDC, call_data("mint(address,uint256)", OURS, 3))
    found = reader.seen([WALLET], chain.head, chain.head).movements
    assert sorted(rows(found)) == [
        ("log:0", USDC, NOBODY, OURS, 2),
        ("log:0", USDC, NOBODY, OURS, 3),
    ]
    indexes = [int(chain.receipt(each.transaction)["transactionIndex"], 16) for each in found]
    assert indexes == sorted(indexes)


def test_a_safes_execution_is_known_by_the_hash_that_owners_signed(
    chain: EvmChain, reader: EvmReader
) -> None:
    safe = deploy_safe(chain, owners=3, threshold=2)
    chain.mint(USDC, safe.address, 100)
    first = chain.head + 1
    pay = call_data("transfer(address,uint256)", THEIRS, 40)
    too_much = call_data("transfer(address,uint256)", THEIRS, 41_000)
    paid, signed = safe.execute(USDC, pay)
    failed, signed_too = safe.execute(USDC, too_much, safe_tx_gas=100_000)
    seen = reader.seen([safe_wallet(safe.address, USDC)], first, chain.head)
    assert rows(seen.movements) == [("log:0", USDC, safe.address, THEIRS, 40)]
    (movement,) = seen.movements
    assert movement.transaction == paid
    hashes = [reader.hash_of(first), reader.hash_of(first + 1)]
    assert seen.executions == [
        Execution(
            block=first,
            block_hash=hashes[0],
            at=movement.at,
            transaction=paid,
            safe=safe.address,
            safe_tx_hash=signed,
            succeeded=True,
        ),
        Execution(
            block=first + 1,
            block_hash=hashes[1],
            at=seen.executions[1].at,
            transaction=failed,
            safe=safe.address,
            safe_tx_hash=signed_too,
            succeeded=False,
        ),
    ]
    # An account is not asked for executions, even where it is a Safe.
    assert reader.seen([account(safe.address)], first, chain.head).executions == []


def test_a_batch_of_a_safe_is_as_many_movements_and_one_execution(
    chain: EvmChain, reader: EvmReader
) -> None:
    safe = deploy_safe(chain, owners=1, threshold=1, number=2)
    chain.mint(USDC, safe.address, 100)
    chain.mint(HBOT, safe.address, 100)
    pays = [
        (token, bytes.fromhex(call_data("transfer(address,uint256)", THEIRS, units)[2:]))
        for token, units in ((USDC, 1), (HBOT, 2), (USDC, 3))
    ]
    packed = b"".join(
        bytes(1) + bytes.fromhex(token[2:]) + bytes(32) + len(data).to_bytes(32) + data
        for token, data in pays
    )
    batch = call_data("multiSend(bytes)", packed)
    _, signed = safe.execute(MULTI_SEND_CALL_ONLY, batch, delegates=True)
    seen = reader.seen([safe_wallet(safe.address)], chain.head, chain.head)
    assert rows(seen.movements) == [
        ("log:0", USDC, safe.address, THEIRS, 1),
        ("log:1", HBOT, safe.address, THEIRS, 2),
        ("log:2", USDC, safe.address, THEIRS, 3),
    ]
    assert [each.safe_tx_hash for each in seen.executions] == [signed]


def test_an_execution_of_an_older_safe_has_its_hash_in_the_data(
    chain: EvmChain, reader: EvmReader
) -> None:
    older = "0x" + "13" * 20
    chain.place_token(older, "", 0, "Liar")
    signed = bytes.fromhex("5a" * 32)
    topic = bytes.fromhex(EXECUTION_SUCCESS[2:])
    chain.send(
        chain.people[6], older, call_data("say(bytes32[],bytes)", [topic], signed + bytes(32))
    )
    (found,) = reader.seen([safe_wallet(older)], chain.head, chain.head).executions
    assert (found.safe, found.safe_tx_hash, found.succeeded) == (older, "0x" + "5a" * 32, True)


def test_balances_are_all_of_one_block(chain: EvmChain, reader: EvmReader) -> None:
    token = "0x" + "77" * 20
    chain.place_token(token, "T", 6)
    chain.mint(token, OURS, 5)
    number = chain.head
    chain.mint(token, OURS, 6)
    wallet = account(OURS, token, USDC)
    earlier = reader.balances([wallet], number)
    assert (earlier.block.number, earlier.block.hash) == (number, reader.hash_of(number))
    assert earlier.balances[OURS, token] == 5
    chain.finalize()
    closing = reader.closing([wallet, account(THEIRS)])
    assert closing.block == reader.final()
    assert closing.balances == {
        (OURS, ""): int(chain.ask("eth_getBalance", OURS, hex(closing.block.number)), 16),
        (OURS, token): 11,
        (OURS, USDC): chain.balance(USDC, OURS),
        (THEIRS, ""): 0,
    }


def test_a_contract_that_answers_no_number_has_no_balance(
    chain: EvmChain, reader: EvmReader
) -> None:
    purse = chain.deploy("Tokens.sol:Purse")
    chain.finalize()
    nothing = "0x" + "99" * 20
    with pytest.raises(AnswerUnfit, match=f"a balance of {nothing}"):
        reader.closing([account(OURS, nothing)])
    with pytest.raises(AnsweredError, match="execution reverted"):
        reader.closing([account(OURS, purse)])


def test_final_is_what_is_tagged_so_on_ethereum(chain: EvmChain, reader: EvmReader) -> None:
    chain.mine(3)
    tagged = chain.block("finalized")
    final = reader.final()
    assert (final.number, final.hash) == (int(tagged["number"], 16), tagged["hash"])
    assert reader.head().number == chain.head > final.number


def test_final_is_besides_fifteen_blocks_deep_on_bsc() -> None:
    with evm_chain(56) as bsc, evm_reader(bsc.url, "bsc") as reader:
        assert reader.final().number == 0
        bsc.mine(14)
        assert reader.final().number == 0
        bsc.mine(6)
        assert int(bsc.block("finalized")["number"], 16) == 18
        assert (reader.head().number, reader.final().number) == (20, 5)
        assert reader.final().hash == reader.hash_of(5)


def test_a_block_that_is_not_there_yet_is_told_so(chain: EvmChain, reader: EvmReader) -> None:
    with pytest.raises(NotThere, match=f"no block {chain.head + 1}"):
        reader.hash_of(chain.head + 1)
    with pytest.raises(NotThere, match=f"newest block is {chain.head}, before"):
        reader.seen([WALLET], 1, chain.head + 1)
