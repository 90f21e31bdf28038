"""Solana addresses as payees write them: shape, kind, and whether somebody can hold their key.

Law: an address is refused, never mended. The library behind may panic, and its panic is no
`Exception`; it ends here.
"""

import re
from collections.abc import Callable, Collection
from typing import TypeVar

from ledger.errors import Problem
from payouts.rails.evm_addresses import BASE58, wrong

T = TypeVar("T")

SYSTEM_PROGRAM = "1" * 32
TOKEN_PROGRAM = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"  # noqa: S105 - a public address
TOKEN_2022_PROGRAM = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb"  # noqa: S105 - a public address
ASSOCIATED_PROGRAM = "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL"
MEMO_PROGRAM = "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr"
RECENT_BLOCKHASHES = "SysvarRecentB1ockHashes11111111111111111111"

FORBIDDEN = {
    *(SYSTEM_PROGRAM, TOKEN_PROGRAM, TOKEN_2022_PROGRAM, ASSOCIATED_PROGRAM, MEMO_PROGRAM),
    RECENT_BLOCKHASHES,
    "1nc1nerator11111111111111111111111111111111",
    "So11111111111111111111111111111111111111112",
    "SQDS4ep65T869zMMBKyuUq6aD6EgTu8psMjkvj52pCf",
    "BPFLoaderUpgradeab1e11111111111111111111111",
    "ComputeBudget111111111111111111111111111111",
    "Vote111111111111111111111111111111111111111",
    "Stake11111111111111111111111111111111111111",
}
"""Programs, what burns coins, and wrapped SOL: no payee holds their keys."""

SIGNATURE = re.compile(rf"{BASE58}{{86,88}}")
OF_ANOTHER_KIND = re.compile(r"(?:[a-z0-9]+:)?0x[0-9a-fA-F]+|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}")
"""EVM addresses and hashes; 40 or 64 hexadecimal digits only lack their 0x."""


def address_problems(address: str, *, forbidden: Collection[str] = ()) -> list[Problem]:
    """Return the one thing wrong with a payee's address, if there is one.

    Args:
        address: what the payee wrote.
        forbidden: more addresses that are no payee's: mints, wallets of ours.
    """
    ask = "Ask the payee for the address of a wallet on Solana."
    if OF_ANOTHER_KIND.fullmatch(address) or SIGNATURE.fullmatch(address):
        return [wrong("address_kind", address, "an address of Solana, base58 of 32 bytes", ask)]
    curve = on_curve(address)
    if curve is None:
        expected = "base58 of 32 bytes, as wallets show it, and nothing else"
        return [wrong("address_malformed", address, expected, ask)]
    if address in FORBIDDEN or address in forbidden:
        expected = "a payee's wallet, not a program, a mint or a wallet of ours"
        return [wrong("address_forbidden", address, expected, ask)]
    if not curve:
        expected = "the wallet that owns the account: this one has no key (off the curve)"
        return [wrong("solana_recipient", address, expected, f"{ask} Not a token account.")]
    return []


def on_curve(address: str) -> bool | None:
    """Return whether a key can exist for an address; nothing where it is no address."""
    from solders.pubkey import Pubkey

    def read() -> bool:
        key = Pubkey.from_string(address)
        # Another spelling of the same bytes would be another payee to every comparison.
        if str(key) != address:
            raise ValueError(address)
        return bool(key.is_on_curve())

    return guarded(read)


def associated_account(owner: str, mint: str) -> str:
    """Return an owner's associated account of a mint of the token program."""
    from solders.pubkey import Pubkey

    seeds = [bytes(Pubkey.from_string(each)) for each in (owner, TOKEN_PROGRAM, mint)]
    found, _ = Pubkey.find_program_address(seeds, Pubkey.from_string(ASSOCIATED_PROGRAM))
    return str(found)


def guarded(read: Callable[[], T]) -> T | None:
    """Return what `read` makes of somebody's bytes; nothing where the library refuses them."""
    try:
        return read()
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException:  # noqa: BLE001 - a panic of the library is no Exception
        return None
