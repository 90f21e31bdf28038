"""Posting in bulk, against libraries for Python that keep books in a database."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.engine import URL

from bench.books import dsn, posted, recreate
from bench.figures import RUNS, Section, rate, ratio
from bench.programs import COMPARISONS, run, version
from ledger.journal import JournalEntry

HORDAK = Path(__file__).with_name("hordak_posts.py")
HORDAK_ENTRIES = 25_000
"""Its own benchmark posts as many at once: 50,000 legs."""

PYTHON_ACCOUNTING = Path(__file__).with_name("python_accounting_posts.py")
PYTHON_ACCOUNTING_ENTRIES = 400


def measure(server: URL, folder: Path, entries: Sequence[JournalEntry]) -> Section:
    """Measure all three in turns, each in a database made anew for each run."""
    prepared = recreate(server, "bench_hordak_empty")
    _seconds(HORDAK, dsn(prepared), "prepare")
    empty = folder / "python_accounting_empty.sqlite"
    _seconds(PYTHON_ACCOUNTING, f"sqlite:///{empty}", "prepare")
    ours: list[float] = []
    hordak: list[float] = []
    accounting: list[float] = []
    for _ in range(RUNS):
        books = recreate(server, "bench_ours", template="bench_empty")
        ours.append(posted(books, entries[:HORDAK_ENTRIES], a_change=HORDAK_ENTRIES))
        books = recreate(server, "bench_hordak", template="bench_hordak_empty")
        hordak.append(_seconds(HORDAK, dsn(books), str(HORDAK_ENTRIES)))
        file = shutil.copy(empty, folder / "python_accounting.sqlite")
        url = f"sqlite:///{file}"
        accounting.append(_seconds(PYTHON_ACCOUNTING, url, str(PYTHON_ACCOUNTING_ENTRIES)))
    per_entry = [seconds / HORDAK_ENTRIES for seconds in ours]
    return Section(
        title="Posting in bulk, against libraries",
        about=_about(),
        figures=[
            rate("Entries in one sealed change", HORDAK_ENTRIES, ours),
            rate("django-hordak, `bulk_create`", HORDAK_ENTRIES, hordak),
            rate("python-accounting", PYTHON_ACCOUNTING_ENTRIES, accounting),
            ratio("Speed against django-hordak", hordak, ours, least=8, bounds=BOUNDS),
            ratio(
                "Speed against python-accounting",
                [seconds / PYTHON_ACCOUNTING_ENTRIES for seconds in accounting],
                per_entry,
                least=100,
            ),
        ],
    )


BOUNDS = """\
It brings rows in as arrays, and checks sums in a trigger of each leg when it commits; it neither
hashes nor looks up references nor keeps balances."""


def _about() -> str:
    names = ("django-hordak", "Django", "python-accounting", "SQLAlchemy")
    versions = ", ".join(version(COMPARISONS, name) for name in names)
    return f"""\
{HORDAK_ENTRIES:,} entries of two postings here and in django-hordak: on the same server, from
objects at hand, in one committed transaction, its triggers as its migrations make them.
python-accounting posts one entry after the other and commits each; {PYTHON_ACCOUNTING_ENTRIES} of
them, in a file of SQLite as it comes, where it is faster than on the server. {versions}."""


def _seconds(script: Path, *arguments: str) -> float:
    said = run([COMPARISONS, script, *arguments]).output
    return 0.0 if arguments[-1] == "prepare" else float(said.splitlines()[-1])
