"""Business days: which days people work, and counting them.

Law: a day is a business day unless it falls on the weekend or a public holiday of the calendar's
country, or is one of the house's own days off. Days are calendar days without a zone.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

Works = Callable[[date], bool]
"""Says whether people work on a day."""

NONE = "none"
"""Stands for no country: weekends alone, Saturday and Sunday."""

SATURDAY = 5
DAY = timedelta(days=1)


def works(rule: Mapping[str, Any]) -> Works:
    """Return what knows the business days of a value of the policy `holiday-calendar`."""
    off = {date.fromisoformat(day) for day in rule["extra_days"]}
    if rule["country"] == NONE:
        return lambda day: day.weekday() < SATURDAY and day not in off
    # Every country's holidays are rules of the library; they take a moment to load.
    import holidays

    subdivision = None if rule["subdivision"] == NONE else rule["subdivision"]
    calendar = holidays.country_holidays(rule["country"], subdiv=subdivision)
    return lambda day: calendar.is_working_day(day) and day not in off


def on_or_before(day: date, works: Works) -> date:
    """Return the last business day until a day, itself included."""
    while not works(day):
        day -= DAY
    return day


def on_or_after(day: date, works: Works) -> date:
    """Return the first business day from a day on, itself included."""
    while not works(day):
        day += DAY
    return day


def after(day: date, count: int, works: Works) -> date:
    """Return the business day that is so many business days after a day, one at least.

    The day itself is not counted, whether people work on it or not.
    """
    for _ in range(count):
        day = on_or_after(day + DAY, works)
    return day
