"""Measure speed on this machine and write `docs/benchmarks.md`: `python -m bench`.

Figures of a shared machine are noisy, so what is compared is measured in turns, and only ratios
are claimed.
"""

import gc
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import (
    bulk,
    chain_reading,
    chain_storing,
    growth,
    importing,
    libraries,
    matching,
    payouts,
    reporting,
    single,
)
from bench.books import ENTRIES, entry, machine
from bench.figures import RUNS, Section, written
from feeshare.database import embedded_url, throw_away_home

REPORT = Path(__file__).parents[1] / "docs" / "benchmarks.md"

PREAMBLE = f"""# Benchmarks

Written by `make bench`, on the embedded server with its settings as in production: every change
is on disk before it is acknowledged. Medians of {RUNS} runs where nothing else is said, in
brackets the extremes; what is compared was measured in turns.
"""


def main() -> None:
    """Run every measure and write the report."""
    gc.set_threshold(100_000)  # as the command line does
    home = throw_away_home()
    server = embedded_url(home, keep=False)
    description = machine(server)
    print("\n".join(description))
    entries = [entry(number) for number in range(ENTRIES)]
    sections = [
        _shown(lambda: [bulk.measure(server, entries)]),
        _shown(lambda: [libraries.measure(server, home, entries)]),
        _shown(lambda: [reporting.measure(server.set(database="bench_bulk"), home, entries)]),
        _shown(lambda: [importing.measure(server, home)]),
        _shown(lambda: growth.measure(server)),
        _shown(matching.measure),
        _shown(lambda: payouts.measure(server)),
        _shown(chain_reading.measure),
        _shown(lambda: chain_storing.measure(server)),
        _shown(lambda: [single.measure(server)]),
    ]
    machine_lines = [f"- {line}" for line in description]
    found = [section for group in sections for section in group]
    REPORT.write_text("\n".join([PREAMBLE, *machine_lines, "", written(found)]), encoding="utf-8")
    print(f"written to {REPORT}")


def _shown(measure: Callable[[], Sequence[Section]]) -> Sequence[Section]:
    start = time.perf_counter()
    sections = measure()
    for section in sections:
        print(f"\n{section.title} ({time.perf_counter() - start:.0f} s)")
        for each in section.figures:
            aim = f" (aim: {each.aim}{', MISSED' if each.missed else ''})" if each.aim else ""
            print(f"  {each.what}: {each.measured}{aim}", flush=True)
    return sections


if __name__ == "__main__":
    main()
