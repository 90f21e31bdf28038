"""Months as people write them: `2023-10`, kept as the month's first day."""

import calendar
from datetime import date, timedelta

from ledger.errors import BadInput, Problem


def parse_month(text: str, place: str = "month") -> date:
    """Return the first day of a month written `2023-10`.

    Raises:
        BadInput: it is not written so.
    """
    try:
        first = date.fromisoformat(f"{text}-01") if len(text) == len("2023-10") else None
    except ValueError:
        first = None
    if first is None:
        raise BadInput(
            [Problem(code="date_invalid", place=place, value=text, expected="a month as 2023-10")]
        )
    return first


def month_of(day: date) -> str:
    """Return the month of a day, `2023-10`."""
    return f"{day:%Y-%m}"


def last_day(period: date) -> date:
    """Return the last day of the month of a day."""
    return period.replace(day=calendar.monthrange(period.year, period.month)[1])


def next_month(period: date) -> date:
    """Return the first day of the month after."""
    return last_day(period) + timedelta(days=1)
