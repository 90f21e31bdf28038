"""What every `load FILE` does: one change for the whole file, and a sentence of what happened."""

from pathlib import Path
from typing import Annotated

import typer

from feeshare import loading
from feeshare.cli.desk import Desk
from feeshare.cli.output import say

File = Annotated[Path, typer.Argument(help="CSV, YAML or JSON, with the columns of list --csv.")]


def load_file(desk: Desk, path: Path, wanted: loading.Format, noun: str) -> None:
    """Load a file of master data in one change and say what happened."""
    with desk.write(f"load {noun} from {path.name}") as change:
        loaded = loading.load(change, path, wanted)
    if loaded.new:
        say(f"{loaded.new} {noun} loaded, {loaded.known} known already.")
    else:
        say(f"Nothing new: all {loaded.known} {noun} of {path.name} are known already.")
