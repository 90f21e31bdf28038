"""How time grows with what is matched: generated receipts and as many claims, no database."""

import time
from datetime import date, timedelta
from decimal import Decimal
from math import log
from statistics import median

from bench.figures import Figure, Section
from ledger.revenue.matching import Claim, Outcome, Receipt, match
from ledger.revenue.tolerances import tolerance_of

SIZES = (25_000, 50_000, 100_000)
PARTIES = 40
MOST_SECONDS = 10
RUNS = 3
MOST_TIMES = SIZES[-1] * log(SIZES[-1]) / (SIZES[0] * log(SIZES[0]))
"""What n log n grows by from the smallest size to the largest."""

TOLERANCE = {"default": {"network-fee": {"amount": "2", "fraction": "0.01"}}}


def generated(size: int) -> tuple[list[Receipt], list[Claim]]:
    """Return receipts and claims: exact, less a fee, in one sum, doubled, and for nothing."""
    receipts, claims = [], []
    for number in range(size):
        party = f"exchange-{number % PARTIES}"
        owed = Decimal(1_000_000 + number * 7_919 % 9_000_011) / 1000
        month = f"{2020 + number % 6}-{1 + number // 7 % 12:02d}"
        day = date(2024, 1, 1) + timedelta(days=number % 300)
        claim = Claim(
            document=f"d{number:06d}",
            party=party,
            commodity="USDT",
            open=owed,
            month=month,
            due_on=day,
        )
        claims.append(claim)
        paid = owed
        months: tuple[str, ...] = (month,)
        if number % 5 == 1:
            months = ()
        elif number % 5 == 2:
            paid = owed - Decimal("0.5")
        elif number % 25 == 3:
            paid = Decimal(1_000_003) + number % 10
        elif number % 25 == 8:
            paid, months = Decimal(5000), ()
        receipts.append(
            Receipt(
                id=f"r{number:06d}",
                on=day + timedelta(days=number % 9),
                party=party,
                commodity="USDT",
                amount=paid,
                months=months,
            )
        )
    return receipts, claims


def matched(size: int) -> tuple[Outcome, float]:
    """Match a generated set; return what was found and the seconds that it took."""
    receipts, claims = generated(size)
    tolerances = {f"exchange-{n}": tolerance_of(TOLERANCE, "any") for n in range(PARTIES)}
    start = time.perf_counter()
    outcome = match(receipts, claims, tolerances)
    return outcome, time.perf_counter() - start


def measure() -> list[Section]:
    """Match sets of each size in one run."""
    runs = [[matched(size) for size in SIZES] for _ in range(RUNS)]
    seconds = [median(run[at][1] for run in runs) for at in range(len(SIZES))]
    smallest, *_, largest = (outcome for outcome, _ in runs[0])
    return [
        Section(
            title="Matching",
            about=f"""\
{SIZES[0]:,}, {SIZES[1]:,} and {SIZES[2]:,} receipts of {PARTIES} parties against as many claims,
medians of {RUNS} runs: most exact and named, some less a fee within a tolerance, without a memo,
twice the same, or for nothing.""",
            figures=[
                Figure(
                    what=f"{SIZES[-1]:,} receipts and claims",
                    measured=f"{seconds[-1]:.1f} s, {len(largest.certain):,} certain, "
                    f"{largest.looked_at:,} looked at",
                    aim=f"at most {MOST_SECONDS} s",
                    missed="" if seconds[-1] <= MOST_SECONDS else "Sorting and comparing.",
                ),
                Figure(
                    what=f"{SIZES[-1] // SIZES[0]} times as many",
                    measured=f"{seconds[-1] / seconds[0]:.2f} times as long",
                    aim=f"at most {MOST_TIMES:.2f} times, as n log n",
                    missed=""
                    if seconds[-1] <= MOST_TIMES * seconds[0]
                    else "The work grows as the claims that are looked at; each takes longer, for "
                    "the larger sets fit the caches less.",
                ),
                Figure(
                    what="Claims that are looked at",
                    measured=f"{largest.looked_at / smallest.looked_at:.2f} times as many",
                    aim=f"at most {MOST_TIMES:.2f} times, as n log n",
                    missed=""
                    if largest.looked_at <= MOST_TIMES * smallest.looked_at
                    else "Many receipts are alike.",
                ),
            ],
        )
    ]


if __name__ == "__main__":
    for each in measure()[0].figures:
        print(f"{each.what}: {each.measured} (aim: {each.aim})")
