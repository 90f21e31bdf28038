"""Months in parts: a format that sends a month in several files, each with rows of its own.

Law: the parts of a month add up, in whatever order they come. A row that another part has, with
the same occurrence, is skipped; one that differs from it in its amounts alone is quarantined,
because either of the two may be right.
"""

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import Problem
from ledger.money import CONTEXT
from ledger.revenue.drafts import Draft, sum_of
from ledger.revenue.rows import SetAside
from ledger.revenue.tables import (
    Statement,
    StatementLine,
    StatementRejection,
    StatementWithdrawal,
)

Key = tuple[str, ...]


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
    live = [each for each in versions if _counts(session, each)]
    if not live:
        return draft
    known: dict[tuple[str, int], str] = {}
    named: dict[Key, str] = {}
    for statement, line in _lines(session, live):
        place = f"row {line.row} of {statement}"
        known[line.cells, line.occurrence] = place
        named.setdefault(_key(line.cells, amount_columns), place)
    kept = Draft(
        group=draft.group, first_row=draft.first_row, aside=[*draft.aside], rates={**draft.rates}
    )
    for row, occurrence, fee_share, trading_fees, volume, cells in draft.lines:
        if (same := known.get((cells, occurrence))) is not None:
            reason = f"row_already_posted: {same} says the same"
            kept.aside.append(_aside(row, cells, reason=reason))
            continue
        other = named.get(_key(cells, amount_columns))
        if occurrence == 1 and other is not None:
            kept.aside.append(_aside(row, cells, problem=_restated(row, other)))
            continue
        kept.row_count += 1
        kept.total = CONTEXT.add(kept.total, Decimal(fee_share))
        kept.trading_fees = sum_of(kept.trading_fees, _quantity(trading_fees))
        kept.volume = sum_of(kept.volume, _quantity(volume))
        kept.lines.add((row, occurrence, fee_share, trading_fees, volume, cells))
    return kept


def _counts(session: Session, statement: Statement) -> bool:
    return (
        session.get(StatementRejection, statement.id) is None
        and session.get(StatementWithdrawal, statement.id) is None
    )


def _lines(
    session: Session, statements: Sequence[Statement]
) -> Iterator[tuple[str, StatementLine]]:
    for line in session.scalars(
        select(StatementLine).where(StatementLine.statement.in_([each.id for each in statements]))
    ):
        yield line.statement, line


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
