from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy.engine import URL

from support.machine import BooksMachine


def test_the_books_hold_whatever_people_do(template: URL) -> None:
    machine = type("Machine", (BooksMachine,), {"template": template})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=20,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
