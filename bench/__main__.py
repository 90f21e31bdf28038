"""Measure speed on this machine and write `docs/benchmarks.md`: `python -m bench`.

Figures of a shared machine are noisy, so what is compared is measured in turns, and only ratios
are claimed.
"""

from pathlib import Path

from bench import bulk, reporting, single
from bench.books import ENTRIES, entry, machine
from feeshare.database import embedded_url, throw_away_home

REPORT = Path(__file__).parents[1] / "docs" / "benchmarks.md"

Figure = tuple[str, str, str]

PREAMBLE = f"""# Benchmarks

Written by `make bench`, on the embedded server with its settings as in production: every change
is on disk before it is acknowledged. Medians of {bulk.RUNS} runs, in brackets the slowest and
the fastest; what is compared was measured in turns. {ENTRIES:,} entries of two postings.
"""


def main() -> None:
    """Run every measure and write the report."""
    home = throw_away_home()
    server = embedded_url(home, keep=False)
    description = machine(server)
    print("\n".join(description))
    figures: list[Figure] = []
    entries = [entry(number) for number in range(ENTRIES)]
    figures += _shown(bulk.measure(server, entries))
    del entries
    figures += _shown(reporting.measure(server.set(database="bench_bulk"), home))
    figures += _shown(single.measure(server))
    table = ["| What | Measured | Aim |", "|--|--|--|"]
    table += [f"| {what} | {measured} | {aim} |" for what, measured, aim in figures]
    machine_lines = [f"- {line}" for line in description]
    REPORT.write_text("\n".join([PREAMBLE, *machine_lines, "", *table, ""]), encoding="utf-8")
    print(f"written to {REPORT}")


def _shown(figures: list[Figure]) -> list[Figure]:
    for what, measured, aim in figures:
        print(f"{what}: {measured}{f' (aim: {aim})' if aim else ''}", flush=True)
    return figures


if __name__ == "__main__":
    main()
