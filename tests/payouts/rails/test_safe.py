"""The Safe rail's files: the Transaction Builder batch and the signer sheet.

The golden checksum was computed apart from this code, by a JavaScript walk of the files with
ethers 6.17.
"""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import BadInput
from payouts.rails.instructions import Instruction
from payouts.rails.safe import SafeRail, _indented, checksum_of, parts_of
from payouts.rails.safe_tx import Json, safe_tx_of
from support.payouts import (
    ALICE,
    BOB,
    HBOT,
    HBOT_CONTRACT,
    SAFE,
    THREE,
    USDC,
    USDC_CONTRACT,
    exported,
    instruction,
    payment,
)

GOLDEN_CHECKSUM = "0x15ebb065032f8416b05c4b57ca9a7e020957d4f093436cc5ccb478f1ecc757ca"

PUBLIC_SAMPLE = """{"version": "1.0", "chainId": "1", "createdAt": 1761326849944,
  "meta": {"name": "Transactions Batch", "description": "", "txBuilderVersion": "1.18.2",
    "createdFromSafeAddress": "0xA77DE01e157f9f57C7c4A326eeE9C4874D0598b6",
    "createdFromOwnerAddress": "",
    "checksum": "0x8b5032f716845c8b08bab3d63dbd9ba92e056f3557793cd041e59b84e16aa989"},
  "transactions": [{"to": "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48", "value": "0",
    "data": null,
    "contractMethod": {"inputs": [
        {"internalType": "address", "name": "spender", "type": "address"},
        {"internalType": "uint256", "name": "value", "type": "uint256"}],
      "name": "approve", "payable": false},
    "contractInputsValues": {"spender": "0x474e5Ded6b5D078163BFB8F6dBa355C3aA5478C8",
      "value": "100000000000"}}]}"""


