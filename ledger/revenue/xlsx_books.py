"""Workbooks of Office Open XML (XLSX), read as they stream: digits as written, nothing computed.

A sheet is never in memory as a whole, and what a spreadsheet hides is seen: rows, columns, sheets.
"""

import datetime as dt
import functools
import io
import posixpath
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from ledger.money import CONTEXT
from ledger.revenue.books import BLANK, ROWS_MAX, Cell, Sheet, SheetRow, TooManyRows, trimmed

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

EPOCH_1900 = dt.datetime(1899, 12, 30, tzinfo=dt.UTC)
EPOCH_1904 = dt.datetime(1904, 1, 1, tzinfo=dt.UTC)
MILLISECONDS_A_DAY = Decimal(86_400_000)

LAST_DISPUTED_SERIAL = 60
"""29 February 1900 in one program, 28 February in others: there was no such day."""

HIDDEN = ("1", "true")


class XlsxBook:
    """An XLSX file whose bytes were found safe."""

    def __init__(self, data: bytes) -> None:
        self._archive = zipfile.ZipFile(io.BytesIO(data))
        self.sheets: list[Sheet] = []
        self._parts: dict[str, str] = {}
        self._has_1904 = False
        targets = {
            it.get("Id"): it.get("Target", "") for it in self._part("_rels/workbook.xml.rels")
        }
        for element in self._part("workbook.xml").iter():
            if _name(element) == "workbookPr":
                self._has_1904 = element.get("date1904") in HIDDEN
            elif _name(element) == "sheet":
                relation = next(value for key, value in element.items() if key.endswith("}id"))
                name = element.get("name", "")
                self.sheets.append(Sheet(name, element.get("state", "visible") != "visible"))
                self._parts[name] = posixpath.normpath(posixpath.join("/xl", targets[relation]))

    def rows(self, sheet: str) -> Iterator[SheetRow]:
        """Yield the rows of a sheet from its first to the last with a value, none left out."""
        hidden: set[int] = set()
        blanks = 0
        count = 0
        for element in self._elements(self._parts[sheet].removeprefix("/"), "row", "col"):
            if _name(element) == "col":
                if element.get("hidden") in HIDDEN:
                    hidden |= set(
                        range(int(element.get("min", 1)), int(element.get("max", 1)) + 1)
                    )
                continue
            number = int(element.get("r", count + 1))
            if not count < number <= ROWS_MAX:
                raise TooManyRows
            blanks += number - count - 1
            count = number
            cells = trimmed(self._cells(element))
            if not cells:
                blanks += 1
                continue
            yield from (SheetRow([], hides=False) for _ in range(blanks))
            blanks = 0
            in_hidden = any(cells[at - 1] != BLANK for at in hidden if at <= len(cells))
            yield SheetRow(cells, hides=in_hidden or element.get("hidden") in HIDDEN)

    def _cells(self, row: "Element") -> list[Cell]:
        cells: list[Cell] = []
        for element in row:
            if _name(element) == "c":
                at = _column(element.get("r", "")) or len(cells) + 1
                cells += [BLANK] * (at - 1 - len(cells))
                cells[at - 1 : at] = [self._cell(element)]
        return cells

    def _cell(self, element: "Element") -> Cell:
        parts = {_name(part): part for part in element}
        value = parts["v"].text or "" if "v" in parts else None
        kind = element.get("t", "n")
        if kind == "inlineStr":
            return _text(_spoken(parts["is"]) if "is" in parts else "")
        if value is None:
            return Cell("error", "a formula without a result") if "f" in parts else BLANK
        if kind == "n":
            return self._number(value, int(element.get("s", 0)))
        if kind in ("s", "str"):
            return _text(self._shared[int(value)] if kind == "s" else value)
        return Cell("error" if kind == "e" else "other", value)

    def _number(self, value: str, style: int) -> Cell:
        if style >= len(self._dates) or not self._dates[style]:
            return Cell("number", value)
        serial = Decimal(value)
        epoch = EPOCH_1904 if self._has_1904 else EPOCH_1900
        # To the millisecond: a day's fraction in binary is never a whole second.
        since = int(CONTEXT.multiply(serial, MILLISECONDS_A_DAY).to_integral_value())
        moment = epoch + dt.timedelta(milliseconds=since)
        doubtful = self._has_1904 or serial <= LAST_DISPUTED_SERIAL
        return Cell("date", value, moment, is_doubtful_date=doubtful)

    @functools.cached_property
    def _shared(self) -> list[str]:
        """Return the texts that cells point to."""
        return [_spoken(element) for element in self._elements("xl/sharedStrings.xml", "si")]

    @functools.cached_property
    def _dates(self) -> list[bool]:
        """Return for each style of a cell whether it shows a number as a date."""
        from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format

        if "xl/styles.xml" not in self._archive.namelist():
            return []
        styles = self._part("styles.xml")
        codes = dict(BUILTIN_FORMATS)
        for element in styles.iter():
            if _name(element) == "numFmt":
                codes[int(element.get("numFmtId", 0))] = element.get("formatCode", "")
        cell_styles = [it for part in styles if _name(part) == "cellXfs" for it in part]
        numbers = [int(style.get("numFmtId", 0)) for style in cell_styles]
        return [is_date_format(codes.get(number, "General")) for number in numbers]

    def _part(self, name: str) -> "Element":
        from defusedxml.ElementTree import fromstring

        found: Element = fromstring(self._archive.read(f"xl/{name}"))
        return found

    def _elements(self, part: str, *names: str) -> Iterator["Element"]:
        """Yield a part's elements of these names as they end, each forgotten after its use."""
        from defusedxml.ElementTree import iterparse

        with self._archive.open(part) as stream:
            open_elements: list[Element] = []
            for event, element in iterparse(stream, events=("start", "end")):
                if event == "start":
                    open_elements.append(element)
                    continue
                open_elements.pop()
                if _name(element) in names:
                    yield element
                    open_elements[-1].clear()


def _name(element: "Element") -> str:
    return element.tag.rpartition("}")[2]


def _text(value: str) -> Cell:
    return Cell("text", value) if value else BLANK


def _spoken(element: "Element") -> str:
    """Return a text without the reading aids that Japanese cells carry beside it."""
    if _name(element) == "t":
        return element.text or ""
    return "".join(_spoken(part) for part in element if _name(part) != "rPh")


def _column(reference: str) -> int:
    """Return the number of a column from a cell's name such as AB12, 0 without one."""
    number = 0
    for letter in reference:
        if not "A" <= letter <= "Z":
            break
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
