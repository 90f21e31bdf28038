"""`entry`: manual entries, reversals, and one entry with where it came from."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from feeshare.cli.desk import desk_of
from feeshare.cli.groups import group
from feeshare.cli.output import AsCsv, AsJson, say, show
from feeshare.manual import entries_in, reverse_by_hand
from ledger import journal
from ledger.tables import ChangeRow, Evidence

entry = group("Journal entries.")
COMMANDS = {"entry": entry}


@entry.command("post")
def _post(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV, YAML or JSON: reference, date, narration, account, amount, commodity, "
            "kind, relates_to_period, party, document, memo; rows of one reference are one entry."
        ),
    ],
) -> None:
    """Post manual entries: a debit is positive, a credit negative."""
    with desk_of(context).write(f"post {file.name}") as change:
        posted = journal.post(change, entries_in(change.session, file))
    for each in posted:
        say(f"{each.reference}: entry {each.number}" + ("" if each.new else " (posted before)"))
    if not any(each.new for each in posted):
        say("Nothing to do: all of it was posted before.")


@entry.command("reverse")
def _reverse(
    context: typer.Context,
    number: int,
    reason: Annotated[str, typer.Option("--reason")],
    on: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="Else today.")
    ] = None,
) -> None:
    """Post the mirror of an entry; an entry is reversed once."""
    desk = desk_of(context)
    with desk.write(f"reverse entry {number}") as change:
        posted = reverse_by_hand(change, number, reason=reason, on=(on or desk.now).date())
    say(
        f"Entry {posted.number} reverses entry {number}."
        if posted.new
        else f"Nothing to do: entry {posted.number} reverses entry {number} already."
    )


@entry.command("show")
def _show(
    context: typer.Context, number: int, as_json: AsJson = False, as_csv: AsCsv = False
) -> None:
    """Show an entry, who posted it when, and the file it came from."""
    with desk_of(context).read() as session:
        found = journal.entry(session, number)
        change = session.get_one(ChangeRow, found.change_no)
        file = session.get(Evidence, found.evidence) if found.evidence else None
        rows = [
            (line.line, line.account, line.amount, line.commodity, line.party, line.document)
            for line in journal.postings(session, number)
        ]
        facts = [
            f"Entry {number} of {found.effective_date}, {found.kind}: {found.narration}",
            f"reference {found.reference}",
            f"posted by {change.actor} at {change.recorded_at:%Y-%m-%dT%H:%M:%SZ} "
            f"in change {change.number} ({change.reason})",
            f"change hash {change.hash.hex()}",
        ]
        if file is not None:
            facts.append(f"evidence {file.file_name}, sha256 {file.sha256}")
        if found.reverses is not None:
            facts.append(f"reverses entry {found.reverses}")
        if found.relates_to_period:
            facts.append(f"relates to {found.relates_to_period}, which was closed")
    for fact in facts:
        say(fact)
    columns = ("line", "account", "amount", "commodity", "party", "document")
    show("", columns, rows, as_json=as_json, as_csv=as_csv, right=("line", "amount"))
