"""The real hledger, to load what the service exports."""

import csv
import os
import shutil
import subprocess
from decimal import Decimal
from io import StringIO
from urllib.parse import unquote

import pytest


def require() -> None:
    """Skip a test where there is no hledger, loudly; on the project's own machines, fail it."""
    if shutil.which("hledger") is not None:
        return
    why = "NO HLEDGER ON THIS MACHINE: the export was not tried with the program it is made for"
    if os.environ.get("CI") == "true":
        pytest.fail(f"{why}. Install it: apt-get install hledger")
    pytest.skip(why)


def run(journal: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run hledger on a journal."""
    return subprocess.run(
        ["hledger", "-f", "-", *arguments],
        input=journal,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"},
    )


def check(journal: str) -> None:
    """Let hledger check a journal, strictly, and that its dates are in order."""
    for arguments in (("check", "--strict"), ("check", "--strict", "ordereddates")):
        done = run(journal, *arguments)
        assert (done.returncode, done.stderr) == (0, "")


def balances(journal: str, *arguments: str) -> dict[tuple[str, str], Decimal]:
    """Return what hledger says every account holds, by account and commodity; zeros left out."""
    done = run(
        journal, "balance", "--flat", "--no-total", "-O", "csv", "--layout=bare", *arguments
    )
    assert done.returncode == 0, done.stderr
    return {
        (unquote(row["account"]), unquote(row["commodity"])): Decimal(row["balance"])
        for row in csv.DictReader(StringIO(done.stdout))
        if Decimal(row["balance"])
    }


def printed(journal: str) -> str:
    """Return the journal as hledger understood it."""
    done = run(journal, "print", "-x")
    assert done.returncode == 0, done.stderr
    return done.stdout
