"""Known-at: the change up to which the books are read, named by its number or by a time.

Law: whoever reads as known at a change sees what stood when it was the newest, master data and
matches included. The database holds it: `as_known` has every guarded table once more, up to the
change that the session names (migrations/versions/0002), so no query can forget to ask.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from typing import TypeAlias

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ledger.encoding import time_text
from ledger.errors import BadInput, Problem
from ledger.sealing import Head, head
from ledger.sealing import known_at as head_at
from ledger.tables import ChangeRow

KnownAt: TypeAlias = int | datetime
"""A change's number, or a moment in UTC: the last change recorded at or before it."""

NUMBER_MAX = 2**63 - 1
"""The largest number that the database can look for."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NUMBER = re.compile(r"\d+", re.ASCII)
_NARROW = text("""
    SELECT set_config('feeshare.known_at', :number, true),
        set_config('search_path', 'as_known, public', true)
""")


def parse(written: str) -> KnownAt:
    """Return the change or the moment that a person wrote.

    A whole number is a change. A day is its last moment, and a time without a zone is in UTC.

    Raises:
        BadInput: it is neither.
    """
    try:
        if _NUMBER.fullmatch(written):
            return min(int(written), NUMBER_MAX)
        if _DAY.fullmatch(written):
            return datetime.combine(date.fromisoformat(written), time.max, UTC)
        if _DAY.match(written):
            moment = datetime.fromisoformat(written)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        pass  # told below, like anything else that is no time
    problem = _problem(
        "known_at_invalid",
        written,
        "a change's number, a day such as 2023-11-04, or a time such as 2023-11-04T09:00:00Z",
        "A day counts to its end; a time without a zone is in UTC.",
    )
    raise BadInput([problem])


def change_at(session: Session, known_at: KnownAt) -> Head:
    """Return the change that is meant: the one of that number, or the last one by that moment.

    Raises:
        BadInput: no sealed change has the number, or the moment is before the first change.
    """
    newest = head(session)
    if isinstance(known_at, int):
        problem = unknown_change(known_at, newest)
        if problem is not None:
            raise BadInput([problem])
        return head_at(session, known_at)
    # Times never go back from one change to the next.
    number = session.scalar(
        select(ChangeRow.number)
        .where(ChangeRow.recorded_at <= known_at)
        .order_by(ChangeRow.number.desc())
        .limit(1)
    )
    if number is None:
        first = session.scalar(select(ChangeRow.recorded_at).order_by(ChangeRow.number).limit(1))
        since = time_text(first) if first else "which these books do not have yet"
        problem = _problem(
            "known_at_too_early", time_text(known_at), f"a time from the first change on, {since}"
        )
        raise BadInput([problem])
    return head_at(session, number)


def unknown_change(number: int, newest: Head) -> Problem | None:
    """Return what is wrong with a change's number, if no sealed change has it."""
    if 1 <= number <= newest.number:
        return None
    return _problem(
        "change_unknown", str(number), f"the number of a sealed change, 1 to {newest.number}"
    )


@contextmanager
def as_known(session: Session, number: int | None) -> Iterator[None]:
    """Read the books as known at a change while this lasts; blank is as they are.

    A number that no change has narrows nothing: whoever asks for it is refused by `change_at`.
    For sessions that only read: what is done to the session meanwhile is undone at the end.
    """
    if number is None or number < 1:
        yield
        return
    # What the session holds already could stand in for a row that was not there yet.
    session.expunge_all()
    # The end of a savepoint that is rolled back restores the settings, after an error as well.
    savepoint = session.begin_nested()
    try:
        session.execute(_NARROW, {"number": str(number)})
        yield
    finally:
        savepoint.rollback()


def _problem(
    code: str, value: str, expected: str, mend: str = "See the newest change: feeshare doctor"
) -> Problem:
    return Problem(code=code, place="known-at", value=value, expected=expected, mend=mend)
