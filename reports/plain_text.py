"""What every plain-text export of the books writes, in its order: one law for all programs.

Law: an export holds every commodity and account of the chart and every entry up to the day and
the change asked for, in date order, and its heading says how far that is. A program's own module
decides the spelling, nothing else.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from reports.query import Scope, fetch, stream

COMMODITIES = """
    SELECT code, name FROM commodities WHERE change_no <= :change ORDER BY code COLLATE "C"
"""
ACCOUNTS = """
    SELECT code, name, type FROM accounts WHERE change_no <= :change ORDER BY code COLLATE "C"
"""
POSTINGS = """
    SELECT e.number, e.effective_date, e.narration, e.reference, e.kind, e.change_no, e.reverses,
        e.evidence, e.relates_to_period,
        p.account, p.amount, p.commodity, p.party, p.document, p.memo
    FROM journal_entries e JOIN postings p ON p.entry_number = e.number
    WHERE e.number <= :entry_last AND e.effective_date <= CAST(:until AS date)
    ORDER BY e.effective_date, e.number, p.line
"""
FIRST_DAY = """
    SELECT min(effective_date) AS day FROM journal_entries
    WHERE number <= :entry_last AND effective_date <= CAST(:until AS date)
"""


def commodities(session: Session, limits: Scope) -> Sequence[Row[Any]]:
    """Return code and name of every commodity, by code."""
    return fetch(session, COMMODITIES, **limits.parameters)


def accounts(session: Session, limits: Scope) -> Sequence[Row[Any]]:
    """Return code, name and type of every account, by code."""
    return fetch(session, ACCOUNTS, **limits.parameters)


def first_day(session: Session, limits: Scope) -> date:
    """Return the day of the earliest entry; without an entry, the earliest day there is."""
    return fetch(session, FIRST_DAY, **limits.parameters)[0].day or date.min


def entries(session: Session, limits: Scope) -> Iterator[list[Row[Any]]]:
    """Return each entry as its postings; the entry's own facts stand in every one of them."""
    rows = stream(session, POSTINGS, **limits.parameters)
    for _, postings in groupby(rows, key=attrgetter("number")):
        yield list(postings)


def origin(limits: Scope) -> Iterator[str]:
    """Return sentences that say what the export was made from."""
    for name, value in limits.filters:
        yield f"{name}: {value}"
    yield f"hash of change {limits.head.number}: {limits.head_hash}"


def facts_of_entry(row: Row[Any]) -> dict[str, str]:
    """Return what is known of an entry besides its number, day and narration, by name."""
    return _known(
        {
            "reference": row.reference,
            "kind": row.kind,
            "change": str(row.change_no),
            "reverses": None if row.reverses is None else str(row.reverses),
            "evidence": row.evidence,
            "relates_to_period": row.relates_to_period,
        }
    )


def facts_of_posting(row: Row[Any]) -> dict[str, str]:
    """Return what is known of a posting besides its account and amount, by name."""
    return _known({"party": row.party, "document": row.document, "memo": row.memo})


def _known(facts: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in facts.items() if value is not None}
