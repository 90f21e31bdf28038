"""What each final transfer is to the books: a bank line, or why it is none."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from chains import watches
from chains.addresses import shown
from chains.tables import ChainTransfer, WalletWatch
from chains.transfers import of_address
from chains.watches import TokenOnChain
from ledger.bank_tables import BankLine


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferStanding:
    """A final transfer of a watched wallet; `amount` is in base units where no token is known."""

    wallet: str
    block: int
    at: datetime
    transaction: str
    part: str
    direction: str
    counterparty: str
    commodity: str
    contract: str
    amount: Decimal
    standing: str


def standings(session: Session, wallet: str | None) -> Iterator[TransferStanding]:
    """Yield the final transfers of watched wallets, of one or of all, by wallet and block."""
    for watch in watches.all_of(session):
        if wallet not in (None, watch.bank_account):
            continue
        tokens = watches.tokens_of(session, watch.chain)
        booked = set(
            session.scalars(
                select(BankLine.external_id).where(BankLine.bank_account == watch.bank_account)
            )
        )
        for row in session.scalars(of_address(watch.chain, watch.address)):
            token = tokens.get(row.contract)
            is_incoming = row.recipient == watch.address
            other = row.sender if is_incoming else row.recipient
            yield TransferStanding(
                wallet=watch.bank_account,
                block=row.block,
                at=row.at,
                transaction=row.transaction,
                part=row.part,
                direction="in" if is_incoming else "out",
                counterparty=shown(watch.chain, other),
                commodity=token.commodity if token else "",
                contract=shown(watch.chain, row.contract),
                amount=token.amount(row.units) if token else row.units,
                standing=_standing(watch, row, token, booked),
            )


def _standing(
    watch: WalletWatch, row: ChainTransfer, token: TokenOnChain | None, booked: set[str]
) -> str:
    standing = "balance not proved yet"
    if row.external_id in booked:
        standing = "booked"
    elif row.block < watch.first_block:
        standing = "before the watch began"
    elif row.doubt:
        standing = f"in doubt: {row.doubt}"
    elif token is None:
        standing = "not a registered token"
    elif not row.units:
        standing = "moved nothing"
    elif row.sender == row.recipient:
        standing = "to itself"
    return standing
