"""Books to measure on: an embedded server as in production, entries as statements make them."""

import os
import platform
from datetime import date
from decimal import Decimal
from pathlib import Path
from statistics import median

import psycopg
from sqlalchemy import Engine
from sqlalchemy.engine import URL

from feeshare import schema
from feeshare.books import load_defaults
from feeshare.clock import now
from feeshare.database import SERVICE_ROLE, make_engine, writing
from ledger.journal import JournalEntry, Posting
from ledger.parties import add

ENTRIES = 100_000
PARTIES = 50


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
    """Return the entry of a number: two postings of a statement, some day of 2023."""
    amount = Decimal(number + 1) / 100
    party = f"party-{number % PARTIES}"
    return JournalEntry(
        reference=f"{prefix}:{number}",
        effective_date=date(2023, 1 + number % 12, 1 + number % 28),
        kind="statement",
        narration=f"Fee share stated for month {number}",
        postings=[
            Posting("assets:suspense", amount, "USDT", party),
            Posting("income:fee-share", -amount, "USDT", party),
        ],
    )


def rate(count: int, seconds: list[float]) -> str:
    """Return the median rate a second with the slowest and the fastest."""
    return (
        f"{count / median(seconds):,.0f}/s ({count / max(seconds):,.0f} to "
        f"{count / min(seconds):,.0f})"
    )


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
