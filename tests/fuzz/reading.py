"""Searches for a file that reading breaks on: `python -m fuzz.reading --files 100000`.

Whatever a file says, it is taken, set aside row by row, or refused: nothing raises, every data row
is accounted for, and a stated total is taken only if it is the sum of the rows.
"""

import argparse
import multiprocessing
import sys
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from functools import cache

from feeshare.inbox import mappings_in
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


@cache
def mappings() -> list[Mapping]:
    return mappings_in(EXAMPLES / "mappings")


@cache
def samples() -> list[tuple[str, bytes]]:
    return [(path.name, path.read_bytes()) for path in sorted(FOLDER.iterdir())]


def try_one(seed: int) -> str:
    """Read one mutated file and return what became of it.

    Raises:
        AssertionError: a row was lost, or a total was taken that is not the sum.
    """
    name, content = samples()[seed % len(samples())]
    data = mutated(content, seed)
    found = recognise(mappings(), data, name)
    if isinstance(found, Mapping):
        require_accounted(found, data, name)
        recognised = "recognised"
    else:
        assert found, f"seed {seed}: refused without a problem"
        recognised = "not recognised"
        # A mapping that a person names reads files that it would not recognise.
        declared = next(it for it in mappings() if it.name == name.partition(".")[0])
        require_accounted(declared, data, name)
    return recognised


def require_accounted(mapping: Mapping, data: bytes, name: str) -> None:
    """Require that a file is read without a loss."""
    reading, rows = read_all(mapping, data, name, commodities=COMMODITIES)
    if reading.problems:
        return
    assert rows, "a file without rows was taken"
    numbers = [row.row for row in rows]
    assert numbers == sorted(numbers), "rows came in another order"
    aside = [row for row in rows if isinstance(row, SetAside)]
    assert len(set(numbers)) == reading.rows_in, "a row was lost"
    posting = {row.row for row in rows} - {row.row for row in aside}
    assert len(posting) + len(aside) == reading.rows_in, "a row posts and is set aside"
    assert all((row.state == "quarantined") == bool(row.problems) for row in aside)
    if not any(row.state == "quarantined" for row in aside):
        sums: dict[str, Decimal] = {}
        for row in rows:
            if isinstance(row, StatementRow):
                before = sums.get(row.currency, Decimal(0))
                sums[row.currency] = CONTEXT.add(before, row.fee_share)
        for commodity, total in reading.control_totals.items():
            assert sums.get(commodity, Decimal(0)) == total, "a total was taken that is no sum"


def try_many(seeds: Iterable[int]) -> Counter[str]:
    """Return how many files of these seeds came to which end; a failure names its seed."""
    use_exact_context()
    ends: Counter[str] = Counter()
    for seed in seeds:
        try:
            ends[try_one(seed)] += 1
        except Exception as error:
            raise AssertionError(f"seed {seed}: {type(error).__name__}: {error}") from error
    return ends


def main() -> int:
    """Try as many files as asked, in two processes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    asked = parser.parse_args()
    last = asked.first + asked.files
    pieces = [range(at, min(at + AT_ONCE, last)) for at in range(asked.first, last, AT_ONCE)]
    ends: Counter[str] = Counter()
    with multiprocessing.Pool(PROCESSES) as pool:
        for piece in pool.imap_unordered(try_many, pieces):
            ends += piece
    sys.stdout.write(f"{sum(ends.values())} files: {dict(ends)}; no row lost, nothing raised\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
