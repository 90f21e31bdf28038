"""The chains there are: how each is known, and when a block of it is final.

A provider is held to its chain's identity at every connection: the chain id of EIP-155, or the
hash of the genesis block.
"""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from ledger.errors import UnknownReference

EVM = "evm"
SOLANA = "solana"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A chain. `depth` is how far below the head a final block is at least, besides its tag.

    `patience` is how old the newest final block may be until that is told as a fault; `settled`
    says how a block becomes final, for people.
    """

    name: str
    family: str
    identity: str
    native: str
    depth: int
    patience: timedelta
    settled: str


CHAINS: tuple[Chain, ...] = (
    Chain(
        name="ethereum",
        family=EVM,
        identity="1",
        native="ETH",
        depth=0,
        patience=timedelta(minutes=40),
        settled="the block tagged finalized",
    ),
    Chain(
        name="bsc",
        family=EVM,
        identity="56",
        native="BNB",
        # BEP-126 falls back to probabilistic finality when votes are missing.
        depth=15,
        patience=timedelta(minutes=1),
        settled="the block tagged finalized, and 15 blocks more",
    ),
    Chain(
        name="solana",
        family=SOLANA,
        identity="5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d",
        native="SOL",
        depth=0,
        patience=timedelta(minutes=2),
        settled="commitment finalized",
    ),
)
"""Every chain that can be scanned."""


def chain_named(name: str) -> Chain:
    """Return the chain of that name.

    Raises:
        UnknownReference: no chain has this name; the names there are come with it.
    """
    for chain in CHAINS:
        if chain.name == name:
            return chain
    known = ", ".join(chain.name for chain in CHAINS)
    raise UnknownReference("chain", name, mend=f"The chains are: {known}.")


def provider_name(url: str) -> str:
    """Return what a provider is called where its whole address may hold a key: host and port."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else f"{parts.hostname}"
