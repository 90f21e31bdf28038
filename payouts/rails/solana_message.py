"""The transaction that a part of a batch becomes on Solana, and what a transaction pays.

Law: a part holds token lines, or one line of coins, because balances tell who paid whom only
there; no two of its lines go to one account. What was built is read again from its bytes before it
is handed out, by code that knows nothing of how it was built.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from payouts.rails.durable import MULTISIG, Durable, NonceSlot
from payouts.rails.instructions import Instruction, Payment, Token, units
from payouts.rails.solana_addresses import (
    ASSOCIATED_PROGRAM,
    MEMO_PROGRAM,
    RECENT_BLOCKHASHES,
    SYSTEM_PROGRAM,
    TOKEN_PROGRAM,
    associated_account,
    guarded,
)

if TYPE_CHECKING:
    from solders import instruction as program

PART_LINES_MAX = 9
"""Most lines of a part, as each may have to make the payee's token account."""

TRANSACTION_BYTES = 1232
SIGNATURE_BYTES = 64
TRANSFER_CHECKED = struct.Struct("<BQB")
TRANSFER = struct.Struct("<IQ")
ADVANCE = struct.pack("<I", 4)
CREATE_IDEMPOTENT = b"\1"
ANY = "SysvarC1ock11111111111111111111111111111111"
"""Stands for a nonce account and its value where only the size of a transaction is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """A transfer as a transaction has it; `mint` is blank for coins."""

    recipient: str
    mint: str
    units: int
    decimals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a transaction says: its nonce, its memo, everything that it pays."""

    nonce_account: str
    authority: str
    nonce_value: str
    fee_payer: str
    memo: str
    signers: tuple[str, ...]
    paid: tuple[Paid, ...]


def memo_of(batch: str, part: int) -> str:
    """Return the memo by which a part is known on chain."""
    return f"payout:{batch}:{part}"


def message_hash(message: bytes) -> str:
    """Return the SHA-256 (hex) of the bytes that signers sign."""
    return sha256(message).hexdigest()


def parts_of(instruction: Instruction, durable: Durable) -> tuple[tuple[Payment, ...], ...]:
    """Return the lines of each part, in their order: tokens as far as they fit, coins alone."""
    parts: list[list[Payment]] = []
    for payment in instruction.payments:
        takes = (
            parts
            and mint_of(payment)
            and mint_of(parts[-1][0])
            and _takes(instruction, durable, parts[-1], payment, len(parts))
        )
        if takes:
            parts[-1].append(payment)
        else:
            parts.append([payment])
    return tuple(map(tuple, parts))


def _takes(
    instruction: Instruction,
    durable: Durable,
    part: Sequence[Payment],
    payment: Payment,
    number: int,
) -> bool:
    """Return whether a part has place for one more line."""
    if len(part) == PART_LINES_MAX or any(_place(it) == _place(payment) for it in part):
        return False
    slot = NonceSlot(account=ANY, authority=durable.fee_payer, value=ANY)
    message = message_of(instruction, durable, slot, [*part, payment], number)
    return size_of(message, durable) <= TRANSACTION_BYTES


def size_of(message: bytes, durable: Durable) -> int:
    """Return the bytes of a message's transaction with all its signatures."""
    return 1 + SIGNATURE_BYTES * len(durable.all_signing) + len(message)


def mint_of(payment: Payment) -> str:
    """Return the mint that a line is paid in; blank for coins."""
    return (token_of(payment).contract or "") if payment.token else ""


def token_of(payment: Payment) -> Token:
    """Return the token of a line, which the rail has required."""
    assert payment.token is not None  # noqa: S101 - required before anything is built
    return payment.token


def units_of(payment: Payment) -> int:
    """Return the on-chain integer of a line."""
    return units(payment.amount, token_of(payment).decimals)


def message_of(
    instruction: Instruction,
    durable: Durable,
    slot: NonceSlot,
    part: Sequence[Payment],
    number: int,
) -> bytes:
    """Return the bytes that signers of a part sign: a v0 message on a durable nonce."""
    from solders.hash import Hash
    from solders.message import MessageV0, to_bytes_versioned
    from solders.pubkey import Pubkey

    steps = [
        _step(
            SYSTEM_PROGRAM,
            ADVANCE,
            [(slot.account, "w"), (RECENT_BLOCKHASHES, ""), (slot.authority, "s")],
        ),
        _step(MEMO_PROGRAM, memo_of(instruction.batch, number).encode(), []),
    ]
    for payment in part:
        steps += _payment(instruction.source, durable, payment)
    payer = Pubkey.from_string(durable.fee_payer)
    nonce = Hash.from_string(slot.value)
    return bytes(to_bytes_versioned(MessageV0.try_compile(payer, steps, [], nonce)))


