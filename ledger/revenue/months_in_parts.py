"""Months in parts: a format that sends a month in several files, each with rows of its own.

Law: the parts of a month add up, in whatever order they come. A row that another part has, with
the same occurrence, is skipped; one that differs from it in its amounts alone is quarantined,
because either of the two may be right. A skipped row is always in another part: where that part
is turned away or taken back, the rows are missing until the file is imported again.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from ledger.errors import Problem
from ledger.money import CONTEXT
from ledger.revenue.drafts import Draft, cells_text, sum_of
from ledger.revenue.rows import SetAside
from ledger.revenue.staging_tables import RowAside, StatementReading
from ledger.revenue.stated import accepted, rejected, stated, taken_back
from ledger.revenue.tables import (
    Statement,
    StatementLine,
    StatementRejection,
    StatementWithdrawal,
)

Key = tuple[str, ...]

KNOWN = "row_already_posted"
"""Why a row is skipped: another part has it."""

HELD = f"{KNOWN}: another part has the same row in quarantine"


def without_known_rows(
    session: Session,
    draft: Draft,
    versions: Sequence[Statement],
    amount_columns: frozenset[int],
) -> Draft:
    """Return a draft without the rows that other parts of its month have.

    Args:
        session: a session on the books.
        draft: what a file states for the month.
        versions: the statements of the month so far.
        amount_columns: the places of the cells that say how much, not of what.
    """
    live = [each.id for each in versions if _counts(session, each)]
    if not live:
        return draft
    held = Counter(cells for _, cells in _quarantined(session, live))
    known: dict[tuple[str, int], str] = {}
    named: dict[Key, tuple[str, str]] = {}
    for statement, line in _lines(session, live):
        place = f"row {line.row} of {statement}"
        known[line.cells, line.occurrence] = place
        named.setdefault(_key(line.cells, amount_columns), (place, line.cells))
    kept = Draft(group=draft.group, first_row=draft.first_row, rates={**draft.rates})
    for each in draft.aside:
        cells = cells_text(each.cells)
        if each.state == "quarantined" and _takes(held, cells):
            kept.aside.append(_aside(each.row, cells, reason=HELD))
        else:
            kept.aside.append(each)
    for row, occurrence, fee_share, trading_fees, volume, cells in draft.lines:
        if (same := known.get((cells, occurrence))) is not None:
            reason = f"{KNOWN}: {same} says the same"
            kept.aside.append(_aside(row, cells, reason=reason))
            continue
        if _takes(held, cells):
            kept.aside.append(_aside(row, cells, reason=HELD))
            continue
        other = named.get(_key(cells, amount_columns))
        if occurrence == 1 and other is not None and other[1] != cells:
            kept.aside.append(_aside(row, cells, problem=_restated(row, other[0])))
            continue
        kept.row_count += 1
        kept.total = CONTEXT.add(kept.total, Decimal(fee_share))
        kept.trading_fees = sum_of([kept.trading_fees, _quantity(trading_fees)])
        kept.volume = sum_of([kept.volume, _quantity(volume)])
        kept.lines.add((row, occurrence, fee_share, trading_fees, volume, cells))
    return kept


def missing_in(session: Session, period: str) -> dict[str, int]:
    """Return how many rows the parts of a month left out that no part has now, by statement."""
    agreements = session.scalars(
        select(Statement.agreement)
        .join(StatementReading, StatementReading.statement == Statement.id)
        .where(Statement.period == period, StatementReading.adds)
        .distinct()
    ).all()
    return {
        statement: count
        for agreement in sorted(agreements)
        for statement, count in missing_rows(session, agreement, period).items()
    }


def missing_rows(session: Session, agreement: str, period: str) -> dict[str, int]:
    """Return how many rows the parts of an agreement's month left out that no part has now.

    A part is one that waits or is in force. Those without missing rows are not in the answer.
    """
    now = stated(session, agreement, period)
    in_force = () if now is None else now.in_force
    live = session.scalars(
        select(Statement.id).where(
            Statement.agreement == agreement,
            Statement.period == period,
            ~rejected(),
            ~taken_back(),
            or_(~accepted(), Statement.id.in_(in_force)),
        )
    ).all()
    skipped = _skipped(session, live)
    if not skipped:
        return {}
    present = Counter(
        (statement, cells)
        for statement, cells in session.execute(
            select(StatementLine.statement, StatementLine.cells).where(
                StatementLine.statement.in_(live),
                StatementLine.cells.in_({cells for _, cells in skipped}),
            )
        )
    )
    present.update(_quarantined(session, live))
    parts: Counter[str] = Counter()
    for (_, cells), count in present.items():
        parts[cells] += count
    missing: Counter[str] = Counter()
    for (statement, cells), count in Counter(skipped).items():
        missing[statement] += max(0, count + present[statement, cells] - parts[cells])
    return dict(+missing)


def _counts(session: Session, statement: Statement) -> bool:
    return (
        session.get(StatementRejection, statement.id) is None
        and session.get(StatementWithdrawal, statement.id) is None
    )


def _lines(session: Session, statements: Sequence[str]) -> Iterator[tuple[str, StatementLine]]:
    for line in session.scalars(
        select(StatementLine).where(StatementLine.statement.in_(statements))
    ):
        yield line.statement, line


def _skipped(session: Session, statements: Sequence[str]) -> Sequence[tuple[str, str]]:
    """Return the rows that were left out because another part has them: statement and cells."""
    return _rows_aside(session, statements, RowAside.told.startswith(KNOWN, autoescape=True))


def _quarantined(session: Session, statements: Sequence[str]) -> Sequence[tuple[str, str]]:
    return _rows_aside(session, statements, RowAside.state == "quarantined")


def _rows_aside(
    session: Session, statements: Sequence[str], which: ColumnElement[bool]
) -> Sequence[tuple[str, str]]:
    rows = session.execute(
        select(RowAside.statement, RowAside.cells).where(RowAside.statement.in_(statements), which)
    )
    return [(statement, cells) for statement, cells in rows]


def _takes(held: Counter[str], cells: str) -> bool:
    """Return whether a row is among those that are held, and count it off."""
    held[cells] -= 1
    return held[cells] >= 0


def _key(cells: str, amount_columns: frozenset[int]) -> Key:
    """Return what a row is about, whatever it says that it comes to."""
    texts = json.loads(cells)
    return tuple(text for at, text in enumerate(texts) if at not in amount_columns)


def _quantity(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _restated(row: int, place: str) -> Problem:
    return Problem(
        code="row_restated",
        row=row,
        expected=f"what {place} says, or another day",
        mend="Ask the exchange which is right; a month sent again whole is imported with "
        "--restates.",
    )


def _aside(row: int, cells: str, *, reason: str = "", problem: Problem | None = None) -> SetAside:
    return SetAside(
        row=row,
        cells=tuple(json.loads(cells)),
        state="skipped" if problem is None else "quarantined",
        problems=() if problem is None else (problem,),
        reason=reason,
        exchange=None,
        stream=None,
        period=None,
        currency=None,
    )
