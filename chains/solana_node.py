"""What is asked of one Solana node, in Python's types.

Law: what a node does not have is told as missing, never as nothing. Signatures are listed and
transactions read at commitment `confirmed`; what is final is decided by slots, because nodes list
at whatever commitment they like.
"""

from base64 import b64decode
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

import msgspec

from chains.errors import AnswerUnfit, NotThere
from chains.movements import Block
from chains.nodes import Node
from chains.solana_addresses import TOKEN_PROGRAMS
from chains.solana_answers import (
    Account,
    Listed,
    OneAccount,
    OwnedAccount,
    OwnedAccounts,
    ParsedData,
    ParsedInfo,
    SentTransaction,
    SlotBlock,
    SomeAccounts,
    Transaction,
)
from chains.solana_listing import listed

CONFIRMED = "confirmed"
FINALIZED = "finalized"
PAGE = 1000
ACCOUNTS_MAX = 100
VERSION_MAX = 1
"""Version 1 (SIMD-0385) is in use: asked for less, a node refuses such a transaction."""

BEHIND = 8
SKIPPED = "was skipped"


class SolanaNode(Node):
    """One provider's node of Solana."""

    def genesis(self) -> str:
        """Return the hash of the genesis block."""
        return self.client.ask(str, "getGenesisHash")

    def slot(self, commitment: str) -> int:
        """Return the newest slot at a commitment."""
        return self.client.ask(int, "getSlot", {"commitment": commitment})

    def block(self, slot: int) -> Block:
        """Return the block of a slot; raise NotThere where there is none, or none yet."""
        asked = {"transactionDetails": "none", "rewards": False, "commitment": CONFIRMED}
        asked |= {"maxSupportedTransactionVersion": VERSION_MAX}
        found = self.client.ask_maybe(SlotBlock, "getBlock", slot, asked)
        if found is None or found.block_time is None:
            raise NotThere(self.provider, f"no block, or no time of it, in slot {slot}")
        at = self.fit(partial(datetime.fromtimestamp, found.block_time, UTC), f"slot {slot}")
        return Block(number=slot, hash=found.blockhash, at=at)

    def newest(self, commitment: str) -> Block:
        """Return the newest block at a commitment that the node has."""
        slot = self.slot(commitment)
        for behind in range(BEHIND):
            try:
                return self.block(slot - behind)
            except NotThere:
                # Behind one address there may be many nodes, and the next one be a little behind.
                continue
        raise NotThere(self.provider, f"no block in the {BEHIND} slots to {slot}")

    def hash_of(self, slot: int) -> str:
        """Return the hash of the block of a slot, blank where it was skipped for certain.

        Raises:
            NotThere: the node does not have it, or not any more.
        """
        try:
            return self.block(slot).hash
        except NotThere as fault:
            if SKIPPED not in fault.why:
                raise
        # Nodes say so of slots, too, that they do not keep.
        self.require_kept(slot)
        return ""

    def decimals(self, mint: str) -> int:
        """Return the decimals of a mint; raise AnswerUnfit where it is none."""
        asked = {"encoding": "jsonParsed", "commitment": CONFIRMED}
        account = self.client.ask(OneAccount, "getAccountInfo", mint, asked).value
        found = parsed_of(account) if account is not None else None
        decimals = found.info.get("decimals") if found and found.type == "mint" else None
        if not isinstance(decimals, int):
            raise AnswerUnfit(self.provider, f"{mint} is no mint")
        return decimals

    def token_accounts(
        self, owners: Sequence[str], commitment: str, slot: int
    ) -> tuple[int, list[list[OwnedAccount]]]:
        """Return each owner's token accounts of both programs, as of a slot or later.

        The slot that comes first is the newest one that an answer is of.
        """
        asked = {"encoding": "jsonParsed", "commitment": commitment, "minContextSlot": slot}
        found = self.client.ask_each(
            OwnedAccounts,
            "getTokenAccountsByOwner",
            [(each, {"programId": of}, asked) for each in owners for of in TOKEN_PROGRAMS],
        )
        for each in found:
            self.require_reached(each.context.slot, slot)
        count = len(TOKEN_PROGRAMS)
        return max((each.context.slot for each in found), default=slot), [
            [account for each in found[at : at + count] for account in each.value]
            for at in range(0, len(found), count)
        ]

    def accounts(
        self, addresses: Sequence[str], slot: int, *, encoding: str = "jsonParsed"
    ) -> tuple[set[int], list[Account | None]]:
        """Return final accounts in the order of their addresses, and the slots they are of."""
        asked = {"encoding": encoding, "commitment": FINALIZED, "minContextSlot": slot}
        some = [addresses[at : at + ACCOUNTS_MAX] for at in range(0, len(addresses), ACCOUNTS_MAX)]
        found = self.client.ask_each(
            SomeAccounts, "getMultipleAccounts", [(each, asked) for each in some]
        )
        for names, each in zip(some, found, strict=True):
            if len(names) != len(each.value):
                raise AnswerUnfit(self.provider, "accounts that were not asked for")
        slots = {each.context.slot for each in found}
        return slots, [account for each in found for account in each.value]

    def listing(self, address: str, first: int, slot: int) -> list[Listed]:
        """Return the rows of an address from slot `first` on, as a node at `slot` has them."""

        def page(before: str | None) -> list[Listed]:
            asked: dict[str, object] = {"limit": PAGE, "commitment": CONFIRMED}
            asked |= {"minContextSlot": slot} | ({"before": before} if before else {})
            return self.client.ask(list[Listed], "getSignaturesForAddress", address, asked)

        return self.fit(lambda: listed(page, first), f"signatures of {address}")

    def transaction(self, row: Listed) -> Transaction:
        """Return a transaction that was listed.

        Raises:
            NotThere: the node lists it and does not have it.
            AnsweredError: it is of a version that the node cannot tell.
            AnswerUnfit: it is another one, or in another slot.
        """
        asked: dict[str, object] = {"encoding": "jsonParsed", "commitment": CONFIRMED}
        asked |= {"maxSupportedTransactionVersion": VERSION_MAX}
        found = self.client.ask_maybe(Transaction, "getTransaction", row.signature, asked)
        if found is None:
            raise NotThere(self.provider, f"it lists {row.signature} and does not have it")
        if (found.slot, found.transaction.signatures[:1]) != (row.slot, [row.signature]):
            raise AnswerUnfit(self.provider, f"another transaction than {row.signature}")
        return found

    def signed_bytes(self, row: Listed) -> bytes:
        """Return the bytes of a transaction that was listed, as they were sent.

        Raises:
            NotThere: the node lists it and does not have it.
            AnswerUnfit: it is in another slot, or no base64.
        """
        asked: dict[str, object] = {"encoding": "base64", "commitment": CONFIRMED}
        asked |= {"maxSupportedTransactionVersion": VERSION_MAX}
        found = self.client.ask_maybe(SentTransaction, "getTransaction", row.signature, asked)
        if found is None:
            raise NotThere(self.provider, f"it lists {row.signature} and does not have it")
        if found.slot != row.slot:
            raise AnswerUnfit(self.provider, f"another transaction than {row.signature}")
        return self.fit(lambda: b64decode(found.transaction[0], validate=True), row.signature)

    def require_kept(self, slot: int) -> None:
        """Require that the node keeps what was from a slot on; raise NotThere where it does not.

        One that does not lists what it has, and says nothing of the rest.
        """
        first = self.client.ask(int, "getFirstAvailableBlock")
        if slot < first:
            raise NotThere(self.provider, f"it keeps slots from {first} on, and not {slot}")

    def require_reached(self, reached: int, slot: int) -> None:
        """Require that the node has come to a slot; raise NotThere where it has not."""
        if reached < slot:
            raise NotThere(self.provider, f"its newest slot is {reached}, before {slot}")


def parsed_of(account: Account) -> ParsedInfo | None:
    """Return the parsed state of an account of the token programs; nothing of any other."""
    if account.owner not in TOKEN_PROGRAMS or not isinstance(account.data, ParsedData):
        return None
    try:
        return msgspec.json.decode(account.data.parsed, type=ParsedInfo)
    except msgspec.MsgspecError:
        return None
