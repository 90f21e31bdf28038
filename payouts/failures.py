"""Failures: lines that were not paid and never will be, so that what they claim is open again.

Law: on a chain a line fails by proof alone: its part ended in a final block, and the wallet is
proved past it without the line's transfer. At a bank one person reports what the bank said, with
its paper, and another confirms it. The database refuses everything else.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from ledger import evidence
from ledger.errors import UnknownReference
from ledger.sealing import Change
from ledger.users import require_second_person
from ledger.validation import bad_input
from payouts import claims
from payouts.batches import Action, State, record, require, state_of
from payouts.contents import Contents, contents_of
from payouts.ending_tables import FailureReport, LineFailure
from payouts.parts import outcomes_of, parts_of_batch
from payouts.tables import LineSettlement, PayoutLine


def failed_lines(session: Session, batch: str) -> dict[int, LineFailure]:
    """Return the lines of a batch that failed, by line."""
    rows = session.scalars(select(LineFailure).where(LineFailure.batch == batch))
    return {row.line: row for row in rows}


def fail_proved(change: Change, contents: Contents, open_lines: Collection[int]) -> list[int]:
    """Fail the open lines of a batch on a chain that are proved never to be paid any more."""
    batch = contents.batch.id
    outcomes = outcomes_of(change.session, batch)
    failed = []
    for part in parts_of_batch(change.session, batch):
        outcome = outcomes.get(part.part)
        if outcome is None:
            continue
        for line in range(part.first_line, part.last_line + 1):
            if line in open_lines and change.session.scalar(func.has_failed(batch, line)):
                _fail(change, batch, line, f"part {part.part} {outcome.outcome} without it")
                failed.append(line)
    return failed


def report(
    change: Change, batch: str, lines: Sequence[int], *, paper: bytes, file_name: str, reason: str
) -> list[FailureReport]:
    """Report that a bank will not carry out lines, with its paper; another person confirms.

    Raises:
        UnknownReference: there is no such batch.
        BatchState: it is not exported.
        BadInput: a chain pays it, or a line is none of its open ones.
    """
    session = change.session
    contents = contents_of(session, batch)
    require(session, batch, Action.FAIL)
    if contents.batch.chain is not None:
        raise bad_input(
            code="failure_unproved",
            place=f"batch {batch}",
            value=contents.batch.rail,
            expected="a batch that a bank pays; for one on a chain, feeshare payout settle tells",
        )
    _require_open(session, contents, lines)
    kept = evidence.keep(change, paper, file_name)
    known = reports_of(session, batch)
    made = [
        FailureReport(
            batch=batch, line=line, reported_by=change.actor, reason=reason, evidence=kept
        )
        for line in lines
        if line not in known
    ]
    change.add(*made)
    return made


def confirm(change: Change, batch: str) -> list[int]:
    """Confirm what was reported of a batch's lines, as another person; return the lines.

    Raises:
        UnknownReference: there is no such batch, or nothing of it was reported.
        SelfConfirmation: whoever reported it asks.
        Denied: the actor's role only reads.
    """
    contents = contents_of(change.session, batch)
    reported = reports_of(change.session, batch)
    if not reported:
        raise UnknownReference(
            "report of a failure", batch, mend=f"feeshare payout fail {batch} --line N …"
        )
    failed = failed_lines(change.session, batch)
    waiting = [line for line in sorted(reported) if line not in failed]
    for line in waiting:
        require_second_person(
            change.session, change.actor, reported[line].reported_by, "reported this"
        )
        _fail(change, batch, line, reported[line].reason)
    end_if_over(change, contents)
    return waiting


def reports_of(session: Session, batch: str) -> dict[int, FailureReport]:
    """Return what was reported of the lines of a batch, by line."""
    rows = session.scalars(select(FailureReport).where(FailureReport.batch == batch))
    return {row.line: row for row in rows}


def end_if_over(change: Change, contents: Contents) -> None:
    """Move an exported batch on once each of its lines is settled or failed."""
    session, batch = change.session, contents.batch.id
    if state_of(session, batch) is not State.EXPORTED:
        return
    settled = set(session.scalars(_settled(batch)))
    if {line.line for line in contents.lines} - settled - failed_lines(session, batch).keys():
        return
    if settled:
        record(change, batch, Action.SETTLE, reason="every line was seen paid, or failed")
    else:
        record(change, batch, Action.FAIL, reason="no line was paid, and none ever will be")


def _settled(batch: str) -> Select[int]:
    return select(LineSettlement.line).where(LineSettlement.batch == batch)


def _fail(change: Change, batch: str, line: int, reason: str) -> None:
    change.add(LineFailure(batch=batch, line=line, failed_by=change.actor, reason=reason))
    claims.release_line(change, batch, line, reason)
    claims.follow_released(change, batch, line)


def _require_open(session: Session, contents: Contents, lines: Sequence[int]) -> None:
    batch = contents.batch.id
    ended = {*session.scalars(_settled(batch)), *failed_lines(session, batch)}
    rows: Sequence[PayoutLine] = contents.lines
    open_lines = {line.line for line in rows} - ended
    wrong = sorted(set(lines) - open_lines)
    if wrong:
        raise bad_input(
            code="line_unknown",
            place=f"batch {batch}",
            value=", ".join(map(str, wrong)),
            expected=f"open lines of it: {', '.join(map(str, sorted(open_lines))) or 'none'}",
        )
