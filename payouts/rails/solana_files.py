"""What signers of a part on Solana get: a transaction, a sheet to compare, a list of payments."""

import base64
import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.money import plain
from payouts.rails.durable import Durable
from payouts.rails.instructions import (
    ExportedFile,
    Instruction,
    Payment,
    file_stem,
    totals_of,
)
from payouts.rails.solana_addresses import associated_account
from payouts.rails.solana_message import (
    SIGNATURE_BYTES,
    memo_of,
    message_hash,
    mint_of,
    units_of,
)
from payouts.rails.wire import FORMULA_START

COLUMNS = ("batch", "part", "line", "payee", "address", "token account", "mint", "amount", "memo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One transaction of a batch: its lines, its place among the parts, the bytes to sign."""

    instruction: Instruction
    durable: Durable
    payments: Sequence[Payment]
    number: int
    count: int
    message: bytes


def files_of(part: Part) -> list[ExportedFile]:
    """Return the files of a part: the transaction, a sheet for signers, a list of payments."""
    told = _described(part)
    stem = f"{file_stem(part.instruction.batch)}-part-{part.number}-of-{part.count}"
    made = (
        ("solana-transaction.json", "application/json", json.dumps(told, indent=2)),
        ("signer-sheet.txt", "text/plain", _sheet(told, part.durable)),
        ("payments.csv", "text/csv", _payments(part.instruction, part.payments, part.number)),
    )
    return [
        ExportedFile(name=f"{stem}-{name}", content=content.encode(), media_type=kind)
        for name, kind, content in made
    ]


def _described(part: Part) -> dict[str, object]:
    instruction, durable, message = part.instruction, part.durable, part.message
    unsigned = bytes([len(durable.all_signing)])
    unsigned += bytes(SIGNATURE_BYTES * len(durable.all_signing)) + message
    slot = durable.slots[part.number - 1]
    return {
        "batch": instruction.batch,
        "part": f"part {part.number} of {part.count}",
        "contentHash": instruction.content_hash,
        "wallet": instruction.source,
        "signedBy": durable.kind,
        "signers": list(durable.all_signing),
        "feePayer": durable.fee_payer,
        "nonceAccount": slot.account,
        "nonceAuthority": slot.authority,
        "nonce": slot.value,
        "memo": memo_of(instruction.batch, part.number),
        "messageHash": message_hash(message),
        "totals": {name: plain(total) for name, total in totals_of(part.payments).items()},
        "payments": [_line(payment) for payment in part.payments],
        "message": _base58(message),
        "transaction": base64.b64encode(unsigned).decode(),
    }


def _line(payment: Payment) -> dict[str, object]:
    mint = mint_of(payment)
    return {
        "line": payment.line,
        "payee": payment.payee,
        "payeeName": payment.payee_name,
        "address": payment.address,
        "tokenAccount": associated_account(payment.address, mint) if mint else None,
        "mint": mint or None,
        "commodity": payment.commodity,
        "amount": plain(payment.amount),
        "units": str(units_of(payment)),
        "reference": payment.reference,
    }


def _sheet(told: dict[str, object], durable: Durable) -> str:
    names = ("batch", "part", "contentHash", "wallet", "nonceAccount", "nonce", "memo")
    lines = [f"{name:<14}{told[name]}" for name in (*names, "messageHash", "feePayer")]
    lines += [f"{'signer':<14}{each}" for each in durable.all_signing]
    lines += ["", "totals"]
    lines += [f"  {amount} {name}" for name, amount in dict[str, str](told["totals"]).items()]  # type: ignore[call-overload]
    lines += ["", "payments"]
    for each in list[dict[str, object]](told["payments"]):  # type: ignore[call-overload]
        lines.append(f"  {each['line']:>4}  {each['amount']} {each['commodity']}  {each['payee']}")
        lines.append(f"        {each['address']}")
    return "\n".join([*lines, "", "Sign only what hashes to messageHash (SHA-256).", ""])


def _payments(instruction: Instruction, part: Sequence[Payment], number: int) -> str:
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for payment in part:
        mint = mint_of(payment)
        account = associated_account(payment.address, mint) if mint else ""
        named = payment.payee_name
        named = f"'{named}" if named.startswith(FORMULA_START) else named
        place = (instruction.batch, number, payment.line, named, payment.address, account, mint)
        rows.writerow((*place, plain(payment.amount), memo_of(instruction.batch, number)))
    return written.getvalue()


def _base58(data: bytes) -> str:
    digits, number = "", int.from_bytes(data)
    while number:
        number, rest = divmod(number, 58)
        digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"[rest] + digits
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + digits
