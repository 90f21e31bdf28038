"""What EVM nodes answer, as types: blocks, transactions, receipts, logs, traces.

Law: only what is used is read, and all of that is required; numbers stay hexadecimal text until
`quantity` reads them, which refuses what is none.
"""

from typing import TypeAlias

import msgspec

WORD = 66
"""Characters of 32 bytes in hexadecimal, with the prefix."""


class Log(msgspec.Struct, rename="camel", frozen=True, gc=False):
    """One event of a contract. `log_index` counts in the block, so it moves when that does."""

    address: str
    topics: tuple[str, ...]
    data: str
    block_number: str
    block_hash: str
    transaction_hash: str
    log_index: str
    removed: bool = False


class Withdrawal(msgspec.Struct, frozen=True):
    """What a validator gets out: `amount` in Gwei."""

    address: str
    amount: str


class Header(msgspec.Struct, frozen=True):
    """A block without its transactions; `timestamp` in seconds since 1970."""

    number: str
    hash: str
    timestamp: str


class Transaction(msgspec.Struct, rename={"sender": "from"}, frozen=True):
    """A transaction in a block; one that makes a contract has no `to`. `value` in wei."""

    hash: str
    sender: str
    value: str
    to: str | None = None


class FullBlock(msgspec.Struct, frozen=True):
    """A block with its transactions and what validators were paid out in it."""

    number: str
    hash: str
    timestamp: str
    transactions: tuple[Transaction, ...]
    withdrawals: tuple[Withdrawal, ...] | None = None


def _in_receipt(name: str) -> str:
    """Return the spelling of a receipt's field; `from` is a word of the language here."""
    first, *others = name.split("_")
    return "from" if name == "sender" else first + "".join(each.title() for each in others)


class Receipt(msgspec.Struct, rename=_in_receipt, frozen=True):
    """What became of a transaction, and who sent it. Gas in units, its price in wei."""

    status: str
    block_hash: str
    transaction_hash: str
    transaction_index: str
    gas_used: str
    effective_gas_price: str
    logs: tuple[Log, ...]
    contract_address: str | None = None
    blob_gas_used: str | None = None
    blob_gas_price: str | None = None
    sender: str = ""

    @property
    def fee(self) -> int:
        """Return what the sender paid for it, in wei.

        Raises:
            ValueError: a number in it is none.
        """
        paid = quantity(self.gas_used) * quantity(self.effective_gas_price)
        if self.blob_gas_used is not None and self.blob_gas_price is not None:
            paid += quantity(self.blob_gas_used) * quantity(self.blob_gas_price)
        return paid


class Frame(msgspec.Struct, rename={"sender": "from", "kind": "type"}, frozen=True):
    """One call of a transaction, with those that it made; `error` where it was reverted."""

    kind: str
    sender: str
    to: str | None = None
    value: str | None = None
    error: str | None = None
    calls: "tuple[Frame, ...]" = ()


class Trace(msgspec.Struct, frozen=True):
    """The calls of one transaction of a block; none where that one could not be traced."""

    result: Frame | None = None


BlockAt: TypeAlias = str | dict[str, str | bool]
"""A block as a parameter: its number, or its hash after EIP-1898."""


def quantity(text: str) -> int:
    """Return a number in hexadecimal, never negative.

    Raises:
        ValueError: it is none.
    """
    if not text.startswith("0x"):
        raise ValueError(text)
    return int(text, 16)


def word(text: str) -> int:
    """Return 32 bytes as a number, never negative.

    Raises:
        ValueError: they are more, or fewer, or none.
    """
    if len(text) != WORD:
        raise ValueError(text)
    return quantity(text)
