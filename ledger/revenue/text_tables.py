"""Strict reading of a text table: bytes to records one after the other, and what is wrong.

What is wrong is a value (`Problem`, without the file's name), never an exception and never a
guess: encoding and delimiter are declared. Records are read as they are asked for, so that a file
of a million rows is never in memory as rows. `ledger.revenue.reading` adds the file's name.
"""

import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from ledger.errors import Problem
from ledger.revenue.fields import Fault

DELIMITERS = (",", ";", "\t", "|")
"""What may part the cells of a record."""

SCANNED_AT_ONCE = 1 << 16
"""Characters that are looked at in one piece, so that a file is never decoded as a whole."""

FIRST_LINE_LENGTH = 1 << 16
"""More characters of one line are no header."""

ODD_SIGN = re.compile(r'[^\x20-\x7e\t\r\n]|"')
"""A sign beyond plain ASCII, or a quote that may hide a line's end or a tab in a cell."""

LONE_RETURN = re.compile(r"\r(?!\n)")

DELIMITER_LINE = re.compile(r'"?sep=(.)"?\r?\n?')
"""A line that tells one spreadsheet program how to part the others."""

UNDECLARED = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8"),
)
"""Byte order marks with their encodings."""


class TextTable:
    """A text file, looked through once for what makes it no table, then read record by record.

    `is_empty` says that it has no text, `is_plain` that no cell can hold anything but printable
    ASCII. `problems` may grow while the records are read: a quoted cell that never closes shows at
    the end only.
    """

    sheet: str | None = None
    faults: Sequence[Fault] = ()

    def __init__(self, data: bytes, *, encoding: str, delimiter: str) -> None:
        self.data = data
        self.encoding = encoding
        self.delimiter = delimiter
        self.problems: list[Problem] = []
        self.is_plain = True
        self.is_empty = True
        self.problems.extend(_unexpected_encoding(data, encoding))
        if not self.problems:
            self._look_through()

    def first_rows(self, count: int) -> list[list[str]]:
        """Return the cells of the first lines, each read alone."""
        lines = first_lines(self.data, self.encoding, count)
        return [cells_of(line, self.delimiter) for line in lines]

    def records(self, first: int) -> Iterator[list[str]]:
        """Yield every record from a line on; an empty line is a record without cells."""
        lines = itertools.islice(_text(self.data, self.encoding), first - 1, None)
        count = first - 1
        try:
            for record in csv.reader(lines, delimiter=self.delimiter, strict=True):
                count += 1
                yield record
        except csv.Error as error:
            expected = "a complete CSV file in which every quoted cell is closed"
            code = "file_too_large" if "field limit" in str(error) else "file_truncated"
            self.problems.append(
                Problem(code=code, value=str(error), expected=expected, row=count + 1)
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


def first_lines(data: bytes, encoding: str, count: int) -> list[str]:
    """Return the first lines of a text without their ends, wrong bytes replaced by a sign."""
    text = _text(data[: count * FIRST_LINE_LENGTH], encoding, errors="replace")
    lines: list[str] = []
    while len(lines) < count and (line := text.readline(FIRST_LINE_LENGTH)):
        lines.append(line.rstrip("\r\n"))
    return lines


def cells_of(line: str, delimiter: str) -> list[str]:
    """Return the cells of one line, none where it is no record."""
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return []


def encoding_by_mark(data: bytes) -> str | None:
    """Return the encoding that a byte order mark says, None without one."""
    return next((encoding for mark, encoding in UNDECLARED if data.startswith(mark)), None)


def _unexpected_encoding(data: bytes, encoding: str) -> Iterable[Problem]:
    """Yield that a file is of another encoding than the declared one, by its first bytes."""
    found = encoding_by_mark(data)
    start = data[:64]
    if found is None and not encoding.startswith("utf-16") and start.count(0) * 4 > len(start):
        found = "utf-16 without a byte order mark"
    if found is not None and not encoding.startswith(found):
        expected = f"text encoded as {encoding}, as the mapping declares"
        yield Problem(code="encoding_unexpected", value=found, expected=expected)


def _undecodable_lines(data: bytes, encoding: str) -> Iterable[Problem]:
    expected = f"text encoded as {encoding}"
    if encoding.startswith("utf-16"):
        yield Problem(code="encoding_invalid", expected=expected)
        return
    for row, line in enumerate(data.split(b"\n"), 1):
        try:
            line.decode(encoding)
        except UnicodeDecodeError as error:
            found = repr(line[error.start : error.end])
            yield Problem(code="encoding_invalid", value=found, expected=expected, row=row)


def _text(data: bytes, encoding: str, errors: str = "strict") -> io.TextIOWrapper:
    # Spreadsheets glue a byte order mark to the first header; it is no part of the name.
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    return io.TextIOWrapper(io.BytesIO(data), codec, errors, newline="\n")
