"""Sources: the table of a file that a mapping reads, and what is no row of it."""

import collections.abc
from collections.abc import Iterator, Sequence

from ledger.errors import Problem
from ledger.revenue.cells import parse_commodity
from ledger.revenue.mapping import Mapping
from ledger.revenue.text_tables import TextTable
from ledger.revenue.workbooks import SheetTable

WORDS_COLUMNS_MAX = 2
"""In a table of so few columns, a line with one cell may be a row that lacks the other."""


def table_of(mapping: Mapping, data: bytes) -> TextTable | SheetTable:
    """Return the table in a file's bytes, as a mapping declares it."""
    if mapping.container == "csv":
        return TextTable(data, encoding=mapping.encoding, delimiter=mapping.delimiter)
    return SheetTable(mapping, data)


def misshapen(mapping: Mapping, record: Sequence[str]) -> Problem | None:
    """Return why a record is no row: words alone, the header again, too few or many cells.

    `layout_unknown` is a problem of the file, the others are of the row.
    """
    width = len(mapping.header)
    alone = len(record) == 1 if mapping.container == "csv" else not any(record[1:])
    if alone and record[0] and width > WORDS_COLUMNS_MAX:
        expected = "rows only, or this line in the mapping"
        return Problem(code="layout_unknown", value=record[0], expected=expected)
    if len(record) != width:
        shown = mapping.delimiter.join(record)
        return Problem(
            code="column_count", value=shown, expected=f"{width} cells, not {len(record)}"
        )
    if tuple(record) == mapping.header:
        return Problem(code="header_repeated", expected="the header once, on top")
    return None


def constant_problems(
    mapping: Mapping, commodities: collections.abc.Mapping[str, int]
) -> Iterator[Problem]:
    """Yield which commodities that a mapping names are not known."""
    currency = mapping.constants.get("currency")
    named = [currency] if currency else [amount.currency for amount in mapping.amounts]
    for code in named:
        found = parse_commodity(code, commodities)
        if isinstance(found, Problem):
            yield found
