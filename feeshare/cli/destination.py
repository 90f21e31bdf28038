"""`payee destination`: where a payee is paid; one person asks, another confirms, then it waits."""

from typing import Annotated

import typer
from sqlalchemy import select

from feeshare import loading
from feeshare.cli.axes import KnownAt
from feeshare.cli.desk import desk_of
from feeshare.cli.loads import File, load_file
from feeshare.cli.output import AsCsv, AsJson, say, show
from ledger import policies
from payouts import destinations
from payouts.tables import Destination, DestinationBank, DestinationConfirmation

destination = typer.Typer(no_args_is_help=True, help="Where payees are paid.")


@destination.command("load")
def _load(context: typer.Context, file: File) -> None:
    """Load destinations: payee, rail, address; chain, commodity, holder, bank_code and others."""
    load_file(desk_of(context), file, loading.DESTINATIONS, "destinations")
    say("Next: another person runs: feeshare --as NAME payee destination confirm ID…")


@destination.command("confirm")
def _confirm(
    context: typer.Context,
    identity: Annotated[list[str] | None, typer.Argument(help="Ids of destinations.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that wait.")] = False,
) -> None:
    """Confirm destinations, as another person than asked for them."""
    with desk_of(context).write("confirm destinations") as change:
        wanted = list(identity or [])
        if everything:
            wanted += change.session.scalars(
                select(Destination.id)
                .outerjoin(
                    DestinationConfirmation, DestinationConfirmation.destination == Destination.id
                )
                .where(DestinationConfirmation.destination.is_(None))
                .order_by(Destination.id)
            ).all()
        confirmed = [destinations.confirm(change, each) for each in wanted]
        lines = [
            f"{each.id}: {each.address}" + ("" if each.new else " (confirmed before)")
            for each in confirmed
        ]
        hold = policies.in_force(change.session, "destination-hold-days", change.at.date())
        new = any(each.new for each in confirmed)
    for line in lines:
        say(line)
    say(f"Payable after {hold} days." if new else "Nothing to do: none of them waits.")


@destination.command("list")
def _list(
    context: typer.Context,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List every destination, who asked for it and who confirmed it when."""
    with desk_of(context).read(known_at) as session:
        rows = [
            (
                found.id,
                found.payee,
                found.rail,
                found.chain,
                found.address,
                found.commodity,
                found.holder,
                found.source,
                found.requested_by,
                confirmation.confirmed_by if confirmation else None,
                confirmation.confirmed_at if confirmation else None,
                bank.bank_code if bank else None,
                bank.country if bank else None,
            )
            for found, confirmation, bank in session.execute(
                select(Destination, DestinationConfirmation, DestinationBank)
                .outerjoin(
                    DestinationConfirmation, DestinationConfirmation.destination == Destination.id
                )
                .outerjoin(DestinationBank, DestinationBank.destination == Destination.id)
                .order_by(Destination.id)
            )
        ]
    columns = (
        "id",
        "payee",
        "rail",
        "chain",
        "address",
        "commodity",
        "holder",
        "source",
        "requested_by",
        "confirmed_by",
        "confirmed_at",
        "bank_code",
        "bank_country",
    )
    show("", columns, rows, as_json=as_json, as_csv=as_csv)
