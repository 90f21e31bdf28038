"""Booking: final transfers of registered tokens become bank lines, once.

Law: a transfer is booked when its token's balance is proved at a final block that lies at or
after it. Zero amounts, transfers to oneself, tokens that are not registered and what is in doubt
are not booked: they move nothing of ours, or nobody knows yet whose it is. A line names its
transaction and its part of it, and carries what the chain said as evidence.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from chains.addresses import shown
from chains.proofs import Proof
from chains.tables import ChainSighting, ChainTransfer, WalletWatch
from chains.transfers import of_address
from chains.watches import TokenOnChain, tokens_of
from ledger import bank, evidence
from ledger.bank import BankMovement
from ledger.bank_tables import BankLine
from ledger.encoding import time_text
from ledger.money import CONTEXT
from ledger.sealing import Change

FEE = "fee"
NETWORK_FEE = "network fee"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookable:
    """A final transfer that is not a bank line of this wallet yet, and its token."""

    watch: WalletWatch
    transfer: ChainTransfer
    token: TokenOnChain

    @property
    def is_incoming(self) -> bool:
        """Return whether it came in."""
        return self.transfer.recipient == self.watch.address


def line_of(bank_account: str, transfer: ChainTransfer | ChainSighting) -> str:
    """Return the id of the bank line that a transfer is in a wallet, booked or not."""
    return f"{bank_account}/{transfer.external_id}"


def bookable(
    session: Session, watch: WalletWatch, proofs: Sequence[Proof], until: int
) -> list[Bookable]:
    """Return the transfers until a block that can be booked, by block.

    Args:
        session: a session.
        watch: the watched wallet.
        proofs: proofs at that block, its own among them.
        until: the block.
    """
    proved = {
        proof.contract
        for proof in proofs
        if proof.bank_account == watch.bank_account and proof.residue == 0
    }
    tokens = tokens_of(session, watch.chain)
    wanted = of_address(watch.chain, watch.address).where(
        ChainTransfer.block.between(watch.first_block, until),
        ChainTransfer.contract.in_(proved),
        ChainTransfer.doubt == "",
        ChainTransfer.units > 0,
        ChainTransfer.sender != ChainTransfer.recipient,
        ~select(BankLine.id)
        .where(
            BankLine.bank_account == watch.bank_account,
            BankLine.external_id == ChainTransfer.external_id,
        )
        .exists(),
    )
    return [
        Bookable(watch=watch, transfer=row, token=tokens[row.contract])
        for row in session.scalars(wanted)
    ]


def book(change: Change, found: Sequence[Bookable]) -> int:
    """Book transfers as bank lines of their wallets; return how many are new."""
    return sum(bank.record(change, _movement(each), _evidence(change, each)) for each in found)


def _movement(each: Bookable) -> BankMovement:
    transfer = each.transfer
    amount = each.token.amount(transfer.units)
    other = transfer.sender if each.is_incoming else transfer.recipient
    return BankMovement(
        bank_account=each.watch.bank_account,
        external_id=transfer.external_id,
        on=transfer.at.date(),
        commodity=each.token.commodity,
        amount=amount if each.is_incoming else CONTEXT.minus(amount),
        counterparty=shown(each.watch.chain, other),
        memo=NETWORK_FEE if transfer.part == FEE else "",
        row=1,
    )


def _evidence(change: Change, each: Bookable) -> str:
    """Keep what the chain said of one transfer: the same bytes whoever read it, and when."""
    transfer = each.transfer
    told = {
        "at": time_text(transfer.at),
        "block": transfer.block,
        "block_hash": transfer.block_hash,
        "chain": transfer.chain,
        "contract": transfer.contract,
        "part": transfer.part,
        "recipient": transfer.recipient,
        "sender": transfer.sender,
        "transaction": transfer.transaction,
        "units": str(int(transfer.units)),
    }
    content = json.dumps(told, sort_keys=True, indent=1).encode() + b"\n"
    return evidence.keep(change, content, f"{transfer.chain}-{transfer.transaction}.json")
