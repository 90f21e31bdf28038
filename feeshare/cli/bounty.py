"""`bounty`: what is put up for building something, where it stands, what is late."""

from datetime import date

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from feeshare import loading_bounties
from feeshare.cli import bounty_ends, bounty_work
from feeshare.cli.axes import AsOf, KnownAt, effective_day
from feeshare.cli.bounty_evidence import add_evidence
from feeshare.cli.bounty_history import history
from feeshare.cli.bounty_work import Identity
from feeshare.cli.desk import desk_of
from feeshare.cli.groups import group
from feeshare.cli.loads import File, load_file
from feeshare.cli.output import AsCsv, AsJson, show
from feeshare.cli.proposal import proposal
from ledger import obligations
from ledger.money import plain
from ledger.months import month_of
from ledger.people_tables import Party
from ledger.revenue import (
    bounties,
    bounty_dates,
    bounty_gates,
    bounty_held,
    bounty_standing,
    bounty_team,
)
from ledger.revenue.bounties import FOUNDATION
from ledger.revenue.bounty_division import rule_of
from ledger.revenue.bounty_tables import Bounty
from ledger.revenue.bounty_terms import releases_of, stages_of

bounty = group("Bounties: deposits, gates, release, refund.")
COMMANDS = {"bounty": bounty, "proposal": proposal}

COLUMNS = (
    "id",
    "title",
    "exchange",
    "funders",
    "commodity",
    "amount",
    "developer",
    "source",
    *loading_bounties.BOUNTY_STATE,
)


@bounty.command("load")
def _load(context: typer.Context, file: File) -> None:
    """Load bounties: id, title, exchange, commodity, amount, developer, funders, source.

    Funders are such as `foundation=500; Gate.io=500`; without any the exchange puts up all of it.
    """
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
            developer = bounty_team.assigned(session, found, "developer", until=until)
            end = bounty_standing.end_of(session, found, until=until)
            missing = bounty_gates.gates_missing(session, found, until or desk.now.date())
            rows.append(
                (
                    found.id,
                    found.title,
                    names[found.exchange] if found.exchange else "",
                    _funders(session, found, names),
                    found.commodity,
                    found.amount,
                    names[found.developer] if found.developer else "",
                    found.source,
                    bounty_standing.state_of(session, found, until=until).value,
                    bounty_held.deposited(session, found, until=until),
                    bounty_held.deposit_state(session, found, until=until).value,
                    names[developer] if developer else "",
                    "" if end else ", ".join(gate.value for gate in missing),
                    f"{end.kind} {end.on}" if end else "",
                )
            )
    right = ("amount", "deposited")
    show("", COLUMNS, rows, as_json=as_json, as_csv=as_csv, right=right)


@bounty.command("show")
def _show(
    context: typer.Context,
    identity: Identity,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show all that happened to a bounty, what is promised until when, and what is late."""
    desk = desk_of(context)
    until = effective_day(as_of) or desk.now.date()
    with desk.read(known_at) as session:
        found = bounties.named(session, identity)
        names = {party.id: party.name for party in session.scalars(select(Party))}
        rows = [
            ("bounty", "", f"{plain(found.amount)} {found.commodity}", found.title),
            ("state", "", bounty_standing.state_of(session, found, until=until).value, ""),
            *_agreed(session, found, names, until),
            *_events(session, found, names, until),
            *(
                (
                    f"due: {each.kind}",
                    str(each.due),
                    f"done {each.done}" if each.done else "late" if each.is_late(until) else "",
                    each.what,
                )
                for each in bounty_dates.clocks(session, found, until)
            ),
            *(
                (
                    f"phase: {each.name}",
                    str(each.planned_until),
                    f"done {each.done}" if each.done else "late" if each.is_late(until) else "",
                    f"planned from {each.planned_from}",
                )
                for each in bounty_dates.phases(session, found, until)
            ),
            *(
                (
                    "owed",
                    part.period,
                    f"{plain(part.amount)} {part.commodity}",
                    f"{names[part.payee]}: {part.explanation}",
                )
                for part in obligations.of_document(session, found.id)
                if part.period <= month_of(until)
            ),
        ]
    show("", ("what", "on", "value", "detail"), rows, as_json=as_json, as_csv=as_csv)


def _funders(session: Session, found: Bounty, names: dict[str, str]) -> str:
    """Return who puts up how much, as the list loads it again; blank for the exchange alone."""
    parts = bounties.funders_of(session, found)
    if set(parts) == {found.exchange}:
        return ""
    return "; ".join(
        f"{names[party] if party else FOUNDATION}={plain(part)}" for party, part in parts.items()
    )


Row = tuple[str, str, str, str]


def _agreed(session: Session, found: Bounty, names: dict[str, str], until: date) -> list[Row]:
    terms = bounty_standing.terms_of(session, found)
    rows = [
        ("funder", "", f"{plain(part)} {found.commodity}", names[party] if party else FOUNDATION)
        for party, part in bounties.funders_of(session, found).items()
    ]
    if terms is not None:
        signed = ", ".join(filter(None, (terms.signed_by_funder, terms.signed_by_us)))
        said = f"{terms.document}{f', signed by {signed}' if signed else ''}"
        rows.append(("terms", str(terms.signed_on), terms.arrangement, said))
    rule, division = rule_of(session, found, until)
    parts = ", ".join(f"{role} {plain(part)}" for role, part in division.items() if part)
    rows.append(("division", "", parts, rule))
    done = releases_of(session, found)
    return rows + [
        (
            f"stage {row.stage}",
            str(done[row.stage].on) if row.stage in done else "",
            f"{plain(row.amount)} {found.commodity}",
            f"{row.title}, after {row.gates.replace(' ', ', ') or 'nothing'}"
            + (f" and {row.wait_days} days" if row.wait_days else ""),
        )
        for row in stages_of(session, found)
    ]


def _events(session: Session, found: Bounty, names: dict[str, str], until: date) -> list[Row]:
    """Return what happened, in the order of the days."""
    rows = [
        ("deposit", str(row.on), f"{plain(row.amount)} {found.commodity}", row.bank_line)
        for row in bounty_held.deposit_lines(session, found, until=until)
    ]
    rows += [
        ("assigned", str(row.on), f"{row.role} {names[row.payee]}", row.evidence)
        for row in bounty_team.assignments_of(session, found, until=until)
    ]
    rows += [
        (row.move, str(row.on), row.gate or "", row.evidence)
        for row in bounty_standing.moves_of(session, found, until=until)
    ]
    rows += [
        ("gate", str(row.on), row.gate, row.evidence)
        for row in bounty_gates.gates_of(session, found, until=until)
    ]
    end = bounty_standing.end_of(session, found, until=until)
    if end is not None:
        rows.append((end.kind, str(end.on), f"entry {end.entry_number}", end.reason))
    return sorted(rows, key=lambda row: row[1])


# In the order in which help lists them: the lists above, then a bounty's life.
bounty_work.add_to(bounty)
bounty_ends.add_to(bounty)
add_evidence(bounty)
bounty.add_typer(history, name="history")
