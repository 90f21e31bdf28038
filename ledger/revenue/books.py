"""Books of sheets: what the cells of a workbook are, whichever program wrote it.

Law: a cell is what the file says it is, a text, a number or a date; none is turned into another.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Literal, NamedTuple, Protocol

ROWS_MAX = 1_048_576
"""As many rows as a sheet can have."""


class Cell(NamedTuple):
    """One cell: its kind and its value, a number as the digits that the file has.

    An `error` is a formula without a result or with one such as #REF!; `other` is what no table
    of amounts has, a truth value or a duration. A date is doubtful that counts from 1904, or is
    before March 1900, where the two programs that write them disagree.
    """

    kind: Literal["blank", "text", "number", "date", "error", "other"]
    text: str = ""
    moment: dt.datetime | None = None
    is_doubtful_date: bool = False


class SheetRow(NamedTuple):
    """One row: its cells up to the last that is not blank, and whether it hides any of them."""

    cells: list[Cell]
    hides: bool


class Sheet(NamedTuple):
    """One sheet: its name, and whether it is hidden."""

    name: str
    is_hidden: bool


class Book(Protocol):
    """A workbook that passed `ledger.revenue.containers`."""

    sheets: list[Sheet]

    def rows(self, sheet: str) -> Iterator[SheetRow]:
        """Yield the rows of a sheet from its first to the last with a value, none left out."""


class TooManyRows(Exception):  # noqa: N818 - a reason on its way out of a loop, not an error
    """A sheet says that it has more rows than any sheet can have."""


BLANK = Cell("blank")


def trimmed(cells: list[Cell]) -> list[Cell]:
    """Return cells without the blank ones at their end."""
    end = len(cells)
    while end and cells[end - 1].kind == "blank":
        end -= 1
    return cells[:end]
