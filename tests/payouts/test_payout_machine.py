import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy.engine import URL

from support.payout_machine import HAPPENED, PayoutMachine

EXAMPLES = 4
STEPS = 40
PARTS = 2


@pytest.mark.no_cover
@pytest.mark.parametrize("part", range(PARTS))
def test_paid_is_at_most_approved_is_at_most_owed_whatever_happens(
    template: URL, part: int
) -> None:
    before = HAPPENED.copy()
    machine = type(f"PayoutMachine{part}", (PayoutMachine,), {"template": template})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    happened = HAPPENED - before
    assert {"settled", "paid twice", "failed"} <= happened.keys(), happened
