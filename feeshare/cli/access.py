"""`audit access-log`: who read the books, and who was refused."""

from datetime import datetime
from typing import Annotated

import typer

from feeshare import access
from feeshare.cli.desk import desk_of
from feeshare.cli.output import AsCsv, AsJson, show

COLUMNS = (
    *("line", "at", "actor", "channel", "action"),
    *("subject", "code", "exit_status", "request_id"),
)


def access_log(
    context: typer.Context,
    since: Annotated[
        datetime | None,
        typer.Option("--since", formats=["%Y-%m-%d"], help="The first day (UTC)."),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option("--until", formats=["%Y-%m-%d"], help="The last day (UTC)."),
    ] = None,
    actor: Annotated[str | None, typer.Option("--actor", help="Who acted.")] = None,
    refused: Annotated[bool, typer.Option("--refused", help="Only what was refused.")] = False,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List who read the books and who was refused; what was written is in the changes."""
    with desk_of(context).read() as session:
        rows = [
            (
                line.id,
                line.at,
                line.actor or None,
                line.channel,
                line.action,
                line.subject,
                line.code,
                line.exit_status,
                line.request_id,
            )
            for line in access.accesses(
                session,
                since=since.date() if since else None,
                until=until.date() if until else None,
                actor=actor,
                refused=refused,
            )
        ]
    show("", COLUMNS, rows, as_json=as_json, as_csv=as_csv, right=("line", "exit_status"))
