"""Logs of ERC-20 tokens and of Safes: what to ask for, and what they say. Pure.

Law: logs are asked for by topics alone, never by contract, so that counterfeits and tokens that
nobody registered are seen as well. Three topics and 32 bytes are a transfer of ERC-20; one of
ERC-721 has the token's number for a fourth topic.
"""

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import msgspec

from chains.evm_answers import WORD, Log, quantity, word
from chains.movements import Wallet

TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
EXECUTION_SUCCESS = "0x442e715f626346e8c54381002da614f62bee8d27386535b2521ec8540898556e"
EXECUTION_FAILURE = "0x23428b18acfb3ea64b08dc0c1d296ea9c09702c09083ca5272e64d115b687d23"
SAFE = "safe"
TRANSFER_TOPICS = 3
INDEXED_TOPICS = 2

Filter: TypeAlias = dict[str, Any]
"""Parameters of eth_getLogs without its range."""


class Transfer(msgspec.Struct, frozen=True, gc=False):
    """What a log of ERC-20 says: base units of a contract, from an address to another."""

    contract: str
    sender: str
    recipient: str
    units: int


def filters(wallets: Sequence[Wallet]) -> list[Filter]:
    """Return what to ask for so that nothing of these wallets is missed."""
    if not wallets:
        # An empty list of topics means any topic to a node.
        return []
    ours = sorted({topic_of(wallet.address) for wallet in wallets})
    asked: list[Filter] = [
        {"topics": [TRANSFER, None, ours]},
        {"topics": [TRANSFER, ours]},
    ]
    safes = sorted({wallet.address for wallet in wallets if wallet.kind == SAFE})
    if safes:
        asked.append({"address": safes, "topics": [[EXECUTION_SUCCESS, EXECUTION_FAILURE]]})
    return asked


def topic_of(address: str) -> str:
    """Return an address as an indexed argument: 32 bytes."""
    return "0x" + address[2:].rjust(WORD - 2, "0")


def transfer_of(log: Log) -> Transfer | None:
    """Return what a log says if it is a transfer of ERC-20.

    Raises:
        ValueError: its amount is no number.
    """
    topics = log.topics
    if len(topics) != TRANSFER_TOPICS or topics[0] != TRANSFER or len(log.data) != WORD:
        return None
    return Transfer(
        log.address.lower(),
        "0x" + topics[1][-40:].lower(),
        "0x" + topics[2][-40:].lower(),
        quantity(log.data),
    )


def execution_of(log: Log) -> tuple[str, bool] | None:
    """Return the hash of a Safe's transaction and whether it succeeded, if a log says that.

    The hash is the first argument: a topic of its own since Safe 1.4, before it in the data.

    Raises:
        ValueError: the hash is none.
    """
    if not log.topics or log.topics[0] not in {EXECUTION_SUCCESS, EXECUTION_FAILURE}:
        return None
    told = log.topics[1] if len(log.topics) == INDEXED_TOPICS else log.data[:WORD]
    word(told)
    return told.lower(), log.topics[0] == EXECUTION_SUCCESS


def united(logs: Iterable[Log], wallets: Sequence[Wallet], first: int, last: int) -> list[Log]:
    """Return logs once each, in their order, without those that were taken back.

    Raises:
        ValueError: a log is of another block or address than was asked for, or one block has two
            hashes, or one place two logs.
    """
    ours = {name for each in wallets for name in (each.address, topic_of(each.address))}
    found: dict[tuple[int, int], Log] = {}
    hashes: dict[int, str] = {}
    for log in logs:
        if log.removed:
            continue
        number = quantity(log.block_number)
        if not first <= number <= last or ours.isdisjoint((log.address.lower(), *log.topics)):
            raise ValueError("a log that was not asked for")
        if hashes.setdefault(number, log.block_hash) != log.block_hash:
            raise ValueError(f"block {number} with two hashes")
        place = number, quantity(log.log_index)
        if found.setdefault(place, log) != log:
            raise ValueError(f"two logs in one place of block {number}")
    return [found[place] for place in sorted(found)]
