"""Checking an exported Safe file from the file alone: its checksum, its hashes, what they sign.

Law: every hash is reckoned anew from the fields that a Safe would run, never taken from the file;
what the file says of itself is only compared.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ledger.errors import BadInput, Problem
from payouts.rails.safe import checksum_of
from payouts.rails.safe_tx import SafeTx, calls_as_tx, hex_of, keccak_of, transfer_call

SIGN_WITH = re.compile(r"Content hash ([0-9a-f]{64})\. Sign with nonce ([0-9]+) only")
SAYS_HASH = re.compile(r"safeTxHash (0x[0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a file would have its owners sign, and where it says something else of itself."""

    tx: SafeTx
    content_hash: str
    lines: int
    problems: tuple[Problem, ...]


def check_file(content: bytes, name: str) -> Checked:
    """Return what a Transaction Builder file or a SafeTx sheet would have owners sign.

    Raises:
        BadInput: it is neither, or lacks what one has.
    """
    try:
        file = json.loads(content)
        return _sheet(file, name) if "typedData" in file else _batch_file(file, name)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        problem = Problem(
            code="file_invalid",
            place=name,
            expected=f"a Transaction Builder batch or SafeTx sheet of an export ({error!r})",
        )
        raise BadInput([problem]) from None


def _batch_file(file: Mapping[str, Any], name: str) -> Checked:
    meta = file["meta"]
    said = SIGN_WITH.search(meta["description"])
    if said is None:
        raise ValueError("its description names no content hash and nonce")
    calls = [_call(line) for line in file["transactions"]]
    tx = calls_as_tx(
        calls,
        chain_id=int(file["chainId"]),
        safe=meta["createdFromSafeAddress"],
        nonce=int(said[2]),
    )
    signed = SAYS_HASH.search(meta["description"])
    problems = [
        *_differs(name, "checksum", meta.get("checksum"), checksum_of(file)),
        *_differs(name, "safeTxHash", signed[1] if signed else None, tx.safe_tx_hash()),
    ]
    return Checked(tx=tx, content_hash=said[1], lines=len(calls), problems=tuple(problems))


def _call(line: Mapping[str, Any]) -> tuple[str, int, bytes]:
    method = line["contractMethod"]
    if line["data"] is not None or (method is None) is not (line["contractInputsValues"] is None):
        raise ValueError("a line that is neither a plain send nor a method with its inputs")
    if method is None:
        return line["to"], int(line["value"]), b""
    if method["name"] != "transfer":
        raise ValueError(f"a line that calls {method['name']}")
    values = line["contractInputsValues"]
    return transfer_call(line["to"], values["to"], int(values["value"]))


def _sheet(sheet: Mapping[str, Any], name: str) -> Checked:
    typed = sheet["typedData"]
    message = typed["message"]
    tx = SafeTx(
        chain_id=int(typed["domain"]["chainId"]),
        safe=typed["domain"]["verifyingContract"],
        to=message["to"],
        value=int(message["value"]),
        data=bytes.fromhex(message["data"][2:]),
        operation=int(message["operation"]),
        nonce=int(message["nonce"]),
    )
    listed = [
        (each["address"], int(each["units"]), b"")
        if each["contract"] is None
        else transfer_call(each["contract"], each["address"], int(each["units"]))
        for each in sheet["payments"]
    ]
    lines = calls_as_tx(listed, chain_id=tx.chain_id, safe=tx.safe, nonce=tx.nonce)
    problems = [
        *_differs(name, "domainHash", sheet["domainHash"], tx.domain_hash()),
        *_differs(name, "messageHash", sheet["messageHash"], tx.message_hash()),
        *_differs(name, "safeTxHash", sheet["safeTxHash"], tx.safe_tx_hash()),
        # What a person reads is what is signed, and no field beside it takes part.
        *_differs(name, "payments", lines.safe_tx_hash(), tx.safe_tx_hash()),
        *_differs(name, "typedData", _digest(typed), _digest(tx.typed_data())),
    ]
    return Checked(
        tx=tx,
        content_hash=sheet["contentHash"],
        lines=len(listed),
        problems=tuple(problems),
    )


def _digest(typed: Mapping[str, Any]) -> str:
    return hex_of(keccak_of(json.dumps(typed, sort_keys=True).encode()))


def _differs(name: str, column: str, said: str | None, found: str) -> list[Problem]:
    if said == found:
        return []
    problem = Problem(
        code="file_altered",
        place=name,
        column=column,
        value=said,
        expected=f"{found}, reckoned from what would be signed",
        mend="Sign nothing of it. Export the batch again: feeshare payout export",
    )
    return [problem]
