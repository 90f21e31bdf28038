"""The demo month: its commands typed once, typed twice, and run as a newcomer runs them."""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

from feeshare.demo import Step, chapters, copied
from support.books import Books
from support.command_line import Answer, feeshare, surroundings

MAY_REPEAT_OUTSIDE = ("init",)
"""`init` migrates as the owner; the tests' databases are made by their template."""

READS = ("month start", "month status", "review", "payout plan", "payout show", "report", "audit")


def steps(output: Path, keys: Path) -> Iterator[Step]:
    for _, chapter in chapters(output, keys):
        yield from chapter


def as_typed(books: Books, step: Step) -> Step:
    """Fill in the hashes that a person copies from the screen, once for both times."""
    with surroundings(books, step.actor, step.at):
        return replace(step, command=copied(step))


def type_it(books: Books, step: Step) -> Answer:
    return feeshare(books, *shlex.split(step.command), actor=step.actor, at=step.at)


def test_every_command_of_the_month_typed_twice_writes_once(books: Books, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    for step in steps(tmp_path / "output", keys):
        if step.command.startswith(MAY_REPEAT_OUTSIDE):
            continue
        step = as_typed(books, step)  # noqa: PLW2901 - the same step, its hashes filled in
        first = type_it(books, step)
        assert first.status in (0, 3), (step.command, first)
        digest = books.digest()
        again = type_it(books, step)
        assert books.digest() == digest, step.command
        if step.command.startswith("payout plan"):
            assert again == first
        elif not step.command.startswith(READS):
            assert again.status == 0, (step.command, again)
            assert says_that_nothing_changed(again), (step.command, again)


def says_that_nothing_changed(answer: Answer) -> bool:
    said = answer.err + answer.out
    return any(
        phrase in said
        for phrase in (
            "Nothing",
            "before",
            "already",
            "0 matched now",
            "done before",
            "books.journal",
        )
    )


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, str]]:
    """Run the demo twice, each in a process and an empty home of its own."""
    runs = []
    for number in (1, 2):
        folder = tmp_path_factory.mktemp(f"run{number}")
        clean = {
            name: value for name, value in os.environ.items() if not name.startswith("FEESHARE_")
        }
        with patch.dict(os.environ, {**clean, "HOME": str(folder)}, clear=True):
            done = subprocess.run(
                [sys.executable, "-c", "from feeshare.cli.main import run; run()", "demo"],
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
            )
        assert done.returncode == 0, done.stderr[-3000:]
        runs.append((folder / "demo-output", done.stdout + done.stderr))
    return runs


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_two_runs_of_the_demo_print_and_write_the_same_bytes(
    two_runs: list[tuple[Path, str]],
) -> None:
    (first, first_text), (second, second_text) = two_runs
    assert contents(first) == contents(second)
    assert first_text == second_text
    assert len(contents(first)) > 40


def test_the_demo_ends_with_books_that_are_what_was_sealed(
    two_runs: list[tuple[Path, str]],
) -> None:
    _, text = two_runs[0]
    assert "Everything is what was sealed." in text
    assert "2023-10 is closed" in text
    assert "✗" not in text
    assert "ALARM" not in text


def readme_lines() -> list[str]:
    """Return the lines that the README shows as printed by the month's commands."""
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    month = readme.partition("## A month in ten commands")[2].partition("\n## ")[0]
    blocks = month.split("```text\n")[1:]
    return [line for block in blocks for line in block.partition("```")[0].splitlines()]


def test_the_readme_shows_what_the_demo_prints(two_runs: list[tuple[Path, str]]) -> None:
    printed = two_runs[0][1].splitlines()
    lines = readme_lines()
    assert sum(" $ feeshare " in line for line in lines) == 10
    for line in lines:
        start = line.removesuffix("…")
        assert any(
            each.startswith(start) if start != line else each == line for each in printed
        ), line
