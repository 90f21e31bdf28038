"""A trial balance over many entries, as whole processes: ours against hledger's."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from sqlalchemy.engine import URL

from bench.books import service
from feeshare.database import SERVICE_ROLE, reading
from ledger.verification import verify
from reports.hledger import export

RUNS = 5
AS_OF = "2023-12-31"


def measure(books: URL, folder: Path) -> list[tuple[str, str, str]]:
    """Return seconds of our report, of hledger's on the export, and of a verification."""
    engine = service(books)
    journal = folder / "books.journal"
    with reading(engine) as session, journal.open("w", encoding="utf-8") as file:
        file.writelines(export(session))
    start = time.perf_counter()
    with reading(engine) as session:
        found = verify(session)
    verified = time.perf_counter() - start
    engine.dispose()
    ours_command = [str(Path(sys.executable).with_name("feeshare"))]
    ours_command += ["report", "trial-balance", "--as-of", AS_OF, "--csv"]
    # hledger's end day is not counted.
    theirs_command = ["hledger", "-f", str(journal), "balance", "-e", "2024-01-01", "-O", "csv"]
    url = books.set(username=SERVICE_ROLE).render_as_string(hide_password=False)
    environment = os.environ | {"FEESHARE_DATABASE_URL": url, "FEESHARE_ACTOR": "bench"}
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(RUNS):
        ours.append(_seconds(ours_command, environment))
        if shutil.which("hledger"):
            theirs.append(_seconds(theirs_command, environment))
    figures = [
        ("Trial balance of them, whole process", f"{median(ours):.2f} s", ""),
        ("Verifying all of them", f"{verified:.1f} s, {found.entries / verified:,.0f}/s", ""),
    ]
    if theirs:
        figures[1:1] = [
            ("`hledger balance` on the export", f"{median(theirs):.2f} s", ""),
            (
                "hledger's time against ours",
                f"{median(theirs) / median(ours):.1f} times",
                "at least 5 times",
            ),
        ]
    return figures


def _seconds(command: list[str], environment: dict[str, str]) -> float:
    start = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode != 0 or not done.stdout.strip():
        raise RuntimeError(f"{command[0]} failed: {done.stderr}")
    return seconds
