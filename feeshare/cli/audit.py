"""`audit`: recompute everything, and name the first thing that differs."""

import sys

import typer

from feeshare.cli.desk import desk_of, is_terminal
from feeshare.cli.output import AsCsv, AsJson, say, show
from feeshare.verifying import verify_books
from ledger.errors import NeedsReview
from ledger.sealing import head

audit = typer.Typer(no_args_is_help=True, help="Recompute the books.")
COMMANDS = {"audit": audit}


@audit.callback()
def _audit() -> None:
    """Recompute the books."""


@audit.command("verify")
def _verify(context: typer.Context, as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """Recompute hashes, links, numbers, sums, balances and checkpoints of the whole books."""
    with desk_of(context).read() as session:
        newest = head(session)
        found = verify_books(session, progress=_progress if is_terminal() else None)
    rows: list[tuple[str, int | str]] = [
        ("changes", found.changes),
        ("entries", found.entries),
        ("postings", found.postings),
        ("rows", found.rows),
        ("head", f"{newest.number} {newest.hash.hex()}"),
    ]
    show("", ("checked", "count"), rows, as_json=as_json, as_csv=as_csv, right=("count",))
    if found.problems:
        raise NeedsReview(
            "The books are not what was sealed:\n" + "\n".join(map(str, found.problems)),
            mend="Keep this database as it is, and compare it with the last backup.",
        )
    say("Everything is what was sealed.")


def _progress(changes: int, entries: int) -> None:
    print(f"\r{changes:,} changes, {entries:,} entries", end="", file=sys.stderr, flush=True)
