"""Statement completeness (R05): which statements are expected, and whether they came, and when.

Law: every agreement in force at a month's end has one row of the month; each is here, missing or
waived.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.exception_tables import ExceptionAssignment
from ledger.people_tables import Party
from ledger.revenue.expectations import (
    ACCEPTED,
    HELD,
    MISSING,
    STAGED,
    WAIVED,
    Expected,
    expected,
    months_until,
)
from reports import ageing
from reports.query import Asked, scope
from reports.report import Cell, Column, Kind, Report
from reports.ties import count_tie

COLUMNS = (
    Column(name="sponsor", kind=Kind.TEXT),
    Column(name="agreement_id", kind=Kind.IDENTIFIER),
    Column(name="period", kind=Kind.IDENTIFIER),
    Column(name="expected_by", kind=Kind.DATE),
    Column(name="received_on", kind=Kind.DATE),
    Column(name="days_late", kind=Kind.INTEGER),
    Column(name="status", kind=Kind.IDENTIFIER),
    Column(name="statement_id", kind=Kind.IDENTIFIER),
    Column(name="reason", kind=Kind.TEXT),
    Column(name="owner", kind=Kind.IDENTIFIER),
)
NOTES = (
    "received_on is the day the first version was imported; staged is not accepted yet.",
    "days_late of a missing statement count to the as-of day, or to that of the last change.",
    "Without a period: from the first month that is known of to the last one that has ended.",
)


def build(session: Session, asked: Asked, made_at: datetime) -> Report:
    """Return the statements expected for a month, or for every month so far."""
    limits = scope(session, asked)
    day = ageing.day_of(limits)
    months = [asked.period] if asked.period else list(months_until(session, day))
    found = [each for month in months for each in expected(session, month)]
    names = {party.id: party.name for party in session.scalars(select(Party))}
    newest = select(ExceptionAssignment).order_by(ExceptionAssignment.number)
    owners = {row.exception: row.owner for row in session.scalars(newest)}
    rows = [_cells(each, names[each.exchange], owners, day) for each in found]
    return Report(
        name="statement-completeness",
        title="Completeness of statements",
        columns=COLUMNS,
        rows=sorted(rows, key=lambda row: [str(cell) for cell in row[:3]]),
        sorted_by=("sponsor", "agreement_id", "period"),
        filters=limits.filters,
        head_number=limits.head.number,
        head_hash=limits.head_hash,
        made_at=made_at,
        notes=NOTES,
        facts=(("aged_to", day.isoformat()),),
        tie_outs=(
            count_tie(
                "expected = received + missing + waived",
                len(found),
                sum(_count(found, state) for state in (ACCEPTED, STAGED, HELD, MISSING, WAIVED)),
            ),
        ),
    )


def _cells(each: Expected, sponsor: str, owners: dict[str, str], day: date) -> tuple[Cell, ...]:
    return (
        sponsor,
        each.agreement,
        each.period,
        each.expected_by,
        each.received_on,
        each.days_late(day),
        each.state,
        each.statement,
        each.reason or None,
        owners.get(f"statement:{each.agreement}:{each.period}"),
    )


def _count(found: Sequence[Expected], state: str) -> int:
    return sum(each.state == state for each in found)
