"""`init` and `doctor`: make the books, and look whether everything is well."""

import shutil

import typer

from feeshare.books import initialise
from feeshare.cli.desk import desk_of
from feeshare.cli.groups import group
from feeshare.cli.output import AsCsv, AsJson, say, show
from feeshare.doctor import findings
from ledger.errors import Unavailable

init = group()
doctor = group()
COMMANDS = {"init": init, "doctor": doctor}


@init.command()
def _init(context: typer.Context) -> None:
    """Create or migrate the database; load chart of accounts, tokens and default policies."""
    desk = desk_of(context)
    new = initialise(desk.settings, actor=desk.actor, at=desk.now)
    say(f"{new} default rows loaded." if new else "Nothing to do: the books are up to date.")
    say("Next: load exchanges, payees, agreements and wallets (feeshare exchange load FILE).")


@doctor.command()
def _doctor(context: typer.Context, as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """Check settings, database, disk and clock; one line each, with the mend."""
    desk = desk_of(context)
    found = findings(desk.settings, shutil.disk_usage(desk.settings.home.resolve().anchor))
    show(
        "",
        ("check", "state", "detail", "mend"),
        [(each.check, each.state, each.detail, each.mend) for each in found],
        as_json=as_json,
        as_csv=as_csv,
    )
    if any(each.state == "wrong" for each in found):
        raise Unavailable("Not everything is well.", mend="See the column mend.")
