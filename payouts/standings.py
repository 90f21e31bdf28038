"""Standings: where each part and each line of a batch stands, with the transaction or the reason.

Law: nothing is kept here; it is what the facts of settlement, failure and return come to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.bank_tables import BankLine
from payouts import durable_nonces
from payouts.ending_tables import LineReturn
from payouts.failures import failed_lines
from payouts.outgoing import transaction_of
from payouts.parts import outcomes_of, parts_of_batch
from payouts.tables import ExecutionSlot, LineSettlement


class Ended(StrEnum):
    """How a line ended; `open` while nothing is known."""

    OPEN = "open"
    SETTLED = "settled"
    FAILED = "failed"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartStanding:
    """A part: what it is pinned to, what is signed for it, and what became of it.

    `slot` is a Safe's nonce, or a nonce account and its value on Solana; `outcome`, `transaction`
    and `block` are blank while nothing is known.
    """

    part: int
    first_line: int
    last_line: int
    slot: str
    signed_hash: str
    outcome: str
    transaction: str
    block: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineStanding:
    """How a line ended: by which transaction or bank line, and for which reason."""

    ended: Ended
    by: str = ""
    reason: str = ""


OPEN = LineStanding(ended=Ended.OPEN)


def parts_standing(session: Session, batch: str) -> list[PartStanding]:
    """Return how each part of a batch stands, in order; none where a bank pays."""
    slots = _slots(session, batch)
    outcomes = outcomes_of(session, batch)
    found = []
    for row in parts_of_batch(session, batch):
        outcome = outcomes.get(row.part)
        found.append(
            PartStanding(
                part=row.part,
                first_line=row.first_line,
                last_line=row.last_line,
                slot=slots.get(row.part, ""),
                signed_hash=row.transaction_hash,
                outcome=outcome.outcome if outcome else "",
                transaction=outcome.transaction if outcome else "",
                block=outcome.block if outcome else None,
            )
        )
    return found


def lines_standing(session: Session, batch: str) -> dict[int, LineStanding]:
    """Return how each line of a batch that ended did, by line; the others are open."""
    found: dict[int, LineStanding] = {}
    paid = select(LineSettlement.line, BankLine).join(
        BankLine, BankLine.id == LineSettlement.bank_line
    )
    for line, bank_line in session.execute(paid.where(LineSettlement.batch == batch)):
        by = transaction_of(bank_line) or bank_line.id
        found[line] = LineStanding(ended=Ended.SETTLED, by=by)
    ended_by = _transactions_by_line(session, batch)
    for line, failure in failed_lines(session, batch).items():
        found[line] = LineStanding(
            ended=Ended.FAILED, by=ended_by.get(line, ""), reason=failure.reason
        )
    for back in session.scalars(select(LineReturn).where(LineReturn.batch == batch)):
        reason = f"paid by {found[back.line].by}, came back"
        found[back.line] = LineStanding(ended=Ended.RETURNED, by=back.bank_line, reason=reason)
    return found


def _slots(session: Session, batch: str) -> Mapping[int, str]:
    pinned = session.scalars(select(ExecutionSlot).where(ExecutionSlot.batch == batch))
    return {row.part: f"nonce {row.nonce}" for row in pinned} | {
        row.part: f"{row.nonce_account}={row.nonce_value}"
        for row in durable_nonces.slots_of(session, batch)
    }


def _transactions_by_line(session: Session, batch: str) -> Mapping[int, str]:
    outcomes = outcomes_of(session, batch)
    return {
        line: outcomes[part.part].transaction
        for part in parts_of_batch(session, batch)
        if part.part in outcomes
        for line in range(part.first_line, part.last_line + 1)
    }
