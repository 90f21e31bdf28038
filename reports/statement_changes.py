"""Statement changes (R07): a version of a month against the one before it, row by row.

Rows that are the same in both are left out. Two that differ in numbers alone are one that changed;
what is left of either side was removed or added. The effects sum to what the figures differ by.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import zip_longest
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ledger.errors import UnknownReference
from ledger.money import CONTEXT, plain
from ledger.revenue.shares import calculate
from ledger.revenue.tables import Statement
from reports.query import Asked, fetch, scope
from reports.report import Cell, Column, Kind, Report
from reports.ties import ZERO, sums, ties

COLUMNS = (
    Column(name="statement_id_old", kind=Kind.IDENTIFIER),
    Column(name="statement_id_new", kind=Kind.IDENTIFIER),
    Column(name="change", kind=Kind.IDENTIFIER),
    Column(name="row_old", kind=Kind.INTEGER),
    Column(name="row_new", kind=Kind.INTEGER),
    Column(name="columns", kind=Kind.TEXT),
    Column(name="old_values_json", kind=Kind.TEXT),
    Column(name="new_values_json", kind=Kind.TEXT),
    Column(name="old_fee_share", kind=Kind.AMOUNT, commodity_column="currency", total=True),
    Column(name="new_fee_share", kind=Kind.AMOUNT, commodity_column="currency", total=True),
    Column(name="effect_fee_share", kind=Kind.AMOUNT, commodity_column="currency", total=True),
    Column(name="currency", kind=Kind.IDENTIFIER),
    Column(name="journal_id", kind=Kind.INTEGER),
)
NOTES = (
    "Rows that are the same in both versions are left out; a row counts as corrected.",
    "maintainers_old and maintainers_new, among the facts, are the pools of the two figures.",
)

NUMBER = re.compile(r"[-+(]?[0-9][0-9.,'\s]*[)-]?%?")
"""Cells that may say how much; what is left of a row says of what."""

VERSIONS = """
    SELECT n.id AS new, n.agreement, n.commodity, a.entry_number,
        (SELECT o.id FROM statements o WHERE o.agreement = n.agreement AND o.period = n.period
            AND o.version < n.version AND NOT EXISTS (SELECT 1 FROM statement_rejections j
                WHERE j.statement = o.id) ORDER BY o.version DESC LIMIT 1) AS old
    FROM statements n LEFT JOIN statement_acceptances a ON a.statement = n.id
    WHERE n.id = :statement AND n.change_no <= :change
"""

ROWS = """
    WITH said AS (
        SELECT DISTINCT ON (row) row, fee_share FROM statement_corrections
        WHERE statement = :of AND change_no <= :change ORDER BY row, number DESC)
    SELECT rows.row, rows.cells, coalesce(said.fee_share, rows.fee_share) AS fee_share,
        (SELECT header FROM statement_readings r WHERE r.statement = :of) AS header
    FROM (
        SELECT row, cells, fee_share FROM statement_lines WHERE statement = :of
        UNION ALL
        SELECT a.row, a.cells, 0 FROM statement_rows_aside a
        WHERE a.statement = :of AND a.state = 'quarantined') rows
    LEFT JOIN said USING (row) ORDER BY rows.row
