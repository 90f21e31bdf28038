"""Marks: how the formats write amounts and dates; what is wrong is a value, never a guess."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from ledger.errors import Problem
from ledger.money import MAX_SCALE
from ledger.revenue.dates import parse_date
from ledger.revenue.quantities import Marks, parse_number

POINT = Marks(decimal=".", grouping=None)
COMMA = Marks(decimal=",", grouping=None)


def amount_of(
    text: str, marks: Marks, currency: str, commodities: Mapping[str, int], *, signed: bool = False
) -> Decimal | Problem:
    """Return an amount with no more decimals than its commodity has."""
    scale = commodities.get(currency, MAX_SCALE)
    return parse_number(text.strip(), marks=marks, scale=scale, signed=signed)


def day_of(text: str, date_format: str) -> dt.date | Problem:
    """Return the day that leads a text; a time of day behind it is the bank's own and no matter.

    The day is taken as the bank wrote it: to move it into another zone could move its month.
    """
    return parse_date(text.strip()[: len(date_format)], date_format)


def short_day_of(text: str) -> dt.date | Problem:
    """Return the day of a text such as 231005, in this century."""
    day = parse_date(f"20{text}", "YYYYMMDD")
    if isinstance(day, Problem):
        return Problem(code=day.code, value=text, expected="a date of the calendar written YYMMDD")
    return day


def nearest(month_day: str, to: dt.date) -> dt.date | Problem:
    """Return the day of a text such as 1005 in the year that brings it nearest to another day."""
    found = [parse_date(f"{to.year + years}{month_day}", "YYYYMMDD") for years in (-1, 0, 1)]
    days = [day for day in found if isinstance(day, dt.date)]
    if not days:
        expected = "a date of the calendar written MMDD"
        return Problem(code="date_invalid", value=month_day, expected=expected)
    return min(days, key=lambda day: abs(day - to))
