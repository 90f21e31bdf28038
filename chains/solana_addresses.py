"""Addresses of Solana: whether a text is one, and where a wallet's token accounts lie.

Law: the library behind may panic, and its panic is no `Exception`. It ends here, as a refusal.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from ledger.validation import bad_input

T = TypeVar("T")

TOKEN_PROGRAM = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"  # noqa: S105 - a public address
TOKEN_2022_PROGRAM = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb"  # noqa: S105 - a public address
TOKEN_PROGRAMS = (TOKEN_PROGRAM, TOKEN_2022_PROGRAM)
ASSOCIATED_PROGRAM = "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL"
WRAPPED_SOL = "So11111111111111111111111111111111111111112"

KNOWN_ACCOUNTS = 10_000
"""How many derived addresses are kept; each costs a few hashes."""


def require_address(written: str, place: str) -> str:
    """Return an address as it was written.

    Raises:
        BadInput: it is no base58 of 32 bytes; `place` says where it stands.
    """
    _guarded(lambda: _bytes_of(written), written, place)
    return written


@lru_cache(KNOWN_ACCOUNTS)
def associated_account(owner: str, mint: str, program: str) -> str:
    """Return the address of an owner's associated token account of a mint.

    Nobody but the program of associated accounts can make an account there, and it makes it for
    this owner alone.

    Raises:
        BadInput: one of these is no address.
    """
    from solders.pubkey import Pubkey

    def derived() -> str:
        seeds = [_bytes_of(each) for each in (owner, program, mint)]
        found, _ = Pubkey.find_program_address(seeds, Pubkey.from_string(ASSOCIATED_PROGRAM))
        return str(found)

    return _guarded(derived, f"{owner} {mint} {program}", "token account")


def _bytes_of(written: str) -> bytes:
    from solders.pubkey import Pubkey

    return bytes(Pubkey.from_string(written))


def guarded(read: Callable[[], T]) -> T | None:
    """Return what `read` makes of somebody's bytes; nothing where the library refuses them."""
    try:
        return read()
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException:  # noqa: BLE001 - a panic of the library is no Exception
        return None


def _guarded(read: Callable[[], T], written: str, place: str) -> T:
    """Return what `read` makes of a text, or refuse the text."""
    found = guarded(read)
    if found is None:
        raise bad_input(
            code="value_unknown", place=place, value=written, expected="an address of Solana"
        )
    return found
