"""`bounty`: what an exchange puts up, its gates, and its release or refund."""

from datetime import date
from typing import Annotated, Literal

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from feeshare import loading_bounties
from feeshare.cli.axes import AsOf, KnownAt, effective_day
from feeshare.cli.bounty_evidence import add_evidence
from feeshare.cli.days import On, day_of
from feeshare.cli.desk import desk_of
from feeshare.cli.loads import File, load_file
from feeshare.cli.output import AsCsv, AsJson, say, show
from feeshare.cli.proposal import proposal
from feeshare.cli.renewal import renewal
from ledger import obligations
from ledger.money import plain
from ledger.months import month_of
from ledger.people_tables import Party
from ledger.revenue import bounties, bounty_gates, bounty_release
from ledger.revenue.bounty_tables import Bounty, BountyEnd, BountyGate

bounty = typer.Typer(no_args_is_help=True, help="Bounties: deposits, gates, release, refund.")
COMMANDS = {"bounty": bounty, "renewal": renewal, "proposal": proposal}
add_evidence(bounty)

COLUMNS = (
    "id",
    "title",
    "exchange",
    "commodity",
    "amount",
    "developer",
    "source",
    *loading_bounties.BOUNTY_STATE,
)

Identity = Annotated[str, typer.Argument(metavar="ID", help="A bounty's id.")]
Evidence = Annotated[str, typer.Option("--evidence", help="What shows it: a link, a number.")]


@bounty.command("load")
def _load(context: typer.Context, file: File) -> None:
    """Load bounties: id, title, exchange, commodity, amount, developer, source."""
    load_file(desk_of(context), file, loading_bounties.BOUNTIES, "bounties")


@bounty.command("list")
def _list(
    context: typer.Context,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List bounties: what came in, who develops, the gates that are missing, how each ended."""
    desk = desk_of(context)
    until = effective_day(as_of)
    with desk.read(known_at) as session:
        names = {party.id: party.name for party in session.scalars(select(Party))}
        rows = []
        for found in bounties.all_of(session):
            developer = bounties.assigned(session, found, "developer", until=until)
            end = bounties.end_of(session, found, until=until)
            missing = bounty_gates.gates_missing(session, found, until or desk.now.date())
            rows.append(
                (
                    found.id,
                    found.title,
                    names[found.exchange],
                    found.commodity,
                    found.amount,
                    names[found.developer] if found.developer else "",
                    found.source,
                    bounties.deposited(session, found, until=until),
                    bounties.deposit_state(session, found, until=until).value,
                    names[developer] if developer else "",
                    "" if end else ", ".join(gate.value for gate in missing),
                    f"{end.kind} {end.on}" if end else "",
                )
            )
    right = ("amount", "deposited")
    show("", COLUMNS, rows, as_json=as_json, as_csv=as_csv, right=right)


@bounty.command("gate")
def _gate(
    context: typer.Context,
    identity: Identity,
    gate: bounty_gates.Gate,
    evidence: Evidence,
    on: On = None,
) -> None:
    """Record that a bounty passed a gate, and what shows it."""
    desk = desk_of(context)
    with desk.write(f"bounty {identity} passed the gate {gate.value}") as change:
        session = change.session
        found = bounties.named(session, identity)
        known = session.get(BountyGate, (identity, gate.value))
        day = day_of(desk, on, known.on if known else None)
        new = bounty_gates.pass_gate(change, found, gate, evidence=evidence, on=day)
        end = bounties.end_of(session, found)
        lacking = bounty_release.lacking_for_release(session, found, desk.now.date())
    if new:
        say(f"{identity} passed {gate.value} on {day}.")
    else:
        say(f"Nothing to do: {identity} passed {gate.value} on {day} already.")
    if lacking and not end:
        say(f"It still lacks: {', '.join(lacking)}.")
    elif not end:
        say(f"Next: feeshare bounty release {identity}")


@bounty.command("assign")
def _assign(
    context: typer.Context,
    identity: Identity,
    payee: Annotated[str, typer.Argument(help="A payee, by name or alias.")],
    evidence: Evidence,
    role: Annotated[Literal["developer", "reviewer"], typer.Option("--role")] = "developer",
    on: On = None,
) -> None:
    """Name who develops or reviews a bounty from now on."""
    desk = desk_of(context)
    with desk.write(f"assign {payee} to bounty {identity}") as change:
        found = bounties.named(change.session, identity)
        new = bounties.assign(
            change, found, payee, role=role, on=day_of(desk, on), evidence=evidence
        )
    if new:
        say(f"{payee} is the {role} of {identity}.")
    else:
        say(f"Nothing to do: {payee} is the {role} of {identity} already.")


@bounty.command("release")
def _release(context: typer.Context, identity: Identity, on: On = None) -> None:
    """Divide a bounty's deposit; needs every gate, the whole deposit and somebody to pay."""
    desk = desk_of(context)
    with desk.write(f"release bounty {identity}") as change:
        found = bounties.named(change.session, identity)
        day = day_of(desk, on, _ended_on(change.session, found))
        sentences = _told(change.session, *bounty_release.release(change, found, on=day))
    for sentence in sentences:
        say(sentence)


@bounty.command("refund")
def _refund(
    context: typer.Context,
    identity: Identity,
    reason: Annotated[str, typer.Option("--reason")],
    on: On = None,
) -> None:
    """Return a bounty's whole deposit to its exchange."""
    desk = desk_of(context)
    with desk.write(f"refund bounty {identity}: {reason}") as change:
        found = bounties.named(change.session, identity)
        day = day_of(desk, on, _ended_on(change.session, found))
        ended = bounty_release.refund(change, found, reason=reason, on=day)
        sentences = _told(change.session, *ended)
    for sentence in sentences:
        say(sentence)


def _ended_on(session: Session, found: Bounty) -> date | None:
    end = bounties.end_of(session, found)
    return end.on if end else None


def _told(session: Session, end: BountyEnd, new: bool) -> list[str]:
    """Return what an end of a bounty means, and what to do next."""
    if not new:
        entry = f"by entry {end.entry_number} already"
        return [f"Nothing to do: {end.bounty} was {end.kind} on {end.on} {entry}."]
    owed = [
        f"Owed: {plain(part.amount)} {part.commodity} to {session.get_one(Party, part.payee).name}"
        f" ({part.id})."
        for part in obligations.of_document(session, end.bounty)
    ]
    return [
        f"{end.bounty} is {end.kind} by entry {end.entry_number}.",
        *owed,
        f"Next: feeshare payout plan {month_of(end.on)}",
    ]
