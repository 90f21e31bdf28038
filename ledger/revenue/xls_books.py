"""Workbooks of Excel 97 to 2003 (XLS), read by a process of its own that has bounds.

Cells with errors come as blank, so a required cell that holds one is refused as missing.
"""

import datetime as dt
import functools
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from ledger.revenue.books import BLANK, Cell, Sheet, SheetRow, trimmed

READER = (sys.executable, "-m", "ledger.revenue.xls_reader")


class XlsBook:
    """An XLS file whose bytes were found safe.

    Raises:
        ValueError: the reader could not read it within its bounds.
    """

    def __init__(self, data: bytes) -> None:
        self._rows = {name: rows for name, _, rows in _read(data)}
        self.sheets = [Sheet(name, is_hidden) for name, is_hidden, _ in _read(data)]

    def rows(self, sheet: str) -> Iterator[SheetRow]:
        """Yield the rows of a sheet from its first to the last with a value, none left out."""
        for row in self._rows[sheet]:
            yield SheetRow(trimmed([_cell(kind, text) for kind, text in row]), hides=False)


@functools.lru_cache(maxsize=1)
def _read(data: bytes) -> list[Any]:
    """Return what the reader found; the last file is remembered, for it is looked at often."""
    answer = subprocess.run(READER, input=data, capture_output=True, check=False)
    if answer.returncode != 0:
        raise ValueError("the reader gave up")
    found: list[Any] = json.loads(answer.stdout)["sheets"]
    return found


def _cell(kind: Any, text: str) -> Cell:  # noqa: ANN401 - one of a cell's kinds, from JSON
    if kind == "date":
        return Cell("date", text, dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC))
    return Cell(kind, text) if kind != "blank" else BLANK
