"""A server to be killed: embedded, with its own data, on disk as in production."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from signal import SIGKILL

import psutil
from sqlalchemy.engine import URL

from feeshare import clock, schema
from feeshare.books import load_defaults
from feeshare.database import SERVICE_ROLE, embedded_url, make_engine, throw_away_home
from feeshare.retrying import retried
from support.load import Load, Reckoning, load, lost, reckon
from support.writers import ATTEMPTS

GONE_SECONDS = 10
WRITERS = 8
PAUSE_SECONDS = (0.1, 1.0)
KINDS = ("writer", "backend", "postmaster")
"""What is killed: a process of ours, one of the server that serves it, the server itself."""


@dataclass
class Server:
    """An embedded server with books, and how to kill it."""

    home: Path
    owner: URL

    @property
    def service(self) -> URL:
        return self.owner.set(username=SERVICE_ROLE)

    def postmaster(self) -> psutil.Process:
        lines = (self.home / "postgresql" / "postmaster.pid").read_text().splitlines()
        return psutil.Process(int(lines[0]))

    def kill(self) -> None:
        """Kill the postmaster, wait until nothing of it runs, start it again."""
        postmaster = self.postmaster()
        postmaster.suspend()
        family = [*postmaster.children(recursive=True), postmaster]
        postmaster.kill()
        _wait_for_end(family)
        assert embedded_url(self.home, keep=False) == self.owner

    def kill_backend(self, chance: Random) -> None:
        """Kill a process that serves a writer; the server then ends them all and recovers."""
        until = time.monotonic() + GONE_SECONDS
        while time.monotonic() < until:
            with suppress(psutil.Error):
                serving = [
                    child
                    for child in self.postmaster().children()
                    if f": {SERVICE_ROLE} " in " ".join(child.cmdline())
                ]
                if serving:
                    chance.choice(serving).send_signal(SIGKILL)
                    return
            time.sleep(0.01)
        raise AssertionError("nobody is served")


@contextmanager
def server() -> Iterator[Server]:
    """Give a server of its own with fresh books; its data goes when this process ends."""
    home = throw_away_home()
    owner = embedded_url(home, keep=False)
    schema.upgrade(owner)
    engine = make_engine(owner.set(username=SERVICE_ROLE))
    load_defaults(engine, actor="tests", at=clock.now())
    engine.dispose()
    yield Server(home=home, owner=owner)


def kill_under_load(
    at: Server, folder: Path, *, kills: int, seed: int
) -> tuple[Counter[str], Reckoning]:
    """Kill one thing after the other while writers post; return what was killed, and reckon.

    After each kill, what was acknowledged until then is looked for in the books.
    """
    chance = Random(seed)  # noqa: S311 - the same again for a seed
    kinds = [KINDS[number % len(KINDS)] for number in range(kills)]
    chance.shuffle(kinds)
    with load(at.service, folder, WRITERS) as at_work:
        at_work.wait_until_all_answered()
        for kind in kinds:
            time.sleep(chance.uniform(*PAUSE_SECONDS))
            kill_one(at, at_work, kind, chance)
            missing = retried(partial(lost, at_work), attempts=ATTEMPTS)
            assert missing == [], f"lost after a kill of a {kind}; seed {seed}"
        time.sleep(PAUSE_SECONDS[1])
    return Counter(kinds), reckon(at_work)


def kill_one(at: Server, at_work: Load, kind: str, chance: Random) -> None:
    """Kill something of a kind, and see that it or another in its place goes on."""
    if kind == "writer":
        at_work.kill(chance.choice(sorted(at_work.writers)))
    elif kind == "backend":
        at.kill_backend(chance)
    else:
        at.kill()


def _wait_for_end(family: list[psutil.Process]) -> None:
    """Wait for processes to end of themselves; those that do not are killed, too."""
    for kill_at, fail_at in ((GONE_SECONDS, False), (GONE_SECONDS, True)):
        until = time.monotonic() + kill_at
        while time.monotonic() < until:
            if not any(_runs(each) for each in family):
                return
            time.sleep(0.01)
        assert not fail_at, "processes of the server cannot be killed"
        for each in family:
            with suppress(psutil.Error):
                each.kill()


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
