"""Sealed changes: every write transaction ends in one header, chained to the one before.

`open_change` takes the books' lock, so a change reads what the last one left; whoever parses a
long file does it before. The database checks the header, counts, sums, periods and floors when
it is inserted (migrations/versions/0002); `ledger.verification` recomputes the leaves.
"""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, insert, inspect, select
from sqlalchemy.orm import Session

from ledger.base import Sealed
from ledger.driver import driver_of
from ledger.encoding import GENESIS, change_root, encode, row_leaf, time_text
from ledger.requests import Request, require_new
from ledger.tables import ChangeRow, RequestRow

BOOKS_LOCK = 7305010
"""Key of the advisory lock of the books; the triggers take the same."""

LOCK_WAIT_MS = 30_000
"""How long a change waits for the one before it, until its caller tries again."""

IDLE_MS = 15 * 60_000
"""A process that stopped with the lock in its hand loses it after this long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The newest sealed change: its number, hash, time and the number of the last entry."""

    number: int
    hash: bytes
    recorded_at: datetime | None
    entry_last: int


@dataclass(slots=True, kw_only=True)
class Change:
    """A unit of work in progress; it ends sealed or leaves nothing behind."""

    session: Session
    number: int
    actor: str
    reason: str
    at: datetime
    previous: Head
    request: Request | None = None
    entry_last: int
    posting_count: int = 0
    entry_leaves: list[bytes] = field(default_factory=list)
    row_leaves: list[bytes] = field(default_factory=list)
    """Leaves of rows that are too many or too large to be held until the seal."""
    rows: list[Sealed] = field(default_factory=list)

    @property
    def wrote(self) -> bool:
        """Return whether anything was written so far."""
        return bool(self.entry_leaves or self.row_leaves or self.rows)

    def add_large(self, row: Sealed) -> None:
        """Write a control row that holds a file, and let go of it: its leaf is enough."""
        row.change_no = self.number
        self.session.add(row)
        self.session.flush()
        self.row_leaves.append(leaf_of(row))
        self.session.expunge(row)

    def add(self, *rows: Sealed) -> None:
        """Write control rows as part of this change."""
        for row in rows:
            row.change_no = self.number
        self.session.add_all(rows)
        self.session.flush()
        self.rows.extend(rows)


_HEAD = (
    select(ChangeRow.number, ChangeRow.hash, ChangeRow.recorded_at, ChangeRow.entry_last)
    .order_by(ChangeRow.number.desc())
    .limit(1)
)


def head(session: Session) -> Head:
    """Return the newest sealed change; number 0 stands for books without one."""
    row = session.execute(_HEAD).one_or_none()
    if row is None:
        return Head(number=0, hash=GENESIS, recorded_at=None, entry_last=0)
    return Head(number=row.number, hash=row.hash, recorded_at=row.recorded_at, entry_last=row[3])


def open_change(
    session: Session, *, actor: str, reason: str, at: datetime, request: Request | None = None
) -> Change:
    """Take the books' lock and return the change that follows the newest one.

    Args:
        session: a session in its own transaction, isolation READ COMMITTED.
        actor: who acts, by name.
        reason: why, for whoever reads the control log.
        at: the moment it is recorded, with a time zone; never before the last change's.
        request: the caller's key for it, if there is one.

    Raises:
        RequestDone: the same was asked under this key, and done.
        ReferenceReused: something else was asked under it.
    """
    previous = take_lock(session)
    if request is not None:
        require_new(session, request)
    return Change(
        session=session,
        number=previous.number + 1,
        actor=actor,
        reason=reason,
        at=max(at, previous.recorded_at) if previous.recorded_at else at,
        previous=previous,
        request=request,
        entry_last=previous.entry_last,
    )


def take_lock(session: Session) -> Head:
    """Take the books' lock and return the newest change as of then, in one round trip.

    Lock and look are two statements, each with a snapshot of its own; one statement would look at
    the books as they were before it got the lock.
    """
    connection = driver_of(session)
    cursor = connection.execute(
        f"SET LOCAL lock_timeout = {LOCK_WAIT_MS}; "  # noqa: S608 - numbers of ours
        f"SET LOCAL idle_in_transaction_session_timeout = {IDLE_MS}; "
        f"SELECT pg_advisory_xact_lock({BOOKS_LOCK}); "
        "SELECT number, hash, recorded_at, entry_last FROM changes ORDER BY number DESC LIMIT 1"
    )
    while cursor.nextset():
        pass
    row = cursor.fetchone()
    if row is None:
        return Head(number=0, hash=GENESIS, recorded_at=None, entry_last=0)
    return Head(number=row[0], hash=row[1], recorded_at=row[2], entry_last=row[3])


def seal(change: Change) -> Head | None:
    """Insert the header that seals a change; return it, or nothing if nothing was written."""
    if not change.wrote:
        return None
    if change.request is not None:
        change.add(
            RequestRow(request_id=change.request.key, fingerprint=change.request.fingerprint)
        )
    row_leaves = [*change.row_leaves, *map(leaf_of, change.rows)]
    # A million of them are let go of while the tree is built over them.
    change.row_leaves = row_leaves[:1]
    row_count = len(row_leaves)
    root = change_root(change.entry_leaves, row_leaves)
    row_leaves.clear()
    header = ChangeRow(
        number=change.number,
        recorded_at=change.at,
        actor=change.actor,
        reason=change.reason,
        request_id=change.request.key if change.request else None,
        entry_count=len(change.entry_leaves),
        posting_count=change.posting_count,
        row_count=row_count,
        entry_last=change.entry_last,
        root=root,
        previous_hash=change.previous.hash,
        hash=b"",
    )
    header.hash = header_hash(header)
    # Past the unit of work, which takes longer to insert one row than the database to seal it.
    change.session.execute(
        insert(ChangeRow.__table__),  # type: ignore[arg-type]
        {column.key: getattr(header, column.key) for column in ChangeRow.__table__.columns},
    )
    return Head(
        number=header.number,
        hash=header.hash,
        recorded_at=header.recorded_at,
        entry_last=header.entry_last,
    )


def header_hash(header: ChangeRow | Row[Any]) -> bytes:
    """Return the hash of a header over all its other fields; the database computes the same."""
    return sha256(
        encode(
            (
                "change-1",
                str(header.number),
                time_text(header.recorded_at),
                header.actor,
                header.reason,
                header.request_id,
                str(header.entry_count),
                str(header.posting_count),
                str(header.row_count),
                str(header.entry_last),
                header.root.hex(),
                header.previous_hash.hex(),
            )
        )
    ).digest()


def leaf_of(row: Sealed) -> bytes:
    """Return the leaf of a control row from the values it was written with."""
    mapper = inspect(type(row))
    return row_leaf(
        str(mapper.local_table.name),
        [(column.key, getattr(row, column.key)) for column in mapper.column_attrs],
    )


def known_at(session: Session, change_no: int | None) -> Head:
    """Return the change up to which the books are read: the one named, or the newest."""
    newest = head(session)
    if change_no is None or change_no >= newest.number:
        return newest
    row = session.get_one(ChangeRow, change_no)
    return Head(
        number=row.number, hash=row.hash, recorded_at=row.recorded_at, entry_last=row.entry_last
    )
