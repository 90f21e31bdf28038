"""Readers of EVM chains in tests, and what they tell in few words."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeAlias

from chains.evm_reader import STEP, EvmReader
from chains.jsonrpc import RpcClient
from chains.movements import Movement, Wallet
from chains.registry import chain_named

Row: TypeAlias = tuple[str, str, str, str, int]
"""A movement in few words: part, contract, sender, recipient, units."""


@contextmanager
def evm_reader(
    url: str,
    name: str = "ethereum",
    *,
    step: int = STEP,
    read_seconds: float = 10,
    wait: Callable[[float], None] = lambda _: None,
    concurrency: int = 8,
) -> Iterator[EvmReader]:
    """Read a chain, and close the connections."""
    client = RpcClient(url, read_seconds=read_seconds, wait=wait, concurrency=concurrency)
    try:
        yield EvmReader(chain_named(name), client, step)
    finally:
        client.close()


def account(address: str, *tokens: str) -> Wallet:
    """Return a wallet with one key."""
    return Wallet(id=address, address=address, kind="account", tokens=tokens)


def safe_wallet(address: str, *tokens: str) -> Wallet:
    """Return a wallet that is a Safe."""
    return Wallet(id=address, address=address, kind="safe", tokens=tokens)


def rows(movements: Iterable[Movement]) -> list[Row]:
    """Return movements in few words, in their order."""
    return [
        (each.part, each.contract, each.sender, each.recipient, each.units) for each in movements
    ]


def net(movements: Sequence[Movement], address: str, contract: str = "") -> int:
    """Return what movements add up to for an address, in base units."""
    return sum(
        each.units * ((each.recipient == address) - (each.sender == address))
        for each in movements
        if each.contract == contract
    )
