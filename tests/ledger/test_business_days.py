"""Business days: plain values in, days out."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.business_days import after, on_or_after, on_or_before, works
from ledger.rules import RULES

WEEKDAYS = works({"country": "none", "subdivision": "none", "extra_days": []})
DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))


def house(country: str, subdivision: str = "none", *extra: str) -> dict[str, object]:
    return {"country": country, "subdivision": subdivision, "extra_days": list(extra)}


def test_weekends_are_no_business_days_anywhere() -> None:
    week = [date(2026, 11, 23 + ahead) for ahead in range(7)]
    assert [WEEKDAYS(day) for day in week] == [True] * 5 + [False] * 2


@pytest.mark.parametrize(
    ("rule", "day", "works_then"),
    [
        (house("none"), date(2026, 1, 1), True),
        (house("KY"), date(2026, 1, 1), False),
        (house("KY"), date(2026, 7, 6), False),
        (house("DE"), date(2026, 6, 4), True),
        (house("DE", "BY"), date(2026, 6, 4), False),
        (house("IL"), date(2026, 11, 29), True),
        (house("IL"), date(2026, 11, 27), False),
        (house("none", "none", "2026-12-24"), date(2026, 12, 24), False),
        (house("KY", "none", "2026-12-24"), date(2026, 12, 24), False),
        (house("KY"), date(2026, 12, 24), True),
    ],
)
def test_holidays_are_those_of_the_country_and_days_of_ones_own(
    rule: dict[str, object], day: date, *, works_then: bool
) -> None:
    assert RULES["holiday-calendar"].fits(rule)
    assert works(rule)(day) is works_then


@pytest.mark.parametrize(
    "rule",
    [
        house("XX"),
        house("none", "BY"),
        house("DE", "ZZ"),
        house("none", "none", "24.12.2026"),
        house("none", "none", "20261224"),
        {"country": "none"},
        house("none") | {"extra_days": "2026-12-24"},
        "KY",
    ],
)
def test_a_calendar_of_no_country_is_no_policy(rule: object) -> None:
    assert not RULES["holiday-calendar"].fits(rule)


def test_days_are_counted_over_weekends_and_holidays() -> None:
    friday, christmas = date(2026, 11, 27), works(house("KY", "none", "2026-12-24"))
    assert after(friday, 1, WEEKDAYS) == date(2026, 11, 30)
    assert after(friday, 14, WEEKDAYS) == date(2026, 12, 17)
    assert after(date(2026, 11, 28), 1, WEEKDAYS) == date(2026, 11, 30)
    assert after(date(2026, 12, 23), 1, christmas) == date(2026, 12, 29)
    assert on_or_before(date(2026, 12, 28), christmas) == date(2026, 12, 23)
    assert on_or_after(date(2026, 12, 25), christmas) == date(2026, 12, 29)


@given(day=DAYS, count=st.integers(1, 60))
def test_five_business_days_are_a_week(day: date, count: int) -> None:
    there = after(day, count, WEEKDAYS)
    assert WEEKDAYS(there)
    assert on_or_before(there, WEEKDAYS) == there == on_or_after(there, WEEKDAYS)
    assert after(there, 5, WEEKDAYS) == there + timedelta(days=7)
