"""Strict reading of a text table: bytes to records, its header, what parts its cells.

What is wrong is a value (`Problem`, without the file's name), never an exception and never a
guess: encoding and delimiter are declared. `ledger.revenue.reading` adds the file's name.
"""

import csv
import difflib
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ledger.errors import SHOWN_VALUE_LENGTH, Problem

DELIMITERS = (",", ";", "\t", "|")
"""What may part the cells of a record."""

SHOWN_NAMES = 10
"""More column names than this are counted, not listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The records of a file, its header first, or what keeps it from being a table."""

    records: tuple[tuple[str, ...], ...]
    problems: tuple[Problem, ...]


def table_of(data: bytes, *, encoding: str, delimiter: str) -> Table:
    """Return the records of a file; empty lines at its end are no records."""
    problems = _encoding_problems(data, encoding)
    if problems:
        return Table(records=(), problems=problems)
    text = data.decode(_codec(encoding))
    if lone := re.search(r"\r(?!\n)", text):
        # csv would part a row here, and a spreadsheet would not: row numbers could not be trusted.
        row = text.count("\n", 0, lone.start()) + 1
        return _no_table("control_char", "lines that end in LF or CR LF", value="\r", row=row)
    records: list[tuple[str, ...]] = []
    try:
        records.extend(map(tuple, _reader(text, delimiter)))
    except csv.Error as error:
        expected = "a complete CSV file in which every quoted cell is closed"
        return _no_table("file_truncated", expected, value=str(error), row=len(records) + 1)
    while records and not records[-1]:
        records.pop()
    if len(records) <= 1:
        return _no_table("file_empty", "a header and at least one row")
    return Table(records=tuple(records), problems=())


def header_of(data: bytes, *, encoding: str, delimiter: str) -> tuple[str, ...]:
    """Return the cells of the first line, none where it cannot be read."""
    line = re.split(rb"[\r\n]", data, maxsplit=1)[0]
    try:
        return tuple(next(_reader(line.decode(_codec(encoding)), delimiter), ()))
    except (UnicodeDecodeError, csv.Error):
        return ()


def header_difference(declared: Sequence[str], found: Sequence[str]) -> str:
    """Return a header's difference in words: missing, extra, renamed, reordered."""
    missing = [name for name in declared if name not in found]
    extra = [name for name in dict.fromkeys(found) if name not in declared]
    renamed = []
    for name in list(missing):
        at = declared.index(name)
        close = difflib.get_close_matches(name, extra[:SHOWN_NAMES], n=1)
        if not close and at < len(found) and found[at] in extra:
            close = [found[at]]
        if close:
            missing.remove(name)
            extra.remove(close[0])
            renamed.append(f"{name!r} to {close[0]!r}")
    kept = [name for name in dict.fromkeys(found) if name in declared]
    reordered = kept != [name for name in declared if name in found]
    parts = [f"missing {_names(missing)}"] if missing else []
    parts += [f"extra {_names(extra)}"] if extra else []
    parts += [f"renamed {', '.join(renamed)}"] if renamed else []
    parts += [f"reordered to {_names(kept)}"] if reordered else []
    return "; ".join(parts) or "given with a name repeated"


def _encoding_problems(data: bytes, encoding: str) -> tuple[Problem, ...]:
    try:
        data.decode(_codec(encoding))
    except UnicodeDecodeError:
        return tuple(_undecodable_lines(data, encoding))
    return ()


def _undecodable_lines(data: bytes, encoding: str) -> Iterable[Problem]:
    for row, line in enumerate(data.split(b"\n"), 1):
        try:
            line.decode(encoding)
        except UnicodeDecodeError as error:
            found = repr(line[error.start : error.end])
            expected = f"text encoded as {encoding}"
            yield Problem(code="encoding_invalid", value=found, expected=expected, row=row)


def _codec(encoding: str) -> str:
    # Spreadsheets glue a byte order mark to the first header; it is no part of the name.
    return "utf-8-sig" if encoding == "utf-8" else encoding


def _reader(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline="\n"), delimiter=delimiter, strict=True)


def _no_table(
    code: str, expected: str, *, value: str | None = None, row: int | None = None
) -> Table:
    problem = Problem(code=code, value=value, expected=expected, row=row)
    return Table(records=(), problems=(problem,))


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name[:SHOWN_VALUE_LENGTH]) for name in names[:SHOWN_NAMES])
    more = len(names) - SHOWN_NAMES
    return f"{shown} and {more} more" if more > 0 else shown
