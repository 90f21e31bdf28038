"""Settlement: lines seen paid on the bank statement or the chain, one entry a line.

Law: nothing is posted before the money was seen to leave; a line is settled by one bank line,
once, and by exactly its amount. What left the account and fits no line is reported: an alarm.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import bank, obligations, periods
from ledger.bank_tables import BankAccount, BankLine
from ledger.errors import BadInput, Problem
from ledger.journal import JournalEntry, Posting, post_one
from ledger.sealing import Change
from payouts import matching
from payouts.batches import Action, State, record, require, state_of
from payouts.contents import Contents, contents_of
from payouts.fees import post_fees
from payouts.matching import Expected, Outgoing
from payouts.tables import BatchEvent, LineSettlement, PayoutBatch, PayoutLine

MATCH_KIND = "payout-line"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledLine:
    """A line seen paid, and whether this call settled it."""

    line: int
    bank_line: str
    entry_number: int
    new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What is settled of a batch, what is missing, and what left the account unexplained.

    `ambiguous` are missing lines that several bank lines could have paid: a person chooses.
    """

    batch: str
    state: State
    settled: tuple[SettledLine, ...]
    missing: tuple[int, ...]
    ambiguous: tuple[int, ...]
    fees: tuple[str, ...]
    unmatched: tuple[str, ...]
    new: bool


def settle(change: Change, batch: str, *, chosen: Mapping[int, str] | None = None) -> Settlement:
    """Settle the lines of an exported batch that are seen paid; again changes nothing.

    Args:
        change: the open change.
        batch: the batch's id.
        chosen: bank lines that a person chose for lines, where several fit.

    Raises:
        UnknownReference: there is no such batch.
        BatchState: it was not exported.
        BadInput: a chosen bank line is not open, or not of the line's amount and commodity.
    """
    session = change.session
    contents = contents_of(session, batch)
    if state_of(session, batch) is not State.SETTLED:
        require(session, batch, Action.SETTLE)
    bank_lines = _open_outgoing(session, contents.source)
    expected = _expected(session, contents.source)
    outgoing = [_outgoing(line) for line in bank_lines.values()]
    pairing = matching.pair(expected, outgoing)
    by_hand = _checked(chosen or {}, batch, expected, outgoing)
    paid = {
        line: found
        for (owner, line), found in pairing.paid.items()
        if owner == batch and found not in by_hand.values()
    }
    paid |= by_hand
    earlier = settled_lines(session, batch)
    before = len(change.rows)
    for line in contents.lines:
        if line.line in paid:
            _settle_line(change, contents, line, bank_lines.pop(paid[line.line]))
    fees = post_fees(change, contents, bank_lines)
    settled = settled_lines(session, batch)
    missing = [it.line for it in contents.lines if it.line not in settled]
    if not missing and state_of(session, batch) is State.EXPORTED:
        record(change, batch, Action.SETTLE, reason="every line was seen paid")
    elsewhere = {found for (owner, _), found in pairing.paid.items() if owner != batch}
    ambiguous = {line for owner, line in pairing.ambiguous if owner == batch}
    return Settlement(
        batch=batch,
        state=state_of(session, batch),
        settled=tuple(
            SettledLine(
                line=row.line,
                bank_line=row.bank_line,
                entry_number=row.entry_number,
                new=row.line not in earlier,
            )
            for row in settled.values()
        ),
        missing=tuple(missing),
        ambiguous=tuple(line for line in missing if line in ambiguous),
        fees=fees,
        unmatched=tuple(identity for identity in bank_lines if identity not in elsewhere),
        new=len(change.rows) > before,
    )


def uninstructed(session: Session, account: BankAccount) -> list[BankLine]:
    """Return what left an account and is neither matched nor what an exported batch asked for."""
    lines = _open_outgoing(session, account)
    pairing = matching.pair(
        _expected(session, account), [_outgoing(line) for line in lines.values()]
    )
    return [line for line in lines.values() if line.id not in pairing.candidates]


