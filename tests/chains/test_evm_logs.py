"""What logs say, without a node: transfers of ERC-20, executions of Safes, contradictions."""

import re
from typing import Any

import msgspec
import pytest
from eth_utils.crypto import keccak

from chains.evm_answers import Log, quantity, word
from chains.evm_logs import (
    EXECUTION_FAILURE,
    EXECUTION_SUCCESS,
    TRANSFER,
    Transfer,
    execution_of,
    filters,
    topic_of,
    transfer_of,
    united,
)
from chains.evm_node import BALANCE_OF, DECIMALS, NONCE
from support.evm_readers import account, safe_wallet

ALICE = "0x" + "a1" * 20
BOB = "0x" + "b0" * 20
TOKEN = "0x" + "70" * 20
HASH = "0x" + "5a" * 32


def log(**changed: object) -> Log:
    told: dict[str, Any] = {
        "address": TOKEN,
        "topics": (TRANSFER, topic_of(ALICE), topic_of(BOB)),
        "data": "0x" + f"{5:064x}",
        "block_number": "0x7",
        "block_hash": "0x" + "07" * 32,
        "transaction_hash": "0x" + "11" * 32,
        "log_index": "0x3",
    }
    return Log(**{**told, **changed})


def test_topics_and_selectors_are_hashes_of_their_signatures() -> None:
    for topic, signature in (
        (TRANSFER, "Transfer(address,address,uint256)"),
        (EXECUTION_SUCCESS, "ExecutionSuccess(bytes32,uint256)"),
        (EXECUTION_FAILURE, "ExecutionFailure(bytes32,uint256)"),
    ):
        assert topic == "0x" + keccak(text=signature).hex()
    for selector, signature in (
        (BALANCE_OF, "balanceOf(address)"),
        (DECIMALS, "decimals()"),
        (NONCE, "nonce()"),
    ):
        assert selector == "0x" + keccak(text=signature)[:4].hex()


def test_no_wallets_ask_for_nothing_as_an_empty_topic_means_any() -> None:
    assert filters([]) == []


def test_logs_are_asked_for_by_topics_and_executions_of_safes_by_address() -> None:
    ours = [topic_of(ALICE), topic_of(BOB)]
    assert filters([account(BOB), safe_wallet(ALICE)]) == [
        {"topics": [TRANSFER, None, ours]},
        {"topics": [TRANSFER, ours]},
        {"address": [ALICE], "topics": [[EXECUTION_SUCCESS, EXECUTION_FAILURE]]},
    ]
    assert len(filters([account(ALICE)])) == 2


def test_three_topics_and_a_word_are_a_transfer_in_lower_case() -> None:
    found = transfer_of(log(address=TOKEN.upper().replace("X", "x")))
    assert found == Transfer(TOKEN, ALICE, BOB, 5)
    most = 2**256 - 1
    assert transfer_of(log(data=hex(most))) == Transfer(TOKEN, ALICE, BOB, most)


@pytest.mark.parametrize(
    "changed",
    [
        {"topics": (TRANSFER, topic_of(ALICE), topic_of(BOB), topic_of(BOB)), "data": "0x"},
        {"topics": (TRANSFER, topic_of(ALICE))},
        {"topics": ()},
        {"data": "0x"},
        {"data": "0x" + "00" * 64},
        {"topics": (EXECUTION_SUCCESS, topic_of(ALICE), topic_of(BOB))},
    ],
)
def test_other_shapes_are_no_transfer_of_erc_20(changed: dict[str, Any]) -> None:
    assert transfer_of(log(**changed)) is None


def test_the_hash_that_owners_signed_is_a_topic_since_safe_1_4_and_data_before() -> None:
    indexed = log(topics=(EXECUTION_SUCCESS, HASH), data="0x" + "00" * 32)
    in_data = log(topics=(EXECUTION_FAILURE,), data=HASH + "00" * 32)
    assert execution_of(indexed) == (HASH, True)
    assert execution_of(in_data) == (HASH, False)
    assert execution_of(log()) is None
    assert execution_of(log(topics=())) is None
    with pytest.raises(ValueError, match="0x12"):
        execution_of(log(topics=(EXECUTION_SUCCESS,), data="0x12"))


def test_a_log_that_two_questions_found_is_one_and_one_taken_back_is_none() -> None:
    later, other = log(log_index="0xa"), log(log_index="0x9", removed=True)
    found = united([later, log(), other, log()], [account(ALICE)], 1, 9)
    assert found == [log(), later]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ([log(block_number="0x1")], "not asked for"),
        ([log(block_number="0xa")], "not asked for"),
        ([log(topics=(TRANSFER, topic_of(TOKEN), topic_of(BOB)))], "not asked for"),
        ([log(), log(log_index="0x4", block_hash=HASH)], "block 7 with two hashes"),
        ([log(), log(data="0x" + f"{6:064x}")], "two logs in one place of block 7"),
        ([log(block_number="7")], "7"),
        ([log(log_index="0xzz")], "zz"),
    ],
)
def test_logs_that_contradict_each_other_are_refused(told: list[Log], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        united(told, [account(ALICE)], 2, 9)


def test_numbers_are_hexadecimal_and_never_negative() -> None:
    assert (quantity("0x0"), quantity("0xff"), word("0x" + "0f".rjust(64, "0"))) == (0, 255, 15)
    for text in ("", "12", "-0x1", "0x-1", "0xg", "0x"):
        with pytest.raises(ValueError, match=re.escape(text) or "^$"):
            quantity(text)
    for text in ("0x1", "0x" + "00" * 33, "0x" + "zz" * 32):
        with pytest.raises(ValueError, match=text):
            word(text)


def test_a_log_without_a_block_is_no_answer() -> None:
    pending = (
        b'[{"address":"","topics":[],"data":"","blockNumber":null,"blockHash":null,'
        b'"transactionHash":"","logIndex":"0x0"}]'
    )
    with pytest.raises(msgspec.ValidationError, match="blockNumber"):
        msgspec.json.decode(pending, type=list[Log])
