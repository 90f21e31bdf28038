"""Explorers of chains: where a person looks up a transaction or an address. Texts, never asked.

Law: no link is made of what cannot be a transaction of its chain, or for a chain without a row.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

HASH = re.compile(r"0x[0-9a-fA-F]{64}", re.ASCII)
SIGNATURE = re.compile(r"[1-9A-HJ-NP-Za-km-z]{64,88}", re.ASCII)

ENDS = re.compile(r"[/:]")
"""What parts the transaction of a bank line's id from its place in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explorer:
    """How a chain's explorer addresses its pages, and what a transaction of it looks like."""

    transaction: str
    address: str
    pattern: re.Pattern[str]


EXPLORERS = {
    "ethereum": Explorer(
        transaction="https://etherscan.io/tx/{}",
        address="https://etherscan.io/address/{}",
        pattern=HASH,
    ),
    "bsc": Explorer(
        transaction="https://bscscan.com/tx/{}",
        address="https://bscscan.com/address/{}",
        pattern=HASH,
    ),
    "solana": Explorer(
        transaction="https://solscan.io/tx/{}",
        address="https://solscan.io/account/{}",
        pattern=SIGNATURE,
    ),
}
"""By the chain's name in the token registry."""


def transaction_link(chain: str | None, external_id: str | None) -> str | None:
    """Return where the transaction of a bank line is looked up; nothing if that is unknown."""
    explorer = EXPLORERS.get(chain or "")
    transaction = ENDS.split(external_id or "", maxsplit=1)[0]
    if explorer is None or not explorer.pattern.fullmatch(transaction):
        return None
    return explorer.transaction.format(transaction)


def address_link(chain: str | None, address: str | None) -> str | None:
    """Return where an address is looked up; nothing if the chain has no explorer here."""
    explorer = EXPLORERS.get(chain or "")
    return explorer.address.format(address) if explorer and address else None


def links(payments: Iterable[tuple[str | None, str]]) -> str | None:
    """Return the links of payments, each once, parted by spaces; chain and id of a bank line."""
    found = {transaction_link(chain, external_id) for chain, external_id in payments} - {None}
    return " ".join(sorted(each for each in found if each)) or None


def pairs_of(payments: Iterable[str] | None) -> list[tuple[str | None, str]]:
    """Return chain and bank line of each payment that is written `chain line`."""
    parts = [each.partition(" ") for each in payments or ()]
    return [(chain or None, external_id) for chain, _, external_id in parts]
