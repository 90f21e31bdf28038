"""Questions to the books: what was asked, how far the books are read, and SQL to frozen rows.

Law: reports read, they never write. Rows are read up to one sealed change (known-at) and one day
(as-of); both are settled here once, so that every figure of a report was read at the same point
and asking for that point again gives the same rows. Text is sorted by its code points (`COLLATE
"C"`), since servers differ in how they sort words.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from ledger.errors import BadInput, Problem
from ledger.known_at import unknown_change
from ledger.months import last_day, month_of
from ledger.sealing import Head, head, known_at

CHUNK = 5_000
"""Rows taken from the server at a time where there may be very many."""

EVERYTHING = "all"
"""What stands for a period or a day that nobody narrowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person asked a report for; blank is not narrowed.

    `period` is a month's first day. `as_of` is the last effective day to count, `known_at` the
    number of the last change to read. `close` is which close of the month, the first being 1.
    """

    period: date | None = None
    as_of: date | None = None
    known_at: int | None = None
    account: str | None = None
    payee: str | None = None
    batch: str | None = None
    actor: str | None = None
    statement: str | None = None
    exchange: str | None = None
    close: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """How far a report reads: effective days `since` to `until`, changes up to `head`."""

    asked: Asked
    since: date
    until: date
    head: Head

    @property
    def month(self) -> str:
        """Return the month asked for, as `2026-10`."""
        return EVERYTHING if self.asked.period is None else month_of(self.asked.period)

    @property
    def day_before(self) -> date | None:
        """Return the day at whose end the opening balances stand; none before the beginning."""
        return None if self.since == date.min else self.since - timedelta(days=1)

    @property
    def head_hash(self) -> str:
        """Return the hash of the last change that is read, in hex."""
        return self.head.hash.hex()

    @property
    def filters(self) -> tuple[tuple[str, str], ...]:
        """Return what the report was made from, settled: nothing in it moves with time."""
        asked = self.asked
        narrowed = (
            ("account", asked.account),
            ("payee", asked.payee),
            ("batch", asked.batch),
            ("actor", asked.actor),
            ("statement", asked.statement),
            ("exchange", asked.exchange),
        )
        return (
            ("period", self.month),
            ("as_of", EVERYTHING if self.until == date.max else self.until.isoformat()),
            ("known_at", str(self.head.number)),
            *((name, value) for name, value in narrowed if value is not None),
        )

    @property
    def parameters(self) -> dict[str, object]:
        """Return the limits under the names that the reports' SQL uses."""
        return {
            "since": self.since,
            "until": self.until,
            "change": self.head.number,
            "entry_last": self.head.entry_last,
            "month": None if self.asked.period is None else self.month,
        }


def scope(session: Session, asked: Asked) -> Scope:
    """Settle how far a report reads.

    Raises:
        BadInput: for a change that is not sealed, or an as-of day before the period begins.
    """
    newest = head(session)
    problems = []
    if asked.known_at is not None:
        unknown = unknown_change(asked.known_at, newest)
        problems += [unknown] if unknown else []
    if asked.period and asked.as_of and asked.as_of < asked.period:
        problems.append(
            Problem(
                code="as_of_before_period",
                place="as-of",
                value=asked.as_of.isoformat(),
                expected=f"a day from {asked.period.isoformat()} on",
            )
        )
    if problems:
        raise BadInput(problems)
    until = asked.as_of or date.max
    return Scope(
        asked=asked,
        since=asked.period or date.min,
        until=min(until, last_day(asked.period)) if asked.period else until,
        head=known_at(session, asked.known_at),
    )


def fetch(session: Session, sql: str, **parameters: object) -> Sequence[Row[Any]]:
    """Return all rows of a query; names in them are the query's columns."""
    return session.execute(text(sql), parameters).all()


def stream(session: Session, sql: str, **parameters: object) -> Iterator[Row[Any]]:
    """Return the rows of a query that may have very many, a chunk at a time."""
    yield from session.execute(text(sql), parameters, execution_options={"yield_per": CHUNK})
