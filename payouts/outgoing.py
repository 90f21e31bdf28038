"""What is expected to leave an account, and what left it: the two sides of settlement."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ledger import bank
from ledger.bank_tables import BankAccount, BankLine
from ledger.money import CONTEXT
from payouts import matching
from payouts.batches import Action
from payouts.ending_tables import LineFailure, PayoutPart
from payouts.matching import Expected, Outgoing
from payouts.tables import BatchEvent, LineSettlement, PayoutBatch, PayoutLine

Signed = Mapping[str, str]
"""What the owners of an account signed for the transaction of a bank line, by bank line."""


def open_outgoing(
    session: Session, source: BankAccount, every: Collection[BankLine] | None = None
) -> dict[str, BankLine]:
    """Return what left an account and is wholly unmatched, by id, oldest first.

    `every` is what left all accounts, where that is known.
    """
    lines = everything_open(session) if every is None else every
    return {line.id: line for line in lines if line.bank_account == source.id}


def everything_open(session: Session) -> list[BankLine]:
    """Return what left any account of ours and is wholly unmatched, oldest first."""
    return [line for line, left in bank.open_lines(session) if left == line.amount < 0]


def expected_of(session: Session, source: BankAccount) -> list[Expected]:
    """Return the open lines of every batch of an account that signers may have executed."""
    exported = select(BatchEvent.batch).where(BatchEvent.action == Action.EXPORT.value)
    wanted = (
        _lines()
        .outerjoin(
            LineFailure,
            (LineFailure.batch == PayoutLine.batch) & (LineFailure.line == PayoutLine.line),
        )
        .where(
            PayoutBatch.source_account == source.id,
            PayoutBatch.id.in_(exported),
            LineSettlement.batch.is_(None),
            LineFailure.batch.is_(None),
        )
    )
    return _read(session, wanted)


def settled_of(session: Session, batch: str) -> list[Expected]:
    """Return the settled lines of a batch, as they were expected."""
    wanted = _lines().where(PayoutLine.batch == batch, LineSettlement.batch.is_not(None))
    return _read(session, wanted)


def as_outgoing(lines: Iterable[BankLine], signed: Signed) -> list[Outgoing]:
    """Return bank lines as matching takes them.

    A line of a chain names its transaction and its part of it, with a stroke between.
    """
    return [
        Outgoing(
            id=line.id,
            on=line.on,
            commodity=line.commodity,
            amount=CONTEXT.minus(line.amount),
            counterparty=line.counterparty,
            memo=line.memo,
            transaction=transaction_of(line),
            signed_hash=signed.get(line.id),
        )
        for line in lines
    ]


def transaction_of(line: BankLine) -> str:
    """Return the transaction that a bank line of a chain is a part of; blank for others."""
    return line.external_id.rpartition("/")[0]


def uninstructed(session: Session, account: BankAccount) -> list[BankLine]:
    """Return what left an account and is neither matched nor what an exported batch asked for."""
    lines = open_outgoing(session, account)
    pairing = matching.pair(expected_of(session, account), as_outgoing(lines.values(), {}))
    return [line for line in lines.values() if line.id not in pairing.candidates]


def _lines() -> Select[PayoutLine, PayoutBatch, PayoutPart]:
    return (
        select(PayoutLine, PayoutBatch, PayoutPart)
        .join(PayoutBatch, PayoutBatch.id == PayoutLine.batch)
        .outerjoin(
            PayoutPart,
            (PayoutPart.batch == PayoutLine.batch)
            & PayoutLine.line.between(PayoutPart.first_line, PayoutPart.last_line),
        )
        .outerjoin(
            LineSettlement,
            (LineSettlement.batch == PayoutLine.batch) & (LineSettlement.line == PayoutLine.line),
        )
        .order_by(PayoutBatch.change_no, PayoutLine.batch, PayoutLine.line)
    )


def _read(session: Session, wanted: Select[PayoutLine, PayoutBatch, PayoutPart]) -> list[Expected]:
    return [
        Expected(
            batch=line.batch,
            line=line.line,
            reference=line.reference,
            address=line.address,
            commodity=line.commodity,
            amount=line.amount,
            frozen_on=batch.frozen_at.astimezone(UTC).date(),
            part=part.part if part else None,
            signed_hash=part.transaction_hash if part else None,
        )
        for line, batch, part in session.execute(wanted)
    ]
