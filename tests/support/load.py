"""A load of writers on one set of books, and the reckoning of what they were told."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from multiprocessing.process import BaseProcess
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import URL

from feeshare.database import make_engine, reading
from feeshare.verifying import verify_books
from ledger.journal import fingerprint
from support.processes import FORKS
from support.writers import FLOORED, Noted, entry_of, noted, write_until

WRITERS = 16
START_SECONDS = 60
STOP_SECONDS = 90


@dataclass(frozen=True, kw_only=True)
class Reckoning:
    """How it ended: entries acknowledged, found after a lost answer, refused for a floor."""

    entries: int
    acknowledged: int
    found: int
    refused: int


@dataclass
class Load:
    """Writers at work, and where they note what they were told."""

    url: URL
    """The books, as the service's role."""
    folder: Path
    writers: dict[str, BaseProcess] = field(default_factory=dict)

    @property
    def stop(self) -> Path:
        return self.folder / "stop"

    def start(self, name: str) -> None:
        """Start a writer, or another in the place of one that was killed."""
        writer = FORKS.Process(
            target=write_until,
            args=(
                self.stop,
                self.url.render_as_string(hide_password=False),
                name,
                self.folder / f"{name}.log",
            ),
            daemon=True,
        )
        writer.start()
        self.writers[name] = writer

    def kill(self, name: str) -> None:
        """Kill a writer where it stands, and start another in its place."""
        self.writers[name].kill()
        self.writers[name].join()
        self.start(name)

    def wait_until_all_answered(self) -> None:
        """Wait until every writer was told something."""
        until = time.monotonic() + START_SECONDS
        while not all(each.answered or each.errors for each in self.noted().values()):
            assert time.monotonic() < until, "a writer does not begin"
            time.sleep(0.05)

    def noted(self) -> dict[str, Noted]:
        """Return what each writer noted so far."""
        return {name: noted(self.folder / f"{name}.log") for name in self.writers}


@contextmanager
def load(url: URL, folder: Path, writers: int, prefix: str = "writer") -> Iterator[Load]:
    """Keep writers at work until the block ends; then let each end what it has begun."""
    at_work = Load(url, folder)
    for number in range(writers):
        at_work.start(f"{prefix}-{number}")
    try:
        yield at_work
    finally:
        at_work.stop.touch()
        for writer in at_work.writers.values():
            writer.join(STOP_SECONDS)
            writer.kill()


def lost(at_work: Load) -> list[str]:
    """Return the references that were acknowledged and are not in the books in their place."""
    told = at_work.noted()
    engine = make_engine(at_work.url)
    with reading(engine) as session:
        rows = session.execute(text("SELECT reference, number FROM journal_entries"))
        places = {row.reference: row.number for row in rows}
    engine.dispose()
    return [
        f"{name}/{number}"
        for name, writer in told.items()
        for number, place in writer.acknowledged.items()
        if places.get(f"{name}/{number}") != place
    ]


def reckon(at_work: Load) -> Reckoning:
    """Hold the books against what the writers were told, all of them having ended.

    Raises:
        AssertionError: an entry is lost, doubled, torn or unknown, a figure is off, a number is
            missing, a writer saw an error, or verification finds something.
    """
    told = at_work.noted()
    assert {name: writer.errors for name, writer in told.items() if writer.errors} == {}
    assert all(writer.exitcode == 0 for writer in at_work.writers.values())
    expected = {
        f"{name}/{number}": (place, fingerprint(entry_of(name, number)))
        for name, writer in told.items()
        for number, place in writer.acknowledged.items()
    }
    engine = make_engine(at_work.url)
    with reading(engine) as session:
        rows = session.execute(
            text("SELECT reference, number, fingerprint FROM journal_entries ORDER BY number")
        ).all()
        running = session.execute(
            text(
                "SELECT DISTINCT ON (account, party, document) account, balance "
                "FROM account_balances ORDER BY account, party, document, change_no DESC"
            )
        ).all()
        passed = session.scalar(
            text(
                "SELECT count(*) FROM account_balances WHERE account = ANY(:codes) AND balance > 0"
            ),
            {"codes": [account.value for account in FLOORED]},
        )
        verified = verify_books(session)
    engine.dispose()
    assert not verified.problems, verified.problems[:5]
    assert {row.reference: (row.number, bytes(row.fingerprint)) for row in rows} == expected
    assert [row.number for row in rows] == list(range(1, len(expected) + 1))
    assert {row.account: row.balance for row in running} == _sums(told)
    assert passed == 0
    return Reckoning(
        entries=len(rows),
        acknowledged=sum(len(writer.acknowledged) for writer in told.values()),
        found=sum(len(writer.found) for writer in told.values()),
        refused=sum(len(writer.refused) for writer in told.values()),
    )


def _sums(told: dict[str, Noted]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for name, writer in told.items():
        for number in writer.acknowledged:
            for posting in entry_of(name, number).postings:
                sums[posting.account] += posting.amount
    return dict(sums)


def many_writers(url: URL, folder: Path, seconds: float) -> Reckoning:
    """Let sixteen writers post for some seconds from when all of them are at it, then reckon."""
    with load(url, folder, WRITERS) as at_work:
        at_work.wait_until_all_answered()
        time.sleep(seconds)
    return reckon(at_work)
