"""The streams of verification: tables read side by side, each in its order.

Law: memory is bounded whatever the books hold, and a row that cannot be read is a problem that is
named, not an error that ends the verification.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from psycopg import Error as PsycopgError
from sqlalchemy import LargeBinary, Row, Table, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ledger.driver import driver_of
from ledger.verification_entries import SPELT_ENTRIES, SpeltEntry
from ledger.verification_queries import UNSEALED, filled

ROWS_AT_ONCE = 2_000
FILES_AT_ONCE = 10
"""Rows that carry whole files are fetched a few at a time."""

Item = TypeVar("Item")


class ControlRow(NamedTuple):
    """A row of a sealed table, with the change that it names."""

    change_no: int
    table: Table
    row: Row[Any]


@dataclass(slots=True)
class Stream(Generic[Item]):
    """Rows in an order, of which the next can be looked at before it is taken."""

    name: str
    rows: Iterator[Item]
    next: Item | None = None
    taken: int = 0

    def __post_init__(self) -> None:
        self.next = next(self.rows, None)

    def take(self, until: Callable[[Item], bool]) -> Iterator[Item]:
        """Yield rows for as long as `until` says that they belong."""
        while (row := self.next) is not None and until(row):
            self.next = next(self.rows, None)
            self.taken += 1
            yield row


@dataclass(slots=True)
class SideBySide:
    """The streams that are read side by side, and what was found."""

    session: Session
    problems: list[str] = field(default_factory=list)
    opened: ExitStack = field(default_factory=ExitStack)

    def stream(self, table: Table, *order: str) -> Stream[Row[Any]]:
        """Open a table in an order, in bounded memory."""
        return Stream(table.name, self._rows(table, order))

    def control_rows(self, tables: list[Table]) -> Stream[ControlRow]:
        """Open sealed tables together, in the order of the changes that their rows name."""
        streams = [self._controls(table) for table in filled(self.session, tables, self.problems)]
        return Stream("control rows", heapq.merge(*streams, key=lambda control: control.change_no))

    def entries(self) -> Stream[SpeltEntry]:
        """Open the journal entries as they are spelt for hashing, in the order of numbers."""
        cursor = driver_of(self.session).cursor(
            "spelt_entries", binary=True, row_factory=lambda _: SpeltEntry._make
        )
        self.opened.callback(cursor.close)
        cursor.itersize = ROWS_AT_ONCE
        return Stream(
            "journal_entries",
            self._readable("journal_entries", lambda: cursor.execute(SPELT_ENTRIES)),
        )

    def _controls(self, table: Table) -> Iterator[ControlRow]:
        for row in self._rows(table, ("change_no", *table.primary_key.columns.keys())):
            yield ControlRow(row.change_no, table, row)

    def _rows(self, table: Table, order: tuple[str, ...]) -> Iterator[Row[Any]]:
        files = any(isinstance(column.type, LargeBinary) for column in table.c)
        at_once = FILES_AT_ONCE if files and table.name not in UNSEALED else ROWS_AT_ONCE

        def rows() -> Iterable[Row[Any]]:
            found = self.session.execute(
                select(table).order_by(*(table.c[name] for name in order)),
                execution_options={"yield_per": at_once},
            )
            self.opened.callback(found.close)
            return found

        return self._readable(table.name, rows)

    def _readable(self, name: str, rows: Callable[[], Iterable[Item]]) -> Iterator[Item]:
        """Yield rows; name one that cannot be read, the first included, and end there."""
        try:
            yield from rows()
        except (PsycopgError, DBAPIError) as error:
            self.problems.append(f"{name}: a row cannot be read: {error}")
