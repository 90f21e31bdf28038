"""`bounty history`: what the public tracker says of the time before the books, and its faults."""

from typing import Annotated

import typer

from feeshare.cli.axes import KnownAt
from feeshare.cli.desk import desk_of
from feeshare.cli.groups import group
from feeshare.cli.loads import File
from feeshare.cli.output import AsCsv, AsJson, Cell, say, show
from feeshare.loading_bounty_history import load
from ledger.money import plain
from ledger.revenue import bounty_history
from ledger.revenue.bounty_history import HistoryStanding, Standing
from ledger.revenue.bounty_history_tables import BountyHistory

history = group("Bounties before the books: load, list, findings, accept, reject.")

COLUMNS = (
    *("row", "version", "id", "type", "funder", "funded_by", "connector", "amount", "commodity"),
    *("status", "link", "occurrence", "standing", "findings", "decided_by", "reason"),
)

Rows = Annotated[list[int], typer.Argument(metavar="ROW…", help="Rows by their number.")]
Reason = Annotated[str, typer.Option("--reason", help="Why.")]


@history.command("load")
def _load(context: typer.Context, file: File) -> None:
    """Load the tracker's rows as history; nothing is posted, and nothing is owed for them."""
    desk = desk_of(context)
    with desk.write(f"load history of bounties from {file.name}") as change:
        loaded = load(change, file)
        waiting = _waiting(bounty_history.standings(change.session))
    if loaded.new or loaded.restated:
        say(f"{loaded.new} rows loaded, {loaded.restated} restated, {loaded.known} known already.")
    else:
        say(f"Nothing to do: all {loaded.known} rows of {file.name} are known already.")
    if loaded.absent:
        rows = " ".join(map(str, loaded.absent))
        say(f"Not in this file, and kept: rows {rows}.")
    if waiting:
        say(f"{len(waiting)} rows wait for a person. Next: feeshare bounty history findings")


@history.command("list")
def _list(
    context: typer.Context,
    versions: Annotated[
        bool, typer.Option("--versions", help="Every version of every row, as it was told.")
    ] = False,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List every row, whether it counts, and what is said to have been paid by commodity."""
    with desk_of(context).read(known_at) as session:
        standing = bounty_history.standings(session)
        every = bounty_history.all_of(session) if versions else []
    if versions:
        told = [
            (*_told(each), each.source, f"{each.evidence}:{each.evidence_row}") for each in every
        ]
        columns = (*COLUMNS[:5], *COLUMNS[6:12], "source", "evidence")
        show("", columns, told, as_json=as_json, as_csv=as_csv, right=("row", "version", "amount"))
        return
    rows = [_row(each) for each in standing]
    show("", COLUMNS, rows, as_json=as_json, as_csv=as_csv, right=("row", "version", "amount"))
    paid = [each for each in standing if each.is_paid]
    accepted = bounty_history.sums(each for each in paid if each.standing is Standing.ACCEPTED)
    for commodity, amount in bounty_history.sums(paid).items():
        say(
            f"Paid: {plain(amount)} {commodity} by all rows, "
            f"{plain(accepted[commodity]) if commodity in accepted else 0} by those accepted."
        )


@history.command("findings")
def _findings(
    context: typer.Context,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List what is wrong with rows, each fault by itself, and what was decided of them."""
    with desk_of(context).read(known_at) as session:
        standing = bounty_history.standings(session)
    rows: list[tuple[Cell, ...]] = []
    for each in standing:
        of, decision = each.history, each.decision
        decided = (decision.decided_by, decision.reason) if decision else ("", "")
        told = (of.row, of.version, of.bounty, of.amount, of.commodity, of.status)
        faults = [(found.fault.value, found.says) for found in each.findings]
        if not faults and decision:
            faults = [("", "")]
        rows += [(*told, *fault, each.standing.value, *decided) for fault in faults]
    columns = ("row", "version", "id", "amount", "commodity", "status", "finding", "says")
    show(
        "",
        (*columns, "standing", "decided_by", "reason"),
        rows,
        as_json=as_json,
        as_csv=as_csv,
        right=("row", "version", "amount"),
    )
    waiting = _waiting(standing)
    if waiting:
        numbers = " ".join(str(each.history.row) for each in waiting)
        say(f"Waiting: rows {numbers}.")
        say("Next: feeshare bounty history accept ROW… --reason WHY, or reject")


@history.command("accept")
def _accept(context: typer.Context, rows: Rows, reason: Reason) -> None:
    """Let rows count, faults and all; by another person than whoever loaded them."""
    _decide(context, rows, Standing.ACCEPTED, reason)


@history.command("reject")
def _reject(context: typer.Context, rows: Rows, reason: Reason) -> None:
    """Leave rows out; they stay, with why. By another person than whoever loaded them."""
    _decide(context, rows, Standing.REJECTED, reason)


def _decide(context: typer.Context, rows: list[int], verdict: Standing, reason: str) -> None:
    desk = desk_of(context)
    named = " ".join(map(str, sorted(set(rows))))
    with desk.write(f"history of bounties, rows {named} {verdict.value}: {reason}") as change:
        told = [
            f"Row {each.row} ({each.bounty}, {plain(each.amount)} {each.commodity}) is "
            f"{verdict.value}."
            for each in bounty_history.decide(change, set(rows), verdict, reason=reason)
        ]
    for sentence in told:
        say(sentence)
    if not told:
        say(f"Nothing to do: {verdict.value} already: rows {named}.")


def _waiting(rows: list[HistoryStanding]) -> list[HistoryStanding]:
    return [each for each in rows if each.standing is Standing.WAITING]


def _told(of: BountyHistory) -> tuple[Cell, ...]:
    """Return what a version tells, in the order of the list."""
    told = (of.row, of.version, of.bounty, of.type, of.funder, of.connector, of.amount)
    return (*told, of.commodity, of.status, of.link, of.occurrence)


def _row(each: HistoryStanding) -> tuple[Cell, ...]:
    told, decision = _told(each.history), each.decision
    return (
        *told[:5],
        each.funded_by,
        *told[5:],
        each.standing.value,
        ", ".join(found.fault.value for found in each.findings),
        decision.decided_by if decision else "",
        decision.reason if decision else "",
    )
