"""The wheel: what is installed is all that is needed, and nothing else."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from architecture.source import PACKAGES, ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Build the wheel and return the names of the files in it."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (path,) = folder.glob("*.whl")
    with ZipFile(path) as archive:
        return set(archive.namelist())


def files_under(folder: Path, pattern: str) -> set[str]:
    return {
        path.relative_to(ROOT).as_posix()
        for path in folder.rglob(pattern)
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_every_package_is_in_it(wheel: set[str]) -> None:
    for package in PACKAGES:
        missing = files_under(ROOT / package, "*.py") - wheel
        assert missing == set(), package


def test_what_the_packages_read_is_in_it(wheel: set[str]) -> None:
    assert files_under(ROOT / "ledger" / "revenue", "*.json") <= wheel
    assert files_under(ROOT / "ledger" / "revenue", "*.json")
    assert files_under(ROOT / "migrations" / "versions", "*.py") <= wheel
    assert "migrations/fingerprint.txt" in wheel


def test_the_examples_are_in_it(wheel: set[str]) -> None:
    examples = {f"feeshare/{name}" for name in files_under(ROOT / "examples", "*.csv")}
    assert examples
    assert examples - wheel == set()


def test_nothing_else_is_in_it(wheel: set[str]) -> None:
    tops = {name.split("/")[0] for name in wheel if ".dist-info/" not in name}
    assert tops == set(PACKAGES)
    assert [name for name in wheel if name.endswith((".pyc", ".lock", ".pem"))] == []
