"""Watches: the wallets of ours whose chains are read, from which block on, and what they held.

Law: from a watch's first block on, the chain alone says what moved in a wallet; the database
refuses any other bank line. What it held before is its opening, token by token.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from chains.addresses import on_chain
from chains.movements import Closing, Wallet
from chains.registry import SOLANA, Chain, chain_named
from chains.tables import WalletWatch, WatchOpening
from ledger import bank
from ledger.bank_tables import BankAccount, Token
from ledger.errors import ReferenceReused
from ledger.sealing import Change
from ledger.validation import bad_input

KINDS = ("account", "safe")
"""What a wallet of an EVM chain may be; Solana's are of one kind."""

START, READ, RECKONED = "start", "read", "reckoned"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenOnChain:
    """A token of the registry as chains write it; the native coin's contract is blank."""

    contract: str
    commodity: str
    decimals: int

    def amount(self, units: int | Decimal) -> Decimal:
        """Return base units in the commodity."""
        return Decimal(units).scaleb(-self.decimals)


def tokens_of(session: Session, chain: str) -> dict[str, TokenOnChain]:
    """Return the registered tokens of a chain by contract, the native coin under blank."""
    rows = session.scalars(select(Token).where(Token.chain == chain).order_by(Token.contract))
    return {
        on_chain(row.contract): TokenOnChain(
            contract=on_chain(row.contract), commodity=row.commodity, decimals=row.decimals
        )
        for row in rows
    }


def wallet_to_watch(session: Session, identity: str, kind: str | None) -> tuple[Chain, Wallet]:
    """Return a wallet of ours as it would be watched, and its chain.

    Raises:
        UnknownReference: there is no such account, or its chain cannot be read.
        BadInput: it is no wallet, or of another kind than its chain has.
    """
    account = bank.account_named(session, identity)
    if account.kind != "wallet" or not account.chain or not account.address:
        raise bad_input(
            code="value_unknown",
            place=identity,
            value=account.kind,
            expected="a wallet with a chain and an address",
        )
    chain = chain_named(account.chain)
    kinds = ("solana",) if chain.family == SOLANA else KINDS
    if kind is not None and kind not in kinds:
        raise bad_input(
            code="value_unknown", place=identity, value=kind, expected=f"one of {', '.join(kinds)}"
        )
    return chain, _wallet(session, account, kind or kinds[0])


def _wallet(session: Session, account: BankAccount, kind: str) -> Wallet:
    return Wallet(
        id=account.id,
        address=on_chain(account.address or ""),
        kind=kind,
        tokens=tuple(each for each in tokens_of(session, account.chain or "") if each),
    )


def add(
    change: Change,
    chain: Chain,
    wallet: Wallet,
    *,
    first_block: int,
    since: date,
    openings: Mapping[str, int],
) -> bool:
    """Watch a wallet from a block on; say whether it is new.

    Args:
        change: the open change.
        chain: its chain.
        wallet: the wallet as it is watched.
        first_block: the first block that is read.
        since: that block's day (UTC).
        openings: base units before it, by contract; none at the start of the chain.

    Raises:
        ReferenceReused: it is watched from another block, or as another kind.
    """
    known = change.session.get(WalletWatch, wallet.id)
    if known is not None:
        if (known.first_block, known.kind) != (first_block, wallet.kind):
            raise ReferenceReused(
                "Watch", wallet.id, f"{known.kind} from block {known.first_block}"
            )
        return False
    change.add(
        WalletWatch(
            bank_account=wallet.id,
            chain=chain.name,
            address=wallet.address,
            kind=wallet.kind,
            first_block=first_block,
            since=since,
        )
    )
    how = READ if openings else START
    for contract in ("", *wallet.tokens):
        open_token(change, wallet.id, contract, openings.get(contract, 0), how=how)
    return True


def open_token(change: Change, bank_account: str, contract: str, units: int, *, how: str) -> None:
    """Record what a watched wallet held of a token before its first block, in base units."""
    change.add(
        WatchOpening(bank_account=bank_account, contract=contract, units=Decimal(units), how=how)
    )


def all_of(session: Session, chain: str | None = None) -> Sequence[WalletWatch]:
    """Return the watches, of one chain or of all, by wallet."""
    wanted = select(WalletWatch).order_by(WalletWatch.chain, WalletWatch.bank_account)
    if chain is not None:
        wanted = wanted.where(WalletWatch.chain == chain)
    return session.scalars(wanted).all()


def wallet_of(session: Session, watch: WalletWatch) -> Wallet:
    """Return a watched wallet with the tokens that are registered now."""
    return Wallet(
        id=watch.bank_account,
        address=watch.address,
        kind=watch.kind,
        tokens=tuple(each for each in tokens_of(session, watch.chain) if each),
    )


def unwatched(session: Session) -> Sequence[BankAccount]:
    """Return the wallets of ours that nobody watches, by id."""
    return session.scalars(
        select(BankAccount)
        .outerjoin(WalletWatch, WalletWatch.bank_account == BankAccount.id)
        .where(BankAccount.kind == "wallet", WalletWatch.bank_account.is_(None))
        .order_by(BankAccount.id)
    ).all()


def openings_of(session: Session, bank_account: str) -> dict[str, Decimal]:
    """Return a watched wallet's openings in base units, by contract."""
    rows = session.scalars(select(WatchOpening).where(WatchOpening.bank_account == bank_account))
    return {row.contract: row.units for row in rows}


def unopened(session: Session, watch: WalletWatch, closing: Closing) -> list[str]:
    """Return the contracts whose balances were read and that have no opening yet, in order.

    A token that was registered after the watch began has none.
    """
    known = openings_of(session, watch.bank_account)
    held = {contract for wallet, contract in closing.balances if wallet == watch.bank_account}
    return sorted(held - known.keys())
