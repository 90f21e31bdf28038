"""`payout export`: the files that signers sign elsewhere."""

from pathlib import Path
from typing import Annotated

import typer

from feeshare import recovery
from feeshare.cli.desk import desk_of
from feeshare.cli.output import say
from feeshare.cli.payout_targets import Target, targets
from payouts import exports
from reports.render.files import replace


def add_files(payout: typer.Typer) -> None:
    """Add the commands that write or read files of batches."""
    payout.command("export")(_export)


def _export(
    context: typer.Context,
    target: Target,
    output: Annotated[Path, typer.Option("--output", help="A folder.")] = Path("to-sign"),
) -> None:
    """Check signatures and lines again, then write the files that signers sign elsewhere."""
    with desk_of(context).write(f"export {target}") as change:
        recovery.require_none(change.session)
        exported = [exports.export(change, batch.id) for batch in targets(change.session, target)]
    output.mkdir(parents=True, exist_ok=True)
    for each in exported:
        for file in (*each.files, *each.printed()):
            say(str(replace(output / file.name, file.content)))
        if not each.new:
            say(f"{each.batch} was exported before; these are the same bytes.")
    say(f"Next: sign and send, then import the lines and run: feeshare payout settle {target}")
