"""Token accounts of wallets: whom they were made for, and which of them a balance counts.

Law: a wallet's balance of a mint counts the accounts that were made for the wallet, and no others.
An associated account can be made for nobody else, and whoever has it made stands in the
transaction that makes it, even if that hands it over. Of any other account the oldest transaction
that shows it tells its first owner. Neither ever changes, so it is looked up once. An account that
was handed over to us is therefore left out of balances for ever, as its movements are in doubt for
ever, and an account that is given back to its first owner counts again.

Only an account that was closed and made again at the same address keeps its first owner here,
whoever has it now.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby

from chains.errors import NotThere
from chains.movements import Wallet
from chains.solana_addresses import TOKEN_PROGRAMS, associated_account
from chains.solana_answers import Account, Listed
from chains.solana_node import FINALIZED, SolanaNode, parsed_of
from chains.solana_transactions import Held, account_changes, account_keys

SEVERAL = ""


class Accounts:
    """Token accounts as one provider tells them; what it tells of their making is kept."""

    def __init__(self, node: SolanaNode) -> None:
        self._node = node
        self._made_for: dict[str, str] = {}

    def made_for(self, account: str, owner: str, mint: str, program: str) -> str:
        """Return whom a token account was made for, blank where that cannot be told apart.

        Args:
            account: the account.
            owner: who owns it, or did.
            mint: its mint.
            program: its token program.

        Raises:
            NotThere: the provider does not have the account's oldest transactions.
        """
        own = self._node.fit(lambda: associated_account(owner, mint, program), account)
        if account == own:
            return owner
        if account not in self._made_for:
            self._made_for[account] = self._first_owner(account)
        return self._made_for[account]

    def counted(self, wallets: Sequence[Wallet], slot: int) -> dict[str, tuple[str, str]]:
        """Return the accounts that count, with wallet id and mint, final as of a slot or later.

        Associated accounts are among them whether they exist or not.
        """
        found = {
            account: (wallet.id, mint)
            for wallet in wallets
            for mint, account in associated_accounts(wallet)
        }
        owners = [wallet.address for wallet in wallets]
        _, owned = self._node.token_accounts(owners, FINALIZED, slot)
        for wallet, accounts in zip(wallets, owned, strict=True):
            for each in accounts:
                mint = mint_of(each.account)
                if mint in wallet.tokens:
                    program = each.account.owner
                    first = self.made_for(each.pubkey, wallet.address, mint, program)
                    if first == wallet.address:
                        found[each.pubkey] = wallet.id, mint
        return found

    def _first_owner(self, account: str) -> str:
        rows = [row for row in self._node.listing(account, 0, 0) if row.succeeded]
        rows.sort(key=lambda row: row.slot)
        for _, together in groupby(rows, key=lambda row: row.slot):
            # Inside a slot rows have no order of their own.
            made, is_older = self._made_by(account, list(together))
            if made:
                return made.pop() if len(made) == 1 else SEVERAL
            if is_older:
                break
        raise NotThere(self._node.provider, f"the making of token account {account}")

    def _made_by(self, account: str, rows: Sequence[Listed]) -> tuple[set[str], bool]:
        """Return for whom these transactions made an account, and whether it was there before."""
        made, is_older = set(), False
        for row in rows:
            transaction = self._node.transaction(row)
            changes = self._node.fit(lambda: account_changes(transaction), row.signature)  # noqa: B023
            for change in (each for each in changes if each.account == account):
                if change.before is not None:
                    is_older = True
                elif change.after is not None:
                    keys = account_keys(transaction)
                    meant = partial(_meant_for, account, change.after, keys)
                    made.add(self._node.fit(meant, row.signature))
        return made, is_older


def _meant_for(account: str, made: Held, keys: Sequence[str]) -> str:
    """Return whom an account was made for by a transaction after which somebody holds it."""
    for key in (made.owner, *keys):
        if account == associated_account(key, made.mint, made.program):
            return key
    return made.owner


def associated_accounts(wallet: Wallet) -> Iterator[tuple[str, str]]:
    """Yield a wallet's mints and the associated accounts that it has or may have of them."""
    for mint in wallet.tokens:
        for program in TOKEN_PROGRAMS:
            yield mint, associated_account(wallet.address, mint, program)


def mint_of(account: Account) -> str:
    """Return the mint of a token account; blank where it is none."""
    found = parsed_of(account)
    return str(found.info.get("mint", "")) if found and found.type == "account" else ""


def held_in(account: Account | None, owner: str, mint: str) -> int:
    """Return the base units of a mint that an owner holds in an account; 0 if it is none.

    Raises:
        ValueError: its units are no number.
    """
    if account is None or mint_of(account) != mint:
        return 0
    found = parsed_of(account)
    if found is None or found.info.get("owner") != owner:
        return 0
    amount = found.info.get("tokenAmount")
    units = amount.get("amount", "") if isinstance(amount, dict) else ""
    return int(units)
