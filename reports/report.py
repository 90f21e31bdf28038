"""What a report is: typed columns, frozen rows, what was asked for, and the sums that must tie."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from ledger.money import CONTEXT

Cell: TypeAlias = str | int | Decimal | date | datetime | bool | None
"""Blank (`None`) means unknown, never zero."""


class Kind(StrEnum):
    """What a column holds, which decides how each format writes it."""

    TEXT = "text"
    IDENTIFIER = "identifier"
    """Hashes, addresses, ids: written as they are, never read as a number."""
    AMOUNT = "amount"
    INTEGER = "integer"
    RATE = "rate"
    DATE = "date"
    TIME = "time"
    FLAG = "flag"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its stable snake_case name, kind, and for people a heading.

    `commodity_column` names the column that says in which commodity an amount is; a total is
    made for each commodity apart.
    """

    name: str
    kind: Kind
    commodity_column: str | None = None
    total: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TieOut:
    """A check that a report carries with it: two figures that must be equal."""

    check: str
    commodity: str
    left: Decimal
    right: Decimal

    @property
    def difference(self) -> Decimal:
        """Return left minus right: zero when the figures tie."""
        return CONTEXT.subtract(self.left, self.right)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report's content, complete: the same content gives the same bytes in every format.

    `rows` are tuples in the order of `columns`, sorted by the documented key `sorted_by`.
    `filters` are what was asked for (period, as-of, known-at), in a stable order.
    `head` is the number and hash of the change up to which the books were read.
    `made_at` is in UTC. `facts` are what it says besides its rows, name and value, such as a hash.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[Cell, ...]]
    sorted_by: tuple[str, ...]
    filters: tuple[tuple[str, str], ...]
    head_number: int
    head_hash: str
    made_at: datetime
    notes: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    tie_outs: tuple[TieOut, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """Reports that one workbook holds, each on a sheet of its own; the first gives its name.

    All are of the same scope, and of the books up to the same change.
    """

    tabs: tuple[tuple[str, Report], ...]
    """Names of sheets with their reports, at least one."""

    @property
    def first(self) -> Report:
        """Return the report that the workbook is called by."""
        return self.tabs[0][1]

    @property
    def reports(self) -> tuple[Report, ...]:
        """Return the reports in the order of their sheets."""
        return tuple(report for _, report in self.tabs)


def alone(report: Report) -> Book:
    """Return the workbook of a single report."""
    return Book(tabs=(("data", report),))