def settled_lines(session: Session, batch: str) -> dict[int, LineSettlement]:
    """Return what settled each line of a batch, by line."""
    rows = session.scalars(
        select(LineSettlement).where(LineSettlement.batch == batch).order_by(LineSettlement.line)
    )
    return {row.line: row for row in rows}


def _open_outgoing(session: Session, source: BankAccount) -> dict[str, BankLine]:
    """Return what left an account and is wholly unmatched, by id, oldest first."""
    return {
        line.id: line
        for line, left in bank.open_lines(session)
        if line.bank_account == source.id and line.amount < 0 and left == line.amount
    }


def _expected(session: Session, source: BankAccount) -> list[Expected]:
    """Return the unsettled lines of every batch of an account that signers may have executed."""
    exported = select(BatchEvent.batch).where(BatchEvent.action == Action.EXPORT.value)
    rows = session.execute(
        select(PayoutLine, PayoutBatch.frozen_at)
        .join(PayoutBatch, PayoutBatch.id == PayoutLine.batch)
        .outerjoin(
            LineSettlement,
            (LineSettlement.batch == PayoutLine.batch) & (LineSettlement.line == PayoutLine.line),
        )
        .where(
            PayoutBatch.source_account == source.id,
            PayoutBatch.id.in_(exported),
            LineSettlement.batch.is_(None),
        )
        .order_by(PayoutLine.batch, PayoutLine.line)
    )
    return [
        Expected(
            batch=line.batch,
            line=line.line,
            reference=line.reference,
            address=line.address,
            commodity=line.commodity,
            amount=line.amount,
            frozen_on=frozen_at.astimezone(UTC).date(),
        )
        for line, frozen_at in rows
    ]


def _outgoing(line: BankLine) -> Outgoing:
    return Outgoing(
        id=line.id,
        on=line.on,
        commodity=line.commodity,
        amount=-line.amount,
        counterparty=line.counterparty,
        memo=line.memo,
    )


def _checked(
    chosen: Mapping[int, str], batch: str, expected: list[Expected], outgoing: list[Outgoing]
) -> dict[int, str]:
    lines = {it.line: it for it in expected if it.batch == batch}
    found = {it.id: it for it in outgoing}
    problems = [
        Problem(
            code="match_impossible",
            row=line,
            column="bank line",
            value=identity,
            expected="an open bank line of the amount and commodity of an unsettled line",
        )
        for line, identity in chosen.items()
        if line not in lines
        or identity not in found
        or not matching.could_pay(lines[line], found[identity])
        or list(chosen.values()).count(identity) > 1
    ]
    if problems:
        raise BadInput(problems)
    return dict(chosen)


def _settle_line(change: Change, contents: Contents, line: PayoutLine, paid_by: BankLine) -> None:
    session = change.session
    day, relates_to = periods.open_date(session, paid_by.on)
    document = f"{line.batch}#{line.line}"
    parts = [it for it in contents.obligations if it.line == line.line]
    posted = post_one(
        change,
        JournalEntry(
            reference=f"settlement:{line.batch}:{line.line}",
            effective_date=day,
            kind="settlement",
            narration=f"{line.payee} paid by {line.batch}, line {line.line}",
            evidence=paid_by.evidence,
            relates_to_period=relates_to,
            postings=[
                *(
                    Posting(
                        obligations.named(session, part.obligation).payable_account,
                        part.amount,
                        line.commodity,
                        line.payee,
                        part.obligation,
                    )
                    for part in parts
                ),
                Posting(
                    contents.source.account, -line.amount, line.commodity, line.payee, document
                ),
            ],
        ),
    )
    bank.match(
        change,
        paid_by,
        kind=MATCH_KIND,
        document=document,
        amount=-line.amount,
        entry_number=posted.number,
        why=f"pays line {line.line} of {line.batch} to {line.address}",
    )
    change.add(
        LineSettlement(
            batch=line.batch,
            line=line.line,
            bank_line=paid_by.id,
            entry_number=posted.number,
        )
    )
