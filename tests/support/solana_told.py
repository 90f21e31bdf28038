"""Transactions of Solana by names: what they did to accounts, and what is told of that.

Names stand for addresses: `a`, `b` and `c` are the associated accounts of Ada, Bob and Cy, and
every other account is not associated.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec
from solders.pubkey import Pubkey

from chains.movements import Block, Movement
from chains.solana_addresses import TOKEN_PROGRAM, WRAPPED_SOL, associated_account
from chains.solana_answers import Transaction
from chains.solana_movements import movements_of

BLOCK = Block(number=7, hash="hash", at=datetime(2026, 11, 1, tzinfo=UTC))
OWNERS = ("ada", "bob", "cy")
PEOPLE = frozenset(OWNERS)
ASSOCIATED = {"a": "ada", "b": "bob", "c": "cy"}

State = tuple[str, int] | None
"""Who owns a token account and what is in it; nothing where there is none."""


def address(name: str) -> str:
    """Return the address that a name stands for."""
    return str(Pubkey(sha256(name.encode()).digest()))


def account(name: str, mint: str) -> str:
    """Return the address of a token account."""
    owner = ASSOCIATED.get(name)
    return associated_account(address(owner), mint, TOKEN_PROGRAM) if owner else address(name)


MINT = address("mint")
NAMES = {address(name): name for name in (*OWNERS, "payer", "account", "x", "thief", "a2", *"def")}
NAMES |= {account(name, mint): name for name in ASSOCIATED for mint in (MINT, WRAPPED_SOL)}


def transaction(
    accounts: Mapping[str, tuple[State, State]],
    lamports: Mapping[str, tuple[int, int]] | None = None,
    *,
    fee: int = 0,
    mint: str = MINT,
    instructions: list[dict[str, Any]] | None = None,
    **meta: object,
) -> Transaction:
    """Return a transaction after which accounts and lamports are what they are told to be."""
    told_of = lamports or {"payer": (fee, 0)}
    coins = {address(name): balances for name, balances in told_of.items()}
    held = {account(name, mint): states for name, states in accounts.items()}
    rent = {key: (int(old is not None), int(new is not None)) for key, (old, new) in held.items()}
    keys = [*coins, *rent]

    def balances(side: int) -> list[dict[str, object]]:
        return [
            {
                "accountIndex": keys.index(key),
                "mint": mint,
                "owner": address(state[0]),
                "programId": TOKEN_PROGRAM,
                "uiTokenAmount": {"amount": str(state[1])},
            }
            for key, states in held.items()
            if (state := states[side]) is not None
        ]

    told = {
        "slot": 7,
        "transaction": {
            "signatures": ["signature"],
            "message": {
                "accountKeys": [{"pubkey": key} for key in keys],
                "instructions": instructions or [],
            },
        },
        "meta": {
            "fee": fee,
            "err": None,
            "preBalances": [each[0] for each in (coins | rent).values()],
            "postBalances": [each[1] for each in (coins | rent).values()],
            "preTokenBalances": balances(0),
            "postTokenBalances": balances(1),
        }
        | meta,
    }
    return msgspec.json.decode(msgspec.json.encode(told), type=Transaction)


def moved(
    found: Transaction,
    wallets: Iterable[str] = PEOPLE,
    made_for: Mapping[str, str] | None = None,
    mint: str = MINT,
) -> list[Movement]:
    """Return what a transaction moved of these people's, by names."""
    asked = frozenset(address(each) for each in wallets)
    origins = {
        account(name, mint): address(owner) if owner else ""
        for name, owner in (made_for or {}).items()
    }
    told = movements_of(found, BLOCK, asked, origins)
    return sorted((_by_names(each) for each in told), key=lambda each: each.part)


def _by_names(movement: Movement) -> Movement:
    return replace(
        movement,
        part=":".join(NAMES.get(each, each) for each in movement.part.split(":")),
        sender=NAMES.get(movement.sender, movement.sender),
        recipient=NAMES.get(movement.recipient, movement.recipient),
    )
