"""How time grows with the books: posting, trial balance, current balance and verification."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median

from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from bench.books import LARGE, entry, posted, recreate, service
from bench.figures import UNKNOWN, Figure, Section
from bench.programs import OURS, Run, of_books, run
from feeshare.database import reading
from ledger.balances import account_balance
from reports.query import Asked
from reports.trial_balance import build

SIZES = (10_000, 100_000, 1_000_000)
A_CHANGE = 1_000
"""Entries in each change of these books: the more changes, the more balances are kept."""

VERIFICATIONS = {0: 5, 10_000: 5, 100_000: 3, 1_000_000: 1}
"""How often books of each size are verified: of none, it is how long starting takes."""

CALLS = 200
MADE_AT = datetime(2024, 1, 1, tzinfo=UTC)

VERIFIED_PER_CORE = 100_000
MEMORY = 300


def measure(server: URL) -> list[Section]:
    """Make books of each size, and measure each on them."""
    books = {size: recreate(server, f"bench_{size}", template="bench_empty") for size in SIZES}
    posting = {size: _posted(books[size], size) for size in SIZES}
    books[0] = recreate(server, "bench_0", template="bench_empty")
    verifying = {size: _verified(books[size], runs) for size, runs in VERIFICATIONS.items()}
    balance_of_all = {size: _median(books[size], _trial_balance, 5) for size in SIZES}
    current = _current(books[SIZES[0]], books[SIZES[-1]])
    times = current[1] / current[0]
    growth = [
        _growth("Posting", posting),
        _growth("Trial balance, without starting", balance_of_all),
        _growth(
            "Verification, without starting",
            {size: verifying[size].seconds - verifying[0].seconds for size in SIZES},
        ),
    ]
    return [
        Section(
            title="Growth",
            about=f"""\
Books of {SIZES[0]:,}, {SIZES[1]:,} and {SIZES[2]:,} entries of two postings, sealed {A_CHANGE:,}
a change. {SIZES[-1] // SIZES[0]} times the entries may take {SIZES[-1] // SIZES[0]} times as
long. The current balance of one account is asked for {CALLS} times of the smallest and of the
largest book in turns.""",
            figures=[
                *growth,
                Figure(
                    what="Current balance of an account",
                    measured=f"{current[0]:.2g} s · {current[1]:.2g} s: {times:.2f} times",
                    aim="at most 2 times",
                    missed="" if times <= 2 else UNKNOWN,
                ),
            ],
        ),
        _verification(verifying[SIZES[-1]]),
    ]


def _verification(took: Run) -> Section:
    cores = max(1.0, took.processor / took.seconds)
    each = SIZES[-1] / took.seconds / cores
    return Section(
        title="Verification",
        about=f"""\
`feeshare audit verify` on {SIZES[-1]:,} entries in {SIZES[-1] // A_CHANGE:,} changes as a whole
process, once: everything is recomputed. Memory is the most that the process held. A core counts
as often as the process kept one busy.""",
        figures=[
            Figure(
                what="Entries verified",
                measured=f"{SIZES[-1] / took.seconds:,.0f}/s in {took.seconds:.1f} s",
            ),
            Figure(
                what="Entries verified for each core",
                measured=f"{each:,.0f}/s",
                aim=f"at least {VERIFIED_PER_CORE:,}/s",
                missed="" if each >= VERIFIED_PER_CORE else UNKNOWN,
            ),
            Figure(
                what="Memory",
                measured=f"{took.memory:,.0f} MB",
                aim=f"at most {MEMORY} MB",
                missed="" if took.memory <= MEMORY else UNKNOWN,
            ),
        ],
    )


def _posted(owner: URL, size: int) -> float:
    """Post a book's entries, made in portions so that they need not all be held at once."""
    portion = min(size, 100_000)
    seconds = 0.0
    for first in range(0, size, portion):
        made = [entry(number) for number in range(first, first + portion)]
        seconds += posted(owner, made, a_change=A_CHANGE)
    return seconds


def _verified(owner: URL, runs: int) -> Run:
    """Return the run of middle length."""
    taken = [run([OURS, "audit", "verify"], of_books(owner)) for _ in range(runs)]
    return sorted(taken, key=lambda each: each.seconds)[runs // 2]


def _trial_balance(session: Session) -> None:
    build(session, Asked(), MADE_AT)


def _current_balance(session: Session) -> None:
    account_balance(session, LARGE, "USDT")


def _current(small: URL, large: URL) -> tuple[float, float]:
    """Return the median seconds of one question to each of two books, asked in turns."""
    engines = [service(small), service(large)]
    taken: tuple[list[float], list[float]] = ([], [])
    with reading(engines[0]) as one, reading(engines[1]) as other:
        for session in (one, other):
            _current_balance(session)
        for _ in range(CALLS):
            for session, seconds in zip((one, other), taken, strict=True):
                seconds.append(_seconds(session, _current_balance))
    for engine in engines:
        engine.dispose()
    return median(taken[0]), median(taken[1])


def _median(owner: URL, question: Callable[[Session], None], runs: int) -> float:
    engine = service(owner)
    with reading(engine) as session:
        seconds = median(_seconds(session, question) for _ in range(runs))
    engine.dispose()
    return seconds


def _seconds(session: Session, question: Callable[[Session], None]) -> float:
    start = time.perf_counter()
    question(session)
    return time.perf_counter() - start


def _growth(what: str, seconds: dict[int, float]) -> Figure:
    times = seconds[SIZES[-1]] / seconds[SIZES[0]]
    most = SIZES[-1] / SIZES[0]
    return Figure(
        what=what,
        measured=f"{' · '.join(f'{each:.3g} s' for each in seconds.values())}: {times:.0f} times",
        aim=f"at most {most:.0f} times",
        missed="" if times <= most else UNKNOWN,
    )
