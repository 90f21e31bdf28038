"""Settlement: each line of an exported batch ends settled or failed, by what was seen of money.

Law: nothing is posted before the money was seen to leave; a line is settled by one bank line,
once, and by exactly its amount. A line fails only by proof. What left the account once more for a
settled line is owed back by the payee; what fits no line is reported: an alarm.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import bank_entries
from ledger.bank_tables import BankLine
from ledger.errors import BadInput, Problem
from ledger.journal import Posting
from ledger.money import CONTEXT
from ledger.sealing import Change
from payouts import double_payments, durable_nonces, failures, matching, parts
from payouts.batches import Action, State, require, state_of
from payouts.contents import Contents, contents_of
from payouts.fees import post_fees
from payouts.line_postings import settling_postings
from payouts.matching import Expected, Outgoing
from payouts.outgoing import (
    Signed,
    as_outgoing,
    everything_open,
    expected_of,
    open_outgoing,
    settled_of,
)
from payouts.parts import Ended, Outcome
from payouts.reimbursements import SignersFee, reimburse
from payouts.tables import LineSettlement, PayoutLine

MATCH_KIND = "payout-line"

ENDED = frozenset({State.SETTLED, State.FAILED})
"""Where no line is open any more; what left twice, and fees, are found all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnChain:
    """What is known of a batch from its chain: what was signed, how parts ended, who paid."""

    signed: Signed = field(default_factory=dict)
    ended: Sequence[Ended] = ()
    signers_fees: Sequence[SignersFee] = ()


NOTHING_SEEN = OnChain()
"""What is known of a batch that a bank pays, or whose wallet nobody watches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledLine:
    """A line seen paid, and whether this call settled it."""

    line: int
    bank_line: str
    entry_number: int
    new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What is settled of a batch, what failed or is missing, and what left unexplained.

    `ambiguous` are missing lines that several bank lines could have paid: a person chooses.
    `twice` are the bank lines that paid a line once more, booked now as owed back; `reimbursed`
    the obligations made now for fees that signers paid, `unreimbursed` fees of nobody we know.
    """

    batch: str
    state: State
    settled: tuple[SettledLine, ...]
    failed: tuple[int, ...]
    missing: tuple[int, ...]
    ambiguous: tuple[int, ...]
    twice: tuple[str, ...]
    fees: tuple[str, ...]
    reimbursed: tuple[str, ...]
    unreimbursed: tuple[str, ...]
    unmatched: tuple[str, ...]
    new: bool


def settle(
    change: Change,
    batch: str,
    *,
    chosen: Mapping[int, str] | None = None,
    on_chain: OnChain = NOTHING_SEEN,
) -> Settlement:
    """Settle the lines of an exported batch that are seen paid; again changes nothing.

    Args:
        change: the open change.
        batch: the batch's id.
        chosen: bank lines that a person chose for lines, where several fit.
        on_chain: what is known of it from its chain.

    Raises:
        UnknownReference: there is no such batch.
        BatchState: it was not exported.
        BadInput: a chosen bank line is not open, or not of the line's amount and commodity.
    """
    session = change.session
    contents = contents_of(session, batch)
    if state_of(session, batch) not in ENDED:
        require(session, batch, Action.SETTLE)
    before = len(change.rows)
    every = everything_open(session)
    bank_lines = open_outgoing(session, contents.source, every)
    outgoing = as_outgoing(bank_lines.values(), on_chain.signed)
    expected = expected_of(session, contents.source)
    pairing = matching.pair(expected, outgoing)
    paid = _chosen_first(batch, pairing, _checked(chosen or {}, batch, expected, outgoing))
    earlier = settled_lines(session, batch)
    for line in contents.lines:
        if line.line in paid:
            _settle_line(change, contents, line, bank_lines.pop(paid[line.line]))
    twice = _book_twice(change, contents, bank_lines, pairing, on_chain.signed)
    _end_parts(change, batch, on_chain.ended)
    fees = post_fees(change, contents, every, bank_lines)
    signers = reimburse(change, contents, on_chain.signers_fees)
    settled = settled_lines(session, batch)
    ambiguous = {line for owner, line in pairing.ambiguous if owner == batch}
    ended = settled.keys() | failures.failed_lines(session, batch).keys() | ambiguous
    failures.fail_proved(change, contents, {it.line for it in contents.lines} - ended)
    failures.end_if_over(change, contents)
    failed = failures.failed_lines(session, batch)
    missing = [it.line for it in contents.lines if it.line not in settled.keys() | failed.keys()]
    elsewhere = {found for (owner, _), found in pairing.paid.items() if owner != batch}
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
        failed=tuple(sorted(failed)),
        missing=tuple(missing),
        ambiguous=tuple(line for line in missing if line in ambiguous),
        twice=twice,
        fees=fees,
        reimbursed=signers.obligations,
        unreimbursed=signers.findings,
        unmatched=tuple(identity for identity in bank_lines if identity not in elsewhere),
        new=len(change.rows) > before,
    )


def _end_parts(change: Change, batch: str, ended: Sequence[Ended]) -> None:
    """Record what became of parts, and give up the durable nonces of those that never run."""
    made = parts.record(change, batch, ended)
    dead = {row.part for row in made if row.outcome != Outcome.RAN}
    reason = "its nonce moved on without it"
    durable_nonces.release(change, batch, reason, dead)


def settled_lines(session: Session, batch: str) -> dict[int, LineSettlement]:
    """Return what settled each line of a batch, by line."""
    rows = session.scalars(
        select(LineSettlement).where(LineSettlement.batch == batch).order_by(LineSettlement.line)
    )
    return {row.line: row for row in rows}


def _chosen_first(
    batch: str, pairing: matching.Pairing, by_hand: Mapping[int, str]
) -> dict[int, str]:
    """Return which bank line pays which line of a batch; what a person chose goes before."""
    return {
        line: found
        for (owner, line), found in pairing.paid.items()
        if owner == batch and found not in by_hand.values()
    } | dict(by_hand)


def _book_twice(
    change: Change,
    contents: Contents,
    bank_lines: dict[str, BankLine],
    pairing: matching.Pairing,
    signed: Signed,
) -> tuple[str, ...]:
    """Book what left once more for settled lines, unless another batch's open line may be it."""
    left = [line for line in bank_lines.values() if line.id not in pairing.candidates]
    settled = settled_of(change.session, contents.batch.id)
    found = matching.again(settled, as_outgoing(left, signed))
    return double_payments.book(change, contents, bank_lines, found)


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
    document = f"{line.batch}#{line.line}"
    paid = CONTEXT.minus(line.amount)
    booked = bank_entries.book(
        change,
        paid_by,
        kind="settlement",
        match_kind=MATCH_KIND,
        reference=f"settlement:{line.batch}:{line.line}",
        document=document,
        narration=f"{line.payee} paid by {line.batch}, line {line.line}",
        why=f"pays line {line.line} of {line.batch} to {line.address}",
        postings=[
            *settling_postings(change, contents, line),
            Posting(contents.source.account, paid, line.commodity, line.payee, document),
        ],
    )
    change.add(
        LineSettlement(
            batch=line.batch,
            line=line.line,
            bank_line=paid_by.id,
            entry_number=booked.entry_number,
        )
    )
