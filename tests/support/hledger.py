"""The real hledger, to load what the service exports."""

import csv
import os
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
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
        assert (done.returncode, done.stderr) == (0, ""), done.stderr


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


@contextmanager
def apart(journals: Mapping[str, str]) -> Iterator[str]:
    """Give several journals as one, each under an account that is its name.

    hledger takes longer to start than to read a journal; so it reads many in one process.
    """
    with TemporaryDirectory() as folder:
        whole = []
        for name, journal in journals.items():
            path = Path(folder, f"{name}.journal")
            path.write_bytes(journal.encode())
            whole.append(f"apply account {name}\ninclude {path}\nend apply account\n")
        yield "".join(whole)


def balances_apart(journal: str, *arguments: str) -> dict[str, dict[tuple[str, str], Decimal]]:
    """Return the balances of journals that were put together by `apart`, by their name."""
    found: dict[str, dict[tuple[str, str], Decimal]] = defaultdict(dict)
    for (account, commodity), balance in balances(journal, *arguments).items():
        name, _, code = account.partition(":")
        found[name][code, commodity] = balance
    return dict(found)


def printed(journal: str) -> str:
    """Return the journal as hledger understood it."""
    done = run(journal, "print", "-x")
    assert done.returncode == 0, done.stderr
    return done.stdout
