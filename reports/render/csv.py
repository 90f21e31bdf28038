"""Comma-separated values: one header row and one line a row, exact, and safe to open anywhere.

UTF-8 without a byte order mark, RFC 4180, CRLF. The plain text of a cell is the same here, in
JSON and in the exact twins of a workbook: `text_of` is its only spelling. Totals are not here but
in `NAME.meta.json`, so that every line is a row.
"""

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO

from ledger.money import plain
from reports.report import Cell, Column, Kind, Report

FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")  # noqa: RUF001 - full-width forms are meant
"""A spreadsheet may take text that starts so for a formula, the full-width forms included."""

UNTRUSTED_KINDS = frozenset({Kind.TEXT, Kind.IDENTIFIER})
"""Kinds whose cells hold words from outside; the others can only hold what their type can."""


def render(report: Report) -> bytes:
    """Return a report as CSV."""
    stream = StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(column.name for column in report.columns)
    for row in report.rows:
        writer.writerow(
            safe_text_of(column, cell) for column, cell in zip(report.columns, row, strict=True)
        )
    return stream.getvalue().encode()


def safe_text_of(column: Column, cell: Cell) -> str:
    """Return a cell's plain text, with an apostrophe before what would open as a formula."""
    text = text_of(column, cell)
    untrusted = column.kind in UNTRUSTED_KINDS and isinstance(cell, str)
    return f"'{text}" if untrusted and text.startswith(FORMULA_STARTS) else text


def text_of(column: Column, cell: Cell) -> str:
    """Return a cell's plain text: ISO dates, UTC times, plain decimals, blank for unknown.

    Raises:
        TypeError: if the cell cannot be what its column's kind says, such as text in an amount
            or a time without a zone.
    """
    if cell is None:
        return ""
    text = TEXTS[column.kind](cell)
    if text is None:
        raise TypeError(f"{column.name} is {column.kind} and cannot hold {cell!r}")
    return text


def number_of(cell: Cell) -> Decimal | None:
    """Return a cell as an exact number, or nothing if it is none."""
    if isinstance(cell, Decimal):
        return cell if cell.is_finite() else None
    return Decimal(cell) if isinstance(cell, int) and not isinstance(cell, bool) else None


def _number(cell: Cell) -> str | None:
    number = number_of(cell)
    return None if number is None else plain(number)


def _integer(cell: Cell) -> str | None:
    text = _number(cell)
    return None if text is None or "." in text else text


def _date(cell: Cell) -> str | None:
    if not isinstance(cell, date) or isinstance(cell, datetime):
        return None
    return cell.isoformat()


def _time(cell: Cell) -> str | None:
    if not isinstance(cell, datetime) or cell.tzinfo is None:
        return None
    return cell.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _flag(cell: Cell) -> str | None:
    return str(cell).lower() if isinstance(cell, bool) else None


def _text(cell: Cell) -> str | None:
    if isinstance(cell, str):
        return cell
    # A text column may show figures of any type side by side, as old and new values do.
    return _flag(cell) or _number(cell) or _date(cell) or _time(cell)


TEXTS: dict[Kind, Callable[[Cell], str | None]] = {
    Kind.TEXT: _text,
    Kind.IDENTIFIER: _text,
    Kind.AMOUNT: _number,
    Kind.INTEGER: _integer,
    Kind.RATE: _number,
    Kind.DATE: _date,
    Kind.TIME: _time,
    Kind.FLAG: _flag,
}
"""How each kind is spelled; nothing comes back for a cell of another kind."""
