"""Programs run as whole processes: how long they took, how much memory, which version they are."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy.engine import URL

from feeshare.database import SERVICE_ROLE, throw_away_home

ROOT = Path(__file__).parents[1]
COMPARISONS = ROOT / ".venv-comparisons" / "bin" / "python"
ORACLES = ROOT / ".venv-oracles" / "bin" / "python"
OURS = Path(sys.executable).with_name("feeshare")
NOT_COMPILED = "PYTHONDONTWRITEBYTECODE"


INTERVAL = 0.05
"""Seconds between two looks at the memory of a program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one run of a program took.

    `seconds` are by the clock, `processor` those of the process itself and of what it started,
    `memory` is the most that it held at once, in MB.
    """

    seconds: float
    processor: float
    memory: float
    output: str


def run(command: Sequence[str | Path], environment: dict[str, str] | None = None) -> Run:
    """Run a program to its end.

    Raises:
        RuntimeError: it failed.
    """
    start = time.perf_counter()
    with subprocess.Popen(
        [str(part) for part in command],
        env=compiled() | (environment or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        memory = _watched(process.pid)
        output = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    if process.returncode != 0:
        raise RuntimeError(f"{command} failed: {output[-2000:]}")
    return Run(
        seconds=seconds,
        processor=used.ru_utime + used.ru_stime,
        memory=max(memory, default=0) / 1024,
        output=output,
    )


def _watched(pid: int) -> list[int]:
    """Return a list to which the most memory that a process held so far is added, in KB.

    What the system says in the end counts what held the memory before the program began: us.
    """
    held: list[int] = []

    def watch() -> None:
        with suppress(OSError, ValueError, IndexError):
            while True:
                status = Path(f"/proc/{pid}/status").read_text("utf-8")
                held.append(int(status.partition("VmHWM:")[2].split()[0]))
                time.sleep(INTERVAL)

    threading.Thread(target=watch, daemon=True).start()
    return held


@cache
def compiled() -> dict[str, str]:
    """Return an environment in which modules are compiled once, as an installation's are."""
    inherited = {key: value for key, value in os.environ.items() if key != NOT_COMPILED}
    return inherited | {"PYTHONPYCACHEPREFIX": str(throw_away_home())}


def of_books(owner: URL) -> dict[str, str]:
    """Return the environment of a command of ours on books."""
    url = owner.set(username=SERVICE_ROLE).render_as_string(hide_password=False)
    return {"FEESHARE_DATABASE_URL": url, "FEESHARE_ACTOR": "bench"}


def version(python: Path, package: str) -> str:
    """Return a package's name and version in an environment."""
    show = f"from importlib.metadata import version; print('{package}', version('{package}'))"
    return run([python, "-c", show]).output.strip()
