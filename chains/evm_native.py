"""What moved of a chain's native coin, which leaves no logs: found by balances and nonces.

A range is halved until the blocks are found in which a wallet's balance or nonce changed. That is
sound because whatever takes coins from an account is a transaction of its own, which raises its
nonce: where both are the same at two blocks, nothing was sent between them, and so nothing came in
either. A Safe pays out by executing, which raises its own nonce in the same way.

It is not sound where something else spends: an account that runs code (EIP-7702) and is called by
others, another contract than a Safe, a module of a Safe. There a change that was undone within a
range is not seen. What is told of a range adds up to the difference of its ends all the same.

`evm_changes` explains each block that is found.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial

from chains.errors import NotThere
from chains.evm_answers import BlockAt
from chains.evm_changes import BlockChanges
from chains.evm_logs import SAFE
from chains.evm_node import EvmNode
from chains.evm_order import Placed
from chains.movements import Wallet


@dataclass(frozen=True, slots=True)
class _State:
    balance: int
    nonce: int


@dataclass(frozen=True, slots=True)
class _Change:
    wallet: Wallet
    before: _State
    after: _State

    def movements(self, changes: BlockChanges) -> list[Placed]:
        executed = self.wallet.kind == SAFE and self.before.nonce != self.after.nonce
        return changes.movements(
            self.wallet.address,
            self.after.balance - self.before.balance,
            # What a Safe gets and gives in one execution may cancel out.
            may_cancel=executed,
        )


def native_movements(
    node: EvmNode, wallets: Sequence[Wallet], first: int, last: int, executed: Collection[str]
) -> list[Placed]:
    """Return what moved of the native coin in these blocks, both ends included, in no order.

    `executed` are transactions in which a Safe is known to have executed. What moved between two
    of the wallets is told twice.

    Raises:
        NotThere: the node no longer has the state of a block in the range or just before it.
    """
    changed = _changed_blocks(_States(node), wallets, max(first - 1, 0), last)

    def explained(number: int) -> list[Placed]:
        changes = BlockChanges(node, number, executed)
        return [placed for each in changed[number] for placed in each.movements(changes)]

    tasks = [partial(explained, number) for number in sorted(changed)]
    return [placed for found in node.client.run_each(tasks) for placed in found]


class _States:
    """Balances and nonces of wallets at blocks, each asked for once."""

    def __init__(self, node: EvmNode) -> None:
        self._node = node
        self._known: dict[tuple[Wallet, int], _State] = {}

    def load(self, wanted: Collection[tuple[Wallet, int]]) -> None:
        """Ask for what is not known yet, several at once."""
        missing = [place for place in wanted if place not in self._known]
        asked = [partial(ask, *place) for ask in (self._balance, self._nonce) for place in missing]
        found = self._node.client.run_each(asked)
        states = map(_State, found, found[len(missing) :])
        self._known.update(zip(missing, states, strict=True))

    def at(self, wallet: Wallet, number: int) -> _State:
        """Return what was loaded."""
        return self._known[wallet, number]

    def _balance(self, wallet: Wallet, number: int) -> int:
        return self._kept(self._node.balance, wallet, number)

    def _nonce(self, wallet: Wallet, number: int) -> int:
        node = self._node
        count = node.safe_nonce if wallet.kind == SAFE else node.transaction_count
        return self._kept(count, wallet, number)

    def _kept(self, ask: Callable[[str, BlockAt], int], wallet: Wallet, number: int) -> int:
        try:
            return ask(wallet.address, hex(number))
        except NotThere as fault:
            raise NotThere(
                self._node.provider,
                f"the state at block {number} is gone: native coins of old blocks take an "
                f"archive node, or a watch that starts later ({fault.why})",
            ) from None


def _changed_blocks(
    states: _States, wallets: Sequence[Wallet], before: int, last: int
) -> dict[int, list[_Change]]:
    found: dict[int, list[_Change]] = defaultdict(list)
    ranges = [(wallet, before, last) for wallet in wallets if before < last]
    while ranges:
        states.load({(wallet, end) for wallet, *ends in ranges for end in ends})
        halves = []
        for wallet, low, high in ranges:
            change = _Change(wallet, states.at(wallet, low), states.at(wallet, high))
            if change.before == change.after:
                continue
            if high - low == 1:
                found[high].append(change)
            else:
                middle = (low + high) // 2
                halves += [(wallet, low, middle), (wallet, middle, high)]
        ranges = halves
    return found
