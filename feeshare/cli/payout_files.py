"""`payout preflight`, `export`, `verify`: what a chain says, files for signers, their hashes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from feeshare import recovery
from feeshare.cli.desk import Desk, desk_of
from feeshare.cli.output import say
from feeshare.cli.payout_targets import Target, targets
from ledger.errors import BadInput, Problem
from payouts import batches, exports
from payouts.contents import contents_of
from payouts.rails.instructions import grouped
from payouts.rails.safe import parts_of
from payouts.rails.safe_tx import safe_tx_of
from payouts.tables import PayoutBatch
from reports.render.files import replace

if TYPE_CHECKING:
    from payouts.rails.safe_check import Checked


def add_files(payout: typer.Typer) -> None:
    """Add the commands that write or read files of batches."""
    payout.command("preflight")(_preflight)
    payout.command("export")(_export)
    payout.command("verify")(_verify)


def _preflight(context: typer.Context, target: Target) -> None:
    """Ask the chain whether batches would pay, and who can sign by now; send nothing."""
    _preflighted(desk_of(context), target, every=True)


def _export(
    context: typer.Context,
    target: Target,
    output: Annotated[Path, typer.Option("--output", help="A folder.")] = Path("to-sign"),
) -> None:
    """Check signatures and lines again, then write the files that signers sign elsewhere."""
    desk = desk_of(context)
    with desk.read() as session:
        recovery.require_none(session)
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
    from feeshare.preflight import preflight, require_clear

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
        say(f"{each.batch}: would pay, as of block {each.block}: {each.summary}.")
    for batch in unasked:
        say(f"{batch.id}: nothing was preflighted, as no provider is set for {batch.chain}.")


def _verify(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A JSON file of an export, as a signer has it.")],
) -> None:
    """Reckon a Safe file's hashes anew, from it alone, and say which batch it belongs to."""
    from payouts.rails.safe_check import check_file

    checked = check_file(file.read_bytes(), file.name)
    if checked.problems:
        raise BadInput(checked.problems)
    tx = checked.tx
    for name, value in (
        ("chain id", tx.chain_id),
        ("Safe", grouped(tx.safe)),
        ("nonce", tx.nonce),
        ("lines", checked.lines),
        ("domain hash", tx.domain_hash()),
        ("message hash", tx.message_hash()),
        ("safeTxHash", tx.safe_tx_hash()),
    ):
        say(f"{name}: {value}")
    with desk_of(context).read() as session:
        say(_belongs(session, checked))


def _belongs(session: Session, checked: "Checked") -> str:
    """Return the batch and part that a file is of.

    Raises:
        BadInput: no batch of these books would have it signed.
    """
    batch = session.scalars(
        select(PayoutBatch).where(PayoutBatch.content_hash == checked.content_hash)
    ).one_or_none()
    if batch is not None:
        parts = parts_of(contents_of(session, batch.id).instruction())
        for number, part in enumerate(parts, start=1):
            if safe_tx_of(part) == checked.tx:
                state = batches.state_of(session, batch.id)
                return f"It is part {number} of {len(parts)} of {batch.id}, which is {state}."
    raise BadInput(
        [
            Problem(
                code="file_foreign",
                column="content hash",
                value=checked.content_hash,
                expected="a file of a batch in these books",
                mend="Sign nothing of it. See the batches: feeshare payout show MONTH",
            )
        ]
    )
