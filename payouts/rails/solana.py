"""The Solana rail: transactions on durable nonces, to be signed by a key or a token multisig.

The nonce is pinned before anybody signs, so the same bytes sent twice pay once. Signers compare
the message hash given here with the SHA-256 of what they sign.
"""

import base64
import json
from collections.abc import Sequence
from typing import ClassVar

from ledger.errors import BadInput, Problem
from ledger.money import plain
from payouts.rails.durable import KEY, Durable, NonceSlot
from payouts.rails.evm_addresses import wrong
from payouts.rails.instructions import (
    ExportedFile,
    Instruction,
    Payment,
    at_line,
    too_precise_at,
)
from payouts.rails.solana_addresses import address_problems
from payouts.rails.solana_files import Part, files_of
from payouts.rails.solana_message import (
    SIGNATURE_BYTES,
    TRANSACTION_BYTES,
    Paid,
    Told,
    memo_of,
    message_of,
    mint_of,
    parts_of,
    size_of,
    token_of,
    told_by,
    units_of,
)

CHAIN = "solana"
NAME = "solana"

RENT_OF_A_WALLET = 890_880
"""Lamports that an account without data has to hold, or nothing can be paid to it."""


class SolanaRail:
    """Payment by a wallet on Solana: one key, or several of a multisig of the token program."""

    name: ClassVar[str] = NAME

    def check_destination(self, address: str, *, chain_id: int | None) -> list[Problem]:
        """Return what is wrong with an address of Solana, as far as it tells by itself."""
        if chain_id is not None:
            expected = "a chain of Solana, which has no EVM chain id"
            return [wrong("chain_mismatch", str(chain_id), expected)]
        return address_problems(address)

    def export(self, instruction: Instruction) -> tuple[ExportedFile, ...]:
        """Return three files a part: the transaction, a sheet for signers, a list of payments.

        Raises:
            BadInput: everything that would keep the batch from paying exactly what it says.
        """
        messages = messages_of(instruction)
        durable = _durable(instruction)
        parts = parts_of(instruction, durable)
        return tuple(
            file
            for number, (part, message) in enumerate(zip(parts, messages, strict=True), start=1)
            for file in files_of(
                Part(
                    instruction=instruction,
                    durable=durable,
                    payments=part,
                    number=number,
                    count=len(parts),
                    message=message,
                )
            )
        )


def messages_of(instruction: Instruction) -> tuple[bytes, ...]:
    """Return the bytes that signers sign, by part, each read again and found to pay its lines.

    Raises:
        BadInput: the batch is not pinned whole, a line cannot be paid, or a part is too large.
    """
    durable = _durable(instruction)
    problems = line_problems(instruction)
    if problems:
        raise BadInput(problems)
    parts = parts_of(instruction, durable)
    place = f"batch {instruction.batch}"
    if len(parts) != len(durable.slots):
        found = f"{len(durable.slots)} nonces"
        expected = f"a nonce account for each of the {len(parts)} parts"
        raise BadInput([wrong("batch_unexecutable", found, expected, place=place)])
    messages = []
    for number, (part, slot) in enumerate(zip(parts, durable.slots, strict=True), start=1):
        message = message_of(instruction, durable, slot, part, number)
        fits = size_of(message, durable) <= TRANSACTION_BYTES
        if not fits or told_by(message) != _meant(instruction, durable, slot, part, number):
            expected = f"a transaction of at most {TRANSACTION_BYTES} bytes that pays its lines"
            found = f"part {number} of {len(message)} bytes"
            mend = "Name as authority of each nonce account somebody who signs anyway."
            raise BadInput([wrong("batch_unexecutable", found, expected, mend, place=place)])
        messages.append(message)
    return tuple(messages)


def line_problems(instruction: Instruction) -> list[Problem]:
    """Return everything that is wrong with the lines of a batch, each at its line."""
    durable = _durable(instruction)
    mints = {mint_of(payment) for payment in instruction.payments}
    ours = {instruction.source, durable.fee_payer, *durable.signers, *mints}
    problems: list[Problem] = []
    for payment in instruction.payments:
        if payment.token is None or payment.token.chain != CHAIN:
            expected = "a token or the coin of Solana"
            found = [wrong("chain_mismatch", payment.commodity, expected)]
            problems += at_line(found, instruction, payment.line)
            continue
        found = address_problems(payment.address, forbidden=ours)
        if not mint_of(payment):
            found += _coin_problems(durable, payment)
        problems += at_line(found, instruction, payment.line)
        problems += too_precise_at(instruction, payment, payment.token.decimals)
    return problems


def verify_file(instruction: Instruction, name: str, content: bytes) -> list[str]:
    """Return what a file says that its batch does not; nothing where it is the one exported.

    The transaction in it is read from its own bytes, so that a finding names what it would pay.
    """
    files = {file.name: file.content for file in SolanaRail().export(instruction)}
    if name not in files:
        return [f"{name}: no file of batch {instruction.batch}"]
    if files[name] == content:
        return []
    found = [f"{name}: not the bytes that were exported"]
    try:
        ours, theirs = json.loads(files[name]), json.loads(content)
        signed = base64.b64decode(theirs["transaction"], validate=True)
        told = told_by(signed[1 + SIGNATURE_BYTES * signed[0] :])
    except (ValueError, KeyError, TypeError, IndexError):
        return found
    if told is None:
        return [*found, f"{name}: its transaction is none that a batch exports"]
    expected = told_by(base64.b64decode(ours["transaction"])[1 + SIGNATURE_BYTES * signed[0] :])
    if told != expected:
        found += [f"{name}: it pays {it.units} units to {it.recipient}" for it in told.paid]
    return found


def _coin_problems(durable: Durable, payment: Payment) -> list[Problem]:
    if durable.kind != KEY:
        expected = "a token: a multisig of the token program cannot sign for coins"
        return [wrong("asset_unsupported", payment.commodity, expected)]
    if payment.amount * 10**9 < RENT_OF_A_WALLET:
        expected = "at least 0.00089088 SOL, which a wallet without coins has to hold"
        mend = "Carry the amount forward, or pay it in a token."
        return [wrong("amount_invalid", plain(payment.amount), expected, mend)]
    return []


def _durable(instruction: Instruction) -> Durable:
    if instruction.durable is None:
        place = f"batch {instruction.batch}"
        expected = "who signs for the wallet, and a nonce account for each part"
        raise BadInput([wrong("batch_unexecutable", "no nonce", expected, place=place)])
    return instruction.durable


def _meant(
    instruction: Instruction,
    durable: Durable,
    slot: NonceSlot,
    part: Sequence[Payment],
    number: int,
) -> Told | None:
    if slot.authority not in durable.all_signing:
        return None
    told = told_by(message_of(instruction, durable, slot, part, number))
    if told is None or set(told.signers) != set(durable.all_signing):
        return None
    return Told(
        nonce_account=slot.account,
        authority=slot.authority,
        nonce_value=slot.value,
        fee_payer=durable.fee_payer,
        memo=memo_of(instruction.batch, number),
        signers=told.signers,
        paid=tuple(
            Paid(
                recipient=payment.address,
                mint=mint_of(payment),
                units=units_of(payment),
                decimals=token_of(payment).decimals,
            )
            for payment in part
        ),
    )
