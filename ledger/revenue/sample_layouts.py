"""Layouts of samples, for drafts of mappings only: where in a file its table seems to be."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from ledger.revenue.books import Cell
from ledger.revenue.column_guesses import is_number
from ledger.revenue.dates import written
from ledger.revenue.headers import PREAMBLE_MAX
from ledger.revenue.text_tables import DELIMITERS, cells_of, encoding_by_mark, first_lines
from ledger.revenue.workbooks import BOOKS

LOOKED_AT = 2000
"""So many rows of a file speak for the others."""

ENCODINGS = ("utf-8", "windows-1252", "iso-8859-1")
"""What is tried where no byte order mark says the encoding; the last one takes any bytes."""

TOTALS = re.compile(r"(?:grand )?(?:total|totals|sum|summe|gesamt)\b.*", re.IGNORECASE)

EDGE = 2
"""A sheet's title and a total may be the only rows with fewer cells."""


@dataclass(kw_only=True)
class Layout:
    """What a file looks like: `header_row` counts from 1; `number_columns` are number cells."""

    container: str
    encoding: str = ""
    delimiter: str = ""
    sheet: str | None = None
    header_row: int = 1
    header: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    totals: list[list[str]] = field(default_factory=list)
    words_below: list[str] = field(default_factory=list)
    has_blank_rows: bool = False
    number_columns: set[str] = field(default_factory=set)


def layout_of(data: bytes, container: str) -> Layout:
    """Return what a file looks like; without a header where nothing looks like one."""
    if container == "csv":
        encoding = _encoding(data)
        lines = first_lines(data, encoding, LOOKED_AT)
        delimiter = max(DELIMITERS, key=lambda sign: _likeness(lines, sign))
        layout = Layout(container=container, encoding=encoding, delimiter=delimiter)
        _place(layout, [cells_of(line, delimiter) for line in lines])
        return layout
    book = BOOKS[container](data)
    shown = [sheet.name for sheet in book.sheets if not sheet.is_hidden]
    layout = Layout(container=container, sheet=shown[0] if len(book.sheets) > 1 else None)
    cells = [row.cells for row, _ in zip(book.rows(shown[0]), range(LOOKED_AT), strict=False)]
    width = max(map(len, cells), default=0)
    texts = [[_text(cell) for cell in row] for row in cells]
    _place(layout, [row + [""] * (width - len(row)) if row else [] for row in texts])
    below = cells[layout.header_row :]
    layout.number_columns = {
        name
        for at, name in enumerate(layout.header)
        if any(at < len(row) and row[at].kind == "number" for row in below)
    }
    return layout


def _place(layout: Layout, records: Sequence[list[str]]) -> None:
    """Find the header, the rows and what is below them."""
    widths = Counter(len(record) for record in records if len(record) > 1)
    width = max(widths, key=lambda it: (widths[it], it), default=0)
    for at, record in enumerate(records[: PREAMBLE_MAX + 1]):
        if len(record) == width and _is_header(record):
            layout.header, layout.header_row = record, at + 1
            break
    if not layout.header:
        return
    pending_blank = False
    for record in records[layout.header_row :]:
        filled = [cell for cell in record if cell.strip()]
        if not filled:
            pending_blank = True
        elif TOTALS.fullmatch(record[0].strip()) and len(record) == width:
            layout.totals.append(record)
        elif len(filled) == 1 and record[0] and width > EDGE:
            layout.words_below.append(record[0])
        elif len(record) == width and not layout.totals:
            layout.has_blank_rows = layout.has_blank_rows or pending_blank
            layout.rows.append(record)


def _is_header(record: Sequence[str]) -> bool:
    names = [name.strip() for name in record]
    return all(names) and len(set(names)) == len(names) and not any(map(is_number, names))


def _likeness(lines: Sequence[str], delimiter: str) -> int:
    widths = Counter(len(cells_of(line, delimiter)) for line in lines if line)
    return max((times * (width - 1) for width, times in widths.items()), default=0)


def _encoding(data: bytes) -> str:
    if marked := encoding_by_mark(data):
        return marked
    for encoding in ENCODINGS[:-1]:
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return ENCODINGS[-1]


def _text(cell: Cell) -> str:
    return written(cell.moment, "YYYY-MM-DD") if cell.moment else cell.text
