"""`payout preflight`, `export`: what the chain says of a batch, and the files for signers."""

from pathlib import Path
from typing import Annotated

import typer

from feeshare import recovery
from feeshare.cli.desk import Desk, desk_of
from feeshare.cli.output import say
from feeshare.cli.payout_targets import Target, targets
from payouts import batches, exports
from payouts.contents import contents_of
from reports.render.files import replace


def add_files(payout: typer.Typer) -> None:
    """Add the commands that write or read files of batches."""
    payout.command("preflight")(_preflight)
    payout.command("export")(_export)


def _preflight(context: typer.Context, target: Target) -> None:
    """Ask the chain whether a Safe's batches would pay, line by line and whole; send nothing."""
    _preflighted(desk_of(context), target, every=True)


def _export(
    context: typer.Context,
    target: Target,
    output: Annotated[Path, typer.Option("--output", help="A folder.")] = Path("to-sign"),
) -> None:
    """Check signatures and lines again, then write the files that signers sign elsewhere."""
    desk = desk_of(context)
    # Before the books are locked: nobody has to wait while a chain is asked.
    _preflighted(desk, target, every=False)
    with desk.write(f"export {target}") as change:
        recovery.require_none(change.session)
        exported = [exports.export(change, batch.id) for batch in targets(change.session, target)]
    output.mkdir(parents=True, exist_ok=True)
    for each in exported:
        for file in (*each.files, *each.printed()):
            say(str(replace(output / file.name, file.content)))
        if not each.new:
            say(f"{each.batch} was exported before; these are the same bytes.")
    say(f"Next: sign and send, then import the lines and run: feeshare payout settle {target}")


def _preflighted(desk: Desk, target: str, *, every: bool) -> None:
    """Require that chains say nothing against batches, and say which ones were asked.

    With `every` unset those that were exported are left out: they may have run since.
    """
    from feeshare.safe_preflight import preflight, require_clear

    found, unasked = [], []
    with desk.read() as session:
        for batch in targets(session, target):
            if not every and batches.state_of(session, batch.id) is not batches.State.APPROVED:
                continue
            asked = preflight(session, desk.settings, contents_of(session, batch.id))
            if asked is not None:
                found.append(asked)
            elif batch.chain is not None:
                unasked.append(batch)
    require_clear(found)
    for each in found:
        say(
            f"{each.batch}: would pay, as of block {each.block}: {each.state.threshold} of "
            f"{len(each.state.owners)} owners sign, the Safe's next nonce is {each.state.nonce}."
        )
    for batch in unasked:
        say(f"{batch.id}: nothing was preflighted, as no provider is set for {batch.chain}.")
