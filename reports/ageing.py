"""Ageing: the day that a report counts to, and the buckets of days that auditors ask for."""

from datetime import date
from decimal import Decimal

from reports.query import Scope
from reports.report import Column, Kind

BUCKETS = ((30, "d1_30"), (60, "d31_60"), (90, "d61_90"))
"""The last day of each bucket and its column; what is older is in `d90_plus`."""

NAMES = ("not_due", *(name for _, name in BUCKETS), "d90_plus")


def columns(commodity_column: str) -> tuple[Column, ...]:
    """Return the columns of the buckets."""
    return tuple(
        Column(name=name, kind=Kind.AMOUNT, commodity_column=commodity_column, total=True)
        for name in NAMES
    )


def day_of(limits: Scope) -> date:
    """Return the day to which ages count: as asked, else that of the last change that is read.

    No clock is asked, so that the same books give the same ages.
    """
    if limits.until != date.max:
        return limits.until
    recorded = limits.head.recorded_at
    return date.min if recorded is None else recorded.date()


def spread(amount: Decimal, days: int) -> tuple[Decimal | None, ...]:
    """Return an amount in the bucket of its age, blank in the others; below 1 it is not due."""
    place = 0 if days <= 0 else 1 + sum(days > last for last, _ in BUCKETS)
    return tuple(amount if number == place else None for number in range(len(NAMES)))
