"""Files checked from themselves alone: what was changed on the way is named."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from ledger.errors import BadInput
from payouts.rails.safe import SafeRail, checksum_of
from payouts.rails.safe_check import check_file
from payouts.rails.safe_tx import safe_tx_of
from support.payouts import ALICE, BOB, CAROL, ETHER, THREE, USDC, instruction, payment

BUILDER, SHEET = 0, 1


def file(kind: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SafeRail().export(THREE)[kind].content)
    return found


def wrong(content: dict[str, Any]) -> list[tuple[str, str | None]]:
    found = check_file(json.dumps(content).encode(), "x.json").problems
    return [(problem.code, problem.column) for problem in found]


@pytest.mark.parametrize(
    "batch",
    [
        THREE,
        instruction(payment(1, ALICE, USDC, "1")),
        instruction(payment(1, BOB, ETHER, "0.25")),
    ],
    ids=["three lines", "one token line", "one coin line"],
)
def test_files_as_they_were_exported_say_what_their_batch_signs(batch: Any) -> None:  # noqa: ANN401
    for exported in SafeRail().export(batch)[:2]:
        checked = check_file(exported.content, exported.name)
        assert checked.problems == ()
        assert checked.tx == safe_tx_of(batch)
        assert checked.content_hash == batch.content_hash
        assert checked.lines == len(batch.payments)


def to_carol(content: dict[str, Any]) -> None:
    content["transactions"][0]["contractInputsValues"]["to"] = CAROL


def to_carol_with_its_checksum(content: dict[str, Any]) -> None:
    to_carol(content)
    content["meta"]["checksum"] = checksum_of(content)


def another_nonce(content: dict[str, Any]) -> None:
    meta = content["meta"]
    meta["description"] = meta["description"].replace("nonce 7", "nonce 8")
    meta["checksum"] = checksum_of(content)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (to_carol, ["checksum", "safeTxHash"]),
        (to_carol_with_its_checksum, ["safeTxHash"]),
        (another_nonce, ["safeTxHash"]),
    ],
)
def test_a_batch_file_that_was_changed_is_named(
    change: Callable[[dict[str, Any]], None], named: list[str]
) -> None:
    content = file(BUILDER)
    change(content)
    assert wrong(content) == [("file_altered", each) for each in named]


def test_a_sheet_whose_lines_are_not_what_is_signed_is_named() -> None:
    content = file(SHEET)
    content["payments"][0]["address"] = CAROL
    assert wrong(content) == [("file_altered", "payments")]


def test_a_sheet_that_pays_gas_back_is_named() -> None:
    content = file(SHEET)
    content["typedData"]["message"]["refundReceiver"] = CAROL
    assert wrong(content) == [("file_altered", "typedData")]


def test_a_sheet_with_other_hashes_is_named() -> None:
    content = file(SHEET)
    for name in ("domainHash", "messageHash", "safeTxHash"):
        content[name] = "0x" + "00" * 32
    assert wrong(content) == [
        ("file_altered", name) for name in ("domainHash", "messageHash", "safeTxHash")
    ]


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"typedData": 1}', b"\xff"])
def test_what_is_no_exported_file_is_refused(content: bytes) -> None:
    with pytest.raises(BadInput) as refused:
        check_file(content, "x.json")
    assert [problem.code for problem in refused.value.problems] == ["file_invalid"]


@pytest.mark.parametrize("field", ["data", "method"])
def test_a_line_that_signers_could_not_read_is_refused(field: str) -> None:
    content = file(BUILDER)
    line = content["transactions"][0]
    if field == "data":
        line["data"] = "0x00"
    else:
        line["contractMethod"]["name"] = "approve"
    with pytest.raises(BadInput, match="file_invalid"):
        wrong(content)
