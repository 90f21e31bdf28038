"""Searches for a file that reading breaks on: `python -m fuzz.reading --files 100000`.

Whatever a file says, it is taken, set aside row by row, or refused: nothing raises, every data row
is accounted for, a stated total is taken only if it is the sum of the rows, and what is taken
comes to drafts in which every row is once.

A seed makes a file, so that a search goes on from where another ended and a failure is repeated by
one number, in another process or year. That is why Hypothesis does not draw these files: it would
keep and shrink bytes at a hundredth of the speed. It draws the rows that drafts are made of.
"""

import argparse
import multiprocessing
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from pathlib import Path

from feeshare.inbox import mappings_in
from fuzz.gathering import gathered
from fuzz.mutations import mutated
from golden.build_statements import FOLDER
from ledger.money import CONTEXT, use_exact_context
from ledger.revenue.mapping import Mapping
from ledger.revenue.reading import read_all
from ledger.revenue.recognition import recognise
from ledger.revenue.rows import SetAside, StatementRow
from support.databases import EXAMPLES
from support.mappings import COMMODITIES

PROCESSES = 2
AT_ONCE = 500

OLD_WORKBOOKS = 200
"""One file in so many is an old workbook, for each starts a process of its own: that is slow."""

ENDS = ("refused", "set aside", "accepted")
"""What becomes of a file: nothing of it is kept, some rows wait for a person, or none does."""

FIRST_MAX = 2**40


@cache
def mappings() -> list[Mapping]:
    return mappings_in(EXAMPLES / "mappings")


@cache
def samples() -> tuple[list[Path], list[Path]]:
    """Return the samples that are read in this process, and the old workbooks."""
    paths = sorted(FOLDER.iterdir())
    old = [path for path in paths if path.suffix == ".xls"]
    return [path for path in paths if path not in old], old


@cache
def content(path: Path) -> bytes:
    return path.read_bytes()


def try_one(seed: int) -> str:
    """Read one mutated file and return what became of it.

    Raises:
        AssertionError: a row was lost, or a total was taken that is not the sum.
    """
    usual, old = samples()
    drawn = usual if seed % OLD_WORKBOOKS else old
    path = drawn[seed % len(drawn)]
    data = mutated(content(path), seed)
    found = recognise(mappings(), data, path.name)
    if isinstance(found, Mapping):
        return require_accounted(found, data, path.name)
    assert found, "refused without a problem"
    # A mapping that a person names reads files that it would not recognise.
    require_accounted(declared(path), data, path.name)
    return "refused"


def declared(path: Path) -> Mapping:
    """Return the mapping that a sample was written by."""
    return next(each for each in mappings() if each.name == path.stem)


def require_accounted(mapping: Mapping, data: bytes, name: str) -> str:
    """Require that a file is read without a loss; return what became of it."""
    reading, rows = read_all(mapping, data, name, commodities=COMMODITIES)
    if reading.problems:
        return "refused"
    assert rows, "a file without rows was taken"
    numbers = [row.row for row in rows]
    assert numbers == sorted(numbers), "rows came in another order"
    aside = [row for row in rows if isinstance(row, SetAside)]
    assert len(set(numbers)) == reading.rows_in, "a row was lost"
    posting = {row.row for row in rows} - {row.row for row in aside}
    assert len(posting) + len(aside) == reading.rows_in, "a row posts and is set aside"
    assert all((row.state == "quarantined") == bool(row.problems) for row in aside)
    held = any(row.state == "quarantined" for row in aside)
    counted = [row for row in rows if isinstance(row, StatementRow)]
    if not held:
        require_totals(reading.control_totals, counted)
    file = gathered([*counted, *aside])
    return "refused" if file.problems else "set aside" if held else "accepted"


def require_totals(stated: dict[str, Decimal], rows: Iterable[StatementRow]) -> None:
    """Require that what a file states as its totals is what its rows add up to."""
    sums: dict[str, Decimal] = {}
    for row in rows:
        sums[row.currency] = CONTEXT.add(sums.get(row.currency, Decimal(0)), row.fee_share)
    for commodity, total in stated.items():
        assert sums.get(commodity, Decimal(0)) == total, "a total was taken that is no sum"


def try_many(seeds: Iterable[int]) -> Counter[str]:
    """Return how many files of these seeds came to which end; a failure names its seed."""
    use_exact_context()
    ends: Counter[str] = Counter()
    for seed in seeds:
        try:
            ends[try_one(seed)] += 1
        except Exception as error:
            said = f"seed {seed}: {type(error).__name__}: {error}"
            raise AssertionError(f"{said}; again: {command(seed, 1)}") from error
    return ends


def command(first: int, files: int) -> str:
    """Return what tries the files of these seeds again."""
    return f"make fuzz FIRST={first} FILES={files}"


def main() -> int:
    """Try as many files as asked, in two processes, and print what became of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--first", type=int, help="the first seed; drawn if it is not given")
    asked = parser.parse_args()
    first = secrets.randbelow(FIRST_MAX) if asked.first is None else asked.first
    last, began = first + asked.files, time.monotonic()
    pieces = [range(at, min(at + AT_ONCE, last)) for at in range(first, last, AT_ONCE)]
    ends: Counter[str] = Counter()
    with multiprocessing.Pool(PROCESSES) as pool:
        for piece in pool.imap_unordered(try_many, pieces):
            ends += piece
    counted = ", ".join(f"{ends[end]} {end}" for end in ENDS)
    took = round(time.monotonic() - began)
    sys.stdout.write(f"{ends.total()} files in {took} s: {counted}; no row lost, nothing raised\n")
    sys.stdout.write(f"again: {command(first, asked.files)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
