"""Start-up: help is quick, and heavy libraries are imported where they are used."""

import json
import resource
import subprocess
import sys

from architecture.source import ROOT
from support.books import Books
from support.command_line import surroundings

CPU_SECONDS_MAX = 0.3
TRIES = 3

HEAVY = {"pandas", "web3", "solana"}

COMMAND = """
import json, sys
sys.argv = ["feeshare", *sys.argv[1:]]
from feeshare.cli.main import run
status = 0
try:
    run()
except SystemExit as left:
    status = left.code or 0
names = sorted({name.partition(".")[0] for name in sys.modules})
print(json.dumps({"status": status, "imported": names}), file=sys.stderr)
"""


def imported_by(*arguments: str) -> set[str]:
    """Run a command in a process of its own; return the libraries that it imported."""
    answer = subprocess.run(
        [sys.executable, "-c", COMMAND, *arguments], cwd=ROOT, capture_output=True, check=True
    )
    said = json.loads(answer.stderr.splitlines()[-1])
    assert said["status"] == 0, answer.stderr.decode()
    return set(said["imported"])


def help_cpu_seconds() -> float:
    """Return the processor time that one run of the help takes, whatever else runs."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-c", COMMAND, "--help"], cwd=ROOT, capture_output=True, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def test_help_answers_at_once() -> None:
    assert min(help_cpu_seconds() for _ in range(TRIES)) < CPU_SECONDS_MAX


def test_help_needs_no_database_and_no_drawing() -> None:
    assert imported_by("--help") & (HEAVY | {"sqlalchemy", "alembic", "psycopg", "rich"}) == set()


def test_listing_the_reports_imports_nothing_heavy() -> None:
    assert imported_by("report", "list") & (HEAVY | {"xlsxwriter"}) == set()


def test_a_trial_balance_imports_nothing_that_it_does_not_show(books: Books) -> None:
    with surroundings(books, "treasurer", "2023-11-03T09:00:00Z"):
        imported = imported_by("report", "trial-balance", "--csv")
    unused = {"alembic", "apscheduler", "cryptography", "jsonschema", "rich", "xlsxwriter", "yaml"}
    assert imported & (HEAVY | unused) == set()


def test_starting_a_month_imports_nothing_heavy(books: Books) -> None:
    with surroundings(books, "treasurer", "2023-11-03T09:00:00Z"):
        imported = imported_by("month", "start", "2023-10")
    assert imported & (HEAVY | {"xlsxwriter", "cryptography", "apscheduler"}) == set()


def test_importing_a_csv_imports_no_reader_of_other_formats(furnished_books: Books) -> None:
    folder = ROOT / "examples"
    file, mappings = folder / "2023-10" / "bank", folder / "mappings"
    with surroundings(furnished_books, "treasurer", "2023-11-03T09:00:00Z"):
        imported = imported_by("import", str(file), "--mappings", str(mappings))
    assert imported & (HEAVY | {"defusedxml", "xml"}) == set()


def test_verification_knows_every_table_in_a_process_of_its_own(books: Books) -> None:
    with surroundings(books, "treasurer", "2023-11-03T09:00:00Z"):
        assert "ledger" in imported_by("audit", "verify")
