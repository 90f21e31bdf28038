"""`month`: what is expected, whether everything ties, and the close."""

from typing import Annotated

import typer

from feeshare import month as months
from feeshare.cli.axes import KnownAt
from feeshare.cli.desk import desk_of
from feeshare.cli.groups import group
from feeshare.cli.money import Month
from feeshare.cli.output import AsCsv, AsJson, say, show
from feeshare.cli.renewal_decisions import DUE_COLUMNS, due_rows
from ledger import periods
from ledger.errors import NeedsReview
from ledger.months import last_day, parse_month
from ledger.revenue import upkeep_facts

month = group("What is expected, tie-outs, close, reopen.")
COMMANDS = {"month": month}

Reason = Annotated[str, typer.Option("--reason")]


@month.command("start")
def _start(
    context: typer.Context,
    month_: Month,
    known_at: KnownAt = None,
    reminders: Annotated[
        bool, typer.Option("--reminders", help="Print a text for each exchange that is late.")
    ] = False,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List the statements expected for a month and their money, and for each the next action.

    Below them stand the notices and decisions of connectors' upkeep that are due by the month's
    end or before (`feeshare renewal due` lists them, as CSV and JSON too).
    """
    desk = desk_of(context)
    today = desk.now.date()
    period = parse_month(month_)
    with desk.read(known_at) as session:
        found = months.standings(session, period, today)
        due = due_rows(upkeep_facts.due(session, today, max(today, last_day(period))))
        rows = [
            (
                each.expected.exchange,
                each.expected.agreement,
                each.state,
                each.expected.statement,
                each.money,
                each.next_action,
                each.expected.expected_by,
                each.days_late,
                each.open,
                each.commodity,
                each.due_on,
            )
            for each in found
        ]
    if reminders:
        texts = months.reminders(found, today)
        print("\n".join(texts), end="")
        say(f"{len(texts)} reminders." if texts else "Nobody is late.")
        return
    columns = ("exchange", "agreement", "state", "statement", "money", "next_action")
    show(
        "",
        (*columns, "expected_by", "days_late", "open", "commodity", "due_on"),
        rows,
        as_json=as_json,
        as_csv=as_csv,
        right=("days_late", "open"),
    )
    if due and not (as_json or as_csv):
        show("Upkeep of connectors that is due", DUE_COLUMNS, due)


@month.command("waive")
def _waive(
    context: typer.Context,
    month_: Month,
    reason: Reason,
    only: Annotated[
        list[str] | None, typer.Argument(help="Exchanges or agreements; else all missing.")
    ] = None,
) -> None:
    """Record that missing statements of a month will not come."""
    with desk_of(context).write(f"waive missing statements of {month_}") as change:
        waived = months.waive_missing(change, parse_month(month_), reason=reason, only=only or ())
    for each in waived:
        say(f"waived: {each}")
    if not waived:
        say("Nothing to do: none of them is missing.")


@month.command("status")
def _status(
    context: typer.Context,
    month_: Month,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show every check that must hold before a month closes, and what each close froze."""
    period = parse_month(month_)
    with desk_of(context).read(known_at) as session:
        found = [*months.checks(session, period), *months.history(session, period)]
    rows = [
        (
            each.name,
            "✓" if each.holds else "✗",
            each.result,
            "" if each.holds else each.next_action,
        )
        for each in found
    ]
    columns = ("check", "holds", "result", "next_action")
    show("", columns, rows, as_json=as_json, as_csv=as_csv)
    if not all(each.holds for each in found):
        raise typer.Exit(NeedsReview.exit_status)


@month.command("close")
def _close(context: typer.Context, month_: Month, reason: Reason = "month end") -> None:
    """Close a month: every check holds, its balances are frozen, nothing is dated in it again."""
    with desk_of(context).write(f"close {month_}") as change:
        event, new = months.close(change, parse_month(month_), reason=reason)
        digest, number = event.trial_balance_hash, event.close_no
    if not new:
        say(f"Nothing to do: {month_} is closed already.")
    say(f"{month_} is closed (close {number}). Trial balance {digest}")
    say(f"Next: feeshare report trial-balance --period {month_}")


@month.command("reopen")
def _reopen(context: typer.Context, month_: Month, reason: Reason) -> None:
    """Reopen the latest closed month, as another person than closed it."""
    with desk_of(context).write(f"reopen {month_}") as change:
        periods.reopen(change, parse_month(month_), reason=reason)
        new = change.wrote
    say(
        f"{month_} is open again."
        if new
        else f"Nothing to do: you reopened {month_} for this reason before."
    )
