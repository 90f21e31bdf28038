"""Answers of Solana's JSON-RPC, as far as they are read here.

Fields that older transactions lack have defaults; what is not read is not decoded, because a
stranger may put anything there.
"""

from typing import Any

import msgspec

NULL = b"null"
NOTHING = msgspec.Raw(NULL)


class Struct(msgspec.Struct, rename="camel"):
    """A struct whose fields are spelt as Solana's JSON spells them."""


class Listed(Struct):
    """A row of `getSignaturesForAddress`; `err` is null where the transaction succeeded."""

    signature: str
    slot: int
    err: msgspec.Raw = NOTHING

    @property
    def succeeded(self) -> bool:
        """Return whether the transaction succeeded."""
        return bytes(self.err) == NULL


class SlotBlock(Struct):
    """A block by `getBlock` without its transactions; its time is seconds (UTC)."""

    blockhash: str
    block_time: int | None = None


class TokenAmount(Struct):
    """Base units, in decimal digits."""

    amount: str


class TokenBalance(Struct):
    """What a token account held before or after a transaction; owner blank in old ones."""

    account_index: int
    mint: str
    ui_token_amount: TokenAmount
    owner: str = ""
    program_id: str = ""


class Instruction(Struct):
    """An instruction; `parsed` is whatever its program's parser made of it."""

    program: str = ""
    parsed: msgspec.Raw = NOTHING


class InnerInstructions(Struct):
    """The instructions that an instruction called."""

    instructions: list[Instruction]


class LoadedAddresses(Struct):
    """The accounts that a version 0 transaction took from lookup tables."""

    writable: list[str] = []
    readonly: list[str] = []


class Meta(Struct):
    """What a transaction did: lamports by account key, tokens by token account."""

    fee: int
    pre_balances: list[int]
    post_balances: list[int]
    err: msgspec.Raw = NOTHING
    pre_token_balances: list[TokenBalance] | None = None
    post_token_balances: list[TokenBalance] | None = None
    inner_instructions: list[InnerInstructions] | None = None
    loaded_addresses: LoadedAddresses | None = None


class AccountKey(Struct):
    """An account that a transaction names."""

    pubkey: str


class Message(Struct):
    """A transaction's accounts, its payer first, and its instructions."""

    account_keys: list[AccountKey]
    instructions: list[Instruction]


class Signed(Struct):
    """A message with its signatures; the first one is the transaction's name."""

    message: Message
    signatures: list[str]


class Transaction(Struct):
    """A transaction by `getTransaction` in the encoding `jsonParsed`."""

    slot: int
    transaction: Signed
    meta: Meta


class SentTransaction(Struct):
    """A transaction by `getTransaction` in base64: its bytes as text, and the encoding."""

    slot: int
    transaction: tuple[str, str]


class Context(Struct):
    """The slot whose state an answer is about."""

    slot: int


class ParsedInfo(Struct):
    """An account's parsed state: `type` is `account` or `mint` for the token programs."""

    type: str
    info: dict[str, Any] = {}


class ParsedData(Struct):
    """The data of an account that a parser knows; else it is a list of text and encoding."""

    program: str
    parsed: msgspec.Raw = NOTHING


class Account(Struct):
    """An account: its lamports, the program that owns it, and its data."""

    lamports: int
    owner: str
    data: ParsedData | list[str] | str


class OneAccount(Struct):
    """An answer of `getAccountInfo`."""

    context: Context
    value: Account | None = None


class SomeAccounts(Struct):
    """An answer of `getMultipleAccounts`; an account that is not there is null."""

    context: Context
    value: list[Account | None]


class OwnedAccount(Struct):
    """A token account and where it lies."""

    pubkey: str
    account: Account


class OwnedAccounts(Struct):
    """An answer of `getTokenAccountsByOwner`."""

    context: Context
    value: list[OwnedAccount]
