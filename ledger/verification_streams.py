"""The streams of verification: tables read side by side, each in its order.

Law: memory is bounded whatever the books hold, and a row that cannot be read is a problem that is
named, not an error that ends the verification.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from psycopg import Error as PsycopgError
from sqlalchemy import Column, LargeBinary, Row, Table, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ledger.verification_queries import UNSEALED

ROWS_AT_ONCE = 2_000
FILES_AT_ONCE = 10
"""Rows that carry whole files are fetched a few at a time."""


@dataclass(slots=True)
class Stream:
    """Rows of one table in an order, of which the next can be looked at before it is taken."""

    name: str
    rows: Iterator[Row[Any]]
    problems: list[str]
    next: Row[Any] | None = None
    taken: int = 0

    def __post_init__(self) -> None:
        self._advance()

    def take(self, until: Callable[[Row[Any]], bool]) -> Iterator[Row[Any]]:
        """Yield rows for as long as `until` says that they belong."""
        while self.next is not None and until(self.next):
            row = self.next
            self._advance()
            self.taken += 1
            yield row

    def _advance(self) -> None:
        try:
            self.next = next(self.rows, None)
        except (PsycopgError, DBAPIError) as error:
            self.problems.append(f"{self.name}: a row cannot be read: {error}")
            self.next = None


@dataclass(slots=True)
class SideBySide:
    """The streams that are read side by side, and what was found."""

    session: Session
    problems: list[str] = field(default_factory=list)
    opened: ExitStack = field(default_factory=ExitStack)

    def stream(self, table: Table, columns: Sequence[Column[Any]], *order: str) -> Stream:
        """Open a table in an order, in bounded memory."""
        files = any(isinstance(column.type, LargeBinary) for column in columns)
        at_once = FILES_AT_ONCE if files and table.name not in UNSEALED else ROWS_AT_ONCE
        rows = self.session.execute(
            select(*columns).order_by(*(table.c[name] for name in order)),
            execution_options={"yield_per": at_once},
        )
        self.opened.callback(rows.close)
        return Stream(table.name, iter(rows), self.problems)
