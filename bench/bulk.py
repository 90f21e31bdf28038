"""Posting many entries at once, against bare COPY of the same rows past all triggers."""

import time
from collections.abc import Sequence
from statistics import median

import psycopg
from sqlalchemy.engine import URL

from bench.books import ENTRIES, dsn, open_books, rate, recreate, service
from feeshare.clock import now
from feeshare.database import writing
from ledger.journal import JournalEntry, post
from ledger.journal_copy import ENTRY_COLUMNS, POSTING_COLUMNS

RUNS = 5
CHUNK = 1_000_000


def measure(server: URL, entries: Sequence[JournalEntry]) -> list[tuple[str, str, str]]:
    """Return figures: sealed, bare, and their ratio. Leaves the sealed books in `bench_bulk`."""
    open_books(server, "bench_empty")
    sealed_seconds: list[float] = []
    bare_seconds: list[float] = []
    for run in range(RUNS):
        books = recreate(server, "bench_bulk", template="bench_empty")
        sealed_seconds.append(_sealed(books, entries))
        if run == 0:
            rows = [
                _rows(books, "postings", POSTING_COLUMNS),
                _rows(books, "journal_entries", ENTRY_COLUMNS),
            ]
        bare = recreate(server, "bench_bare", template="bench_empty")
        bare_seconds.append(_bare(bare, rows))
    ratios = [b / s for b, s in zip(bare_seconds, sealed_seconds, strict=True)]
    aim = "at least 40,000/s"
    return [
        ("Entries posted in one sealed change", rate(ENTRIES, sealed_seconds), aim),
        ("The same rows by bare COPY, same keys, no triggers", rate(ENTRIES, bare_seconds), ""),
        (
            "Sealed against bare, median of pairs",
            f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})",
            "at least 0.50",
        ),
    ]


def _sealed(owner: URL, entries: Sequence[JournalEntry]) -> float:
    engine = service(owner)
    try:
        with engine.connect():
            pass
        start = time.perf_counter()
        with writing(engine, actor="bench", reason="bulk", at=now()) as change:
            post(change, entries)
        return time.perf_counter() - start
    finally:
        engine.dispose()


def _bare(owner: URL, rows: list[list[bytes]]) -> float:
    with psycopg.connect(dsn(owner)) as connection:
        connection.execute("ALTER TABLE postings DISABLE TRIGGER ALL")
        connection.execute("ALTER TABLE journal_entries DISABLE TRIGGER ALL")
        connection.commit()
        start = time.perf_counter()
        for table, columns, chunks in (
            ("postings", POSTING_COLUMNS, rows[0]),
            ("journal_entries", ENTRY_COLUMNS, rows[1]),
        ):
            statement = f"COPY {table} ({columns}) FROM STDIN".encode()
            with connection.cursor() as cursor, cursor.copy(statement) as copy:
                for chunk in chunks:
                    copy.write(chunk)
        connection.commit()
        return time.perf_counter() - start


def _rows(owner: URL, table: str, columns: str) -> list[bytes]:
    """Return a table's rows as COPY writes them, in chunks."""
    statement = f"COPY (SELECT {columns} FROM {table} ORDER BY 1, 2) TO STDOUT".encode()
    with (
        psycopg.connect(dsn(owner)) as connection,
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        whole = b"".join(bytes(row) for row in copy)
    return [whole[at : at + CHUNK] for at in range(0, len(whole), CHUNK)]
