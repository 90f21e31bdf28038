"""Who could sign for a Safe when a batch of it was frozen, as the chain said then.

Law: a batch is approved for the owners and the threshold that its checkers were shown. Where the
Safe has others by now it is not exported: a batch that is frozen and approved anew, by two persons
at least, confirms them.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from payouts.ending_tables import SafeSigners
from payouts.tables import PayoutBatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Signers:
    """The owners of a Safe, lower-case and sorted, and how many of them sign."""

    owners: tuple[str, ...]
    threshold: int

    def __str__(self) -> str:
        return f"{self.threshold} of {len(self.owners)} ({', '.join(self.owners)})"


def signers(owners: tuple[str, ...], threshold: int) -> Signers:
    """Return the owners of a Safe in one order and spelling, and how many of them sign."""
    return Signers(owners=tuple(sorted(each.lower() for each in owners)), threshold=threshold)


def row_of(batch: str, pinned: Signers) -> SafeSigners:
    """Return the row that keeps who could sign when a batch was frozen."""
    return SafeSigners(batch=batch, threshold=pinned.threshold, owners=" ".join(pinned.owners))


def pinned_by(session: Session, batch: str) -> Signers | None:
    """Return who could sign when a batch was frozen; none where no chain was asked."""
    row = session.get(SafeSigners, batch)
    return Signers(owners=tuple(row.owners.split(" ")), threshold=row.threshold) if row else None


def pinned_before(session: Session, batch: PayoutBatch) -> Signers | None:
    """Return who could sign when the wallet's batch before was frozen, as far as it is known."""
    before = session.scalars(
        select(SafeSigners.batch)
        .join(PayoutBatch, PayoutBatch.id == SafeSigners.batch)
        .where(
            PayoutBatch.source_account == batch.source_account,
            PayoutBatch.change_no < batch.change_no,
        )
        .order_by(PayoutBatch.change_no.desc())
        .limit(1)
    ).one_or_none()
    return pinned_by(session, before) if before else None
