"""`connector`: what is traded on, when it was released, who keeps it maintained."""

from datetime import date
from typing import Annotated, Literal

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from feeshare.cli.axes import AsOf, KnownAt, effective_day
from feeshare.cli.days import On, day_of
from feeshare.cli.desk import desk_of
from feeshare.cli.groups import group
from feeshare.cli.loads import File, load_file
from feeshare.cli.output import AsCsv, AsJson, Cell, say, show
from feeshare.loading_upkeep import CONNECTOR_STATE, CONNECTORS
from ledger.people_tables import Party
from ledger.revenue import connectors, upkeep, upkeep_facts
from ledger.revenue.connector_tables import ConnectorRelease
from payouts import proposals

connector = group("Connectors: released, and who keeps each maintained.")
COMMANDS = {"connector": connector}

COLUMNS = (
    *("id", "exchange", "kind", "source", "released_on", "evidence", "bounty"),
    *CONNECTOR_STATE,
)

Name = Annotated[str, typer.Argument(metavar="CONNECTOR", help="Its name, as renewals write it.")]
Evidence = Annotated[str, typer.Option("--evidence", help="What shows it: a link.")]
Bounty = Annotated[str | None, typer.Option("--bounty", help="The bounty that paid for it.")]


@connector.command("add")
def _add(
    context: typer.Context,
    name: Name,
    exchange: Annotated[str, typer.Option("--exchange", help="By name or alias.")],
    kind: Annotated[Literal["clob-spot", "clob-perpetual", "amm"], typer.Option("--kind")],
    source: Annotated[str, typer.Option("--source", help="Where it stands.")] = "",
) -> None:
    """Add a connector under the name that renewals write."""
    with desk_of(context).write(f"add connector {name}") as change:
        _, new = connectors.add(change, identity=name, exchange=exchange, kind=kind, source=source)
    say(f"{name} is added." if new else f"Nothing to do: {name} is there.")
    say(f"Next: feeshare connector release {name} --on DAY --evidence LINK")


@connector.command("load")
def _load(context: typer.Context, file: File) -> None:
    """Load connectors: id, exchange, kind, source; released_on, evidence, bounty if released."""
    load_file(desk_of(context), file, CONNECTORS, "connectors")


@connector.command("release")
def _release(
    context: typer.Context, name: Name, evidence: Evidence, bounty: Bounty = None, on: On = None
) -> None:
    """Record a connector's official release: its first maintained year begins there."""
    desk = desk_of(context)
    with desk.write(f"connector {name} was released") as change:
        found = connectors.named(change.session, name)
        known = connectors.release_of(change.session, found)
        day = day_of(desk, on, known.released_on if known else None)
        new = connectors.release(change, found, on=day, evidence=evidence, bounty=bounty)
    say(f"{'' if new else 'Nothing to do: '}{name} was released on {day}.")
    say(f"Its second year begins on {upkeep.anniversary(day, 1)}.")


@connector.command("poll")
def _poll(
    context: typer.Context,
    name: Name,
    quarter: Annotated[str, typer.Argument(help="As 2026-Q1.")],
    evidence: Evidence,
    proposal: Annotated[
        str | None, typer.Option("--proposal", help="A recorded proposal, as SPACE/HASH.")
    ] = None,
) -> None:
    """Record that a quarterly poll keeps a connector maintained."""
    with desk_of(context).write(f"poll {quarter} keeps connector {name}") as change:
        found = connectors.named(change.session, name)
        identity = proposals.named(change.session, proposal).id if proposal else None
        new = connectors.poll(change, found, quarter, evidence=evidence, proposal=identity)
    say(f"{'' if new else 'Nothing to do: '}{name} is kept by the poll of {quarter}.")


@connector.command("self-maintained")
def _self_maintained(
    context: typer.Context,
    name: Name,
    evidence: Evidence,
    on: On = None,
    ended: Annotated[bool, typer.Option("--ended", help="It does not any more.")] = False,
) -> None:
    """Record that its own exchange maintains a connector from a day on, or does not any more."""
    desk = desk_of(context)
    with desk.write(f"upkeep of connector {name} by its exchange") as change:
        found = connectors.named(change.session, name)
        kind = connectors.EXCHANGE_ENDED if ended else connectors.EXCHANGE
        same = [
            row.from_on
            for row in connectors.upkeep_of(change.session, name)
            if (row.kind, row.evidence) == (kind, evidence)
        ]
        day = day_of(desk, on, same[-1] if same else None)
        new = connectors.self_maintained(change, found, since=day, evidence=evidence, ended=ended)
        invoice = _live_invoice(change.session, name, day)
    does = "no longer maintains" if ended else "maintains"
    say(f"{'' if new else 'Nothing to do: '}its exchange {does} {name} from {day} on.")
    if invoice and not ended:
        say(f"Next: feeshare renewal cancel {invoice} --evidence …")


@connector.command("list")
def _list(
    context: typer.Context,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List connectors: when each was released, and who keeps it maintained on a day."""
    desk = desk_of(context)
    day = effective_day(as_of) or desk.now.date()
    with desk.read(known_at) as session:
        names = {party.id: party.name for party in session.scalars(select(Party))}
        known = {each.connector: each for each in upkeep_facts.upkeeps(session)}
        rows = [
            (
                each.id,
                names[each.exchange],
                each.kind,
                each.source,
                *_released(connectors.release_of(session, each)),
                *_state(known[each.id], day),
            )
            for each in connectors.all_of(session)
        ]
    show("", COLUMNS, rows, as_json=as_json, as_csv=as_csv)


@connector.command("show")
def _show(
    context: typer.Context,
    name: Name,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show what keeps a connector maintained, from when to when, and by which document."""
    desk = desk_of(context)
    with desk.read(known_at) as session:
        connectors.named(session, name)
        (found,) = (each for each in upkeep_facts.upkeeps(session) if each.connector == name)
    state = upkeep.state_on(found, desk.now.date())
    covers = list(found.covers)
    if found.released_on is not None:
        until = upkeep.last_of_year(found.released_on)
        covers.insert(
            0, upkeep.Cover(kind=upkeep.FIRST_YEAR, since=found.released_on, until=until)
        )
    rows: list[tuple[Cell, ...]] = [
        (each.kind, each.since, None if each.until == date.max else each.until, each.document)
        for each in sorted(covers, key=lambda each: (each.since, each.until, each.kind))
    ]
    show("", ("kind", "since", "until", "document"), rows, as_json=as_json, as_csv=as_csv)
    say(f"Today: {state.word}{f' until {state.until}' if state.until else ''}.")


def _released(found: ConnectorRelease | None) -> tuple[Cell, ...]:
    return (found.released_on, found.evidence, found.bounty) if found else (None, None, None)


def _state(found: upkeep.Upkeep, day: date) -> tuple[Cell, ...]:
    state = upkeep.state_on(found, day)
    coming = upkeep.next_year(found.released_on, day) if found.released_on else None
    return state.word, state.until, state.document or None, coming


def _live_invoice(session: Session, name: str, day: date) -> str | None:
    """Return the renewal that covers a connector on a day; nothing if none does."""
    (found,) = (each for each in upkeep_facts.upkeeps(session) if each.connector == name)
    return next(
        (
            each.document
            for each in found.covers
            if each.kind == upkeep.RENEWAL and each.since <= day <= each.until
        ),
        None,
    )
