"""Workbooks of Excel 97 to 2003 (XLS), through python-calamine.

The reader takes a whole sheet into memory; `ledger.revenue.containers` bounds the file. It reads
cells with errors as blank, so a required cell that holds one is refused as missing.
"""

import datetime as dt
import io
from collections.abc import Iterator
from decimal import Decimal

from ledger.money import plain
from ledger.revenue.books import BLANK, Cell, Sheet, SheetRow, trimmed


class XlsBook:
    """An XLS file whose bytes were found safe."""

    def __init__(self, data: bytes) -> None:
        import python_calamine

        self._book = python_calamine.load_workbook(io.BytesIO(data))
        visible = python_calamine.SheetVisibleEnum.Visible
        self.sheets = [
            Sheet(sheet.name, sheet.visible != visible) for sheet in self._book.sheets_metadata
        ]

    def rows(self, sheet: str) -> Iterator[SheetRow]:
        """Yield the rows of a sheet from its first to the last with a value, none left out."""
        for row in self._book.get_sheet_by_name(sheet).to_python(skip_empty_area=False):
            yield SheetRow(trimmed([_cell(value) for value in row]), hides=False)


def _cell(value: object) -> Cell:
    if isinstance(value, str):
        return Cell("text", value) if value else BLANK
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Cell("number", plain(Decimal(repr(value))))
    if isinstance(value, dt.date):
        moment = value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
        return Cell("date", value.isoformat(), moment)
    return Cell("other", str(value))
