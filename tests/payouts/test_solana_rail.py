"""The Solana rail: parts that fit, bytes that pay their lines and nothing else, files to sign."""

import base64
import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from solders.transaction import VersionedTransaction

from ledger.errors import BadInput
from payouts.rails.instructions import Instruction
from payouts.rails.solana import SolanaRail, messages_of, verify_file
from payouts.rails.solana_addresses import address_problems, associated_account
from payouts.rails.solana_message import PART_LINES_MAX, TRANSACTION_BYTES, parts_of, told_by
from support import solana_instructions as tell
from support.solana_payouts import (
    SOL,
    USDC_TOKEN,
    USDT_TOKEN,
    key_of,
    one_key,
    pays,
    solana_batch,
    two_of_three,
    wallet_of,
)

TWENTY = [
    pays(line, f"payee-{line}", USDC_TOKEN if line % 2 else USDT_TOKEN) for line in range(1, 21)
]
BATCH = solana_batch(two_of_three(4), *TWENTY)


def told(instruction: Instruction) -> list[dict[str, Any]]:
    """Return the transactions' files."""
    files = SolanaRail().export(instruction)
    return [json.loads(file.content) for file in files if file.name.endswith("transaction.json")]


def codes(instruction: Instruction) -> list[str]:
    with pytest.raises(BadInput) as refused:
        SolanaRail().export(instruction)
    return [problem.code for problem in refused.value.problems]


def test_every_line_is_in_one_part_and_every_part_fits_a_transaction() -> None:
    files = told(BATCH)
    lines = [payment["line"] for file in files for payment in file["payments"]]
    assert lines == list(range(1, 21))
    for file in files:
        unsigned = base64.b64decode(file["transaction"])
        assert len(unsigned) <= TRANSACTION_BYTES
        assert len(file["payments"]) <= PART_LINES_MAX


def test_a_file_names_the_hash_of_the_bytes_that_it_asks_to_be_signed() -> None:
    for file in told(BATCH):
        read = VersionedTransaction.from_bytes(base64.b64decode(file["transaction"]))
        message = bytes(read)[1 + 64 * len(file["signers"]) :]
        assert sha256(message).hexdigest() == file["messageHash"]
        assert str(read.message.recent_blockhash) == file["nonce"]
        assert [str(key) for key in read.message.account_keys[:2]] == file["signers"]
        assert file["memo"].startswith("payout:2026-08:treasury:1:")


def test_the_same_batch_gives_the_same_bytes() -> None:
    assert SolanaRail().export(BATCH) == SolanaRail().export(BATCH)


def test_associated_accounts_are_those_of_the_token_program() -> None:
    owner = key_of("payee-1").pubkey()
    assert associated_account(str(owner), str(tell.USDC)) == str(tell.ata(owner))


def test_each_line_of_coins_is_a_part_of_its_own() -> None:
    lines = [pays(1, "ada", SOL), pays(2, "bob"), pays(3, "cy", SOL), pays(4, "dan")]
    batch = solana_batch(one_key(4), *lines)
    numbers = [[payment["line"] for payment in file["payments"]] for file in told(batch)]
    assert numbers == [[1], [2], [3], [4]]


def test_two_lines_to_one_account_are_in_different_parts() -> None:
    batch = solana_batch(one_key(2), pays(1, "ada"), pays(2, "ada"))
    assert [len(part) for part in parts_of(batch, one_key(2))] == [1, 1]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (pays(1, "treasury"), "address_forbidden"),
        (pays(1, "three"), "address_forbidden"),
        (replace(pays(1, "ada"), address=str(tell.USDC)), "address_forbidden"),
        (replace(pays(1, "ada"), address=str(tell.ata(key_of("a").pubkey()))), "solana_recipient"),
        (pays(1, "ada", SOL), "asset_unsupported"),
        (pays(1, "ada", USDC_TOKEN, "0.0000001"), "too_precise"),
        (pays(1, "ada", replace(USDC_TOKEN, chain="ethereum")), "chain_mismatch"),
    ],
)
def test_a_line_that_a_multisig_cannot_pay_gives_no_file(wrong: Any, code: str) -> None:  # noqa: ANN401 - parametrised
    assert codes(solana_batch(two_of_three(1), wrong)) == [code]


def test_coins_that_an_empty_wallet_could_not_hold_are_refused() -> None:
    assert codes(solana_batch(one_key(1), pays(1, "ada", SOL, "0.0008"))) == ["amount_invalid"]


@pytest.mark.parametrize("count", [0, 3, 5])
def test_a_batch_has_as_many_nonces_as_parts_or_no_file(count: int) -> None:
    assert codes(solana_batch(two_of_three(count), *TWENTY)) == ["batch_unexecutable"]


def test_a_nonce_that_a_stranger_may_use_up_gives_no_file() -> None:
    durable = two_of_three(1)
    strange = replace(durable.slots[0], authority=wallet_of("stranger"))
    batch = solana_batch(replace(durable, slots=(strange,)), pays(1, "ada"))
    assert codes(batch) == ["batch_unexecutable"]


def test_a_file_that_was_edited_is_told_by_what_it_would_pay() -> None:
    files = SolanaRail().export(BATCH)
    for file in files:
        assert verify_file(BATCH, file.name, file.content) == []
    elsewhere = replace(
        BATCH, payments=(replace(TWENTY[0], address=wallet_of("thief")), *TWENTY[1:])
    )
    forged = SolanaRail().export(elsewhere)[0]
    found = verify_file(BATCH, forged.name, forged.content)
    assert f"{forged.name}: it pays 1500000 units to {wallet_of('thief')}" in found
    assert verify_file(BATCH, files[0].name, b"{") == [
        f"{files[0].name}: not the bytes that were exported"
    ]
    assert verify_file(BATCH, "other.json", b"") == [f"other.json: no file of batch {BATCH.batch}"]


@pytest.mark.parametrize("cut", [0, 1, 5, 40, 200, -1])
def test_bytes_that_are_no_part_say_nothing(cut: int) -> None:
    message = messages_of(BATCH)[0]
    assert told_by(message) is not None
    assert told_by(message[:cut]) is None


@pytest.mark.parametrize("address", ["", "1", "é" * 40, "z" * 44, wallet_of("a") + " "])
def test_what_is_no_address_is_malformed(address: str) -> None:
    assert [problem.code for problem in address_problems(address)] == ["address_malformed"]
