"""What the rail exports is what Safe's own contracts and other programs reckon.

Three reckonings of each hash: the rail's, that of Safe 1.4.1 on a real node, and that of
safe-eth-py, which packs the data anew from the batch file.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from eth_utils.address import to_checksum_address

from payouts.rails.instructions import Instruction
from payouts.rails.registry import rail_named
from support import safe_oracles
from support.evm_chain import EvmChain, evm_chain
from support.evm_safes import TRANSACTION, Safe, deploy_safe
from support.payouts import ALICE, ETHER, THREE, USDC, exported, instruction, payment

MANY = instruction(*(payment(line, ALICE, USDC, str(line)) for line in range(1, 202)))
BATCHES = {
    "one token line": instruction(payment(1, ALICE, USDC, "412.50")),
    "one line of the native coin": instruction(payment(1, ALICE, ETHER, "0.25")),
    "three lines": THREE,
    "201 lines in two parts": MANY,
}
NAMES = replace(
    instruction(payment(1, ALICE, USDC, "1")), batch='2026-08/"café" = 1 </script> \\ \u2028'
)


@pytest.fixture(scope="module")
def safe() -> Iterator[Safe]:
    with evm_chain() as chain:
        yield deploy_safe(chain)


def of_safe(batch: Instruction, safe: Safe) -> Instruction:
    return replace(batch, source=to_checksum_address(safe.address))


@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_the_hashes_are_those_of_the_safe_itself_and_of_another_program(
    batch: Instruction, safe: Safe
) -> None:
    parts = exported(of_safe(batch, safe))
    others = safe_oracles.hashes([(file, int(sheet["nonce"])) for file, sheet in parts])
    for (_, sheet), other in zip(parts, others, strict=True):
        message = sheet["typedData"]["message"]
        assert sheet["domainHash"] == told(safe.chain, safe, "domainSeparator()")
        assert sheet["safeTxHash"] == told(
            safe.chain,
            safe,
            f"getTransactionHash({TRANSACTION},uint256)",
            message["to"],
            int(message["value"]),
            bytes.fromhex(message["data"][2:]),
            message["operation"],
            *(int(message[name]) for name in ("safeTxGas", "baseGas", "gasPrice")),
            *(message["gasToken"], message["refundReceiver"], int(message["nonce"])),
        )
        assert {name: sheet[name] for name in other} == other


@pytest.mark.parametrize("batch", [THREE, NAMES], ids=["usual", "strange characters"])
def test_the_checksum_is_the_one_that_javascript_reckons(batch: Instruction) -> None:
    (file, *_) = rail_named("safe").export(batch)
    assert safe_oracles.checksum(file.content) == json.loads(file.content)["meta"]["checksum"]


def told(chain: EvmChain, safe: Safe, signature: str, *arguments: Any) -> str:  # noqa: ANN401
    found: bytes = chain.call(safe.address, "bytes32", signature, *arguments)
    return "0x" + found.hex()
