"""What is asked of one EVM node, in Python's types.

Law: a number that is none and a block that is missing are the provider's faults, told as such.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from chains.errors import AnsweredError, AnswerUnfit, NotThere, RangeTooWide
from chains.evm_answers import (
    WORD,
    BlockAt,
    Frame,
    FullBlock,
    Header,
    Log,
    Receipt,
    Trace,
    quantity,
    word,
)
from chains.evm_logs import Filter
from chains.movements import Block
from chains.nodes import Node

LATEST = "latest"
FINALIZED = "finalized"
BALANCE_OF = "0x70a08231"
DECIMALS = "0x313ce567"
NONCE = "0xaffed0e0"
THRESHOLD = "0xe75235b8"
OWNERS = "0xa0e67e2b"
OWNERS_HEAD = 2
"""Words before the owners in a Safe's answer: where the list starts, and how long it is."""
EMPTY = "0x"
CALLS = {"tracer": "callTracer"}
UNTRACED = (AnsweredError, RangeTooWide)
"""What means that a trace cannot be had from this node: refused, or too large.

Anything else may pass, and must not leave a movement behind that is known by another name once
there is a trace.
"""


class EvmNode(Node):
    """One provider's node of an EVM chain."""

    def chain_id(self) -> int:
        """Return the chain's id of EIP-155."""
        return self._quantity("eth_chainId")

    def block(self, at: int | str) -> Block:
        """Return a block by its number or tag; raise NotThere where there is none."""
        asked = at if isinstance(at, str) else hex(at)
        found = self.client.ask_maybe(Header, "eth_getBlockByNumber", asked, False)  # noqa: FBT003
        if found is None:
            raise NotThere(self.provider, f"no block {at}")
        block = self.block_of(found)
        if isinstance(at, int) and block.number != at:
            raise AnswerUnfit(self.provider, f"block {block.number} where {at} was asked for")
        return block

    def full_block(self, number: int) -> FullBlock:
        """Return a block with its transactions; raise NotThere where there is none."""
        found = self.client.ask_maybe(
            FullBlock,
            "eth_getBlockByNumber",
            hex(number),
            True,  # noqa: FBT003 - the protocol's second parameter
        )
        if found is None:
            raise NotThere(self.provider, f"no block {number}")
        return found

    def block_of(self, header: Header | FullBlock) -> Block:
        """Return what a header tells of its block."""
        return self.fit(
            lambda: Block(
                number=quantity(header.number),
                hash=header.hash.lower(),
                at=datetime.fromtimestamp(quantity(header.timestamp), UTC),
            ),
            "a header",
        )

    def logs(self, wanted: Filter, first: int, last: int) -> list[Log]:
        """Return the logs of a filter in these blocks, both ends included."""
        asked = {**wanted, "fromBlock": hex(first), "toBlock": hex(last)}
        return self.client.ask(list[Log], "eth_getLogs", asked)

    def receipt(self, transaction: str) -> Receipt:
        """Return the receipt of a mined transaction; raise NotThere where there is none."""
        found = self.client.ask_maybe(Receipt, "eth_getTransactionReceipt", transaction)
        if found is None:
            raise NotThere(self.provider, f"no receipt of {transaction}")
        return found

    def balance(self, address: str, at: BlockAt) -> int:
        """Return an address's native coin, in wei."""
        return self._quantity("eth_getBalance", address, at)

    def transaction_count(self, address: str, at: BlockAt) -> int:
        """Return how many transactions an account had sent."""
        return self._quantity("eth_getTransactionCount", address, at)

    def safe_nonce(self, address: str, at: BlockAt) -> int:
        """Return how many transactions a Safe had carried out; 0 before there is one."""
        said = self._call(address, NONCE, at)
        return 0 if said == EMPTY else self.fit(lambda: word(said), f"the nonce of {address}")

    def token_balance(self, contract: str, address: str, at: BlockAt) -> int:
        """Return an address's units of a token; raise AnswerUnfit where it says no number."""
        said = self._call(contract, BALANCE_OF + address[2:].rjust(64, "0"), at)
        return self.fit(lambda: word(said), f"a balance of {contract}")

    def decimals(self, contract: str) -> int:
        """Return a token's decimals; raise AnswerUnfit where it says no number."""
        said = self._call(contract, DECIMALS, LATEST)
        return self.fit(lambda: word(said), f"the decimals of {contract}")

    def answer(self, call: Mapping[str, str], at: BlockAt) -> str:
        """Return what a call would answer, in hex; raise RevertedError where it is turned down."""
        return self.client.ask(str, "eth_call", call, at)

    def code(self, address: str) -> str:
        """Return the code at an address, hexadecimal; `0x` where there is none."""
        return self.client.ask(str, "eth_getCode", address, LATEST).lower()

    def safe_threshold(self, address: str) -> int:
        """Return how many owners of a Safe have to sign; 0 of what is no Safe.

        It has to name as many owners at least: other contracts answer to anything with a number.
        """
        try:
            threshold, owners = (self._call(address, it, LATEST) for it in (THRESHOLD, OWNERS))
        except AnsweredError:
            return 0
        words = (len(owners) - 2) // 64
        if len(threshold) != WORD or words < OWNERS_HEAD:
            return 0
        named = int(owners[66:130], 16)
        needed = int(threshold, 16)
        return needed if words == named + OWNERS_HEAD and named >= needed else 0

    def calls(self, transaction: str) -> Frame | None:
        """Return the calls of a transaction; nothing where the node does not trace."""
        try:
            return self.client.ask(Frame, "debug_traceTransaction", transaction, CALLS)
        except UNTRACED:
            return None

    def block_calls(self, number: int) -> list[Trace]:
        """Return the calls of each transaction of a block; none where the node does not trace."""
        try:
            return self.client.ask(list[Trace], "debug_traceBlockByNumber", hex(number), CALLS)
        except UNTRACED:
            return []

    def _quantity(self, method: str, *parameters: object) -> int:
        said = self.client.ask(str, method, *parameters)
        return self.fit(lambda: quantity(said), method)

    def _call(self, contract: str, data: str, at: BlockAt) -> str:
        return self.answer({"to": contract, "data": data}, at)
