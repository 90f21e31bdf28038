"""What a chain tells of our wallets: movements, executions of Safes, balances, blocks.

Law: a movement is known by its transaction and its part of it, neither of which changes when the
transaction is mined again in another block. Units are whole base units, never negative; sender
and recipient say the direction. `contract` is the token's contract or mint, blank for the native
coin. EVM addresses and hashes are lower-case hex here; Solana's are base58.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

NATIVE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block or slot: its number, its hash, and its time (UTC)."""

    number: int
    hash: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallet:
    """A wallet that is watched. `kind` is `account`, `safe` or `solana`.

    `tokens` are the contracts or mints whose balances are proved, beside the native coin.
    """

    id: str
    address: str
    kind: str
    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Units that went from one address to another by one part of a transaction.

    `part` is `log:3` (position among the transaction's own logs), `value`, `call:2` or `fee` on
    an EVM chain, or `rest:ADDRESS` of a `transaction` `block:NUMBER`, where no transaction tells
    it; `token:ACCOUNT` (`token:ACCOUNT:out` where it was given away), `handed:ACCOUNT`,
    `lamports:ACCOUNT` or `fee` on Solana. A fee has no recipient. `doubt` says why a movement is
    not to be believed by itself: a handed-over account.
    """

    block: int
    block_hash: str
    at: datetime
    transaction: str
    part: str
    contract: str
    sender: str
    recipient: str
    units: int
    doubt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """A transaction that a Safe carried out, or failed to: `ExecutionSuccess` or `…Failure`."""

    block: int
    block_hash: str
    at: datetime
    transaction: str
    safe: str
    safe_tx_hash: str
    succeeded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """Who paid for a transaction, and how much in base units of the native coin."""

    block_hash: str
    payer: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a range of blocks holds, in the order of blocks, transactions and parts."""

    movements: Sequence[Movement]
    executions: Sequence[Execution] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Balances at one block, in base units by wallet id and contract."""

    block: Block
    balances: Mapping[tuple[str, str], int]


class Reader(Protocol):
    """One provider of one chain. Every method may raise a `ProviderFault`."""

    provider: str
    """Its name for people: host and port, never a path or a key."""

    stretch: int
    """How many blocks are read at once at most, so that memory does not grow with the range."""

    def require_chain(self) -> None:
        """Require that the provider serves the chain that it is set for; raise WrongChain."""

    def decimals(self, contract: str) -> int:
        """Return the decimals that a contract or mint has on chain."""

    def head(self) -> Block:
        """Return the newest block."""

    def final(self) -> Block:
        """Return the newest final block, by the chain's rule."""

    def hash_of(self, number: int) -> str:
        """Return the hash of a block by its number; blank for a slot without a block."""

    def closing(self, wallets: Sequence[Wallet]) -> Closing:
        """Return the balances at the newest final block, all at the same one."""

    def balances(self, wallets: Sequence[Wallet], number: int) -> Closing:
        """Return the balances at an earlier block; raise NotThere where its state is gone."""

    def carried_out(self, safe: str, number: int) -> int:
        """Return how many transactions a Safe had carried out at a block; 0 where none are."""

    def seen(self, wallets: Sequence[Wallet], first: int, last: int) -> Seen:
        """Return what moved in these blocks, both ends included, final or not.

        The provider's own head has to be at `last` or beyond it, else NotThere is raised: a node
        that lags answers past its head with a part, and without an error.
        """