"""


class Pair(NamedTuple):
    """A row of the old version, of the new one, or of both where one became the other."""

    old: Row[Any] | None
    new: Row[Any] | None

    @property
    def change(self) -> str:
        """Return what happened to it."""
        if self.old is None:
            return "added"
        return "removed" if self.new is None else "changed"

    @property
    def effect(self) -> Decimal:
        """Return by how much the fee share differs."""
        old, new = (ZERO if row is None else row.fee_share for row in self)
        return CONTEXT.subtract(new, old)


def build(session: Session, asked: Asked, made_at: datetime) -> Report:
    """Return what a statement changes of the version before it.

    Raises:
        UnknownReference: there is no such statement, or none before it.
    """
    limits = scope(session, asked)
    at = {"change": limits.head.number}
    found = fetch(session, VERSIONS, statement=asked.statement, **at)
    if not found or found[0].old is None:
        raise UnknownReference(
            "statement with a version before it",
            str(asked.statement),
            mend="See: feeshare report statements",
        )
    versions = found[0]
    old = fetch(session, ROWS, of=versions.old, **at)
    new = fetch(session, ROWS, of=versions.new, **at)
    pairs = [*compared(old, new)]
    figures = [total_of(rows) for rows in (old, new)]
    pools = [
        plain(calculate(session, session.get_one(Statement, name), figure).pool)
        for name, figure in zip((versions.old, versions.new), figures, strict=True)
    ]
    commodity = versions.commodity
    return Report(
        name="statement-changes",
        title="Changes of a statement",
        columns=COLUMNS,
        rows=[cells(versions, pair) for pair in pairs],
        sorted_by=("row_new", "row_old"),
        filters=limits.filters,
        head_number=limits.head.number,
        head_hash=limits.head_hash,
        made_at=made_at,
        notes=NOTES,
        facts=(
            ("fee_share_old", plain(figures[0])),
            ("fee_share_new", plain(figures[1])),
            ("maintainers_old", pools[0]),
            ("maintainers_new", pools[1]),
        ),
        tie_outs=ties(
            "effects = new figure less old figure",
            sums((commodity, pair.effect) for pair in pairs) or {commodity: ZERO},
            {commodity: CONTEXT.subtract(figures[1], figures[0])},
        ),
    )


def compared(old: Sequence[Row[Any]], new: Sequence[Row[Any]]) -> Iterator[Pair]:
    """Yield the rows that are not the same in both, in the order of the new version's rows."""
    same: dict[tuple[str, Decimal], list[Row[Any]]] = defaultdict(list)
    for row in old:
        same[row.cells, row.fee_share].append(row)
    fresh: dict[tuple[str, ...], list[Row[Any]]] = defaultdict(list)
    for row in new:
        twins = same[row.cells, row.fee_share]
        if twins:
            twins.pop(0)
        else:
            fresh[subject(row)].append(row)
    gone: dict[tuple[str, ...], list[Row[Any]]] = defaultdict(list)
    for row in sorted((row for rows in same.values() for row in rows), key=lambda row: row.row):
        gone[subject(row)].append(row)
    pairs = [
        Pair(*both)
        for key in dict.fromkeys([*fresh, *gone])
        for both in zip_longest(gone[key], fresh[key])
    ]
    yield from sorted(pairs, key=_place)


def _place(pair: Pair) -> tuple[int, int]:
    """Return where a pair stands: by the new row, then the old one, missing ones first."""
    old, new = pair
    return (0 if new is None else new.row, 0 if old is None else old.row)


def subject(row: Row[Any]) -> tuple[str, ...]:
    """Return what a row is about: its cells but for those that may say how much."""
    texts = [cell if isinstance(cell, str) else cell[1] for cell in json.loads(row.cells)]
    return tuple(text for text in texts if not NUMBER.fullmatch(text))


def total_of(rows: Sequence[Row[Any]]) -> Decimal:
    """Return what rows sum to."""
    return sums(("", row.fee_share) for row in rows).get("", ZERO)


def cells(versions: Row[Any], pair: Pair) -> tuple[Cell, ...]:
    """Return the row of one difference."""
    old, new = pair
    return (
        versions.old,
        versions.new,
        pair.change,
        None if old is None else old.row,
        None if new is None else new.row,
        columns_of(pair),
        None if old is None else old.cells,
        None if new is None else new.cells,
        None if old is None else old.fee_share,
        None if new is None else new.fee_share,
        pair.effect,
        versions.commodity,
        versions.entry_number,
    )


def columns_of(pair: Pair) -> str | None:
    """Return the names of the columns that differ, where one row became another."""
    if pair.old is None or pair.new is None:
        return None
    names = json.loads(pair.new.header or "[]")
    before, after = json.loads(pair.old.cells), json.loads(pair.new.cells)
    return ", ".join(
        name for name, one, other in zip(names, before, after, strict=False) if one != other
    )
