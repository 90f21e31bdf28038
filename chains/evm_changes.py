"""What one block did to wallets' native coin: values, fees, calls, and what is left.

Values of transactions, and fees of those that the wallet sent, failed ones too, are in the block
and its receipts; calls between contracts are in the node's trace only, which is asked for where
the rest does not explain the change. What a node that does not trace leaves open, what validators
were paid out and rewards of blocks are one movement, `rest`, without a counterpart.

Law: what is told of a wallet in a block adds up to the change of its balance there.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache

from chains.errors import AnswerUnfit
from chains.evm_answers import Frame, Receipt, Transaction, quantity
from chains.evm_node import EvmNode
from chains.evm_order import AFTER_ALL, Placed
from chains.movements import NATIVE, Movement

SUCCEEDED = "0x1"
GWEI = 10**9
MOVING = {"CALL", "CREATE", "CREATE2", "SELFDESTRUCT"}
"""Calls that carry their value to another address; delegated ones show that of their caller."""


class BlockChanges:
    """One block, read as far as it takes to explain what it did to wallets."""

    def __init__(self, node: EvmNode, number: int, executed: Collection[str]) -> None:
        self._node = node
        self._full = node.full_block(number)
        self._block = node.block_of(self._full)
        self._executed = executed
        self._receipt_of = cache(self._receipt)
        self._calls_of = cache(node.calls)
        self._block_calls = cache(self._all_calls)

    def movements(self, address: str, change: int, *, may_cancel: bool) -> list[Placed]:
        """Return what makes up a change of a wallet's balance in this block, in wei.

        With `may_cancel` calls are looked for even where nothing is left to explain.
        """
        paid_out = self._paid_out(address)
        touching = [
            (index, each)
            for index, each in enumerate(self._full.transactions)
            if address in {each.sender.lower(), (each.to or "").lower()}
        ]
        told = [placed for place in touching for placed in self._top(address, *place)]
        if may_cancel or change - paid_out != _net(address, told):
            near = {index for index, _ in touching} | self._executing()
            told += self._called(address, ((at, self._calls(at)) for at in sorted(near)))
            if change - paid_out != _net(address, told):
                others = enumerate(self._block_calls())
                told += self._called(address, (each for each in others if each[0] not in near))
        left = change - _net(address, told)
        if left:
            told.append(self._rest(address, left))
        return told

    def _top(self, address: str, index: int, transaction: Transaction) -> Iterator[Placed]:
        """Yield the value of a transaction, and its fee if the wallet sent it."""
        value = self._number(transaction.value)
        is_sender = transaction.sender.lower() == address
        if not value and not is_sender:
            return
        receipt = self._receipt_of(transaction.hash)
        if value and receipt.status == SUCCEEDED:
            recipient = transaction.to or receipt.contract_address or ""
            yield self._moved(index, "value", transaction.sender, recipient, value)
        if is_sender:
            fee = self._node.fit(lambda: receipt.fee, f"block {self._block.number}")
            yield self._moved(index, "fee", address, "", fee)

    def _called(self, address: str, calls: Iterable[tuple[int, Frame | None]]) -> Iterator[Placed]:
        """Yield what calls inside transactions moved from or to the wallet."""
        for index, frame in calls:
            for position, call in enumerate(_moving(frame)):
                if address in {call.sender.lower(), (call.to or "").lower()}:
                    value = self._number(call.value or "0x0")
                    part = f"call:{position}"
                    yield self._moved(index, part, call.sender, call.to or "", value)

    def _calls(self, index: int) -> Frame | None:
        return self._calls_of(self._full.transactions[index].hash)

    def _all_calls(self) -> Sequence[Frame | None]:
        traces = self._node.block_calls(self._block.number)
        if traces and len(traces) != len(self._full.transactions):
            raise AnswerUnfit(
                self._node.provider, f"another trace than block {self._block.number}"
            )
        return [each.result for each in traces]

    def _executing(self) -> set[int]:
        return {
            index
            for index, each in enumerate(self._full.transactions)
            if each.hash in self._executed
        }

    def _paid_out(self, address: str) -> int:
        """Return what validators of the wallet were paid out in this block, in wei."""
        withdrawals = self._full.withdrawals or ()
        return GWEI * sum(
            self._number(each.amount) for each in withdrawals if each.address.lower() == address
        )

    def _receipt(self, transaction: str) -> Receipt:
        receipt = self._node.receipt(transaction)
        if receipt.block_hash.lower() != self._block.hash:
            raise AnswerUnfit(self._node.provider, f"{transaction} in another block")
        return receipt

    def _rest(self, address: str, left: int) -> Placed:
        sender, recipient = ("", address) if left > 0 else (address, "")
        # Several wallets may have one in the same block.
        return self._moved(AFTER_ALL, f"rest:{address}", sender, recipient, abs(left))

    def _moved(self, index: int, part: str, sender: str, recipient: str, units: int) -> Placed:
        block = self._block
        is_rest = index == AFTER_ALL
        transaction = f"block:{block.number}" if is_rest else self._full.transactions[index].hash
        movement = Movement(
            block=block.number,
            block_hash=block.hash,
            at=block.at,
            transaction=transaction.lower(),
            part=part,
            contract=NATIVE,
            sender=sender.lower(),
            recipient=recipient.lower(),
            units=units,
        )
        return Placed(index, movement)

    def _number(self, text: str) -> int:
        return self._node.fit(lambda: quantity(text), f"block {self._block.number}")


def _net(address: str, told: Iterable[Placed]) -> int:
    """Return what movements add up to for a wallet, in wei."""
    return sum(
        each.movement.units
        * ((each.movement.recipient == address) - (each.movement.sender == address))
        for each in told
    )


def _moving(frame: Frame | None) -> Iterator[Frame]:
    """Yield calls inside a transaction that moved value, outer before inner, first before later.

    A call inside one that was reverted moved nothing.
    """
    waiting = [frame] if frame is not None else []
    while waiting:
        call = waiting.pop()
        if call.error is not None:
            continue
        if call is not frame and call.kind in MOVING and call.value not in {None, "0x0"}:
            yield call
        waiting += reversed(call.calls)
