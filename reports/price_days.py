"""The day at whose end a report's prices and policies are those in force."""

from datetime import date

from ledger.rule import BEGINNING
from reports.query import Scope


def closing_day(limits: Scope) -> date:
    """Return the last day that a report reads; unless narrowed, that of the change it reads to.

    Nothing moves with time: the same change read again closes on the same day.
    """
    day = limits.until
    if day == date.max:
        day = limits.head.recorded_at.date() if limits.head.recorded_at else BEGINNING
    return max(day, BEGINNING)
