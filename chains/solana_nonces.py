"""Nonce accounts of Solana as a provider has them final, and the transactions that used them.

Law: a value is told of a final slot. A history is whole from a slot on or it is a fault; it says
of each transaction what it would take to know it again: signature, the bytes that were signed,
their hash, its memos, and whether it uses up the value. That one failed says nothing of its nonce:
that is used up all the same.
"""

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from chains.errors import AnswerUnfit
from chains.solana_addresses import guarded

if TYPE_CHECKING:
    from chains.solana_answers import Account
    from chains.solana_node import SolanaNode

NONCE_BYTES = 80
CURRENT, INITIALIZED = 1, 1
SYSTEM_PROGRAM = "1" * 32
ADVANCE = (4).to_bytes(4, "little")
"""How an instruction of the system program begins that uses up a nonce's value."""

MEMO_PROGRAMS = (
    "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr",
    "Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NonceState:
    """What a nonce account says: who may use up its value, and the value."""

    authority: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NonceStates:
    """What nonce accounts say, by address, and the final slot that this is of.

    Providers that tell the same of different slots agree.
    """

    slot: int = field(compare=False)
    found: dict[str, NonceState]


@dataclass(frozen=True, slots=True, kw_only=True)
class NonceUse:
    """A final transaction that names a nonce account. `message_hash` is SHA-256 in hex.

    It `advances` if it says so itself, which only the account's authority can sign; one that
    failed has used the value up if it stood in for its block (`nonce_value`).
    """

    signature: str
    slot: int
    succeeded: bool
    message_hash: str
    nonce_value: str
    memos: tuple[str, ...]
    advances: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NonceHistory:
    """A nonce account's final state, and every final transaction of it from slot `first` on.

    The state is that of `slot`.
    """

    account: str
    first: int
    slot: int = field(compare=False)
    state: NonceState | None
    uses: tuple[NonceUse, ...]


def nonce_states(node: "SolanaNode", accounts: Sequence[str]) -> NonceStates:
    """Return the final state of nonce accounts, by address; one that is none is left out."""
    slots, found = node.accounts(accounts, node.slot("finalized"), encoding="base64")
    states = {address: _state(account) for address, account in zip(accounts, found, strict=True)}
    return NonceStates(
        slot=max(slots, default=0),
        found={address: state for address, state in states.items() if state is not None},
    )


def nonce_history(node: "SolanaNode", account: str, first: int) -> NonceHistory:
    """Return the final transactions that name a nonce account, from a slot on, oldest first.

    Raises:
        NotThere: the node does not keep what was from `first` on, or lacks what it lists.
        AnswerUnfit: the account changed while it was read, or a transaction cannot be read.
    """
    before = nonce_states(node, [account])
    final = node.slot("finalized")
    node.require_kept(first)
    rows = [row for row in node.listing(account, first, final) if row.slot <= final]
    uses = []
    for row in rows:
        sent = node.signed_bytes(row)
        read = guarded(lambda: _read(sent, account))  # noqa: B023
        if read is None or read[0] != row.signature:
            raise AnswerUnfit(node.provider, f"{row.signature} cannot be read")
        _, message_hash, nonce_value, memos, advances = read
        uses.append(
            NonceUse(
                signature=row.signature,
                slot=row.slot,
                succeeded=row.succeeded,
                message_hash=message_hash,
                nonce_value=nonce_value,
                memos=memos,
                advances=advances,
            )
        )
    if nonce_states(node, [account]) != before:
        raise AnswerUnfit(node.provider, f"nonce account {account} changed while it was read")
    uses.sort(key=lambda use: (use.slot, use.signature))
    return NonceHistory(
        account=account,
        first=first,
        slot=before.slot,
        state=before.found.get(account),
        uses=tuple(uses),
    )


def _state(account: "Account | None") -> NonceState | None:
    """Return what a nonce account says; nothing of an account of another kind."""
    from solders.pubkey import Pubkey

    if account is None or account.owner != SYSTEM_PROGRAM or not isinstance(account.data, list):
        return None
    data = b64decode(account.data[0])
    if len(data) != NONCE_BYTES:
        return None
    kinds = int.from_bytes(data[:4], "little"), int.from_bytes(data[4:8], "little")
    if kinds != (CURRENT, INITIALIZED):
        return None
    return NonceState(authority=str(Pubkey(data[8:40])), value=str(Pubkey(data[40:72])))


def _read(sent: bytes, account: str) -> tuple[str, str, str, tuple[str, ...], bool]:
    """Return a transaction's signature, its message's hash, its nonce or blockhash, its memos.

    Last comes whether it uses up the value of a nonce account.
    """
    from solders.message import to_bytes_versioned
    from solders.transaction import VersionedTransaction

    read = VersionedTransaction.from_bytes(sent)
    message = read.message
    keys = [str(key) for key in message.account_keys]
    memos = tuple(
        bytes(each.data).decode("utf-8", "replace")
        for each in message.instructions
        # A program cannot come from a lookup table.
        if each.program_id_index < len(keys) and keys[each.program_id_index] in MEMO_PROGRAMS
    )
    advances = any(
        each.program_id_index < len(keys)
        and keys[each.program_id_index] == SYSTEM_PROGRAM
        and bytes(each.data)[:4] == ADVANCE
        and [keys[place] for place in bytes(each.accounts)[:1] if place < len(keys)] == [account]
        for each in message.instructions
    )
    digest = sha256(bytes(to_bytes_versioned(message))).hexdigest()
    return str(read.signatures[0]), digest, str(message.recent_blockhash), memos, advances
