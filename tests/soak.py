"""The same searches as in the tests, for as long as asked: `make soak SECONDS=600`."""

import time

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy.engine import URL

from support.machine import DONE, BooksMachine

EXAMPLES_A_LOOP = 10


def test_the_books_hold_for_as_long_as_asked(
    template: URL, pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]
) -> None:
    seconds = float(pytestconfig.getoption("--soak-seconds"))
    machine = type("Machine", (BooksMachine,), {"template": template})
    until = time.monotonic() + seconds
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
    with capsys.disabled():
        print(f"\nsoak: {examples} examples, {steps} steps in {seconds:.0f} s: nothing broke")  # noqa: T201
    assert examples > 0
    assert steps > examples
