"""EVM addresses as payees write them: shape, checksum (EIP-55), chain prefix (EIP-3770).

Law: an address is refused, never mended. Giving the right spelling of one whose checksum fails
would turn a mistyped address into one that passes.
"""

import re
from functools import lru_cache

from ledger.errors import Problem

SHORT_NAMES = {"eth": 1, "bnb": 56, "pol": 137, "matic": 137, "arb1": 42161, "avax": 43114}
"""Chain ids by the short names of EIP-3770; any other prefix is no chain of ours."""

RESERVED_MAX = 0xFFFF
"""EIP-1352 keeps addresses up to here for the system: zero, precompiles and 0x…dEaD among them."""

BURNS = {int("ee" * 20, 16), int("ff" * 20, 16), 0xDEAD000000000000000042069420694206942069}
"""The native coin's stand-in, all ones and the other burn address: nobody holds their keys."""

ADDRESSES_KEPT = 20_000
"""Checksums that are remembered: each address of a large batch is looked at several times."""

ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
BASE58 = "[1-9A-HJ-NP-Za-km-z]"
OTHER_KIND = re.compile(
    rf"(?![0-9a-fA-F]{{40}}$)(?:0x[0-9a-fA-F]{{64}}|{BASE58}{{32,44}}|{BASE58}{{86,88}})"
)
"""A transaction hash, a Solana key or signature; 40 hex digits only lack their 0x."""


def address_problems(address: str, chain_id: int | None) -> list[Problem]:
    """Return what is wrong with an address: its chain prefix, then the address itself."""
    prefix, colon, bare = address.rpartition(":")
    if colon and (chain_id is None or SHORT_NAMES.get(prefix) != chain_id):
        mismatch = wrong(
            "chain_mismatch",
            address,
            f"an address on chain {chain_id}",
            "Ask the payee for an address on this chain.",
        )
        return [mismatch, *bare_address_problems(bare)]
    return bare_address_problems(bare)


def bare_address_problems(address: str) -> list[Problem]:
    """Return the one thing wrong with an address without prefix, if there is one (EIP-55)."""
    if ADDRESS.fullmatch(address) is None:
        code = "address_kind" if OTHER_KIND.fullmatch(address) else "address_malformed"
        expected = "an EVM address, 0x and 40 hexadecimal digits and nothing else"
        return [wrong(code, address, expected, "Ask the payee for the address of an account.")]
    number = int(address, 16)
    if number <= RESERVED_MAX or number in BURNS:
        return [wrong("address_forbidden", address, "an address that somebody holds the key of")]
    checksummed = _checksummed(address)
    if address == checksummed:
        return []
    digits = address[2:]
    if digits in (digits.lower(), digits.upper()):
        mend = f"Confirm with the payee that {checksummed} is meant, and write it so."
        return [wrong("checksum_absent", address, "capitals and small letters (EIP-55)", mend)]
    mend = "A character is wrong: copy the whole address again from the payee."
    return [wrong("checksum_invalid", address, "an address whose EIP-55 checksum holds", mend)]


@lru_cache(maxsize=ADDRESSES_KEPT)
def _checksummed(address: str) -> str:
    from eth_utils.address import to_checksum_address

    return str(to_checksum_address(address))


def bare_address(address: str) -> str:
    """Return an address without its chain prefix."""
    return address.rpartition(":")[2]


def wrong(code: str, value: str, expected: str, mend: str = "", *, place: str = "") -> Problem:
    """Return a problem with a value and how to mend it."""
    return Problem(code=code, value=value, expected=expected, mend=mend, place=place)
