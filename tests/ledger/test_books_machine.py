import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy.engine import URL

from support.machine import BooksMachine

EXAMPLES = 8
STEPS = 30
PARTS = 4


@pytest.mark.no_cover
@pytest.mark.parametrize("part", range(PARTS))
def test_the_books_hold_whatever_people_do(template: URL, part: int) -> None:
    # The examples of a part are drawn from its name: the same in every run, others in each part.
    machine = type(f"Machine{part}", (BooksMachine,), {"template": template})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES // PARTS,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
