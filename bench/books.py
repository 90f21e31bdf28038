"""Books to measure on: an embedded server as in production, entries as statements make them."""

import os
import platform
import time
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import psycopg
from sqlalchemy import Engine
from sqlalchemy.engine import URL

from feeshare import schema
from feeshare.books import load_defaults
from feeshare.clock import now
from feeshare.database import SERVICE_ROLE, make_engine, writing
from ledger.journal import JournalEntry, Posting, post
from ledger.parties import add

ENTRIES = 100_000
PARTIES = 50
LARGE = "assets:suspense"
SMALL = "expenses:bad-debt"


def dsn(url: URL) -> str:
    """Return a libpq URL."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def recreate(server: URL, name: str, *, template: str = "template1") -> URL:
    """Make a database anew and return its owner's URL."""
    with psycopg.connect(dsn(server.set(database="postgres")), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return server.set(database=name)


def open_books(server: URL, name: str) -> URL:
    """Make books with their chart of accounts and some parties; return their owner's URL."""
    owner = recreate(server, name)
    schema.upgrade(owner)
    engine = service(owner)
    load_defaults(engine, actor="bench", at=now())
    with writing(engine, actor="bench", reason="parties", at=now()) as change:
        for number in range(PARTIES):
            add(change, name=f"Party {number}", kind="exchange")
    engine.dispose()
    return owner


def service(owner: URL) -> Engine:
    """Return an engine as the service's role."""
    return make_engine(owner.set(username=SERVICE_ROLE))


def entry(number: int, prefix: str = "bench") -> JournalEntry:
    """Return the entry of a number: two postings of a statement, some day of 2023.

    One in a hundred is not suspense but bad debt: books have large accounts and small ones.
    """
    amount = Decimal(number + 1) / 100
    party = f"party-{number % PARTIES}"
    return JournalEntry(
        reference=f"{prefix}:{number}",
        effective_date=date(2023, 1 + number % 12, 1 + number % 28),
        kind="statement",
        narration=f"Fee share stated for month {number}",
        postings=[
            Posting(LARGE if number % 100 else SMALL, amount, "USDT", party),
            Posting("income:fee-share", -amount, "USDT", party),
        ],
    )


def posted(owner: URL, entries: Sequence[JournalEntry], *, a_change: int) -> float:
    """Post entries, so many in each sealed change; return the seconds until all are on disk."""
    engine = service(owner)
    try:
        with engine.connect():
            pass
        start = time.perf_counter()
        for first in range(0, len(entries), a_change):
            with writing(engine, actor="bench", reason="bulk", at=now()) as change:
                post(change, entries[first : first + a_change])
        return time.perf_counter() - start
    finally:
        engine.dispose()


def machine(server: URL) -> list[str]:
    """Describe what was measured on."""
    with psycopg.connect(dsn(server.set(database="postgres"))) as connection:
        (version,) = connection.execute("SHOW server_version").fetchone() or ("?",)
        (fsync,) = connection.execute("SHOW fsync").fetchone() or ("?",)
        (commit,) = connection.execute("SHOW synchronous_commit").fetchone() or ("?",)
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith("model name")
    ]
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return [
        f"{os.cpu_count()} cores {names[0] if names else platform.machine()}, "
        f"{gigabytes:.0f} GB, {platform.system()} {platform.release()}",
        f"Python {platform.python_version()}, PostgreSQL {version} embedded, fsync {fsync}, "
        f"synchronous_commit {commit}",
    ]
