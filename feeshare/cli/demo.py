"""`demo`: the example month, each command as a person would type it."""

import contextlib
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from feeshare.cli.groups import group
from feeshare.cli.output import say
from feeshare.demo import Step, run
from feeshare.settings import read_settings
from ledger.errors import NeedsReview, Refusal

demo = group()
COMMANDS = {"demo": demo}


@demo.command()
def _demo(
    output: Annotated[Path, typer.Option("--output", help="Where the reports go.")] = Path(
        "demo-output"
    ),
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the books in FEESHARE_HOME, which must be new.")
    ] = False,
) -> None:
    """Run October 2023 on the example files: from statements to a closed month and its reports."""
    home = read_settings().home.resolve() if keep else None
    run(output, home, _type, _announce)
    say("")
    say(f"The month is closed. Its reports are in {output}:")
    for path in sorted(output.rglob("*")):
        if path.is_file():
            say(f"  {path.relative_to(output)}")
    if keep:
        say("The books are kept; look around: feeshare month status 2023-10")


def _announce(heading: str) -> None:
    print(f"\n━━ {heading} ━━", flush=True)


def _type(step: Step) -> None:
    """Show a command, run it, and show what it prints; both outputs in their order."""
    from feeshare.cli.main import app

    who = f"{step.at[:16].replace('T', ' ')}  {step.actor}"
    print(f"\n{who} $ feeshare {_shown(step.command)}", flush=True)
    if step.about:
        print(f"  ({step.about})", flush=True)
    with contextlib.redirect_stderr(sys.stdout):
        try:
            app(shlex.split(step.command), standalone_mode=False)
        except NeedsReview as review:
            print(f"{review.code}: {review.message}")
        except Refusal as refusal:
            print(f"{refusal.code}: {refusal.message}")
            raise


def _shown(command: str) -> str:
    """Return a command with its paths short, so that it prints the same on every machine."""
    return " ".join(shlex.quote(_short(part)) for part in shlex.split(command))


def _short(part: str) -> str:
    for anchor in ("/examples/", "/keys/"):
        if anchor in part:
            return anchor[1:] + part.partition(anchor)[2]
    return part
