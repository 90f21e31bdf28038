"""What is promised until when, and which phases are late."""

from datetime import date, timedelta

import pytest

from ledger.revenue.bounty_clocks import Clock, Happened, clocks_of, phases_of

RULE = {"deposit": 7, "developer": 60, "reassign": 90, "delivery": 90, "refund": 14}
PLAN = {"set-up": [1, 1], "development": [2, 4], "testing": [1, 2], "governance": [1, 2]}
SIGNED, FUNDED = date(2026, 3, 2), date(2026, 3, 6)


def weekdays(day: date, count: int) -> date:
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day


def clock(days: Happened, kind: str, rule: dict[str, int] = RULE) -> Clock:
    return next(each for each in clocks_of(days, rule, weekdays) if each.kind == kind)


def kinds(days: Happened, rule: dict[str, int] = RULE) -> list[str]:
    return [each.kind for each in clocks_of(days, rule, weekdays)]


def test_a_deposit_is_due_seven_days_after_signing() -> None:
    waiting = clock(Happened(signed=SIGNED), "deposit")
    assert (waiting.due, waiting.done) == (date(2026, 3, 9), None)
    assert not waiting.is_late(date(2026, 3, 9))
    assert waiting.is_late(date(2026, 3, 10))
    assert not clock(Happened(signed=SIGNED, funded=FUNDED), "deposit").is_late(date(2027, 1, 1))
    assert clock(Happened(signed=SIGNED, funded=date(2026, 3, 10)), "deposit").is_late(FUNDED)


def test_a_developer_is_found_within_sixty_days_and_another_within_ninety() -> None:
    funded = Happened(signed=SIGNED, funded=FUNDED)
    assert clock(funded, "developer").due == date(2026, 5, 5)
    left = Happened(funded=FUNDED, first_assigned=date(2026, 3, 20), withdrawn=date(2026, 4, 1))
    assert not clock(left, "developer").is_late(date(2027, 1, 1))
    assert clock(left, "reassignment").due == date(2026, 6, 30)
    assert clock(left, "reassignment").done is None
    again = Happened(
        funded=FUNDED,
        first_assigned=date(2026, 3, 20),
        withdrawn=date(2026, 4, 1),
        assigned=date(2026, 4, 20),
    )
    assert clock(again, "reassignment").done == date(2026, 4, 20)


def test_delivery_has_ninety_days_where_the_rule_of_the_day_guarantees_it() -> None:
    funded = Happened(funded=FUNDED)
    assert clock(funded, "delivery").due == date(2026, 6, 4)
    assert "delivery" not in kinds(funded, RULE | {"delivery": 0})


def test_a_refund_is_paid_within_fourteen_business_days_of_its_trigger() -> None:
    decided = Happened(
        funded=FUNDED, refunded=date(2026, 5, 8), ended=date(2026, 5, 8), paid_back=None
    )
    assert clock(decided, "refund").due == date(2026, 5, 28)
    failed = Happened(funded=FUNDED, assigned=FUNDED, failed=date(2026, 5, 7))
    assert clock(failed, "refund").due == date(2026, 5, 27)
    assert "refund" not in kinds(Happened(funded=FUNDED, assigned=FUNDED))


def test_a_clock_stops_with_the_bounty() -> None:
    ended = Happened(signed=SIGNED, funded=FUNDED, ended=date(2026, 4, 1))
    assert kinds(ended) == ["deposit"]


def test_nothing_runs_before_anything_is_signed() -> None:
    assert kinds(Happened()) == []
    assert phases_of(Happened(), PLAN) == []


@pytest.mark.parametrize(
    ("name", "planned_from", "planned_until"),
    [
        ("set-up", date(2026, 3, 6), date(2026, 3, 13)),
        ("development", date(2026, 3, 13), date(2026, 4, 10)),
        ("testing", date(2026, 3, 27), date(2026, 4, 24)),
        ("governance", date(2026, 4, 3), date(2026, 5, 8)),
    ],
)
def test_each_phase_has_its_planned_weeks(
    name: str, planned_from: date, planned_until: date
) -> None:
    phases = {each.name: each for each in phases_of(Happened(assigned=FUNDED), PLAN)}
    assert (phases[name].planned_from, phases[name].planned_until) == (planned_from, planned_until)


def test_a_phase_is_late_when_its_gate_came_late_or_has_not_come() -> None:
    days = Happened(assigned=FUNDED, delivered=date(2026, 4, 11), tested=date(2026, 4, 20))
    late = {each.name: each.is_late(date(2026, 5, 8)) for each in phases_of(days, PLAN)}
    assert late == {
        "set-up": False,
        "development": True,
        "testing": False,
        "governance": False,
    }
    late_on = {each.name: each.is_late(date(2026, 5, 9)) for each in phases_of(days, PLAN)}
    assert late_on["governance"]
