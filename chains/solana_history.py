"""What moved in wallets on Solana between two slots.

Law: a payment to a token account names the account and not the wallet, so accounts are listed,
all of them: those that there are, the associated ones that there may be, and those that
transactions show to have been the wallets'. An account that is gone was closed or handed over by
its owner, so a transaction of the wallet's own shows it: these are read up to the newest, beyond
the last slot wanted, lest a payment be overlooked whose account is closed soon after.
"""

from collections.abc import Iterator, Sequence
from functools import partial

from chains.movements import Block, Movement, Wallet
from chains.solana_accounts import Accounts, associated_accounts
from chains.solana_answers import Listed, Transaction
from chains.solana_movements import movements_of
from chains.solana_node import CONFIRMED, FINALIZED, SolanaNode
from chains.solana_transactions import account_changes


class History:
    """Slots `first` to `last` of some wallets, both included, as one provider tells them."""

    def __init__(
        self,
        node: SolanaNode,
        accounts: Accounts,
        wallets: Sequence[Wallet],
        first: int,
        last: int,
    ) -> None:
        self._node = node
        self._accounts = accounts
        self._wallets = {wallet.address for wallet in wallets}
        self._watched = wallets
        self._first = first
        self._last = last
        self._reached = last
        self._read: dict[str, Transaction] = {}

    def movements(self) -> list[Movement]:
        """Return what moved, by slot, signature and part.

        Raises:
            ProviderFault: by its kind.
        """
        self._gather()
        wanted = [each for each in self._read.values() if each.slot <= self._last]
        slots = sorted({each.slot for each in wanted})
        run = self._node.client.run_each
        blocks = dict(
            zip(slots, run([partial(self._node.block, each) for each in slots]), strict=True)
        )
        told = run([partial(self._told, each, blocks[each.slot]) for each in wanted])
        movements = [movement for each in told for movement in each]
        return sorted(movements, key=lambda each: (each.block, each.transaction, each.part))

    def _gather(self) -> None:
        """Read the transactions of every address, and of those that they show, to the last."""
        run = self._node.client.run_each
        listed: set[str] = set()
        pending = self._known()
        while pending:
            listed |= pending
            pages = run([partial(self._rows, address) for address in sorted(pending)])
            rows = {row.signature: row for page in pages for row in page}
            new = [row for row in rows.values() if row.signature not in self._read]
            found = run([partial(self._node.transaction, row) for row in new])
            self._read.update((row.signature, each) for row, each in zip(new, found, strict=True))
            pending = {account for each in found for account, *_ in self._owned(each)} - listed

    def _known(self) -> set[str]:
        """Return the wallets and the token accounts that they have or may have.

        An account may be gone in the answer of one node, and not yet in the listing of another
        behind the same address. What is final is therefore listed by nodes that have come as far
        as the accounts were told, which costs nothing: they are many slots beyond it.
        """
        known = set(self._wallets)
        for wallet in self._watched:
            known.update(account for _, account in associated_accounts(wallet))
        is_final = self._last <= self._node.slot(FINALIZED)
        reached, owned = self._node.token_accounts(
            sorted(self._wallets), FINALIZED if is_final else CONFIRMED, self._last
        )
        if is_final:
            self._reached = reached
        known.update(each.pubkey for accounts in owned for each in accounts)
        return known

    def _rows(self, address: str) -> list[Listed]:
        """Return the rows of an address that are read: what failed cost our wallets its fee."""
        is_wallet = address in self._wallets
        return [
            row
            for row in self._node.listing(address, self._first, self._reached)
            if (row.succeeded and is_wallet)
            or (row.slot <= self._last and (row.succeeded or is_wallet))
        ]

    def _owned(self, transaction: Transaction) -> Iterator[tuple[str, str, str, str]]:
        """Yield the accounts that a transaction shows as the wallets': owner, mint, program."""
        what = transaction.transaction.signatures[0]
        for change in self._node.fit(partial(account_changes, transaction), what):
            for state in change.states:
                if state.owner in self._wallets:
                    yield change.account, state.owner, state.mint, state.program

    def _told(self, transaction: Transaction, block: Block) -> list[Movement]:
        made_for = {each[0]: self._accounts.made_for(*each) for each in self._owned(transaction)}
        return self._node.fit(
            lambda: movements_of(transaction, block, self._wallets, made_for),
            transaction.transaction.signatures[0],
        )
