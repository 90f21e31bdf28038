"""`agreement`: fee-share agreements, their dated terms side by side, and performance holds."""

from datetime import date, datetime
from typing import Annotated

import typer

from feeshare import agreement_tables, loading_agreements
from feeshare.cli.axes import AsOf, KnownAt, effective_day
from feeshare.cli.days import On, day_of
from feeshare.cli.desk import desk_of
from feeshare.cli.groups import group
from feeshare.cli.loads import File, load_file
from feeshare.cli.output import AsCsv, AsJson, say, show
from feeshare.records import Faults, Record
from ledger.money import plain
from ledger.months import last_day, parse_month
from ledger.revenue import agreement_ends, agreements, due_shares, holds
from ledger.validation import bad_input

agreement = group("Fee-share agreements and their dated terms.")
COMMANDS = {"agreement": agreement}

Identity = Annotated[str, typer.Argument(metavar="AGREEMENT", help="Its id, as compare shows it.")]
From = Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="Its first day.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for whoever reads the books.")]


@agreement.command("load")
def _load(context: typer.Context, file: File) -> None:
    """Load agreements and terms; rates are fractions, maintainers are NAME:WEIGHT; ..."""
    load_file(desk_of(context), file, loading_agreements.AGREEMENTS, "terms")


@agreement.command("list")
def _list(
    context: typer.Context,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List every version of the terms of every agreement; --as-of: those in force."""
    with desk_of(context).read(known_at) as session:
        rows = agreement_tables.listed(session, effective_day(as_of))
    columns = loading_agreements.COLUMNS
    right = ("rate_low", "rate_high", "fixed_amount", "maintainer_rate")
    table = [tuple(row[column] or None for column in columns) for row in rows]
    show("", columns, table, as_json=as_json, as_csv=as_csv, right=right)


@agreement.command("change")
def _change(
    context: typer.Context,
    identity: Identity,
    effective_from: From,
    source: Annotated[str, typer.Option("--source", help="Where the change was agreed.")],
    cells: Annotated[
        list[str], typer.Argument(metavar="COLUMN=VALUE…", help="What is other than before.")
    ],
) -> None:
    """Agree other terms from a day on: those in force then, with some columns changed."""
    day = effective_from.date()
    with desk_of(context).write(f"change {identity} from {day}") as change:
        session = change.session
        before = agreements.draft_of(session, agreements.terms_on(session, identity, day))
        told = dict(cell.partition("=")[::2] for cell in cells)
        faults = Faults(place=identity)
        record = Record(
            row=1,
            cells=loading_agreements.cells_of(before, agreement_tables.names_of(session))
            | {"effective_to": "", "effective_from": day.isoformat(), "source": source}
            | told,
            faults=faults,
        )
        for column in sorted(told.keys() - set(loading_agreements.COLUMNS)):
            faults.add("column_unknown", "a column of: feeshare agreement list", column=column)
        new = loading_agreements.take(change, record)
        faults.raise_if_any()
    say(f"{identity} has new terms from {day} on." if new else "Nothing to do: agreed before.")


@agreement.command("end")
def _end(
    context: typer.Context,
    identity: Identity,
    last: Annotated[
        datetime, typer.Option("--on", formats=["%Y-%m-%d"], help="The last day of its terms.")
    ],
    reason: Reason,
) -> None:
    """End an agreement: nothing is expected of it for months that end later."""
    day = last.date()
    with desk_of(context).write(f"end {identity}") as change:
        _, new = agreement_ends.end(change, identity, on=day, reason=reason)
    say(f"{identity} ends on {day}." if new else "Nothing to do: it ended before.")


@agreement.command("compare")
def _compare(
    context: typer.Context,
    period: Annotated[
        str | None, typer.Option("--period", metavar="YYYY-MM", help="As at a month's end.")
    ] = None,
    as_of: AsOf = None,
    public: Annotated[
        bool, typer.Option("--public", help="Leave out what is confidential.")
    ] = False,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show the agreements in force side by side, on a day or at a month's end; else today."""
    desk = desk_of(context)
    if period is not None and as_of is not None:
        raise bad_input(
            code="option_unfit", place="--as-of", expected="a month or a day, not both"
        )
    on = last_day(parse_month(period)) if period is not None else effective_day(as_of)
    with desk.read(known_at) as session:
        rows = agreement_tables.compared(session, on or desk.now.date(), public=public)
    columns = agreement_tables.COMPARED
    table = [tuple(row[column] or None for column in columns) for row in rows]
    show("", columns, table, as_json=as_json, as_csv=as_csv)


@agreement.command("hold")
def _hold(
    context: typer.Context,
    identity: Identity,
    effective_from: From,
    reason: Reason,
    evidence: Annotated[str, typer.Option("--evidence", help="A link that shows it.")],
    payee: Annotated[str | None, typer.Option("--payee", help="One maintainer; else all.")] = None,
    open_bugs: Annotated[int | None, typer.Option("--open-bugs")] = None,
    oldest_bug_days: Annotated[int | None, typer.Option("--oldest-bug-days")] = None,
    api_breakages: Annotated[int | None, typer.Option("--api-breakages")] = None,
    oldest_breakage_days: Annotated[int | None, typer.Option("--oldest-breakage-days")] = None,
) -> None:
    """Let no share of an agreement fall due from a day on, while maintenance performs badly."""
    shown = holds.Evidence(
        link=evidence,
        open_bugs=open_bugs,
        oldest_bug_days=oldest_bug_days,
        api_breakages=api_breakages,
        oldest_breakage_days=oldest_breakage_days,
    )
    day = effective_from.date()
    with desk_of(context).write(f"hold {identity}") as change:
        hold, new = holds.place(
            change, identity, payee, effective_from=day, reason=reason, evidence=shown
        )
        name = hold.id
    say(f"{name} holds from {day} on." if new else f"Nothing to do: {name} holds already.")
    say(f"Next, once it performs again: feeshare agreement release-hold {name} --reason …")


@agreement.command("release-hold")
def _release(
    context: typer.Context,
    hold: Annotated[str, typer.Argument(help="A hold's id.")],
    reason: Reason,
    on: On = None,
) -> None:
    """Release a hold: what was earned meanwhile falls due."""
    desk = desk_of(context)
    day: date = day_of(desk, on)
    with desk.write(f"release {hold}") as change:
        released, new = holds.release(change, hold, on=day, reason=reason)
        due = (
            due_shares.catch_up(change, released.agreement, on=day, cause=f"{hold} released")
            if new
            else []
        )
        lines = [f"{each.id}: {plain(each.amount)} {each.commodity} is due" for each in due]
    for line in lines:
        say(line)
    say(f"{hold} is released." if new else f"Nothing to do: {hold} was released before.")


@agreement.command("holds")
def _holds(
    context: typer.Context,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List holds: whose shares, since when and why, and how they ended."""
    with desk_of(context).read(known_at) as session:
        rows = agreement_tables.held(session)
    show("", agreement_tables.HOLDS, rows, as_json=as_json, as_csv=as_csv)
