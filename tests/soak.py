"""The same searches as in the tests, longer: `make soak SECONDS=600`.

First a minute of many writers and a hundred kills, however long they take; then stories of chains
for a third of what is left, and walks through payouts for a tenth; then, to the end, at least one
loop of the state machine.
"""

import time
from collections import Counter
from pathlib import Path
from secrets import randbelow

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy.engine import URL

from support.books import Books
from support.chain_stories import tell_story
from support.crashes import kill_under_load, server
from support.databases import fresh_database, service_engine
from support.load import WRITERS, many_writers
from support.machine import DONE, BooksMachine
from support.payout_walk import PayoutWalk
from support.solana_stories import tell_solana_story

EXAMPLES_A_LOOP = 10
WRITERS_SECONDS = 60
KILLS = 100
WALK_STEPS = 100


@pytest.fixture(scope="module", autouse=True)
def until(pytestconfig: pytest.Config) -> float:
    """Return when the time that was asked for is over."""
    return time.monotonic() + float(pytestconfig.getoption("--soak-seconds"))


def tell(capsys: pytest.CaptureFixture[str], sentence: str) -> None:
    with capsys.disabled():
        print(f"\nsoak: {sentence}")  # noqa: T201


def test_many_writers_lose_nothing_for_a_minute(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with server() as at:
        reckoned = many_writers(at.service, tmp_path, WRITERS_SECONDS)
    tell(capsys, f"{WRITERS} writers, {WRITERS_SECONDS} s: {reckoned}")
    assert reckoned.acknowledged > reckoned.refused > 0


def test_a_hundred_kills_lose_and_double_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = randbelow(10**6)
    start = time.monotonic()
    with server() as at:
        killed, reckoned = kill_under_load(at, tmp_path, kills=KILLS, seed=seed)
    took = time.monotonic() - start
    tell(
        capsys, f"{killed.total()} kills in {took:.0f} s, seed {seed}, {dict(killed)}: {reckoned}"
    )
    assert killed.total() == KILLS


def test_chains_and_books_stay_equal_for_a_third_of_the_time(
    template: URL, until: float, capsys: pytest.CaptureFixture[str]
) -> None:
    start = time.monotonic()
    told: Counter[str] = Counter()
    stories = 0
    tellers = {"EVM": tell_story, "Solana": tell_solana_story}
    while stories == 0 or time.monotonic() < start + (until - start) / 3:
        for family, teller in tellers.items():
            seed = randbelow(10**9)
            tell(capsys, f"story {seed} on {family}")
            told += teller(template, seed)
            stories += 1
    took = time.monotonic() - start
    tell(capsys, f"{stories} stories of chains in {took:.0f} s: {dict(told)}")
    assert told["scan"]
    assert told["settled"]


def test_payouts_stay_within_what_is_owed_for_a_tenth_of_the_time(
    template: URL, until: float, capsys: pytest.CaptureFixture[str]
) -> None:
    start = time.monotonic()
    happened: Counter[str] = Counter()
    walks = 0
    while walks == 0 or time.monotonic() < start + (until - start) / 10:
        seed = randbelow(10**9)
        tell(capsys, f"walk {seed} through payouts")
        with fresh_database(template) as owner:
            engine = service_engine(owner)
            walk = PayoutWalk(Books(owner=owner, engine=engine), seed)
            walk.walk(WALK_STEPS)
            happened += walk.happened
            engine.dispose()
        walks += 1
    tell(capsys, f"{walks} walks through payouts: {dict(happened)}")
    assert happened["settled"]


def test_the_books_hold_for_as_long_as_asked(
    template: URL, until: float, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = type("Machine", (BooksMachine,), {"template": template})
    start = time.monotonic()
    before = dict(DONE)
    loops = 0
    while loops == 0 or time.monotonic() < until:
        # Every loop draws examples of its own; a failure prints how to repeat it.
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=EXAMPLES_A_LOOP,
                stateful_step_count=40,
                deadline=None,
                database=None,
                print_blob=True,
                suppress_health_check=list(HealthCheck),
            ),
        )
        loops += 1
    examples = DONE["examples"] - before["examples"]
    steps = DONE["steps"] - before["steps"]
    took = time.monotonic() - start
    tell(capsys, f"{examples} examples, {steps} steps in {took:.0f} s: nothing broke")
    assert examples > 0
    assert steps > examples
