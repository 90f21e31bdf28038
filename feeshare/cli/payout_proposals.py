"""`payout propose`: tell the owners of a Safe, through a service, what they are asked to sign."""

import typer

from feeshare import recovery
from feeshare.cli.desk import desk_of
from feeshare.cli.output import say
from feeshare.cli.payout_targets import Target, targets
from payouts import part_proposals
from payouts.part_proposals import Proposable


def add_proposals(payout: typer.Typer) -> None:
    """Add the command that proposes exported batches."""
    payout.command("propose")(_propose)


def _propose(context: typer.Context, target: Target) -> None:
    """Propose exported batches to the Safe Transaction Service that is set, as its delegate."""
    desk = desk_of(context)
    with desk.read() as session:
        recovery.require_none(session)
        wanted = [
            each
            for batch in targets(session, target)
            for each in part_proposals.proposable(session, batch.id)
        ]
    # Before the books are locked: nobody has to wait while a service is asked.
    for each in wanted:
        _told(context, each)


def _told(context: typer.Context, each: Proposable) -> None:
    """Tell the service of one part, then record that it was told."""
    from feeshare.safe_service import service_of

    desk = desk_of(context)
    service = service_of(desk.settings, each.chain)
    hashed = each.tx.safe_tx_hash()
    new = service.propose(each.tx, f"{each.batch}, part {each.part}")
    with desk.write(f"propose {each.batch}") as change:
        part_proposals.record(
            change, [each], service=service.host, delegate=service.delegate.address
        )
    told = "proposed" if new else "already there"
    say(f"{each.batch}, part {each.part}: {told} at {service.host}, safeTxHash {hashed}")
