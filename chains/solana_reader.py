"""Reads Solana from one provider: lamports and tokens of wallets, and what moved in them.

Law: a provider is believed as far as its answers hold together. Balances are all of one final
slot, and the accounts that they count are the same before and after they are read. Movements come
from a provider that has reached the last slot, from listings without a gap, and from every
transaction in them: one that is listed and cannot be read is a fault, never nothing.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from chains.errors import AnswerUnfit, NotThere, WrongChain
from chains.jsonrpc import RpcClient
from chains.movements import NATIVE, Block, Closing, Seen, Wallet
from chains.registry import Chain
from chains.solana_accounts import Accounts, held_in
from chains.solana_answers import Account
from chains.solana_history import History
from chains.solana_multisigs import Multisig, multisig_at
from chains.solana_node import CONFIRMED, FINALIZED, SolanaNode, parsed_of
from chains.solana_nonces import NonceHistory, NonceStates, nonce_history, nonce_states

STRETCH = 10**12
"""More slots than there will be: what is read grows with transactions, not with slots, and every
range is paged to from the newest slot, so that parts of it would be paged again and again."""

READINGS = 5
"""How often balances are read until they are of one slot."""

BEGINNING = datetime.fromtimestamp(0, UTC)


class SolanaReader:
    """One provider of Solana."""

    stretch = STRETCH

    def __init__(self, chain: Chain, client: RpcClient) -> None:
        self.chain = chain
        self.provider = client.provider
        self._node = SolanaNode(client)
        self._accounts = Accounts(self._node)

    def require_chain(self) -> None:
        """Require that the provider serves the chain that it is set for; raise WrongChain."""
        found = self._node.genesis()
        if found != self.chain.identity:
            expected = f"genesis {self.chain.identity}"
            raise WrongChain(self.provider, self.chain.name, expected, f"genesis {found}")

    def decimals(self, contract: str) -> int:
        """Return the decimals of a mint of either token program; raise AnswerUnfit if none."""
        return self._node.decimals(contract)

    def head(self) -> Block:
        """Return the newest confirmed block."""
        return self._node.newest(CONFIRMED)

    def final(self) -> Block:
        """Return the newest final block."""
        return self._node.newest(FINALIZED)

    def hash_of(self, number: int) -> str:
        """Return the hash of the block of a slot, blank for a slot that was skipped.

        Raises:
            NotThere: the provider does not have it yet, or not any more.
        """
        return self._node.hash_of(number)

    def closing(self, wallets: Sequence[Wallet]) -> Closing:
        """Return lamports and base units of tokens at one final slot, 0 where there is no account.

        Raises:
            AnswerUnfit: they could not be had of one slot.
            ProviderFault: of another kind.
        """
        for _ in range(READINGS):
            since = self._node.slot(FINALIZED)
            counted = self._accounts.counted(wallets, since)
            addresses = [*(wallet.address for wallet in wallets), *counted]
            slots, accounts = self._node.accounts(addresses, since)
            # An account that came meanwhile is in neither answer, and what it holds may be final.
            if len(slots) > 1 or self._accounts.counted(wallets, max(slots)) != counted:
                continue
            block = self._node.block(*slots)
            state = dict(zip(addresses, accounts, strict=True))
            balances = self._node.fit(lambda: _balances(wallets, counted, state), "balances")  # noqa: B023
            return Closing(block=block, balances=balances)
        raise AnswerUnfit(self.provider, "balances of several slots, every time")

    def balances(self, wallets: Sequence[Wallet], number: int) -> Closing:
        """Return the balances at the beginning of the chain, which are none.

        Raises:
            NotThere: the slot is a later one, whose state no provider keeps.
        """
        if number > 0:
            raise NotThere(
                self.provider,
                f"no balances as of slot {number}; a watch of Solana begins at `start` or `now`",
            )
        block = Block(number=number, hash="", at=BEGINNING)
        return Closing(block=block, balances=_nothing(wallets))

    def carried_out(self, safe: str, number: int) -> int:  # noqa: ARG002 - as the protocol has it
        """Return 0: there are no Safes on Solana."""
        return 0

    def nonces(self, accounts: Sequence[str]) -> NonceStates:
        """Return the final state of nonce accounts, by address; one that is none is left out."""
        return nonce_states(self._node, accounts)

    def kinds(self, addresses: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Return the program and kind of final accounts, by address; nothing where none is.

        The kind is `mint`, `account` or `multisig` of a token program, and blank of any other.
        """
        _, found = self._node.accounts(addresses, self._node.slot(FINALIZED))
        there = [
            (address, account, parsed_of(account))
            for address, account in zip(addresses, found, strict=True)
            if account is not None
        ]
        return {
            address: (account.owner, parsed.type if parsed else "")
            for address, account, parsed in there
        }

    def multisig(self, address: str) -> Multisig | None:
        """Return who signs for a multisig account; nothing of an account of another kind."""
        return multisig_at(self._node, address)

    def uses_of(self, account: str, first: int) -> NonceHistory:
        """Return the final transactions that name a nonce account, from a slot on.

        Raises:
            NotThere: the provider does not keep what was from `first` on, or lacks what it lists.
            ProviderFault: of another kind.
        """
        return nonce_history(self._node, account, first)

    def seen(self, wallets: Sequence[Wallet], first: int, last: int) -> Seen:
        """Return what moved in these slots, both ends included, final or not.

        Raises:
            NotThere: the provider has not reached `last`, does not keep `first` any more, or
                lacks what it lists.
            AnsweredError: it cannot tell a transaction of this version.
            AnswerUnfit: its answers contradict each other.
            ProviderFault: of another kind.
        """
        self._node.require_reached(self._node.slot(CONFIRMED), last)
        self._node.require_kept(first)
        history = History(self._node, self._accounts, wallets, first, last)
        return Seen(movements=history.movements())


def _nothing(wallets: Sequence[Wallet]) -> dict[tuple[str, str], int]:
    return {
        (wallet.id, contract): 0 for wallet in wallets for contract in (NATIVE, *wallet.tokens)
    }


def _balances(
    wallets: Sequence[Wallet],
    counted: dict[str, tuple[str, str]],
    state: dict[str, Account | None],
) -> dict[tuple[str, str], int]:
    """Return the balances that accounts come to.

    Raises:
        ValueError: an amount is no number.
    """
    balances = _nothing(wallets)
    owners = {wallet.id: wallet.address for wallet in wallets}
    for wallet in wallets:
        account = state[wallet.address]
        balances[wallet.id, NATIVE] = account.lamports if account else 0
    for address, (wallet_id, mint) in counted.items():
        balances[wallet_id, mint] += held_in(state[address], owners[wallet_id], mint)
    return balances
