"""Exceptions (R22): what waits for a person, by age, with its owner and what to do next.

Law: what is open of bank lines is what the exceptions of lines say; an exception that somebody
looked after and that is open no more is shown as closed.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from sqlalchemy.orm import Session

from ledger.revenue.exceptions import (
    PAYMENT,
    RECEIPT,
    OpenException,
    last_notes,
    open_exceptions,
    owners,
)
from reports import ageing
from reports.query import Asked, fetch, scope
from reports.report import Cell, Column, Kind, Report
from reports.ties import sums, ties

COLUMNS = (
    Column(name="exception_id", kind=Kind.IDENTIFIER),
    Column(name="type", kind=Kind.IDENTIFIER),
    Column(name="object", kind=Kind.TEXT),
    Column(name="opened_on", kind=Kind.DATE),
    Column(name="age_days", kind=Kind.INTEGER),
    Column(name="bucket", kind=Kind.IDENTIFIER),
    Column(name="owner", kind=Kind.IDENTIFIER),
    Column(name="value_at_risk", kind=Kind.AMOUNT, commodity_column="asset", total=True),
    Column(name="asset", kind=Kind.IDENTIFIER),
    Column(name="next_action", kind=Kind.TEXT),
    Column(name="status", kind=Kind.IDENTIFIER),
    Column(name="last_note", kind=Kind.TEXT),
)
NOTES = (
    "An exception is closed by the fact that settles it. Closed ones are listed if somebody had "
    "looked after them.",
    "age_days count to the as-of day, or to that of the last change that was read.",
    "A line that left has a negative value.",
)

OPEN_LINES = """
    SELECT l.commodity, sum(l.amount - coalesce((
        SELECT sum(m.amount) FROM matches m WHERE m.bank_line = l.id AND NOT EXISTS (
            SELECT 1 FROM match_releases r
            WHERE r.bank_line = m.bank_line AND r.number = m.number)), 0)) AS rest
    FROM bank_lines l WHERE l.on <= CAST(:until AS date) GROUP BY 1
"""


def build(session: Session, asked: Asked, made_at: datetime) -> Report:
    """Return what is open, the oldest first, and what was looked after and is closed."""
    limits = scope(session, asked)
    day = ageing.day_of(limits)
    found = open_exceptions(session, day)
    texts = last_notes(session)
    lines = fetch(session, OPEN_LINES, until=day)
    return Report(
        name="exceptions",
        title="Exceptions by age",
        columns=COLUMNS,
        rows=[
            *(_cells(each, day, texts.get(each.id)) for each in found),
            *_closed({each.id for each in found}, owners(session), texts),
        ],
        sorted_by=("opened_on", "exception_id"),
        filters=limits.filters,
        head_number=limits.head.number,
        head_hash=limits.head_hash,
        made_at=made_at,
        notes=NOTES,
        facts=(("aged_to", day.isoformat()),),
        tie_outs=ties(
            "value of unmatched lines = what the lines leave open",
            sums(
                (each.commodity or "", each.amount)
                for each in found
                if each.kind in {RECEIPT, PAYMENT}
            ),
            sums((row.commodity, row.rest) for row in lines),
        ),
    )


def _cells(each: OpenException, day: date, text: str | None) -> tuple[Cell, ...]:
    return (
        each.id,
        each.kind,
        each.about,
        each.opened_on,
        each.age(day),
        each.bucket(day),
        each.owner or None,
        each.amount,
        each.commodity,
        each.next_action,
        "open",
        text,
    )


def _closed(
    still_open: set[str], looking_after: Mapping[str, str], texts: Mapping[str, str]
) -> Iterator[tuple[Cell, ...]]:
    for identity in sorted({*looking_after, *texts} - still_open):
        blank = (None,) * 5
        yield (
            identity,
            *blank,
            looking_after.get(identity),
            None,
            None,
            None,
            "closed",
            texts.get(identity),
        )
