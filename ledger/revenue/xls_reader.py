"""The reader of old workbooks, in a process of its own: `python -m ledger.revenue.xls_reader`.

A broken file makes the library ask for memory without end, or stop the whole program; here it
stops this process, which has bounds. It reads the file from stdin and writes JSON to stdout.
"""

import datetime as dt
import io
import json
import sys
from decimal import Decimal

from ledger.money import plain

MEMORY_MAX = 2 * 1024 * 1024 * 1024
SECONDS_MAX = 60


def contents(data: bytes) -> dict[str, object]:
    """Return the sheets as (name, hidden, rows of (kind, text) cells)."""
    import python_calamine

    book = python_calamine.load_workbook(io.BytesIO(data))
    visible = python_calamine.SheetVisibleEnum.Visible
    return {
        "sheets": [
            (
                sheet.name,
                sheet.visible != visible,
                [
                    [cell_of(value) for value in row]
                    for row in book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
                ],
            )
            for sheet in book.sheets_metadata
        ]
    }


def cell_of(value: object) -> tuple[str, str]:
    """Return a cell's kind and text; a date is written as ISO 8601."""
    if isinstance(value, str):
        return ("text", value) if value else ("blank", "")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "number", plain(Decimal(repr(value)))
    if isinstance(value, dt.date):
        return "date", value.isoformat()
    return "other", str(value)


def main() -> None:  # pragma: no cover - runs in a process of its own only
    """Answer for one file, within bounds."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_MAX, SECONDS_MAX))
    sys.stdout.write(json.dumps(contents(sys.stdin.buffer.read())))


if __name__ == "__main__":  # pragma: no cover - runs in a process of its own only
    main()
