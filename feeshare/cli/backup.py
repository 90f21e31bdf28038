"""`backup` and `restore`: the books as one file, and back into an empty database."""

from pathlib import Path
from typing import Annotated

import typer

from feeshare.backup import back_up
from feeshare.backup import restore as restore_books
from feeshare.cli.audit import progress_of
from feeshare.cli.desk import desk_of
from feeshare.cli.groups import group
from feeshare.cli.output import AsCsv, AsJson, say, show

backup = group()
restore = group()
COMMANDS = {"backup": backup, "restore": restore}

COLUMNS = ("change", "hash")


@backup.command()
def _backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A new file.")],
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Dump the books to a new file, and say beside it in FILE.json what is in it."""
    made = back_up(desk_of(context).owner(), file)
    show("", COLUMNS, [(made.number, made.hash)], as_json=as_json, as_csv=as_csv)
    say(f"Next: keep {file} and {file}.json elsewhere; anchor: feeshare audit anchor --key FILE")


@restore.command()
def _restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="What backup wrote.")],
    without_sidecar: Annotated[
        bool, typer.Option("--without-sidecar", help="Go on where FILE.json is lost.")
    ] = False,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Restore a dump into an empty database and recompute the books."""
    desk = desk_of(context)
    restored = restore_books(
        desk.owner(writes=True),
        file,
        by=desk.actor,
        at=desk.now,
        needs_sidecar=not without_sidecar,
        progress=progress_of(),
    )
    newest = restored.head
    show("", COLUMNS, [(newest.number, newest.hash.hex())], as_json=as_json, as_csv=as_csv)
    say("Everything is what was sealed. Payouts wait until the last anchor was compared.")
    say("Next: feeshare audit verify --anchor FILE")
