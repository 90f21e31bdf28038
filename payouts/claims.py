"""Claims: which line of which batch pays an obligation, and what state that leaves it in.

Law: an obligation has at most one live claim. Attempt n + 1 names the release of attempt n, and
keys in the database hold that; nothing here has to remember to check.
"""

from collections.abc import Collection, Iterable
from datetime import UTC
from enum import StrEnum

from sqlalchemy import and_, func, select, text
from sqlalchemy.orm import Session

from ledger.obligation_tables import Obligation
from ledger.revenue import accruals
from ledger.revenue.share_kinds import SHARE_KINDS
from ledger.row_copy import copy_mapped
from ledger.sealing import Change
from payouts.tables import (
    ClaimRelease,
    ExecutionSlot,
    ObligationClaim,
    PayoutLineObligation,
    SlotRelease,
)


class ObligationState(StrEnum):
    """How far an obligation has come.

    One that fell due whole is as far as what is due of it, one in parts as far as its last part.
    """

    ACCRUED = "accrued"
    DUE = "due"
    CLAIMED = "claimed"
    PAID = "paid"


_STATES = text("""
    WITH wholes AS (
        SELECT o.id, own.amount IS NOT NULL AS is_due, coalesce(own.amount, o.amount + (
            SELECT coalesce(sum(j.amount), 0) FROM obligation_adjustments j
            WHERE j.obligation = o.id)) AS owed
        FROM obligations o CROSS JOIN LATERAL (
            SELECT sum(m.amount) AS amount FROM payable_moves() m WHERE m.obligation = o.id) own
        WHERE o.id = ANY(:wanted)),
    parts AS (
        SELECT id AS whole, owed, id FROM wholes WHERE is_due
        UNION ALL
        SELECT w.id, w.owed, p.id FROM wholes w JOIN obligations p ON p.split_from = w.id
        WHERE NOT w.is_due),
    leaves AS (
        SELECT p.whole, p.owed, p.id, own.amount
        FROM parts p CROSS JOIN LATERAL (
            SELECT sum(m.amount) AS amount FROM payable_moves() m WHERE m.obligation = p.id) own
        WHERE own.amount > 0),
    steps AS (
        SELECT l.whole, l.owed, l.amount, CASE
                WHEN c.obligation IS NULL THEN 1
                WHEN s.batch IS NULL THEN 2
                ELSE 3 END AS step
        FROM leaves l
        LEFT JOIN obligation_claims c ON c.obligation = l.id AND NOT EXISTS (
            SELECT 1 FROM claim_releases r
            WHERE r.obligation = c.obligation AND r.attempt = c.attempt)
        LEFT JOIN line_settlements s ON s.batch = c.batch AND s.line = c.line)
    SELECT w.id AS whole,
        CASE WHEN coalesce(sum(s.amount), 0) < w.owed THEN 0 ELSE coalesce(min(s.step), 0) END
            AS step
    FROM wholes w LEFT JOIN steps s ON s.whole = w.id GROUP BY w.id, w.owed
""")


def obligation_state(session: Session, obligations: Collection[str]) -> dict[str, ObligationState]:
    """Return how far each obligation has come, in one query; unknown ids are left out."""
    states = list(ObligationState)
    rows = session.execute(_STATES, {"wanted": list(obligations)})
    return {row.whole: states[row.step] for row in rows}


def next_attempts(session: Session, obligations: Collection[str]) -> dict[str, int]:
    """Return the attempt that a new claim on each obligation would be; 1 where there was none."""
    rows = session.execute(
        select(ObligationClaim.obligation, func.max(ObligationClaim.attempt))
        .where(ObligationClaim.obligation == func.any(list(obligations)))
        .group_by(ObligationClaim.obligation)
    )
    last = {row[0]: row[1] for row in rows}
    return {obligation: 1 + last.get(obligation, 0) for obligation in obligations}


