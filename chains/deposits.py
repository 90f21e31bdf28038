"""Deposits: what exchanges declared, what arrived, and where each deposit stands."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from chains import proofs, watches
from chains.addresses import is_transaction, on_chain
from chains.booking import line_of
from chains.deposit_states import Arrival, Deposit, Wanted, deposits
from chains.registry import chain_named
from chains.tables import (
    ChainScan,
    ChainSighting,
    ChainTransfer,
    DepositDeclaration,
    WalletWatch,
)
from chains.watches import TokenOnChain
from ledger import policies
from ledger.bank import IS_LIVE
from ledger.bank_tables import BankLine, Match
from ledger.money import total
from ledger.revenue import bounties, bounty_held
from ledger.revenue.bounty_standing import require_move, takes
from ledger.revenue.bounty_states import Move
from ledger.revenue.bounty_tables import Bounty, BountyEnd
from ledger.sealing import Change
from ledger.tables import ChangeRow
from ledger.validation import bad_input

POLICY = "deposit-confirmation"
UNPROVED = "its balance is not proved"
AHEAD = timedelta(days=1)
"""An exchange may pay before the bounty is entered here."""


def declare(change: Change, bounty: str, chain: str, transaction: str, *, evidence: str) -> bool:
    """Record the transaction that an exchange named for a bounty; say whether that is new.

    Args:
        change: the open change.
        bounty: the bounty's id.
        chain: the chain that the exchange named.
        transaction: its hash, or on Solana its signature.
        evidence: where the exchange said so: a mail, a ticket.

    Raises:
        UnknownReference: no such bounty, or no such chain.
        BountyEnded: it was released or refunded.
        MoveRefused: it was cancelled, or its exchange pays directly.
        BadInput: a text that is no transaction there.
    """
    known = bounties.named(change.session, bounty)
    require_move(change.session, known, Move.DEPOSIT)
    found, named = chain_named(chain), on_chain(transaction.strip())
    if not is_transaction(found, named):
        raise bad_input(
            code="id_invalid",
            place=f"deposit of {bounty}",
            value=transaction,
            expected=f"a transaction of {chain}, whole, as its explorer shows it",
        )
    if not evidence.strip():
        raise bad_input(
            code="evidence_missing",
            place=f"deposit of {bounty}",
            expected="where the exchange named the transaction",
        )
    if change.session.get(DepositDeclaration, (bounty, chain, named)) is not None:
        return False
    change.add(
        DepositDeclaration(
            bounty=bounty, chain=chain, transaction=named, evidence=evidence.strip()
        )
    )
    return True


def promised(session: Session, day: date) -> timedelta:
    """Return within what time of its first sight a deposit is promised to be confirmed."""
    return timedelta(minutes=policies.in_force(session, POLICY, day)["minutes"])


def all_deposits(session: Session, day: date) -> list[Deposit]:
    """Return where every deposit stands that was declared or arrived, by bounty."""
    window = AHEAD + timedelta(days=policies.in_force(session, POLICY, day)["days"])
    return deposits(_wanted(session), list(_arrivals(session)), window)


def _wanted(session: Session) -> list[Wanted]:
    declared: dict[str, dict[str, str]] = {}
    for row in session.scalars(select(DepositDeclaration)):
        declared.setdefault(row.bounty, {})[row.transaction] = row.chain
    rows = session.execute(
        select(Bounty, ChangeRow.recorded_at)
        .join(ChangeRow, ChangeRow.number == Bounty.change_no)
        .outerjoin(BountyEnd, BountyEnd.bounty == Bounty.id)
        .where(BountyEnd.bounty.is_(None))
        .order_by(Bounty.id)
    )
    return [
        Wanted(
            bounty=bounty.id,
            exchange=" + ".join(awaited),
            commodity=bounty.commodity,
            amount=total(awaited.values()),
            since=recorded_at - AHEAD,
            declared=declared.get(bounty.id, {}),
        )
        for bounty, recorded_at in rows
        if (awaited := bounty_held.awaited(session, bounty))
        and takes(session, bounty, Move.DEPOSIT)
    ]


def _arrivals(session: Session) -> Iterator[Arrival]:
    unproved = {(each.bank_account, each.contract) for each in proofs.residues(session)}
    for watch in watches.all_of(session):
        tokens = watches.tokens_of(session, watch.chain)
        for row, booked_at, document in _final(session, watch):
            is_held = booked_at is None and (watch.bank_account, row.contract) in unproved
            yield _arrival(
                watch,
                row,
                tokens.get(row.contract),
                is_final=True,
                booked_at=booked_at,
                document=document or "",
                doubt=row.doubt or (UNPROVED if is_held else ""),
            )
        for sighting in _sighted(session, watch):
            token = tokens.get(sighting.contract)
            yield _arrival(watch, sighting, token, is_final=False, doubt=sighting.doubt)


def _arrival(
    watch: WalletWatch,
    row: ChainTransfer | ChainSighting,
    token: TokenOnChain | None,
    **more: Any,  # noqa: ANN401 - the fields that differ
) -> Arrival:
    fields = {"booked_at": None} | more
    return Arrival(
        line=line_of(watch.bank_account, row),
        wallet=watch.bank_account,
        chain=row.chain,
        transaction=row.transaction,
        contract=row.contract,
        commodity=token.commodity if token else "",
        amount=token.amount(row.units) if token else row.units,
        seen_at=row.seen_at,
        **fields,
    )


def _final(
    session: Session, watch: WalletWatch
) -> Iterator[tuple[ChainTransfer, Any, str | None]]:
    """Yield what came in finally, when it was booked, and what its line is matched to."""
    live = (
        select(Match.bank_line, Match.document)
        .where(IS_LIVE)
        .ext(distinct_on(Match.bank_line))
        .order_by(Match.bank_line, Match.number)
        .subquery()
    )
    yield from session.execute(
        select(ChainTransfer, ChangeRow.recorded_at, live.c.document)
        .outerjoin(
            BankLine,
            (BankLine.bank_account == watch.bank_account)
            & (BankLine.external_id == ChainTransfer.external_id),
        )
        .outerjoin(ChangeRow, ChangeRow.number == BankLine.change_no)
        .outerjoin(live, live.c.bank_line == BankLine.id)
        .where(
            ChainTransfer.chain == watch.chain,
            ChainTransfer.recipient == watch.address,
            ChainTransfer.sender != watch.address,
            ChainTransfer.block >= watch.first_block,
            ChainTransfer.units > 0,
        )
        .order_by(ChainTransfer.block, ChainTransfer.transaction, ChainTransfer.part)
    )


def _sighted(session: Session, watch: WalletWatch) -> Iterator[ChainSighting]:
    """Yield what was seen come in and may still become final: beyond what is final now."""
    final = select(ChainScan.final).where(ChainScan.chain == watch.chain).scalar_subquery()
    is_kept = (
        select(ChainTransfer.part)
        .where(
            ChainTransfer.chain == ChainSighting.chain,
            ChainTransfer.transaction == ChainSighting.transaction,
            ChainTransfer.part == ChainSighting.part,
        )
        .exists()
    )
    yield from session.scalars(
        select(ChainSighting)
        .ext(distinct_on(ChainSighting.transaction, ChainSighting.part))
        .where(
            ChainSighting.chain == watch.chain,
            ChainSighting.recipient == watch.address,
            ChainSighting.sender != watch.address,
            ChainSighting.units > 0,
            ChainSighting.block > final,
            ~is_kept,
        )
        .order_by(ChainSighting.transaction, ChainSighting.part, ChainSighting.block.desc())
    )
