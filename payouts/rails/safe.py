"""The Safe rail: Transaction Builder files and signer sheets for batches on EVM chains.

The Safe's nonce is pinned before anybody signs, so a file imported twice pays once. Signers
compare the `safeTxHash` given here with the one on their devices.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import ClassVar

from ledger.errors import BadInput, Problem
from payouts.rails.evm_addresses import (
    address_problems,
    bare_address,
    bare_address_problems,
    wrong,
)
from payouts.rails.instructions import (
    ExportedFile,
    Instruction,
    Payment,
    at_line,
    file_stem,
    too_precise_at,
)
from payouts.rails.safe_airdrop import airdrop_of
from payouts.rails.safe_sheet import html_of, sheet_of
from payouts.rails.safe_tx import (
    MULTI_SEND_CALL_ONLY,
    PART_LINES_MAX,
    Json,
    SafeTx,
    chain_and_nonce,
    hex_of,
    keccak_of,
    safe_tx_of,
    token_of,
    units_of,
)

TRANSFER: Mapping[str, Json] = {
    "inputs": [
        {"internalType": "address", "name": "to", "type": "address"},
        {"internalType": "uint256", "name": "value", "type": "uint256"},
    ],
    "name": "transfer",
    "payable": False,
}
"""ERC-20's transfer as the Transaction Builder describes a method, so that signers can read it."""


COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
"""How JavaScript writes JSON."""


class SafeRail:
    """Payment by a Safe whose owners sign in Safe{Wallet}."""

    name: ClassVar[str] = "safe"

    def check_destination(self, address: str, *, chain_id: int | None) -> list[Problem]:
        """Return what is wrong with an EVM address: chain prefix (EIP-3770), shape, checksum."""
        return address_problems(address, chain_id)

    def export(self, instruction: Instruction) -> tuple[ExportedFile, ...]:
        """Return four files a part: the Transaction Builder batch, the SafeTx, sheet and airdrop.

        Raises:
            BadInput: everything that would keep the batch from paying exactly what it says.
        """
        chain_id, _ = chain_and_nonce(instruction)
        problems = [
            replace(problem, place=f"batch {instruction.batch}", column="source")
            for problem in self.check_destination(instruction.source, chain_id=chain_id)
        ]
        ours = {bare_address(instruction.source), MULTI_SEND_CALL_ONLY}
        ours |= {token_of(payment).contract or "" for payment in instruction.payments}
        for payment in instruction.payments:
            token = token_of(payment)
            found = self.check_destination(payment.address, chain_id=chain_id)
            if token.contract is not None:
                faults = bare_address_problems(token.contract)
                found += [replace(problem, column="token") for problem in faults]
            if bare_address(payment.address) in ours:
                expected = "a payee, not the Safe that pays, a token or MultiSend"
                found.append(wrong("address_forbidden", payment.address, expected))
            found = [replace(problem, column=problem.column or "address") for problem in found]
            problems += at_line(found, instruction, payment.line)
            problems += too_precise_at(instruction, payment, token.decimals)
        if problems:
            raise BadInput(problems)
        return tuple(file for part, which in _named(instruction) for file in _files(part, which))

    def printed(self, instruction: Instruction) -> tuple[ExportedFile, ...]:
        """Return the signer sheet of each part as PDF, for paper.

        Its bytes are those of the typesetter's version, so they are no part of what an export
        records; the same facts stand in the HTML that is.
        """
        return tuple(_printed(part, which) for part, which in _named(instruction))


def _named(instruction: Instruction) -> list[tuple[Instruction, str]]:
    parts = parts_of(instruction)
    return [(part, f"part {number} of {len(parts)}") for number, part in enumerate(parts, start=1)]


def parts_of(instruction: Instruction) -> tuple[Instruction, ...]:
    """Return the batch in parts of at most 200 lines, their nonces consecutive."""
    return tuple(
        replace(
            instruction,
            payments=instruction.payments[start : start + PART_LINES_MAX],
            nonce=None if instruction.nonce is None else instruction.nonce + part,
        )
        for part, start in enumerate(range(0, len(instruction.payments), PART_LINES_MAX))
    )


