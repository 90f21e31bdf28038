"""`worker`: the scheduled jobs."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from feeshare import jobs, logs
from feeshare.cli.desk import Desk, desk_of
from feeshare.cli.groups import group
from feeshare.cli.output import AsCsv, AsJson, say, show
from ledger.errors import NeedsReview

worker = group()
COMMANDS = {"worker": worker}


@worker.command()
def _worker(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Do what is due, then stop.")] = False,
    results: Annotated[bool, typer.Option("--results", help="List what jobs did.")] = False,
    folder: Annotated[Path, typer.Option("--output", help="Where the month's reports go.")] = Path(
        "reports-output"
    ),
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Run the jobs at their hours, and scan the chains that are set every few seconds."""
    desk = desk_of(context)
    if results:
        with desk.read() as session:
            rows = [
                (row.job, row.occasion, row.result, row.detail, row.finished_at)
                for row in jobs.results(session)
            ]
        columns = ("job", "occasion", "result", "detail", "finished_at")
        show("", columns, rows, as_json=as_json, as_csv=as_csv)
        return
    # What was done once is shown as a table; a worker that stays tells it to the log.
    logs.configure(quiet=once)
    if not once:
        from feeshare.worker import serve

        say("Working; stop with Ctrl-C.")
        serve(desk.engine, desk.settings, lambda: desk.now, folder)
        return
    done = jobs.run_due(desk.engine, desk.now, folder)
    done += _chains(desk)
    show(
        "",
        ("job", "occasion", "state", "detail"),
        [(each.job, each.occasion, each.state, each.detail) for each in done],
        as_json=as_json,
        as_csv=as_csv,
    )
    if any(each.state in ("wrong", "failed") for each in done):
        raise NeedsReview("A job found something wrong.", mend="feeshare audit verify")


def _chains(desk: Desk) -> list[jobs.Run]:
    """Look once at each chain that is set."""
    if not desk.settings.chains:
        return []
    from feeshare.chain_jobs import look
    from feeshare.chain_setup import setups

    interval = timedelta(seconds=desk.settings.scan_seconds)
    done = []
    for setup in setups(desk.settings):
        found = look(desk.engine, setup, lambda: desk.now, interval)
        state = "nothing due" if found is None else "well" if found.is_well else "wrong"
        detail = f"{found.state}, {found.booked} booked" if found else "see: feeshare chain status"
        done.append(
            jobs.Run(job=f"chain-{setup.chain.name}", occasion="", state=state, detail=detail)
        )
    return done
