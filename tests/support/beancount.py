"""The real Beancount, run as a program of its own, to load what the service exports."""

import json
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROGRAMS = ROOT / ".venv-oracles" / "bin"
READER = Path(__file__).with_name("beancount_reader.py")

ENVIRONMENT = {**os.environ, "BEANCOUNT_DISABLE_LOAD_CACHE": "1"}

WORDS = {"Assets", "Liabilities", "Equity", "Income", "Expenses"}
ESCAPE_IN_ACCOUNTS = re.compile("--([1-6])")
ESCAPE_IN_COMMODITIES = re.compile("'([1-6A-Z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What Beancount made of a file; accounts and commodities under Beancount's names.

    `balances` are by the books' codes, one set for each day asked for; zeros are left out.
    """

    errors: list[str]
    balances: list[dict[tuple[str, str], Decimal]]
    commodities: dict[str, dict[str, str]]
    accounts: dict[str, dict[str, str]]
    transactions: list[dict[str, Any]]


def require() -> None:
    """Skip a test where there is no Beancount, loudly; on the project's own machines, fail it."""
    if (PROGRAMS / "bean-check").exists():
        return
    why = "NO BEANCOUNT ON THIS MACHINE: the export was not tried with the program it is made for"
    if os.environ.get("CI") == "true":
        pytest.fail(f"{why}. Install it: make .venv-oracles/installed")
    pytest.skip(why)


def load(files: Mapping[str, str], days: Sequence[date | None] = (None,)) -> dict[str, Loaded]:
    """Load files, each a text under a name, all in one process; count up to each of some days."""
    with TemporaryDirectory() as folder:
        paths = {str(Path(folder, f"{name}.beancount")): name for name in files}
        for path, name in paths.items():
            Path(path).write_bytes(files[name].encode())
        asked = {
            "files": list(paths),
            "days": [None if day is None else day.isoformat() for day in days],
        }
        done = subprocess.run(
            [PROGRAMS / "python", "-I", READER],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            check=False,
            env=ENVIRONMENT,
        )
    assert done.returncode == 0, done.stderr
    return {paths[path]: _loaded(found) for path, found in json.loads(done.stdout).items()}


def check(text: str) -> None:
    """Let Beancount load a file without an error."""
    assert load({"books": text})["books"].errors == []


def balances(text: str, until: date | None = None) -> dict[tuple[str, str], Decimal]:
    """Return what Beancount says every account holds, by account and commodity."""
    return load({"books": text}, [until])["books"].balances[0]


def bean_check(text: str) -> subprocess.CompletedProcess[str]:
    """Run the command that people check their files with, as they have it."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "books.beancount")
        path.write_bytes(text.encode())
        return subprocess.run(
            [PROGRAMS / "bean-check", path],
            capture_output=True,
            text=True,
            check=False,
            env=ENVIRONMENT,
        )


def account_code(name: str) -> str:
    """Read an account's name back, by the law that the export documents."""
    root, *parts = name.split(":")
    assert root in WORDS
    codes = [_part_code(part) for part in parts]
    return codes[0][1:] if codes[0].startswith(":") else ":".join((root.lower(), *codes))


def commodity_code(name: str) -> str:
    """Read a commodity's name back, by the law that the export documents."""
    return _read_back(name.removeprefix("X'0"), ESCAPE_IN_COMMODITIES)


def _part_code(part: str) -> str:
    marked = part.startswith("X--0")
    rest = part.removeprefix("X--0") if marked else part[0].lower() + part[1:]
    return _read_back(rest, ESCAPE_IN_ACCOUNTS)


def _read_back(name: str, escape: re.Pattern[str]) -> str:
    code, at = "", 0
    while at < len(name):
        found = escape.match(name, at)
        if found is None:
            code, at = code + name[at], at + 1
        elif found[1].isdigit():
            end = found.end() + int(found[1])
            code, at = code + chr(int(name[found.end() : end], 16)), end
        else:
            code, at = code + found[1].lower(), found.end()
    return code


def _loaded(found: dict[str, Any]) -> Loaded:
    sums = [
        {
            (account_code(account), commodity_code(commodity)): Decimal(number)
            for account, number, commodity in balances
            if Decimal(number)
        }
        for balances in found.pop("balances")
    ]
    return Loaded(balances=sums, **found)
