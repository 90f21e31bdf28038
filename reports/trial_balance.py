"""Trial balance (R01): opening, movement and closing of every account in every commodity.

Law: opening and closing are read apart from the movement between them, so that their tie is a
check and not an identity. The database sums; what is read is a balance, never a posting.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from sqlalchemy.orm import Session

from ledger.balances import Balance, balances
from ledger.money import CONTEXT
from ledger.periods import trial_balance_hash
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
    "trial_balance_hash is over the closing by account, party and commodity, as closes freeze it.",
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
    standing_by_party = balances(
        session, as_of=limits.until, known_at=limits.head.number, by_party=True
    )
    lines = read(session, limits, by_account(standing_by_party))
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
        facts=(("trial_balance_hash", trial_balance_hash(standing_by_party)),),
        tie_outs=tie_outs(lines),
    )


def read(session: Session, limits: Scope, closing: Mapping[Key, Decimal]) -> dict[Key, Line]:
    """Return every account that has a balance or moved, sorted by account and commodity."""
    opening = standing(session, limits, limits.day_before) if limits.day_before else {}
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
    return by_account(balances(session, as_of=day, known_at=limits.head.number))


def by_account(found: Sequence[Balance]) -> dict[Key, Decimal]:
    """Return balances over all parties, not zeros."""
    totals: dict[Key, Decimal] = {}
    for row in found:
        key = (row.account, row.commodity)
        totals[key] = CONTEXT.add(totals.get(key, ZERO), row.balance)
    return {key: total for key, total in totals.items() if total}


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
