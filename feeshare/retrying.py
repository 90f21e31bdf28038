"""Retrying: work that the database broke off is done again, a bounded number of times.

Only `Interrupted` is retried. It says that nothing of the work was kept: a change whose commit
was cut off has been looked for before (`feeshare.database.writing`).
"""

import time
from collections.abc import Callable
from secrets import SystemRandom
from typing import TypeVar

from ledger.errors import Interrupted

ATTEMPTS = 10
FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 1.0

Result = TypeVar("Result")


def retried(work: Callable[[], Result], *, attempts: int = ATTEMPTS) -> Result:
    """Do work, and do it again after a growing pause as long as the database breaks it off.

    Args:
        work: reads the books, or writes at most one change; it may run several times.
        attempts: how often it is begun at most; ten of them wait about 4 s in all.

    Raises:
        Interrupted: the last attempt was broken off, too; nothing was kept.
    """
    for attempt in range(attempts - 1):
        try:
            return work()
        except Interrupted:
            time.sleep(pause_seconds(attempt))
    return work()


def pause_seconds(attempt: int) -> float:
    """Return how long to wait after an attempt, counted from 0.

    Half of it is chance: those who were broken off at once do not all come back at once.
    """
    longest: float = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**attempt)
    return longest * SystemRandom().uniform(0.5, 1)
