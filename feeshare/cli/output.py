"""What commands print: data to stdout as a table, JSON or CSV; sentences to stderr."""

import csv
import json
import os
import sys
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, TypeAlias

import typer

from ledger.money import plain

Cell: TypeAlias = str | int | Decimal | date | datetime | bool | None

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]

PLAIN_WIDTH = 10_000
"""Where no terminal says how wide it is, a table is as wide as what stands in it."""


def say(sentence: str) -> None:
    """Print a sentence for the person who runs the command, on stderr."""
    print(sentence, file=sys.stderr)


def show(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    *,
    as_json: bool = False,
    as_csv: bool = False,
    right: Sequence[str] = (),
) -> None:
    """Print rows: as a table for people, or as JSON or CSV for programs.

    `right` names the columns that are set flush right (amounts, counts).
    """
    if as_json:
        objects = [dict(zip(columns, map(_json, row), strict=True)) for row in rows]
        print(json.dumps(objects, indent=2, ensure_ascii=False))
    elif as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_text(cell) for cell in row] for row in rows)
    else:
        _table(title, columns, rows, right)


def _table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]], right: Sequence[str]
) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(
            column.replace("_", " "),
            justify="right" if column in right else "left",
            overflow="fold",
        )
    for row in rows:
        table.add_row(*[_escape(_text(cell)) for cell in row])
    width = None if sys.stdout.isatty() else PLAIN_WIDTH
    console = Console(
        width=width,
        no_color=bool(os.environ.get("NO_COLOR")),
        highlight=False,
        emoji=False,  # an account such as assets:bank:operating is no picture
    )
    with console.capture() as captured:
        console.print(table)
    # Cells are padded to their column; blanks at the end of a line only get in the way of pipes.
    print("\n".join(line.rstrip() for line in captured.get().splitlines()).strip("\n"))


def _escape(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _text(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case Decimal():
            return plain(cell)
        case datetime():
            return cell.strftime("%Y-%m-%dT%H:%M:%SZ")
        case date():
            return cell.isoformat()
        case _:
            return str(cell)


def _json(cell: Cell) -> str | int | bool | None:
    return cell if cell is None or isinstance(cell, bool | int) else _text(cell)
