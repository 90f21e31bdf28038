"""Parts: lines of a batch that run in one transaction, and what became of it, final on chain.

Law: the hash that signers sign is stored before anybody signs. What became of a part is never
decided from memory: it ran or failed if its hash was carried out in a final block, and can never
run once its nonce is behind the wallet without it. The database asks for each of these proofs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.sealing import Change
from payouts.contents import Contents
from payouts.ending_tables import PartOutcome, PayoutPart
from payouts.rails import solana_message
from payouts.rails.instructions import Instruction, Payment
from payouts.rails.safe import parts_of
from payouts.rails.safe_tx import safe_tx_of


class Outcome(StrEnum):
    """How a part ended."""

    RAN = "ran"
    FAILED = "failed"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What became of a part: in which transaction, or by which block its nonce was used.

    Of a Safe it is not known which other transaction took a nonce: that is blank.
    """

    part: int
    outcome: Outcome
    transaction: str
    block: int


def signed_parts(contents: Contents) -> list[PayoutPart]:
    """Return the parts of a batch about to be frozen, each with the hash that is signed.

    A batch that a bank pays has none.
    """
    instruction = contents.instruction()
    return [
        PayoutPart(
            batch=instruction.batch,
            part=number,
            first_line=payments[0].line,
            last_line=payments[-1].line,
            transaction_hash=signed,
        )
        for number, (payments, signed) in enumerate(_signed(contents, instruction), start=1)
    ]


def _signed(
    contents: Contents, instruction: Instruction
) -> Iterable[tuple[Sequence[Payment], str]]:
    if instruction.durable is not None:
        parts = solana_message.parts_of(instruction, instruction.durable)
        return zip(parts, contents.messages, strict=True)
    if instruction.nonce is None:
        return ()
    return [(part.payments, safe_tx_of(part).safe_tx_hash()) for part in parts_of(instruction)]


def parts_of_batch(session: Session, batch: str) -> Sequence[PayoutPart]:
    """Return the parts of a batch, in order; none where a bank pays."""
    return session.scalars(
        select(PayoutPart).where(PayoutPart.batch == batch).order_by(PayoutPart.part)
    ).all()


def outcomes_of(session: Session, batch: str) -> dict[int, PartOutcome]:
    """Return what became of the parts of a batch, by part, as far as it is known."""
    rows = session.scalars(select(PartOutcome).where(PartOutcome.batch == batch))
    return {row.part: row for row in rows}


def record(change: Change, batch: str, ended: Iterable[Ended]) -> list[PartOutcome]:
    """Record what became of parts, once each; the database refuses what is not final on chain."""
    known = outcomes_of(change.session, batch)
    rows = [
        PartOutcome(
            batch=batch,
            part=each.part,
            outcome=each.outcome.value,
            transaction=each.transaction,
            block=each.block,
        )
        for each in ended
        if each.part not in known
    ]
    change.add(*rows)
    return rows
