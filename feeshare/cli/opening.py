"""`opening`: what was open and what accounts held when the books began."""

from pathlib import Path
from typing import Annotated

import typer

from feeshare.cli.desk import desk_of
from feeshare.cli.groups import group
from feeshare.cli.output import say
from feeshare.opening import load
from ledger.money import plain

opening = group("Open receivables and balances at cut-over.")
COMMANDS = {"opening": opening}


@opening.callback()
def _group() -> None:
    """Open receivables and balances at cut-over."""


@opening.command("load")
def _load(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV or YAML: kind (receivable or balance), date, amount, commodity; agreement "
            "and period of a receivable, account of a balance."
        ),
    ],
) -> None:
    """Open what a file lists, all of it or nothing."""
    with desk_of(context).write(f"open {file.name}") as change:
        opened = load(change, file)
    for each in opened:
        told = f"{each.name}: {plain(each.amount)} {each.commodity}"
        say(told if each.new else f"{told} (opened before)")
    if not any(each.new for each in opened):
        say("Nothing to do: all of it was opened before.")
