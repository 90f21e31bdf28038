"""`renewal`: a year of a connector's upkeep: invoiced, paid, earned, or given up."""

from datetime import date
from typing import Annotated

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from feeshare import loading_bounties
from feeshare.cli.axes import AsOf, KnownAt, effective_day
from feeshare.cli.days import On, day_of
from feeshare.cli.desk import desk_of
from feeshare.cli.groups import group
from feeshare.cli.loads import File, load_file
from feeshare.cli.output import AsCsv, AsJson, say, show
from ledger.money import plain
from ledger.months import month_of
from ledger.people_tables import Party
from ledger.revenue import prepaid, prepaid_earning, prepaid_ends, renewal_waivers, renewals
from ledger.revenue.bounty_tables import Renewal

renewal = group("Renewals: notice, decide, invoice, waive, cancel.")

COLUMNS = (
    "id",
    "exchange",
    "connector",
    "year_from",
    "commodity",
    "amount",
    "source",
    *loading_bounties.RENEWAL_STATE,
)

Identity = Annotated[str, typer.Argument(metavar="ID", help="A renewal's id.")]
Evidence = Annotated[str, typer.Option("--evidence", help="Who decided it, and where it stands.")]


@renewal.command("load")
def _load(context: typer.Context, file: File) -> None:
    """Load and invoice renewals: id, exchange, connector, year_from, commodity, amount, source.

    Without an amount the price is the policy's on the day the year begins.
    """
    load_file(desk_of(context), file, loading_bounties.RENEWALS, "renewals")


@renewal.command("list")
def _list(
    context: typer.Context,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List renewals: what was paid, what is owed, what was earned, how each ended early."""
    until = effective_day(as_of)
    with desk_of(context).read(known_at) as session:
        names = {party.id: party.name for party in session.scalars(select(Party))}
        rows = []
        for found in renewals.all_of(session):
            if until is not None and found.year_from > until:
                continue
            end = prepaid.end_of(session, found, until=until)
            rows.append(
                (
                    found.id,
                    names[found.exchange],
                    found.connector,
                    found.year_from,
                    found.commodity,
                    found.amount,
                    found.source,
                    prepaid.paid(session, found, until=until),
                    prepaid.owed(session, found, until=until),
                    prepaid_earning.earned(session, found, until=until),
                    f"{end.kind} {end.on}" if end else "",
                )
            )
    right = ("amount", "paid", "owed", "earned")
    show("", COLUMNS, rows, as_json=as_json, as_csv=as_csv, right=right)


@renewal.command("waive")
def _waive(context: typer.Context, identity: Identity, evidence: Evidence, on: On = None) -> None:
    """Reverse the invoice of a renewal that a decision proves to be waived, or two persons."""
    desk = desk_of(context)
    with desk.write(f"waive renewal {identity}") as change:
        found = renewals.named(change.session, identity)
        day = day_of(desk, on, _ended_on(change.session, found))
        end, new = renewal_waivers.waive(change, found, evidence=evidence, on=day)
        entry = end.entry_number
    if new:
        say(f"{identity} is waived: entry {entry} reverses its invoice.")
    else:
        say(f"Nothing to do: {identity} was waived on {day} by entry {entry} already.")


@renewal.command("override")
def _override(
    context: typer.Context,
    identity: Identity,
    reason: Annotated[str, typer.Option("--reason", help="Why it is waived without proof.")],
) -> None:
    """Propose to waive a renewal that its fee share does not prove to be waived."""
    with desk_of(context).write(f"propose to waive renewal {identity}") as change:
        found = renewals.named(change.session, identity)
        _, new = renewal_waivers.override(change, found, reason=reason)
    say(f"Proposed for {identity}." if new else f"Nothing to do: it is proposed for {identity}.")
    say(f"Next: another person runs: feeshare --as NAME renewal confirm {identity}")


@renewal.command("confirm")
def _confirm(context: typer.Context, identity: Identity) -> None:
    """Confirm, as another person, that a renewal may be waived without proof."""
    with desk_of(context).write(f"confirm to waive renewal {identity}") as change:
        found = renewals.named(change.session, identity)
        _, new = renewal_waivers.confirm(change, found)
    say(f"{identity} may be waived." if new else f"Nothing to do: {identity} may be waived.")
    say(f"Next: feeshare renewal waive {identity} --evidence …")


@renewal.command("cancel")
def _cancel(context: typer.Context, identity: Identity, evidence: Evidence, on: On = None) -> None:
    """Give up what is not earned of a renewal: first what is owed for it, then money back."""
    desk = desk_of(context)
    with desk.write(f"cancel renewal {identity}") as change:
        found = renewals.named(change.session, identity)
        day = day_of(desk, on, _ended_on(change.session, found))
        end, new = prepaid_ends.cancel(change, found, evidence=evidence, on=day)
        entry, money = end.entry_number, found.commodity
        relieved, refunded = end.relieved, end.refunded
    if not new:
        say(f"Nothing to do: {identity} was cancelled on {day} by entry {entry} already.")
        return
    say(
        f"{identity} is cancelled by entry {entry}: {plain(relieved)} {money} is no longer owed "
        f"to us, {plain(refunded)} {money} is owed back."
    )
    if refunded:
        say(f"Next: feeshare payout plan {month_of(day)}")


def _ended_on(session: Session, found: Renewal) -> date | None:
    end = prepaid.end_of(session, found)
    return end.on if end else None
