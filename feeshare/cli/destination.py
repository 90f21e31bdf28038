"""`payee destination`: where a payee is paid; one person asks, another confirms, then it waits."""

from collections.abc import Collection, Sequence
from typing import Annotated

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from feeshare import loading
from feeshare.cli import destination_checks
from feeshare.cli.axes import KnownAt
from feeshare.cli.desk import desk_of
from feeshare.cli.groups import group
from feeshare.cli.loads import File, load_file
from feeshare.cli.output import AsCsv, AsJson, say, show
from ledger import policies
from payouts import destination_proofs, destinations
from payouts.destination_addresses import NO_MEMO
from payouts.destination_tables import DestinationDeposit
from payouts.tables import Destination, DestinationBank, DestinationConfirmation

destination = group("Where payees are paid.")
destination_checks.add_to(destination)


@destination.command("load")
def _load(context: typer.Context, file: File) -> None:
    """Load destinations: payee, rail, address, and whatever else the rail needs."""
    load_file(desk_of(context), file, loading.DESTINATIONS, "destinations")
    say("Next: another person runs: feeshare --as NAME payee destination confirm ID…")


@destination.command("confirm")
def _confirm(
    context: typer.Context,
    identity: Annotated[list[str] | None, typer.Argument(help="Ids of destinations.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that wait.")] = False,
) -> None:
    """Confirm destinations, as another person than asked for them."""
    desk = desk_of(context)
    with desk.read() as session:
        wanted = [*(identity or []), *(_waiting(session) if everything else [])]
        on_chains = _on_chains(session, wanted, desk.settings.chains)
    looked = {each: destination_checks.look(desk, each) for each in on_chains}
    with desk.write("confirm destinations") as change:
        for each, recipient in looked.items():
            destination_checks.keep(change, each, recipient)
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


def _waiting(session: Session) -> Sequence[str]:
    """Return the ids of the destinations that nobody confirmed."""
    return session.scalars(
        select(Destination.id)
        .outerjoin(DestinationConfirmation, DestinationConfirmation.destination == Destination.id)
        .where(DestinationConfirmation.destination.is_(None))
        .order_by(Destination.id)
    ).all()


def _on_chains(session: Session, wanted: Sequence[str], chains: Collection[str]) -> list[str]:
    """Return the ids of those that can be looked at: on an EVM chain that has providers."""
    found = (destinations.named(session, each) for each in wanted)
    return [
        each.id
        for each in found
        if each.chain in chains and destination_proofs.chain_id_of(session, each) is not None
    ]


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
                deposit.exchange if deposit else None,
                (deposit.memo or NO_MEMO) if deposit else None,
                found.requested_by,
                confirmation.confirmed_by if confirmation else None,
                confirmation.confirmed_at if confirmation else None,
                bank.bank_code if bank else None,
                bank.country if bank else None,
            )
            for found, confirmation, bank, deposit in session.execute(
                select(Destination, DestinationConfirmation, DestinationBank, DestinationDeposit)
                .outerjoin(
                    DestinationConfirmation, DestinationConfirmation.destination == Destination.id
                )
                .outerjoin(DestinationBank, DestinationBank.destination == Destination.id)
                .outerjoin(DestinationDeposit, DestinationDeposit.destination == Destination.id)
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
        "exchange",
        "memo",
        "requested_by",
        "confirmed_by",
        "confirmed_at",
        "bank_code",
        "bank_country",
    )
    show("", columns, rows, as_json=as_json, as_csv=as_csv)
