"""Trial balance (R01): opening, movement and closing of every account in every commodity.

Law: opening and closing are read apart from the movement between them, so that their tie is a
check and not an identity. The database sums; a row here is an account, never a posting.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from sqlalchemy.orm import Session

from ledger.balances import balances
from ledger.money import CONTEXT
from reports.query import Asked, Scope, fetch, scope
from reports.report import Cell, Column, Kind, Report, TieOut
from reports.ties import ZERO, Sums, sums, ties

FIGURES = (
    "opening_debit",
    "opening_credit",
    "movement_debit",
    "movement_credit",
    "closing_debit",
    "closing_credit",
)
COLUMNS = (
    Column(name="period", kind=Kind.IDENTIFIER),
    Column(name="account_code", kind=Kind.IDENTIFIER),
    Column(name="account_name", kind=Kind.TEXT),
    Column(name="account_type", kind=Kind.IDENTIFIER),
    Column(name="asset", kind=Kind.IDENTIFIER),
    *(
        Column(name=name, kind=Kind.AMOUNT, commodity_column="asset", total=True)
        for name in FIGURES
    ),
)
NOTES = (
    "Opening and closing are net, on the side of their sign; movements are gross.",
    "Left out: reporting_currency and closing_reporting, since no price is chosen for a closing.",
)

MOVEMENTS = """
    SELECT account, commodity,
        coalesce(sum(amount) FILTER (WHERE amount > 0), 0) AS debit,
        coalesce(-sum(amount) FILTER (WHERE amount < 0), 0) AS credit
    FROM postings
    WHERE entry_number <= :entry_last
        AND effective_date >= CAST(:since AS date) AND effective_date <= CAST(:until AS date)
    GROUP BY account, commodity
"""

Key: TypeAlias = tuple[str, str]
"""Account and commodity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One account in one commodity; a debit is positive, movements are both positive."""

    opening: Decimal
    debit: Decimal
    credit: Decimal
    closing: Decimal

    @property
    def difference(self) -> Decimal:
        """Return what opening and movement miss the closing by."""
        opened = CONTEXT.subtract(CONTEXT.add(self.opening, self.debit), self.credit)
        return CONTEXT.subtract(opened, self.closing)

    @property
    def figures(self) -> tuple[Decimal, ...]:
        """Return the figures in the order of their columns."""
        return (*sides(self.opening), self.debit, self.credit, *sides(self.closing))


def build(session: Session, asked: Asked, made_at: datetime) -> Report:
    """Return the trial balance of a month, or of the whole books if no month is asked for."""
    limits = scope(session, asked)
    lines = read(session, limits)
    accounts = {
        row.code: row for row in fetch(session, "SELECT code, name, type FROM accounts ORDER BY 1")
    }
    rows: list[tuple[Cell, ...]] = [
        (
            limits.month,
            account,
            accounts[account].name,
            accounts[account].type,
            commodity,
            *line.figures,
        )
        for (account, commodity), line in lines.items()
    ]
    return Report(
        name="trial-balance",
        title="Trial balance",
        columns=COLUMNS,
        rows=rows,
        sorted_by=("account_code", "asset"),
        filters=limits.filters,
        head_number=limits.head.number,
        head_hash=limits.head_hash,
        made_at=made_at,
        notes=NOTES,
        tie_outs=tie_outs(lines),
    )


def read(session: Session, limits: Scope) -> dict[Key, Line]:
    """Return every account that has a balance or moved, sorted by account and commodity."""
    opening = standing(session, limits, limits.day_before) if limits.day_before else {}
    closing = standing(session, limits, limits.until)
    moved = {
        (row.account, row.commodity): (row.debit, row.credit)
        for row in fetch(session, MOVEMENTS, **limits.parameters)
    }
    lines = {}
    for key in sorted({*opening, *closing, *moved}):
        debit, credit = moved.get(key, (ZERO, ZERO))
        lines[key] = Line(
            opening=opening.get(key, ZERO),
            debit=debit,
            credit=credit,
            closing=closing.get(key, ZERO),
        )
    return lines


def standing(session: Session, limits: Scope, day: date) -> dict[Key, Decimal]:
    """Return the balances at the end of a day, as they were known at the scope's change."""
    found = balances(session, as_of=day, known_at=limits.head.number)
    return {(row.account, row.commodity): row.balance for row in found}


def sides(balance: Decimal) -> tuple[Decimal, Decimal]:
    """Return a balance as debit and credit, of which one is zero."""
    return (balance, ZERO) if balance > 0 else (ZERO, CONTEXT.minus(balance))


def tie_outs(lines: Mapping[Key, Line]) -> tuple[TieOut, ...]:
    """Return the checks of a trial balance for each commodity."""
    columns: list[Sums] = [
        sums((commodity, line.figures[at]) for (_, commodity), line in lines.items())
        for at in range(len(FIGURES))
    ]
    off = sums((commodity, CONTEXT.abs(line.difference)) for (_, commodity), line in lines.items())
    return (
        *ties("opening debit = opening credit", columns[0], columns[1]),
        *ties("movement debit = movement credit", columns[2], columns[3]),
        *ties("closing debit = closing credit", columns[4], columns[5]),
        *ties("opening + movement = closing: sum of all accounts' differences", off, {}),
    )
