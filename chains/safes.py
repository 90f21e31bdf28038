"""Safes on chain: what one is at a block, and what it would do, asked by calls that send nothing.

Law: whatever is simulated runs in the Safe's own code. `simulateAndRevert` makes the delegate call
that `execTransaction` would make and reverts with its outcome: it needs no signature, no fallback
handler and no override of state, which not every node offers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chains.errors import AnswerUnfit, RevertedError
from chains.evm_reader import EvmReader

if TYPE_CHECKING:
    from eth_typing import TypeStr

GAS_MAX = 16_777_216
"""Most gas of one transaction (EIP-7825)."""

WORD = 32
ERROR = "08c379a0"
PANIC = "4e487b71"
NOTHING = "0x"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call as a Safe would make it: target, wei, and data in hex."""

    to: str
    value: int
    data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeState:
    """What a Safe is at a block; addresses are lower-case hex."""

    version: str
    threshold: int
    owners: tuple[str, ...]
    nonce: int


def state_at(reader: EvmReader, safe: str, number: int) -> SafeState:
    """Return what a Safe is at a block; raise AnswerUnfit where there is none."""
    kinds = {
        "VERSION()": "string",
        "getThreshold()": "uint256",
        "getOwners()": "address[]",
        "nonce()": "uint256",
    }
    calls = [{"to": safe, "data": selector_of(signature)} for signature in kinds]
    answers = reader.answers(calls, number)
    version, threshold, owners, nonce = (
        _decoded(reader, kind, answer, safe)
        for kind, answer in zip(kinds.values(), answers, strict=True)
    )
    return SafeState(
        version=str(version),
        threshold=int(str(threshold)),
        owners=tuple(str(each).lower() for each in owners) if isinstance(owners, tuple) else (),
        nonce=int(str(nonce)),
    )


def refusals(reader: EvmReader, safe: str, calls: Sequence[Call], number: int) -> list[str | None]:
    """Return why each call from a Safe would fail at a block, nothing where it would not.

    A call that answers nothing passes, as USDT's transfer does; one that answers false does not.
    """
    asked = [
        {"from": safe, "to": each.to, "value": hex(each.value), "data": each.data}
        for each in calls
    ]
    answers = reader.answers(asked, number)
    return [_why(call, answer) for call, answer in zip(calls, answers, strict=True)]


def delegate_refusal(reader: EvmReader, safe: str, call: Call, number: int) -> str | None:
    """Return why a delegate call of a Safe would fail at a block; nothing where it would not.

    Raises:
        AnswerUnfit: the provider does not pass on what the Safe reverted with.
    """
    from eth_abi.abi import encode

    arguments = encode(["address", "bytes"], [call.to, bytes.fromhex(call.data[2:])])
    data = selector_of("simulateAndRevert(address,bytes)") + arguments.hex()
    asked = {"from": safe, "to": safe, "data": data, "gas": hex(GAS_MAX)}
    [answer] = reader.answers([asked], number)
    said = bytes.fromhex(answer.data[2:]) if isinstance(answer, RevertedError) else b""
    if len(said) < 2 * WORD:
        if isinstance(answer, RevertedError) and "gas" in answer.words:
            return answer.words
        raise AnswerUnfit(reader.provider, f"no outcome of a simulation by {safe}")
    if int.from_bytes(said[:WORD], "big") == 1:
        return None
    return _reason("0x" + said[2 * WORD :].hex())


def selector_of(signature: str) -> str:
    """Return the first four bytes of a call's data, in hex."""
    from eth_utils.crypto import keccak

    return "0x" + keccak(text=signature)[:4].hex()


def _why(call: Call, answer: str | RevertedError) -> str | None:
    if isinstance(answer, RevertedError):
        return _reason(answer.data) if answer.data != NOTHING else answer.words
    if NOTHING in (answer, call.data) or int(answer[2 : 2 + 2 * WORD], 16) == 1:
        return None
    return "the token answers false, which a Safe takes for done"


def _reason(data: str) -> str:
    """Return what a contract reverted with, in words where it used some."""
    from eth_abi.abi import decode
    from eth_abi.exceptions import DecodingError

    selector, arguments = data[2:10], bytes.fromhex(data[10:])
    try:
        if selector == ERROR:
            return f"reverts: {decode(['string'], arguments)[0]}"
        if selector == PANIC:
            return f"panics with code {decode(['uint256'], arguments)[0]}"
    except (DecodingError, ValueError):
        return f"reverts with {data}"
    return f"reverts with {data}" if selector else "reverts without a word"


def _decoded(reader: EvmReader, kind: "TypeStr", answer: str | RevertedError, safe: str) -> object:
    from eth_abi.abi import decode
    from eth_abi.exceptions import DecodingError

    said = "" if isinstance(answer, RevertedError) else answer[2:]
    try:
        found: object = decode([kind], bytes.fromhex(said))[0]
    except (DecodingError, ValueError):
        raise AnswerUnfit(reader.provider, f"no Safe at {safe}") from None
    return found