def checksum_of(batch_file: Mapping[str, Json]) -> str:
    """Return the checksum that the Transaction Builder computes over a batch file.

    It is keccak256 of a serialisation of its own, with `meta.name` as null and without
    `meta.checksum`: an object is the JSON list of its sorted keys, then each value and a comma.
    """
    meta = batch_file["meta"]
    if not isinstance(meta, Mapping):
        raise TypeError("the meta of a batch file is an object")
    kept = {key: value for key, value in meta.items() if key != "checksum"} | {"name": None}
    return hex_of(keccak_of(_serialised({**batch_file, "meta": kept}).encode()))


def _serialised(value: Json) -> str:
    if value is TRANSFER:
        return _transfer_serialised()
    if isinstance(value, Mapping):
        keys = sorted(value)
        values = "".join(f"{_serialised(value[key])}," for key in keys)
        return f"{{{COMPACT.encode(keys)}{values}}}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{','.join(_serialised(item) for item in value)}]"
    return COMPACT.encode(value)


@cache
def _transfer_serialised() -> str:
    """Return what stands in each line of a token."""
    return _serialised({**TRANSFER})


def _files(part: Instruction, which: str) -> Iterator[ExportedFile]:
    tx = safe_tx_of(part)
    stem = _stem(part, which)
    sheet = sheet_of(part, which, tx)
    for kind, content in (
        ("transaction-builder", _transaction_builder(part, which, tx)),
        ("safe-tx", sheet),
    ):
        yield ExportedFile(
            name=f"{stem}-{kind}.json",
            content=_indented(content),
            media_type="application/json",
        )
    yield ExportedFile(
        name=f"{stem}-signer-sheet.html", content=html_of(sheet), media_type="text/html"
    )
    yield ExportedFile(
        name=f"{stem}-csv-airdrop.csv", content=airdrop_of(part), media_type="text/csv"
    )


def _indented(content: Json) -> bytes:
    """Return JSON as `json.dumps` indents it, which does so a value at a time."""
    import msgspec

    return msgspec.json.format(json.dumps(content, ensure_ascii=False).encode(), indent=2)


def _printed(part: Instruction, which: str) -> ExportedFile:
    from payouts.rails.safe_print import pdf_of

    sheet = sheet_of(part, which, safe_tx_of(part))
    return ExportedFile(
        name=f"{_stem(part, which)}-signer-sheet.pdf",
        content=pdf_of(sheet, part.created_at),
        media_type="application/pdf",
    )


def _stem(part: Instruction, which: str) -> str:
    return f"{file_stem(part.batch)}-{which.replace(' ', '-')}-nonce-{part.nonce}"


def _transaction_builder(part: Instruction, which: str, tx: SafeTx) -> Json:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    meta: dict[str, Json] = {
        "name": f"{part.batch}, {which}",
        "description": (
            f"Batch {part.batch}, {which}. Content hash {part.content_hash}."
            f" Sign with nonce {tx.nonce} only; safeTxHash {tx.safe_tx_hash()}."
        ),
        "txBuilderVersion": "1.18.2",
        "createdFromSafeAddress": tx.safe,
        "createdFromOwnerAddress": "",
    }
    batch_file: dict[str, Json] = {
        "version": "1.0",
        "chainId": str(tx.chain_id),
        "createdAt": (part.created_at - epoch) // timedelta(milliseconds=1),
        "meta": meta,
        "transactions": [_builder_line(payment) for payment in part.payments],
    }
    return {**batch_file, "meta": {**meta, "checksum": checksum_of(batch_file)}}


def _builder_line(payment: Payment) -> Json:
    contract = token_of(payment).contract
    payee, amount = bare_address(payment.address), str(units_of(payment))
    # With data set the wallet shows "custom hex data" in place of the method and its inputs.
    if contract is None:
        line: dict[str, Json] = {"to": payee, "value": amount, "data": None}
        return {**line, "contractMethod": None, "contractInputsValues": None}
    return {
        "to": contract,
        "value": "0",
        "data": None,
        "contractMethod": TRANSFER,
        "contractInputsValues": {"to": payee, "value": amount},
    }
