"""Recovery: restored books neither submit nor export payouts until they met the last anchor.

Law: an older backup has forgotten what was exported after it, and would pay it once more. A
recovery begins with `restore` and ends when the newest anchor that was kept is in the books; or,
where none was kept, when another person than restored them answers for the head. After that they
wait until every watched chain was read again and all that left since the backup is explained.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chains import health, watches
from feeshare.tables import Recovery, RecoveryEnd
from ledger import bank
from ledger.anchors import Anchor
from ledger.errors import Conflict
from ledger.sealing import Head
from ledger.tables import ChangeRow
from ledger.users import require_second_person
from payouts.fees import FEE_MEMO

SHOWN = 5
"""Lines that a refusal names; the rest is counted."""

RESTORING = "feeshare_restoring"
"""A schema that is there from before a restore until its recovery is written down."""


class Recovering(Conflict):
    """Books out of a backup that nobody compared with the last anchor yet."""

    code = "recovering"

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what, mend=mend)


def begin(session: Session, newest: Head, *, by: str, at: datetime) -> Recovery:
    """Write down that books were restored that end with a head."""
    last = session.scalar(select(func.max(Recovery.id))) or 0
    recovery = Recovery(
        id=last + 1,
        started_at=at,
        started_by=by,
        head_number=newest.number,
        head_hash=newest.hash,
    )
    session.add(recovery)
    session.flush()
    return recovery


def unended(session: Session) -> Sequence[Recovery]:
    """Return the recoveries that have no end yet, oldest first."""
    return session.scalars(
        select(Recovery)
        .outerjoin(RecoveryEnd, RecoveryEnd.recovery == Recovery.id)
        .where(RecoveryEnd.recovery.is_(None))
        .order_by(Recovery.id)
    ).all()


def require_none(session: Session) -> None:
    """Refuse what must wait until restored books were compared.

    Raises:
        Recovering: they were not, or a restore is under way or was cut off.
    """
    restoring = text("SELECT 1 FROM pg_namespace WHERE nspname = :name")
    if session.scalar(restoring, {"name": RESTORING}) is not None:
        raise Recovering(
            "These books are being restored, or their restore was cut off.",
            mend="Let it end; or restore the backup once more, into an empty database.",
        )
    waiting = unended(session)
    if waiting:
        raise Recovering(
            f"These books were restored from a backup that ends at change "
            f"{waiting[-1].head_number}; what was exported after it is not in them.",
            mend="Compare them with the last anchor: feeshare audit verify --anchor FILE. "
            "Where none was kept, another person answers: feeshare audit accept-head HASH.",
        )
    _require_compared(session)


def _require_compared(session: Session) -> None:
    """Refuse until what left our accounts after the backup is read again and explained.

    What the older books had forgotten may have run: a watched wallet is read on its chain first,
    and whatever left an account since then pays a line, or is matched by a person.

    Raises:
        Recovering: a chain was not read since the restore, or something that left is unexplained.
    """
    newest = session.scalars(select(Recovery).order_by(Recovery.id.desc()).limit(1)).one_or_none()
    if newest is None:
        return
    scans = health.scans(session)
    for chain in sorted({watch.chain for watch in watches.all_of(session)}):
        scan = scans.get(chain)
        if scan is None or scan.succeeded_at is None or scan.succeeded_at < newest.started_at:
            raise Recovering(
                f"{chain} was not read since these books were restored.",
                mend=f"feeshare chain scan {chain}",
            )
    ends = session.get_one(ChangeRow, newest.head_number).recorded_at.astimezone(UTC).date()
    unexplained = [
        line.id
        for line, _ in bank.open_lines(session)
        if line.amount < 0 and line.on >= ends and not line.memo.casefold().startswith(FEE_MEMO)
    ]
    if unexplained:
        raise Recovering(
            f"Since the backup ends, {', '.join(unexplained[:SHOWN])} left our accounts "
            f"({len(unexplained)} in all) and pay no line that these books know.",
            mend="Find out what each paid: feeshare payout settle MONTH, or feeshare match LINE "
            "DOCUMENT. What was paid already must not be planned again.",
        )


def end(session: Session, kept: Sequence[Anchor], *, by: str, at: datetime) -> int:
    """End every recovery that waits; return how many there were.

    Args:
        session: a session that may write.
        kept: all the anchors that were kept, each found in the books as it was signed.
        by: who compared them.
        at: when.
    """
    newest = max(anchor.number for anchor in kept)
    return _end_all(session, by=by, at=at, anchor=newest, reason="compared with the anchors")


def accept(
    session: Session, newest: Head, given: str, *, by: str, at: datetime, reason: str
) -> int:
    """End every recovery that waits on a person's word; return how many there were.

    Args:
        session: a session that may write.
        newest: the head of the books.
        given: the hash (hex) that the person read elsewhere and answers for.
        by: who answers: another person than restored the books.
        at: when.
        reason: why no anchor can be compared, and what was looked at instead.

    Raises:
        Conflict: the hash is not the head's.
        SelfConfirmation: the person who restored the books asks.
        Denied: the actor's role only reads.
    """
    if given.lower() != newest.hash.hex():
        raise Conflict(
            f"The books end with {newest.hash.hex()}, not {given}.",
            mend="Look where the backup's head was written down: FILE.json beside the dump.",
        )
    for waiting in unended(session):
        require_second_person(
            session, by, waiting.started_by, "restored these books", then="answers for them"
        )
    return _end_all(session, by=by, at=at, anchor=None, reason=reason)


def _end_all(session: Session, *, by: str, at: datetime, anchor: int | None, reason: str) -> int:
    waiting = unended(session)
    for recovery in waiting:
        # Somebody else may have compared them at the same moment; one end is enough.
        session.execute(
            insert(RecoveryEnd)
            .values(
                recovery=recovery.id, ended_at=at, ended_by=by, anchor_number=anchor, reason=reason
            )
            .on_conflict_do_nothing()
        )
    return len(waiting)
