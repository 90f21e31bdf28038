"""The examples in docs/errors.md, made of what the commands print.

Run as a program, it writes them again: `make errors`.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from errors.catalogue import REPRODUCTIONS
from errors.reproductions import Reproduction, messages, opened, small_books
from feeshare.database import throw_away_home
from support.databases import fresh_database, make_template

PATH = Path(__file__).parents[2] / "docs" / "errors.md"
BEGIN = "<!-- examples: written by make errors -->\n"
END = "<!-- end of examples -->\n"


def examples() -> dict[str, Reproduction]:
    """Return the reproduction of each code that stands in the documentation: its first."""
    found: dict[str, Reproduction] = {}
    for each in REPRODUCTIONS:
        if each.code:
            found.setdefault(each.code, each)
    return dict(sorted(found.items()))


def example(code: str, lines: Iterable[str]) -> str:
    """Return the first line with a code as a cell of the table."""
    line = next(line for line in lines if f"{code}: " in line)
    return line.replace("|", "\\|")


def advice() -> dict[str, str]:
    """Return what to do by code, as the table of codes says it."""
    section = PATH.read_text("utf-8").partition("## Codes\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([a-z_]+)` \|.*?\|.*?\| (.*) \|$", section, re.MULTILINE)
    return dict(rows)


def table(lines: Mapping[str, str]) -> str:
    """Return the table as it is to stand in the documentation."""
    to_do = advice()
    rows = [f"| `{code}` | ``{line}`` | {to_do[code]} |" for code, line in sorted(lines.items())]
    return "\n".join(["| code | example | what to do |", "|---|---|---|", *rows, ""])


def written() -> dict[str, str]:
    """Return the examples by code, as they stand in the documentation."""
    _, between, _ = split(PATH.read_text("utf-8"))
    return dict(re.findall(r"^\| `([a-z_]+)` \| ``(.*?)`` \|", between, re.MULTILINE))


def split(document: str) -> tuple[str, str, str]:
    """Return what stands before, between and after the marks."""
    before, _, rest = document.partition(BEGIN)
    between, _, after = rest.partition(END)
    return before, between, after


def provoked() -> dict[str, str]:
    """Return what each example prints, on books of its own."""
    found = {}
    with small_books(make_template(throw_away_home())) as small:
        for code, each in examples().items():
            with (
                fresh_database(small) as owner,
                opened(owner) as books,
                TemporaryDirectory() as folder,
            ):
                if each.prepare:
                    each.prepare(books, Path(folder))
                answer = each.provoke(books, Path(folder))
                found[code] = example(code, messages(books, Path(folder), answer))
    return found


if __name__ == "__main__":
    before, _, after = split(PATH.read_text("utf-8"))
    PATH.write_text(before + BEGIN + table(provoked()) + END + after, "utf-8")
