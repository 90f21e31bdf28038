"""Verification of payouts: batches hash to what was approved, and checkers signed that.

Law: the database knows who may approve, but no signature; whoever writes past the program can
leave an approval that nobody signed. Export and settlement refuse it, and this names it.
"""

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from payouts.approvals import is_signed
from payouts.contents import contents_of
from payouts.tables import Approval, PayoutBatch


def check_batches(session: Session, problems: list[str]) -> None:
    """Add a problem for each batch that says something else, and each approval without a hand."""
    if not inspect(session.connection()).has_table(PayoutBatch.__tablename__):
        return
    hashes: dict[str, str] = {}
    for identity in session.scalars(select(PayoutBatch.id).order_by(PayoutBatch.id)).all():
        contents = contents_of(session, identity)
        hashes[identity] = contents.batch.content_hash
        if contents.hash() != contents.batch.content_hash:
            problems.append(f"batch {identity}: its rows do not hash to its content hash")
    problems += [
        f"approval of {approval.batch} by {approval.approver}: its key did not sign this batch"
        for approval in session.scalars(
            select(Approval).order_by(Approval.batch, Approval.approver)
        )
        if not is_signed(hashes.get(approval.batch, ""), approval.public_key, approval.signature)
    ]
