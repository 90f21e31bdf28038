"""`payout fail·fail-confirm·return`: how lines end that were not simply paid."""

from pathlib import Path
from typing import Annotated

import typer

from feeshare.cli.desk import desk_of
from feeshare.cli.output import say
from payouts import failures, returns

Batch = Annotated[str, typer.Argument(help="A batch.")]


def add_endings(payout: typer.Typer) -> None:
    """Add the commands to the group."""
    payout.command("fail")(_fail)
    payout.command("fail-confirm")(_fail_confirm)
    payout.command("return")(_return)


def _fail(
    context: typer.Context,
    batch: Batch,
    line: Annotated[list[int], typer.Option("--line", help="A line that was not paid.")],
    evidence: Annotated[Path, typer.Option("--evidence", help="What the bank wrote: a file.")],
    reason: Annotated[str, typer.Option("--reason")],
) -> None:
    """Report that the bank will not carry out lines; another person confirms it."""
    paper = evidence.read_bytes()
    with desk_of(context).write(f"fail lines of {batch}") as change:
        made = failures.report(
            change, batch, line, paper=paper, file_name=evidence.name, reason=reason
        )
    say(f"{batch}: {len(made)} lines reported" if made else "Nothing to do: reported before.")
    say(f"Next: another person runs: feeshare --as NAME payout fail-confirm {batch}")


def _fail_confirm(context: typer.Context, batch: Batch) -> None:
    """Confirm what another person reported: the lines failed, what they pay is open again."""
    with desk_of(context).write(f"confirm failures of {batch}") as change:
        failed = failures.confirm(change, batch)
    for line in failed:
        say(f"{batch}: line {line} failed; what it pays can be planned again")
    if not failed:
        say("Nothing to do: confirmed before.")


def _return(
    context: typer.Context,
    batch: Batch,
    line: Annotated[int, typer.Argument(help="A settled line.")],
    bank_line: Annotated[str, typer.Argument(help="The bank line that brought it back.")],
) -> None:
    """Book that a settled line's money came back, less a fee: what it paid is due again."""
    with desk_of(context).write(f"return of line {line} of {batch}") as change:
        made, new = returns.take_back(change, batch, line, bank_line)
        told = f"{batch}: line {line} came back, entry {made.entry_number}, fee {made.fee:f}"
    say(told if new else "Nothing to do: booked before.")
