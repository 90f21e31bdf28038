"""Posting many entries at once, against bare COPY of the same rows past all triggers."""

import time
from collections.abc import Sequence

import psycopg
from sqlalchemy.engine import URL

from bench.books import ENTRIES, dsn, open_books, posted, recreate
from bench.figures import RUNS, Section, rate, ratio
from ledger.journal import JournalEntry
from ledger.journal_copy import ENTRY_COLUMNS, POSTING_COLUMNS

CHUNK = 1_000_000
ABOUT = f"""\
{ENTRIES:,} entries of two postings in one change: checked, hashed, sealed and committed, from
`JournalEntry` objects at hand. Bare COPY brings the same rows, already spelt out, into the same
tables with the same keys and indexes, its triggers disabled. Databases are made anew for each
run."""
BOUNDS = """\
The server spends as long on the rows as for bare COPY, during which the client spells and hashes
them. What comes on top cannot be done at the same time: looking up references, the tree of
hashes, and the checks of the seal, which sum every posting."""


def measure(server: URL, entries: Sequence[JournalEntry]) -> Section:
    """Measure sealed and bare in turns. Leaves the sealed books in `bench_bulk`."""
    open_books(server, "bench_empty")
    sealed: list[float] = []
    bare: list[float] = []
    rows: list[list[bytes]] = []
    for _ in range(RUNS):
        books = recreate(server, "bench_bulk", template="bench_empty")
        sealed.append(posted(books, entries, a_change=len(entries)))
        rows = rows or [
            _rows(books, "postings", POSTING_COLUMNS),
            _rows(books, "journal_entries", ENTRY_COLUMNS),
        ]
        bare.append(_bare(recreate(server, "bench_bare", template="bench_empty"), rows))
    return Section(
        title="Posting in bulk",
        about=ABOUT,
        figures=[
            rate("Entries in one sealed change", ENTRIES, sealed, aim=40_000),
            rate("The same rows by bare COPY", ENTRIES, bare),
            ratio(
                "Speed with all checks and hashes against bare COPY",
                bare,
                sealed,
                least=0.7,
                bounds=BOUNDS,
            ),
        ],
    )


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
