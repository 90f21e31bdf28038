"""What goes with a report's files: what was asked, what it sums to, and the files' hashes.

Its law: canonical JSON, so that equal content is equal bytes, with every quantity a string.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from hashlib import sha256
from importlib.metadata import version
from typing import Any, TypeAlias

from ledger.money import CONTEXT, plain
from reports.render.csv import number_of, text_of
from reports.report import Cell, Column, Kind, Report

SCHEMA_VERSION = 1
"""Raised when a name or a meaning changes in the JSON files; new names leave it as it is."""

JsonObject: TypeAlias = dict[str, Any]
Totals: TypeAlias = Mapping[str, Mapping[str, Decimal]]
"""Column name to commodity to sum; the commodity is blank where a column names none."""


def render(report: Report, *, files: Mapping[str, bytes]) -> bytes:
    """Return `NAME.meta.json` for a report and its rendered files, which are named by file name.

    A control total leaves out blank cells: what is unknown is counted beside it, never as zero.
    """
    rendered = {
        name: {"bytes": len(content), "sha256": sha256(content).hexdigest()}
        for name, content in files.items()
    }
    return canonical(description(report) | {"files": rendered})


def description(report: Report) -> JsonObject:
    """Return what a report says about itself, apart from its rows."""
    return {
        "schema_version": SCHEMA_VERSION,
        "software_version": version("feeshare"),
        "name": report.name,
        "title": report.title,
        "columns": [
            {
                "name": column.name,
                "kind": column.kind.value,
                "commodity_column": column.commodity_column,
                "total": column.total,
            }
            for column in report.columns
        ],
        "sorted_by": list(report.sorted_by),
        "row_count": len(report.rows),
        "control_totals": {
            name: {commodity: plain(total) for commodity, total in sums.items()}
            for name, sums in control_totals(report).items()
        },
        "unknown_in_totals": {
            column.name: sum(row[place] is None for row in report.rows)
            for place, column in total_columns(report)
        },
        "filters": dict(report.filters),
        "head": {"number": report.head_number, "hash": report.head_hash},
        "made_at": text_of(Column(name="made_at", kind=Kind.TIME), report.made_at),
        "facts": dict(report.facts),
        "notes": list(report.notes),
        "tie_outs": [
            {
                "check": tie_out.check,
                "commodity": tie_out.commodity,
                "left": plain(tie_out.left),
                "right": plain(tie_out.right),
                "difference": plain(tie_out.difference),
            }
            for tie_out in report.tie_outs
        ],
    }


def control_totals(report: Report) -> Totals:
    """Return the exact sum of every totalled column for each commodity in it, sorted by name."""
    totals: dict[str, dict[str, Decimal]] = {}
    for place, column in total_columns(report):
        sums: dict[str, Decimal] = {}
        commodity_of = commodity_reader(report, column)
        for row in report.rows:
            text_of(column, row[place])
            number = number_of(row[place])
            if number is not None:
                commodity = commodity_of(row)
                sums[commodity] = CONTEXT.add(sums.get(commodity, Decimal(0)), number)
        totals[column.name] = dict(sorted(sums.items()))
    return totals


def total_columns(report: Report) -> Sequence[tuple[int, Column]]:
    """Return the totalled columns with their places in a row."""
    return [(place, column) for place, column in enumerate(report.columns) if column.total]


def commodity_reader(report: Report, column: Column) -> Callable[[tuple[Cell, ...]], str]:
    """Return a function that tells a row's commodity for a column, blank where there is none."""
    if column.commodity_column is None:
        return lambda _row: ""
    names = [other.name for other in report.columns]
    place = names.index(column.commodity_column)
    return lambda row: "" if row[place] is None else str(row[place])


def canonical(content: JsonObject) -> bytes:
    """Return JSON with sorted keys, two spaces of indent and a final newline."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, sort_keys=True, indent=2)
    return f"{text}\n".encode()