def claim(change: Change, batch: str, wanted: Iterable[tuple[int, str, int]]) -> None:
    """Claim obligations for the lines of a batch: line, obligation and attempt of each."""
    claims = [
        ObligationClaim(
            obligation=obligation,
            attempt=attempt,
            batch=batch,
            line=line,
            previous_attempt=_before(attempt),
        )
        for line, obligation, attempt in wanted
    ]
    copy_mapped(change, claims)


def live_slot(session: Session, source_account: str, nonce: int) -> ExecutionSlot | None:
    """Return the slot that a nonce of an account is pinned by, if it is."""
    return session.scalars(
        select(ExecutionSlot)
        .outerjoin(
            SlotRelease,
            and_(
                SlotRelease.source_account == ExecutionSlot.source_account,
                SlotRelease.nonce == ExecutionSlot.nonce,
                SlotRelease.attempt == ExecutionSlot.attempt,
            ),
        )
        .where(
            ExecutionSlot.source_account == source_account,
            ExecutionSlot.nonce == nonce,
            SlotRelease.batch.is_(None),
        )
    ).one_or_none()


def pin(change: Change, batch: str, source_account: str, nonce: int, part: int) -> None:
    """Pin a part of a batch to a nonce of its account."""
    earlier = change.session.scalar(
        select(func.max(ExecutionSlot.attempt)).where(
            ExecutionSlot.source_account == source_account, ExecutionSlot.nonce == nonce
        )
    )
    attempt = 1 + (earlier or 0)
    change.add(
        ExecutionSlot(
            source_account=source_account,
            nonce=nonce,
            attempt=attempt,
            batch=batch,
            part=part,
            previous_attempt=_before(attempt),
        )
    )


def release(change: Change, batch: str, reason: str) -> None:
    """Give up the claims and slots of a batch that can never run; the database checks that."""
    slots = change.session.scalars(
        select(ExecutionSlot).where(ExecutionSlot.batch == batch).order_by(ExecutionSlot.part)
    )
    change.add(
        *_releases(change.session, batch, reason),
        *(
            SlotRelease(
                source_account=row.source_account,
                nonce=row.nonce,
                attempt=row.attempt,
                batch=batch,
                reason=reason,
            )
            for row in slots
        ),
    )


def release_line(change: Change, batch: str, line: int, reason: str) -> None:
    """Give up the claims of a line that failed or came back; the database checks that.

    Its slot stays taken: its nonce was used, by this part or by another transaction.
    """
    change.add(*_releases(change.session, batch, reason, line))


def _releases(
    session: Session, batch: str, reason: str, line: int | None = None
) -> list[ClaimRelease]:
    wanted = select(ObligationClaim).where(ObligationClaim.batch == batch)
    if line is not None:
        wanted = wanted.where(ObligationClaim.line == line)
    return [
        ClaimRelease(obligation=row.obligation, attempt=row.attempt, batch=batch, reason=reason)
        for row in session.scalars(wanted.order_by(ObligationClaim.obligation))
    ]


def follow_released(change: Change, batch: str, line: int | None = None) -> None:
    """Let shares that a batch, or a line, gave up go back as far as nothing earns them any more.

    What a restatement could not touch while it was claimed follows the restatement now.
    """
    wanted = (
        select(Obligation.document)
        .join(PayoutLineObligation, PayoutLineObligation.obligation == Obligation.id)
        .where(PayoutLineObligation.batch == batch, Obligation.kind.in_(SHARE_KINDS))
    )
    if line is not None:
        wanted = wanted.where(PayoutLineObligation.line == line)
    documents = set(change.session.scalars(wanted))
    today = change.at.astimezone(UTC).date()
    what = batch if line is None else f"{batch}#{line}"
    accruals.follow_documents(change, documents, on=today, cause=f"{what}:released")


def _before(attempt: int) -> int | None:
    return attempt - 1 if attempt > 1 else None
