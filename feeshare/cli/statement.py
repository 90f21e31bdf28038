"""`import`: files come in; what they hold is staged or recorded."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from feeshare.cli.desk import desk_of, is_terminal
from feeshare.cli.groups import group
from feeshare.cli.mapping import Mappings
from feeshare.cli.output import AsCsv, AsJson, Cell, say, show
from feeshare.imported import Imported
from feeshare.importing import take_files
from feeshare.inbox import Progress, mappings_in, read_files
from ledger.errors import NeedsReview

import_ = group()
COMMANDS = {"import": import_}

COLUMNS = (
    "file",
    "what",
    "subject",
    "rows",
    "total",
    "commodity",
    "control_total",
    "against_last",
    "state",
    "skipped",
    "quarantined",
)


@import_.command()
def _import(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders of them.")],
    folder: Mappings = None,
    restates: Annotated[
        bool,
        typer.Option(
            "--restates", help="The files replace what there is of their months, parts included."
        ),
    ] = False,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Stage statements and record bank lines. Nothing posts until a person accepts."""
    desk = desk_of(context)
    mappings = mappings_in(folder or desk.settings.mappings)
    with _progress() as progress:
        # Read before the books are locked: a long file would keep everybody else waiting.
        with desk.read() as session:
            read = read_files(
                session,
                paths,
                mappings,
                today=desk.now.date(),
                restates=restates,
                progress=progress,
            )
        with desk.write(f"import {', '.join(path.name for path in paths)}") as change:
            imported = take_files(change, read)
            wrote = change.wrote
    show(
        "",
        COLUMNS,
        [_row(each) for each in imported],
        as_json=as_json,
        as_csv=as_csv,
        right=("rows", "skipped", "quarantined", "total", "against_last"),
    )
    for note in dict.fromkeys(note for each in imported for note in each.notes):
        say(note)
    _say_what_is_next(imported, wrote=wrote)


def _row(each: Imported) -> Sequence[Cell]:
    return (
        each.file,
        each.kind,
        each.subject,
        each.rows,
        each.total,
        each.commodity,
        each.control_total,
        each.against_last,
        each.state,
        each.skipped,
        each.quarantined,
    )


def _say_what_is_next(imported: Sequence[Imported], *, wrote: bool) -> None:
    """Say what comes next; exit with 3 where a person has to look at single rows first."""
    if not wrote:
        say("Nothing new: every file was imported before.")
        return
    held = [each.document for each in imported if each.quarantined or each.warnings]
    if held:
        say(f"Rows or warnings wait for a person: feeshare review show {held[0]}")
        raise typer.Exit(NeedsReview.exit_status)
    if any(each.document for each in imported):
        say("Next: feeshare review, then feeshare review accept --all")


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """Show how many rows of each long file were read, where a person watches."""
    if not is_terminal():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Bars(*columns, console=console, transient=True) as bars:
        tasks: dict[str, object] = {}

        def told(name: str, rows: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=None)
            bars.update(tasks[name], description=f"{name}: {rows:,} rows read")  # type: ignore[arg-type]

        yield told
