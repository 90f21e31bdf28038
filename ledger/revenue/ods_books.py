"""Workbooks of OpenDocument (ODS), read as they stream: digits as written, nothing computed.

A sheet is never in memory as a whole; a row or cell that says it is repeated is counted first.
"""

import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ledger.revenue.books import BLANK, ROWS_MAX, Cell, Sheet, SheetRow, TooManyRows, trimmed

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

NUMBERS = ("float", "currency", "percentage")

COLUMNS_MAX = 16_384


class OdsBook:
    """An ODS file whose bytes were found safe."""

    def __init__(self, data: bytes) -> None:
        self._archive = zipfile.ZipFile(io.BytesIO(data))
        self.sheets: list[Sheet] = []
        hidden_styles: set[str] = set()
        for element, _ in self._elements("style", "table"):
            if _name(element) == "style":
                shown = [_get(part, "display") for part in element]
                hidden_styles |= {_get(element, "name")} if "false" in shown else set()
            else:
                name, style = _get(element, "name"), _get(element, "style-name")
                self.sheets.append(Sheet(name, style in hidden_styles))

    def rows(self, sheet: str) -> Iterator[SheetRow]:
        """Yield the rows of a sheet from its first to the last with a value, none left out."""
        hidden: list[bool] = []
        blanks = 0
        count = 0
        for element, table in self._elements("table-row", "table-column"):
            if table != sheet:
                continue
            is_hidden = _get(element, "visibility") in ("collapse", "filter")
            if _name(element) == "table-column":
                times = min(_repeated(element, "columns"), COLUMNS_MAX)
                hidden += [is_hidden] * times
                continue
            times = _repeated(element, "rows")
            cells = trimmed(_cells(element))
            if not cells:
                blanks += times
                continue
            count += blanks + times
            if count > ROWS_MAX:
                raise TooManyRows
            yield from (SheetRow([], hides=False) for _ in range(blanks))
            blanks = 0
            in_hidden = any(
                away and cell != BLANK for away, cell in zip(hidden, cells, strict=False)
            )
            row = SheetRow(cells, hides=in_hidden or is_hidden)
            yield from (row for _ in range(times))

    def _elements(self, *names: str) -> Iterator[tuple["Element", str]]:
        """Yield elements of these names as they end, each with the sheet that it is in."""
        from defusedxml.ElementTree import iterparse

        with self._archive.open("content.xml") as stream:
            open_elements: list[Element] = []
            table = ""
            for event, element in iterparse(stream, events=("start", "end")):
                if event == "start":
                    open_elements.append(element)
                    if _name(element) == "table":
                        table = _get(element, "name")
                    continue
                open_elements.pop()
                if _name(element) in names:
                    yield element, table
                if _name(element) in ("table-row", "table-column", "table") and open_elements:
                    open_elements[-1].remove(element)


def _cells(row: "Element") -> list[Cell]:
    cells: list[Cell] = []
    blanks = 0
    for element in row:
        if _name(element) not in ("table-cell", "covered-table-cell"):
            continue
        cell, times = _cell(element), _repeated(element, "columns")
        if cell == BLANK:
            blanks += times
            continue
        if len(cells) + blanks + times > COLUMNS_MAX:
            raise TooManyRows
        cells += [BLANK] * blanks + [cell] * times
        blanks = 0
    return cells


def _cell(element: "Element") -> Cell:
    text = "\n".join(_spoken(part) for part in element if _name(part) == "p")
    kind = _get(element, "value-type")
    extended = [value for key, value in element.items() if key.endswith("}value-type")]
    if "error" in extended or (_get(element, "formula") and not kind):
        return Cell("error", text or "a formula without a result")
    if kind in NUMBERS:
        return Cell("number", _get(element, "value"))
    if kind == "date":
        value = _get(element, "date-value")
        return Cell("date", value, dt.datetime.fromisoformat(value).replace(tzinfo=dt.UTC))
    if kind in ("boolean", "time"):
        return Cell("other", text)
    return Cell("text", text) if text else BLANK


def _spoken(element: "Element") -> str:
    """Return the text of a paragraph; blanks beyond the first are elements of their own."""
    parts = [element.text or ""]
    for part in element:
        name = _name(part)
        parts.append(" " * int(_get(part, "c") or 1) if name == "s" else _spoken(part))
        parts.append(part.tail or "")
    return "".join(parts)


def _repeated(element: "Element", what: str) -> int:
    return max(1, int(_get(element, f"number-{what}-repeated") or 1))


def _name(element: "Element") -> str:
    return element.tag.rpartition("}")[2]


def _get(element: "Element", name: str) -> str:
    """Return an attribute, whatever prefix it has; the first where two have this name."""
    return next((value for key, value in element.items() if key.endswith(f"}}{name}")), "")
