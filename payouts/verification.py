"""Verification of payouts: batches hash to what was approved, by enough checkers who may and did.

Law: the database knows who may approve, but no signature; whoever writes past the program can
leave an approval that nobody signed. Export and settlement refuse it, and this names it.
"""

from collections.abc import Iterator

from sqlalchemy import inspect, select, text
from sqlalchemy.orm import Session

from ledger import users
from ledger.errors import Refusal
from ledger.money import plain
from payouts.approvals import approvals_of, require_checker, signs
from payouts.batches import Action
from payouts.contents import Contents, contents_of
from payouts.tables import Approval, BatchEvent, PayoutBatch

_CLAIMED = text("""
    SELECT p.batch, p.line, p.obligation, p.amount, m.amount AS due
    FROM payout_line_obligations p
    JOIN obligation_claims c USING (batch, line, obligation)
    JOIN (SELECT obligation, sum(amount) AS amount FROM payable_moves() GROUP BY 1) m
        USING (obligation)
    WHERE p.amount <> m.amount AND NOT EXISTS (
        SELECT 1 FROM claim_releases r
        WHERE r.obligation = c.obligation AND r.attempt = c.attempt)
    ORDER BY 1, 2, 3
""")


def check_batches(session: Session, problems: list[str]) -> None:
    """Add a problem for each batch that says something else, and each approval that counts not."""
    if not inspect(session.connection()).has_table(PayoutBatch.__tablename__):
        return
    moved_on = set(
        session.scalars(select(BatchEvent.batch).where(BatchEvent.action == Action.APPROVE.value))
    )
    for identity in session.scalars(select(PayoutBatch.id).order_by(PayoutBatch.id)).all():
        try:
            problems += _wrong_with_batch(session, identity, moved_on=identity in moved_on)
        except Exception as error:  # noqa: BLE001 - what a forged row leads to is a finding
            problems.append(f"batch {identity}: its rows cannot be put together: {error}")
    problems += [
        f"batch {row.batch}: line {row.line} pays {plain(row.amount)} of {row.obligation}, "
        f"{plain(row.due)} is due"
        for row in session.execute(_CLAIMED)
    ]


def _wrong_with_batch(session: Session, identity: str, *, moved_on: bool) -> Iterator[str]:
    contents = contents_of(session, identity)
    if contents.hash() != contents.batch.content_hash:
        yield f"batch {identity}: its rows do not hash to its content hash"
    approvals = approvals_of(session, identity)
    for approval in approvals:
        yield from _wrong_with(session, contents, approval)
    if moved_on and len(approvals) < contents.batch.checkers:
        yield (
            f"batch {identity}: it has {len(approvals)} approvals, "
            f"it needed {contents.batch.checkers}"
        )


def _wrong_with(session: Session, contents: Contents, approval: Approval) -> Iterator[str]:
    name = f"approval of {approval.batch} by {approval.approver}"
    try:
        require_checker(session, contents, approval.approver)
    except Refusal as refusal:
        yield f"{name}: {refusal.message}"
    if approval.public_key not in users.confirmed_keys(session, approval.approver):
        yield f"{name}: its key is no confirmed one of theirs"
    if not signs(contents, approval.approver, approval.public_key, approval.signature):
        yield f"{name}: its key did not sign this batch"
