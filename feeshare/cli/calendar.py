"""`calendar`: what has to happen by when, as a list or as a feed for other calendars."""

from datetime import datetime
from typing import Annotated

import typer

from feeshare.cli.axes import KnownAt, effective_day
from feeshare.cli.desk import desk_of
from feeshare.cli.groups import group
from feeshare.cli.output import AsCsv, AsJson, show
from feeshare.due_dates import due_dates
from ledger.business_days import on_or_before

calendar = group()
COMMANDS = {"calendar": calendar}

COLUMNS = ("kind", "day", "act_by", "subject", "what", "next_command", "state")


@calendar.command()
def _calendar(
    context: typer.Context,
    first: Annotated[
        datetime | None,
        typer.Option(
            "--from", formats=["%Y-%m-%d"], help="Else today, and what is overdue before."
        ),
    ] = None,
    last: Annotated[
        datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d"], help="Else the end of the third month ahead."),
    ] = None,
    as_ics: Annotated[
        bool, typer.Option("--ics", help="Print iCalendar, as of the day of the newest change.")
    ] = False,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List what has to happen by when: statements, money, holds, prices, payouts."""
    desk = desk_of(context)
    today = desk.now.date()
    with desk.read(known_at) as session:
        dates = due_dates(
            session,
            first=effective_day(first),
            last=effective_day(last),
            today=None if as_ics else today,
        )
    if as_ics:
        from reports.render.ics import render

        made = render(dates.found, books=dates.books, sealed_at=dates.sealed_at, works=dates.works)
        typer.echo(made.decode(), nl=False)
        return
    rows = [
        (
            *(each.kind, each.day, on_or_before(each.day, dates.works), each.subject),
            *(each.what, each.next_command, each.state(today).value),
        )
        for each in dates.found
    ]
    show("", COLUMNS, rows, as_json=as_json, as_csv=as_csv)
