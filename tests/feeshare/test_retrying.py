from collections.abc import Callable

import pytest

from feeshare import retrying
from feeshare.retrying import LONGEST_PAUSE_SECONDS, pause_seconds, retried
from ledger.errors import DatabaseRefused, Interrupted, OutcomeUnknown, Refusal, Unavailable


def failing(times: int, error: Refusal) -> tuple[Callable[[], str], list[int]]:
    """Return work that is broken off some times before it is done, and the count of its runs."""
    runs: list[int] = []

    def work() -> str:
        runs.append(1)
        if len(runs) <= times:
            raise error
        return "done"

    return work, runs


@pytest.fixture(autouse=True)
def _without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "FIRST_PAUSE_SECONDS", 0.001)


def test_work_that_was_broken_off_is_done_again() -> None:
    work, runs = failing(3, Interrupted("lost"))
    assert retried(work) == "done"
    assert len(runs) == 4


def test_retries_are_bounded() -> None:
    work, runs = failing(99, Interrupted("lost"))
    with pytest.raises(Interrupted):
        retried(work, attempts=4)
    assert len(runs) == 4


@pytest.mark.parametrize(
    "error", [DatabaseRefused("no"), Unavailable("disk full"), OutcomeUnknown(7)]
)
def test_what_may_not_be_repeated_or_would_fail_again_is_not_retried(error: Refusal) -> None:
    work, runs = failing(1, error)
    with pytest.raises(type(error)):
        retried(work)
    assert len(runs) == 1


def test_pauses_grow_to_a_bound_and_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "FIRST_PAUSE_SECONDS", 0.05)
    assert 0.025 <= pause_seconds(0) <= 0.05
    assert 0.1 <= pause_seconds(2) <= 0.2
    late = {pause_seconds(20) for _ in range(20)}
    assert len(late) > 1
    assert all(LONGEST_PAUSE_SECONDS / 2 <= each <= LONGEST_PAUSE_SECONDS for each in late)
