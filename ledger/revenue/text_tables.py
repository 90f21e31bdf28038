"""Strict reading of a text table: bytes to records one after the other, its header, its faults.

What is wrong is a value (`Problem`, without the file's name), never an exception and never a
guess: encoding and delimiter are declared. Records are read as they are asked for, so that a file
of a million rows is never in memory as rows. `ledger.revenue.reading` adds the file's name.
"""

import csv
import difflib
import io
import re
from collections.abc import Iterable, Iterator, Sequence

from ledger.errors import SHOWN_VALUE_LENGTH, Problem

DELIMITERS = (",", ";", "\t", "|")
"""What may part the cells of a record."""

SHOWN_NAMES = 10
"""More column names than this are counted, not listed."""

SCANNED_AT_ONCE = 1 << 16
"""Characters that are looked at in one piece, so that a file is never decoded as a whole."""

ODD_SIGN = re.compile(r'[^\x20-\x7e\t\r\n]|"')
"""A sign beyond plain ASCII, or a quote that may hide a line's end or a tab in a cell."""

LONE_RETURN = re.compile(r"\r(?!\n)")


class TextTable:
    """A text file, looked through once for what makes it no table, then read record by record.

    `is_empty` says that it has no text, `is_plain` that no cell can hold anything but printable
    ASCII. `problems` may grow while
    the records are read: a quoted cell that never closes shows at the end only.
    """

    def __init__(self, data: bytes, *, encoding: str, delimiter: str) -> None:
        self.data = data
        self.encoding = encoding
        self.delimiter = delimiter
        self.problems: list[Problem] = []
        self.is_plain = True
        self.is_empty = True
        self._look_through()

    def records(self) -> Iterator[list[str]]:
        """Yield every record, the header first; an empty line is a record without cells."""
        count = 0
        try:
            for record in _reader(_text(self.data, self.encoding), self.delimiter):
                count += 1
                yield record
        except csv.Error as error:
            self.problems.append(
                Problem(
                    code="file_truncated",
                    value=str(error),
                    expected="a complete CSV file in which every quoted cell is closed",
                    row=count + 1,
                )
            )

    def _look_through(self) -> None:
        """Find bytes of another encoding and lone carriage returns before any row is read."""
        text = _text(self.data, self.encoding)
        lines = 1
        left = ""
        try:
            while piece := left + text.read(SCANNED_AT_ONCE):
                ends = len(piece) <= len(left)
                left = "\r" if piece.endswith("\r") and not ends else ""
                piece = piece.removesuffix(left)
                if lone := LONE_RETURN.search(piece):
                    self._refuse_lone_return(lines + piece.count("\n", 0, lone.start()))
                    return
                lines += piece.count("\n")
                self.is_empty = self.is_empty and not piece.strip()
                self.is_plain = self.is_plain and not self._is_odd(piece)
        except UnicodeDecodeError:
            self.problems.extend(_undecodable_lines(self.data, self.encoding))

    def _is_odd(self, piece: str) -> bool:
        hides_tabs = self.delimiter != "\t" and "\t" in piece
        return hides_tabs or ODD_SIGN.search(piece) is not None

    def _refuse_lone_return(self, row: int) -> None:
        # csv would part a row here, and a spreadsheet would not: row numbers could not be trusted.
        expected = "lines that end in LF or CR LF"
        self.problems.append(Problem(code="control_char", value="\r", expected=expected, row=row))


def header_of(data: bytes, *, encoding: str, delimiter: str) -> tuple[str, ...]:
    """Return the cells of the first line, none where it cannot be read."""
    try:
        line = _text(data, encoding).readline()
        return tuple(next(_reader([line.rstrip("\r\n")], delimiter), ()))
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


def _undecodable_lines(data: bytes, encoding: str) -> Iterable[Problem]:
    for row, line in enumerate(data.split(b"\n"), 1):
        try:
            line.decode(encoding)
        except UnicodeDecodeError as error:
            found = repr(line[error.start : error.end])
            expected = f"text encoded as {encoding}"
            yield Problem(code="encoding_invalid", value=found, expected=expected, row=row)


def _text(data: bytes, encoding: str) -> io.TextIOWrapper:
    # Spreadsheets glue a byte order mark to the first header; it is no part of the name.
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    return io.TextIOWrapper(io.BytesIO(data), codec, newline="\n")


def _reader(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    return csv.reader(lines, delimiter=delimiter, strict=True)


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name[:SHOWN_VALUE_LENGTH]) for name in names[:SHOWN_NAMES])
    more = len(names) - SHOWN_NAMES
    return f"{shown} and {more} more" if more > 0 else shown