def told_by(message: bytes) -> Told | None:
    """Return what a message says; nothing where it does more than a part may, or is none."""
    return guarded(lambda: _told(message))


def _payment(source: str, durable: Durable, payment: Payment) -> list["program.Instruction"]:
    mint, to, amount = mint_of(payment), payment.address, units_of(payment)
    if not mint:
        return [_step(SYSTEM_PROGRAM, TRANSFER.pack(2, amount), [(source, "sw"), (to, "w")])]
    account = associated_account(to, mint)
    creates = [(durable.fee_payer, "sw"), (account, "w"), (to, ""), (mint, "")]
    creates += [(SYSTEM_PROGRAM, ""), (TOKEN_PROGRAM, "")]
    is_shared = durable.kind == MULTISIG
    moves = [(associated_account(source, mint), "w"), (mint, ""), (account, "w")]
    moves += [(source, "" if is_shared else "s")]
    moves += [(signer, "s") for signer in durable.signing if is_shared]
    data = TRANSFER_CHECKED.pack(12, amount, token_of(payment).decimals)
    return [
        _step(ASSOCIATED_PROGRAM, CREATE_IDEMPOTENT, creates),
        _step(TOKEN_PROGRAM, data, moves),
    ]


def _step(
    program_id: str, data: bytes, accounts: Sequence[tuple[str, str]]
) -> "program.Instruction":
    from solders.instruction import AccountMeta, Instruction
    from solders.pubkey import Pubkey

    metas = [
        AccountMeta(Pubkey.from_string(key), is_signer="s" in how, is_writable="w" in how)
        for key, how in accounts
    ]
    return Instruction(Pubkey.from_string(program_id), data, metas)


def _place(payment: Payment) -> tuple[str, str]:
    return mint_of(payment), payment.address


def _told(message: bytes) -> Told:
    from solders.message import MessageV0, from_bytes_versioned

    read = from_bytes_versioned(message)
    if not isinstance(read, MessageV0) or read.address_table_lookups:
        raise ValueError("another version, or accounts from tables")
    keys = [str(key) for key in read.account_keys]
    steps = [
        (keys[it.program_id_index], bytes(it.data), [keys[at] for at in it.accounts])
        for it in read.instructions
    ]
    (system, advance, nonce), (noting, memo, _), *rest = steps
    if (system, advance, noting) != (SYSTEM_PROGRAM, ADVANCE, MEMO_PROGRAM):
        raise ValueError("it does not begin with its nonce and its memo")
    return Told(
        nonce_account=nonce[0],
        authority=nonce[2],
        nonce_value=str(read.recent_blockhash),
        fee_payer=keys[0],
        memo=memo.decode(),
        signers=tuple(keys[: read.header.num_required_signatures]),
        paid=_paid(rest),
    )


def _paid(steps: Sequence[tuple[str, bytes, list[str]]]) -> tuple[Paid, ...]:
    """Return what steps pay; an account names its owner by the step that may make it."""
    owners: dict[str, str] = {}
    paid = []
    for program_id, data, accounts in steps:
        if (program_id, data) == (ASSOCIATED_PROGRAM, CREATE_IDEMPOTENT):
            owner, mint = accounts[2], accounts[3]
            if associated_account(owner, mint) != accounts[1]:
                raise ValueError("an account that is not its owner's")
            owners[accounts[1]] = owner
        elif program_id == TOKEN_PROGRAM and len(data) == TRANSFER_CHECKED.size:
            kind, amount, decimals = TRANSFER_CHECKED.unpack(data)
            if kind != 12:  # noqa: PLR2004 - transfer_checked
                raise ValueError("another instruction of the token program")
            to, mint = owners[accounts[2]], accounts[1]
            paid.append(Paid(recipient=to, mint=mint, units=amount, decimals=decimals))
        elif program_id == SYSTEM_PROGRAM and len(data) == TRANSFER.size:
            kind, amount = TRANSFER.unpack(data)
            if kind != 2:  # noqa: PLR2004 - transfer
                raise ValueError("another instruction of the system program")
            paid.append(Paid(recipient=accounts[1], mint="", units=amount, decimals=9))
        else:
            raise ValueError("an instruction that no part has")
    return tuple(paid)
