"""Proofs: what a watched wallet should hold at a final block, and what it holds there.

Law: opening plus what came in less what went out is the balance on chain, token by token and in
the native coin, fees included. What is in doubt counts on neither side. A difference is a residue:
it is told, and nothing of that token is booked until it is gone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from chains.movements import Block, Closing
from chains.tables import ChainProof, ChainTransfer, WalletWatch
from chains.watches import RECKONED, START, open_token, openings_of
from ledger.money import CONTEXT
from ledger.sealing import Change

HEARTBEAT = timedelta(hours=1)
"""A proof that says the same as the last one is kept this often."""

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One wallet's balance of one token at a final block, in base units."""

    bank_account: str
    contract: str
    opening: Decimal
    came_in: Decimal
    went_out: Decimal
    on_chain: Decimal

    @property
    def expected(self) -> Decimal:
        """Return what the wallet should hold."""
        return CONTEXT.subtract(CONTEXT.add(self.opening, self.came_in), self.went_out)

    @property
    def residue(self) -> Decimal:
        """Return what it holds beyond that; zero if the proof holds."""
        return CONTEXT.subtract(self.on_chain, self.expected)


def proofs_of(session: Session, watch: WalletWatch, closing: Closing) -> list[Proof]:
    """Return the proofs of a watched wallet at the block of these balances, native coin first."""
    openings = openings_of(session, watch.bank_account)
    moved = moved_until(session, watch, closing.block.number)
    return [
        Proof(
            bank_account=watch.bank_account,
            contract=contract,
            opening=opening,
            came_in=moved.get(contract, (ZERO, ZERO))[0],
            went_out=moved.get(contract, (ZERO, ZERO))[1],
            on_chain=Decimal(closing.balances[watch.bank_account, contract]),
        )
        for contract, opening in sorted(openings.items())
        if (watch.bank_account, contract) in closing.balances
    ]


def moved_until(
    session: Session, watch: WalletWatch, block: int
) -> Mapping[str, tuple[Decimal, Decimal]]:
    """Return what came in and went out until a block, by contract, in base units."""
    row = ChainTransfer
    is_in, is_out = row.recipient == watch.address, row.sender == watch.address
    rows = session.execute(
        select(
            row.contract,
            func.coalesce(func.sum(row.units).filter(is_in), 0),
            func.coalesce(func.sum(row.units).filter(is_out), 0),
        )
        .where(
            row.chain == watch.chain,
            is_in | is_out,
            row.block.between(watch.first_block, block),
            row.doubt == "",
        )
        .group_by(row.contract)
    )
    return {contract: (came_in, went_out) for contract, came_in, went_out in rows}


def reckon(change: Change, watch: WalletWatch, contract: str, closing: Closing) -> None:
    """Record the opening of a token that was registered later: what its movements leave over.

    From the first block of a chain on nothing is left over; a residue shows if something is.
    """
    came_in, went_out = moved_until(change.session, watch, closing.block.number).get(
        contract, (ZERO, ZERO)
    )
    held = Decimal(closing.balances[watch.bank_account, contract])
    left = CONTEXT.add(CONTEXT.subtract(held, came_in), went_out)
    how = RECKONED if watch.first_block else START
    units = int(max(left, ZERO)) if watch.first_block else 0
    open_token(change, watch.bank_account, contract, units, how=how)


def record(
    session: Session, proofs: Sequence[Proof], block: Block, now: datetime, *, quietly: bool
) -> None:
    """Keep proofs; quietly: only where they say something new, or once in a while."""
    for proof in proofs:
        last = newest(session, proof.bank_account, proof.contract)
        if quietly and last is not None and _says_the_same(last, proof, now):
            continue
        session.add(
            ChainProof(
                bank_account=proof.bank_account,
                contract=proof.contract,
                block=block.number,
                block_hash=block.hash,
                expected=proof.expected,
                on_chain=proof.on_chain,
                recorded_at=now,
            )
        )
    session.flush()


def newest(session: Session, bank_account: str, contract: str) -> ChainProof | None:
    """Return the newest proof that was kept of a wallet's token."""
    return session.scalars(
        select(ChainProof)
        .where(ChainProof.bank_account == bank_account, ChainProof.contract == contract)
        .order_by(ChainProof.block.desc(), ChainProof.id.desc())
        .limit(1)
    ).one_or_none()


def residues(session: Session) -> list[ChainProof]:
    """Return the newest proof of each wallet and token that does not hold."""
    rows = session.scalars(
        select(ChainProof)
        .ext(distinct_on(ChainProof.bank_account, ChainProof.contract))
        .order_by(
            ChainProof.bank_account,
            ChainProof.contract,
            ChainProof.block.desc(),
            ChainProof.id.desc(),
        )
    )
    return [row for row in rows if row.expected != row.on_chain]


def _says_the_same(last: ChainProof, proof: Proof, now: datetime) -> bool:
    same = (last.expected, last.on_chain) == (proof.expected, proof.on_chain)
    return same and now - last.recorded_at < HEARTBEAT
