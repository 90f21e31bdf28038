"""The SafeTx of a part and its hashes.

The golden hashes were computed apart from this code: by a JavaScript walk of the files with ethers
6.17 (calldata and multiSend rebuilt, TypedDataEncoder) and by Safe 1.4.1's own
`getTransactionHash` on a local chain, where the owners' signatures over them paid every line.
"""

from dataclasses import replace
from typing import Any

import pytest
from Crypto.Hash import keccak

from payouts.rails.instructions import Instruction
from payouts.rails.safe_tx import MULTI_SEND_CALL_ONLY, safe_tx_of
from support.payouts import (
    ALICE,
    BOB,
    CAROL,
    ETHER,
    HBOT_CONTRACT,
    THREE,
    USDC,
    USDC_CONTRACT,
    exported,
    instruction,
    payment,
)

GOLDEN_THREE = "0x287bf7e8f41089eb4d29f93b643aff3809db3f7e6338f53354605bc021124f60"
GOLDEN_TOKEN = "0xbd458b3f0a682a364f3e3193b167f0f46a8bc1c82e07e56b530528c77ab05818"
GOLDEN_COIN = "0x17d7e6bccb2fd647ec8a70216726141a6f1e7bce20681d0274938bec8a91ba68"


def keccak256(data: bytes) -> bytes:
    return keccak.new(digest_bits=256, data=data).digest()


def typed_data_hash(typed: dict[str, Any]) -> str:
    """Hash any EIP-712 typed data whose fields are atomic or `bytes`, reading nothing but it."""

    def word(kind: str, value: str | int) -> bytes:
        if kind == "bytes":
            return keccak256(bytes.fromhex(str(value)[2:]))
        return int(str(value), 16 if kind == "address" else 10).to_bytes(32, "big")

    def struct(name: str, values: dict[str, str | int]) -> bytes:
        fields = typed["types"][name]
        kind = f"{name}({','.join(f['type'] + ' ' + f['name'] for f in fields)})"
        words = [word(field["type"], values[field["name"]]) for field in fields]
        return keccak256(keccak256(kind.encode()) + b"".join(words))

    domain = struct("EIP712Domain", typed["domain"])
    message = struct(typed["primaryType"], typed["message"])
    return "0x" + keccak256(b"\x19\x01" + domain + message).hex()


def unpacked(multi_send: str) -> list[tuple[int, str, int, str]]:
    """Read `multiSend(bytes)` back into (operation, target, value, data), by its layout alone."""
    data = bytes.fromhex(multi_send[2:])
    assert data[:4].hex() == "8d80ff0a"
    assert int.from_bytes(data[4:36], "big") == 32
    packed = data[68 : 68 + int.from_bytes(data[36:68], "big")]
    calls = []
    while packed:
        length = int.from_bytes(packed[53:85], "big")
        value = int.from_bytes(packed[21:53], "big")
        calls.append((packed[0], packed[1:21].hex(), value, packed[85 : 85 + length].hex()))
        packed = packed[85 + length :]
    return calls


@pytest.mark.parametrize(
    ("batch", "golden"),
    [
        (THREE, GOLDEN_THREE),
        (instruction(payment(1, ALICE, USDC, "412.50")), GOLDEN_TOKEN),
        (instruction(payment(1, BOB, ETHER, "0.25")), GOLDEN_COIN),
    ],
    ids=["three lines", "one token line", "one coin line"],
)
def test_the_safe_tx_hash_is_the_one_the_safe_computes(batch: Instruction, golden: str) -> None:
    [(_, sheet)] = exported(batch)
    assert sheet["safeTxHash"] == safe_tx_of(batch).safe_tx_hash() == golden
    assert typed_data_hash(sheet["typedData"]) == golden


def test_domain_hash_and_message_hash_are_the_halves_of_the_safe_tx_hash() -> None:
    [(_, sheet)] = exported(THREE)
    halves = bytes.fromhex(sheet["domainHash"][2:] + sheet["messageHash"][2:])
    assert "0x" + keccak256(b"\x19\x01" + halves).hex() == GOLDEN_THREE


def test_another_nonce_chain_safe_or_amount_gives_another_hash() -> None:
    others = [
        THREE,
        replace(THREE, nonce=8),
        replace(THREE, source=CAROL),
        replace(THREE, payments=THREE.payments[::-1]),
        instruction(payment(1, ALICE, USDC, "412.51")),
        instruction(payment(1, ALICE, replace(USDC, chain_id=56), "412.51")),
    ]
    assert len({safe_tx_of(other).safe_tx_hash() for other in others}) == len(others)


def test_several_lines_are_one_multi_send_that_pays_each_line_once() -> None:
    [(_, sheet)] = exported(THREE)
    message = sheet["typedData"]["message"]
    assert (message["to"], message["value"], message["operation"]) == (
        MULTI_SEND_CALL_ONLY,
        "0",
        1,
    )
    transfer = "a9059cbb{:0>64}{:064x}"
    assert unpacked(message["data"]) == [
        (0, USDC_CONTRACT[2:].lower(), 0, transfer.format(ALICE[2:].lower(), 412_500_000)),
        (0, BOB[2:].lower(), 25 * 10**16, ""),
        (
            0,
            HBOT_CONTRACT[2:].lower(),
            0,
            transfer.format(CAROL[2:].lower(), 1234567 * 10**18 + 1),
        ),
    ]


def test_one_line_is_a_direct_call_and_gas_is_left_at_zero() -> None:
    [(_, sheet)] = exported(instruction(payment(1, ALICE, USDC, "412.50")))
    message = sheet["typedData"]["message"]
    assert (message["to"], message["operation"], message["nonce"]) == (USDC_CONTRACT, 0, "7")
    assert {message[name] for name in ("safeTxGas", "baseGas", "gasPrice")} == {"0"}