TEXTS = st.text(st.characters(codec="utf-8"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: (
        st.lists(inner, min_size=1) | st.dictionaries(TEXTS, inner, min_size=1, max_size=4)
    ),
    max_leaves=20,
)


def refusals(batch: Instruction) -> list[tuple[str, int | None, str | None]]:
    with pytest.raises(BadInput) as refused:
        SafeRail().export(batch)
    return [(found.code, found.row, found.column) for found in refused.value.problems]


def test_the_checksum_is_the_one_the_transaction_builder_gave_a_public_file() -> None:
    sample = json.loads(PUBLIC_SAMPLE)
    assert checksum_of(sample) == sample["meta"]["checksum"]


def test_the_checksum_leaves_the_name_free_and_holds_everything_else() -> None:
    sample = json.loads(PUBLIC_SAMPLE)
    renamed = {**sample, "meta": {**sample["meta"], "name": "other"}}
    changed = {**sample, "meta": {**sample["meta"], "description": "other"}}
    assert checksum_of(renamed) == checksum_of(sample)
    assert checksum_of(changed) != checksum_of(sample)
    with pytest.raises(TypeError):
        checksum_of({"meta": "text"})


@given(VALUES)
def test_json_is_indented_as_python_s_own_library_does(value: Json) -> None:
    assert _indented(value) == json.dumps(value, indent=2, ensure_ascii=False).encode()


def test_a_batch_file_has_the_checksum_and_says_batch_hash_and_nonce() -> None:
    [(builder, sheet)] = exported(THREE)
    meta = builder["meta"]
    assert meta["checksum"] == checksum_of(builder) == GOLDEN_CHECKSUM
    assert meta["createdFromSafeAddress"] == SAFE
    for said in ("2026-08/1", "part 1 of 1", THREE.content_hash, "nonce 7", sheet["safeTxHash"]):
        assert said in meta["description"]


def test_a_batch_file_is_dated_by_the_instruction_in_whole_milliseconds() -> None:
    [(builder, _)] = exported(THREE)
    assert builder["createdAt"] == 1789209000123


def test_a_token_line_names_method_and_inputs_and_no_raw_data() -> None:
    [(builder, _)] = exported(THREE)
    line = builder["transactions"][0]
    assert builder["chainId"] == "1"
    assert (line["to"], line["value"], line["data"]) == (USDC_CONTRACT, "0", None)
    assert line["contractMethod"]["name"] == "transfer"
    assert [it["type"] for it in line["contractMethod"]["inputs"]] == ["address", "uint256"]
    assert line["contractInputsValues"] == {"to": ALICE, "value": "412500000"}


def test_a_line_in_the_native_coin_is_a_plain_send() -> None:
    [(builder, _)] = exported(THREE)
    assert builder["transactions"][1] == {
        "to": BOB,
        "value": "250000000000000000",
        "data": None,
        "contractMethod": None,
        "contractInputsValues": None,
    }


def test_more_than_200_lines_become_parts_on_consecutive_nonces() -> None:
    batch = instruction(*(payment(line, ALICE, USDC, str(line)) for line in range(1, 402)))
    parts = exported(batch)
    assert [len(builder["transactions"]) for builder, _ in parts] == [200, 200, 1]
    assert [sheet["nonce"] for _, sheet in parts] == ["7", "8", "9"]
    assert [sheet["part"] for _, sheet in parts] == [f"part {n} of 3" for n in (1, 2, 3)]
    assert [line["line"] for _, sheet in parts for line in sheet["payments"]] == [*range(1, 402)]
    assert len({file.name for file in SafeRail().export(batch)}) == 12
    with pytest.raises(BadInput, match="at most 200 lines"):
        safe_tx_of(batch)


def test_parts_of_an_unpinned_batch_stay_unpinned() -> None:
    assert [part.nonce for part in parts_of(replace(THREE, nonce=None))] == [None]


def test_the_signer_sheet_lists_each_line_and_the_totals() -> None:
    [(_, sheet)] = exported(THREE)
    assert sheet["totals"] == {
        "ETH": "0.25",
        "HBOT": "1234567.000000000000000001",
        "USDC": "412.5",
    }
    assert [(line["payee"], line["units"]) for line in sheet["payments"]] == [
        ("maintainer-1", "412500000"),
        ("maintainer-2", "250000000000000000"),
        ("maintainer-3", "1234567000000000000000001"),
    ]


def test_the_same_instruction_gives_the_same_bytes() -> None:
    assert SafeRail().export(THREE) == SafeRail().export(THREE)


def test_every_bad_line_is_named_with_its_number() -> None:
    batch = instruction(
        payment(4, ALICE.lower(), USDC, "1"),
        payment(5, ALICE, USDC, "0.0000001"),
        payment(6, SAFE, USDC, "1"),
        payment(7, HBOT_CONTRACT, USDC, "1"),
        payment(8, BOB, HBOT, "1"),
        payment(9, BOB, replace(USDC, contract=USDC_CONTRACT.lower()), "1"),
    )
    assert refusals(batch) == [
        ("checksum_absent", 4, "address"),
        ("too_precise", 5, "amount"),
        ("address_forbidden", 6, "address"),
        ("address_forbidden", 7, "address"),
        ("checksum_absent", 9, "token"),
    ]


@pytest.mark.parametrize("nonce", [None, -1])
def test_a_batch_without_a_pinned_nonce_is_refused(nonce: int | None) -> None:
    assert refusals(replace(THREE, nonce=nonce)) == [("batch_unexecutable", None, None)]


def test_a_batch_of_two_chains_or_none_is_refused() -> None:
    on_bsc = payment(1, ALICE, replace(USDC, chain_id=56), "1")
    two = instruction(on_bsc, payment(2, BOB, USDC, "1"))
    assert refusals(two) == [("chain_mismatch", None, None)]
    bank = instruction(payment(1, ALICE, None, "1"))
    assert refusals(bank) == [("chain_mismatch", None, None)]
    solana = instruction(payment(1, ALICE, replace(USDC, chain_id=None), "1"))
    assert refusals(solana) == [("chain_mismatch", None, None)]


def test_a_safe_on_another_chain_is_refused() -> None:
    assert refusals(replace(THREE, source=f"bnb:{SAFE}")) == [("chain_mismatch", None, "source")]
