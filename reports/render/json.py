"""JSON: the description of a report with its rows as objects, money as strings.

The columns' order is in `columns`, since the names inside an object are sorted.
"""

from reports.render.csv import text_of
from reports.render.metadata import JsonObject, canonical, description
from reports.report import Cell, Column, Kind, Report

LARGEST_COMMON_INTEGER = 2**53 - 1
"""Many readers hold every number as a double; beyond this they would change an integer."""


def render(report: Report) -> bytes:
    """Return a report as canonical JSON: blank is null, amounts and rates are strings."""
    rows: list[JsonObject] = [
        {
            column.name: value_of(column, cell)
            for column, cell in zip(report.columns, row, strict=True)
        }
        for row in report.rows
    ]
    return canonical(description(report) | {"rows": rows})


def value_of(column: Column, cell: Cell) -> str | int | bool | None:
    """Return a cell as JSON holds it; an integer that a double cannot hold stays a string."""
    if cell is None:
        return None
    text = text_of(column, cell)
    if column.kind is Kind.FLAG:
        return text == "true"
    if column.kind is Kind.INTEGER and abs(int(text)) <= LARGEST_COMMON_INTEGER:
        return int(text)
    return text
