"""`renewal notice`, `decide`, `show`, `due`: whether a connector's next year is paid for."""

from datetime import date, datetime
from typing import Annotated, TypeAlias

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from feeshare.cli.axes import KnownAt
from feeshare.cli.days import On, day_of
from feeshare.cli.desk import desk_of
from feeshare.cli.output import AsCsv, AsJson, Cell, say, show
from feeshare.cli.renewal import renewal
from ledger.errors import UnknownReference
from ledger.revenue import connectors, renewal_decisions, upkeep, upkeep_facts, waiver_basis
from ledger.revenue.waiver_tables import RenewalDecision, RenewalNotice

COMMANDS = {"renewal": renewal}

DUE_COLUMNS = ("due_on", "kind", "exchange", "subject", "next_action")

Name = Annotated[str, typer.Argument(metavar="CONNECTOR", help="A connector's name.")]
Year: TypeAlias = Annotated[
    datetime | None,
    typer.Option("--year", formats=["%Y-%m-%d"], help="The day the year begins."),
]


@renewal.command("notice")
def _notice(
    context: typer.Context,
    name: Name,
    to: Annotated[str, typer.Option("--to", help="Who was told.")],
    evidence: Annotated[str, typer.Option("--evidence", help="What shows that it was sent.")],
    year: Year = None,
    on: On = None,
) -> None:
    """Record that the notice of a connector's next year was sent, with what is known by then."""
    desk = desk_of(context)
    with desk.write(f"notice of renewal of {name}") as change:
        session = change.session
        found = connectors.named(session, name)
        told_on = desk.now.date() if on is None else on.date()
        coming = upkeep.next_year(connectors.released(session, found), told_on)
        first = coming if year is None else year.date()
        known = session.get(RenewalNotice, (name, first))
        made, new = renewal_decisions.notice(
            change,
            found,
            sent_to=to,
            evidence=evidence,
            on=day_of(desk, on, known.sent_on if known else None),
            year_from=first,
        )
        basis, _ = waiver_basis.of_id(session, made.basis)
        told = renewal_decisions.told(basis)
        word, first = ("waived" if basis.above else "invoiced"), made.year_from
    say(f"{'Recorded' if new else 'Nothing to do: recorded'}: {name}, the year from {first}.")
    say(f"By now it would be {word}: {told}.")
    say(f"Next: feeshare renewal decide {name} --year {first}, on that day")


@renewal.command("decide")
def _decide(
    context: typer.Context,
    name: Name,
    year: Year = None,
    identity: Annotated[
        str | None, typer.Option("--id", help="The invoice's id; else the connector and year.")
    ] = None,
    on: On = None,
) -> None:
    """Waive or invoice a connector's year that has begun, by the fee share received before it."""
    desk = desk_of(context)
    with desk.write(f"decide on renewal of {name}") as change:
        session = change.session
        made, new = renewal_decisions.decide(
            change,
            connectors.named(session, name),
            on=day_of(desk, on),
            year_from=None if year is None else year.date(),
            identity=identity,
        )
        basis, _ = waiver_basis.of_id(session, made.basis)
        told, first = renewal_decisions.told(basis), made.year_from
        outcome, invoice = made.outcome, made.renewal
        noticed = session.get(RenewalNotice, (name, first)) is not None
    by = f" by {invoice}" if invoice and outcome != "waived" else ""
    begin = "" if new else "Nothing to do: "
    say(f"{begin}{name}: the year from {first} is {outcome}{by}.")
    say(f"Its fee share came to {told}.")
    if not noticed:
        say("No notice of this year was recorded.")
    say(f"See what it rests on: feeshare renewal show {name} --year {first}")


@renewal.command("show")
def _show(
    context: typer.Context,
    name: Name,
    year: Year = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show what a decision or notice rests on: each receipt, its price, and what it came to."""
    desk = desk_of(context)
    with desk.read(known_at) as session:
        connector = connectors.named(session, name)
        first = year.date() if year else None
        identity, told = _of_year(session, connector.id, first)
        basis, receipts = waiver_basis.of_id(session, identity)
        rows: list[tuple[Cell, ...]] = [
            (
                each.period,
                each.document,
                each.bank_line,
                each.commodity,
                each.amount,
                each.price,
                each.price_on,
                each.price_source,
                each.value,
            )
            for each in receipts
        ]
        sentence = f"{told}: {renewal_decisions.told(basis)}."
    columns = ("period", "document", "bank_line", "commodity", "amount", "price", "price_on")
    show(
        "",
        (*columns, "price_source", "value_usd"),
        rows,
        as_json=as_json,
        as_csv=as_csv,
        right=("amount", "price", "value_usd"),
    )
    say(sentence)


@renewal.command("due")
def _due(
    context: typer.Context,
    until: Annotated[
        datetime | None,
        typer.Option("--until", formats=["%Y-%m-%d"], help="The last day; else in 90 days."),
    ] = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List the notices and decisions that are due, and what ends, with the next command."""
    desk = desk_of(context)
    today = desk.now.date()
    last = date.fromordinal(today.toordinal() + 90) if until is None else until.date()
    with desk.read(known_at) as session:
        rows = due_rows(upkeep_facts.due(session, today, last))
    show("", DUE_COLUMNS, rows, as_json=as_json, as_csv=as_csv)


def due_rows(found: list[upkeep.UpkeepDue]) -> list[tuple[Cell, ...]]:
    """Return due dates as rows of a table."""
    return [(each.on, each.kind, each.exchange, each.subject, each.next_action) for each in found]


def _of_year(session: Session, connector: str, first: date | None) -> tuple[str, str]:
    """Return the basis of a year's decision, else of its notice, and what it is of."""
    decisions = session.scalars(
        select(RenewalDecision).where(RenewalDecision.connector == connector)
    )
    notices = session.scalars(select(RenewalNotice).where(RenewalNotice.connector == connector))
    both: list[RenewalDecision | RenewalNotice] = [*decisions, *notices]
    found = [each for each in both if first in (None, each.year_from)]
    if not found:
        raise UnknownReference(
            "decision or notice of",
            f"{connector} {first or ''}".rstrip(),
            mend=f"feeshare renewal decide {connector}",
        )
    best = max(found, key=lambda each: (each.year_from, isinstance(each, RenewalDecision)))
    if isinstance(best, RenewalDecision):
        return best.basis, f"The year from {best.year_from} was {best.outcome} {best.decided_on}"
    return best.basis, f"The notice of the year from {best.year_from} was sent {best.sent_on}"
