"""Reconciliation (R09): every line of our accounts outside, and what it is in the books.

Law: what the lines sum to, less what of them is matched with nothing, is what the books say that
the account holds, opening balances apart.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ledger.money import CONTEXT
from reports import ageing
from reports.query import Asked, fetch, scope
from reports.report import Cell, Column, Kind, Report, TieOut
from reports.ties import sums, ties

COLUMNS = (
    Column(name="account", kind=Kind.IDENTIFIER),
    Column(name="provider", kind=Kind.IDENTIFIER),
    Column(name="address_masked", kind=Kind.IDENTIFIER),
    Column(name="chain", kind=Kind.IDENTIFIER),
    Column(name="asset", kind=Kind.IDENTIFIER),
    Column(name="external_id", kind=Kind.IDENTIFIER),
    Column(name="external_date", kind=Kind.DATE),
    Column(name="external_amount", kind=Kind.AMOUNT, commodity_column="asset"),
    Column(name="match_number", kind=Kind.INTEGER),
    Column(name="ledger_journal_id", kind=Kind.INTEGER),
    Column(name="ledger_amount", kind=Kind.AMOUNT, commodity_column="asset", total=True),
    Column(name="match_type", kind=Kind.IDENTIFIER),
    Column(name="document", kind=Kind.IDENTIFIER),
    Column(name="match_reason", kind=Kind.TEXT),
    Column(name="unmatched", kind=Kind.AMOUNT, commodity_column="asset", total=True),
    Column(name="difference", kind=Kind.AMOUNT, commodity_column="asset"),
    Column(name="difference_type", kind=Kind.IDENTIFIER),
    Column(name="age_days", kind=Kind.INTEGER),
    Column(name="status", kind=Kind.IDENTIFIER),
)
NOTES = (
    "A line has a row for each of its matches; what is left of it has a row with status open.",
    "external_amount is the whole line's, on each of its rows: it does not add up.",
    "ledger_amount + unmatched of an account sum to its lines; both carry the line's sign.",
    "difference is what a fee or a short payment kept back from the document, by its kind.",
)

LINES = """
    WITH dated AS (
        SELECT number FROM journal_entries
        WHERE number <= :entry_last AND effective_date <= CAST(:until AS date)
    ), live AS (
        SELECT m.* FROM matches m WHERE m.entry_number IN (SELECT number FROM dated)
            AND NOT EXISTS (SELECT 1 FROM match_releases r WHERE r.bank_line = m.bank_line
                AND r.number = m.number AND r.entry_number IN (SELECT number FROM dated))
    ), lines AS (
        SELECT l.*, l.amount - coalesce((SELECT sum(m.amount) FROM live m
            WHERE m.bank_line = l.id), 0) AS rest
        FROM bank_lines l WHERE l.on <= CAST(:until AS date)
    ), parts AS (
        SELECT m.bank_line, m.number, m.entry_number, m.amount, m.kind, m.document, m.why,
            0::numeric AS rest, d.amount AS difference, d.kind AS difference_kind
        FROM live m LEFT JOIN match_differences d
            ON d.bank_line = m.bank_line AND d.number = m.number
        UNION ALL
        SELECT id, NULL, NULL, 0, NULL, NULL, NULL, rest, NULL, NULL FROM lines WHERE rest <> 0
    )
    SELECT b.account, b.kind AS provider, b.address, b.chain, l.commodity, l.external_id, l.on,
        l.amount AS line_amount, p.*
    FROM lines l JOIN parts p ON p.bank_line = l.id JOIN bank_accounts b ON b.id = l.bank_account
    WHERE l.on >= CAST(:since AS date)
        AND (CAST(:account AS text) IS NULL OR b.account = :account)
    ORDER BY b.account COLLATE "C", l.on, l.external_id COLLATE "C", p.number NULLS LAST
"""

SIDES = """
    WITH dated AS (
        SELECT number, kind FROM journal_entries
        WHERE number <= :entry_last AND effective_date <= CAST(:until AS date)
    )
    SELECT commodity, sum(lines) AS lines, sum(rest) AS rest, sum(books) AS books FROM (
        SELECT l.commodity, l.amount AS lines, l.amount - coalesce((
            SELECT sum(m.amount) FROM matches m WHERE m.bank_line = l.id
                AND m.entry_number IN (SELECT number FROM dated)
                AND NOT EXISTS (SELECT 1 FROM match_releases r WHERE r.bank_line = m.bank_line
                    AND r.number = m.number AND r.entry_number IN (SELECT number FROM dated))),
            0) AS rest, 0::numeric AS books
        FROM bank_lines l JOIN bank_accounts b ON b.id = l.bank_account
        WHERE l.on <= CAST(:until AS date)
            AND (CAST(:account AS text) IS NULL OR b.account = :account)
        UNION ALL
        SELECT p.commodity, 0, 0, p.amount
        FROM postings p JOIN dated e ON e.number = p.entry_number
        JOIN bank_accounts b ON b.account = p.account
        WHERE e.kind <> 'opening' AND (CAST(:account AS text) IS NULL OR b.account = :account)
    ) sides GROUP BY 1
"""

SHOWN = 4
"""So many characters of an address are shown at its ends."""


def build(session: Session, asked: Asked, made_at: datetime) -> Report:
    """Return the lines of a month, or all, each with what it is matched with, if anything."""
    limits = scope(session, asked)
    narrowed = {**limits.parameters, "account": asked.account}
    found = fetch(session, LINES, **narrowed)
    day = ageing.day_of(limits)
    return Report(
        name="reconciliation",
        title="Reconciliation of wallets and banks",
        columns=COLUMNS,
        rows=[_cells(row, day) for row in found],
        sorted_by=("account", "external_date", "external_id", "match_number"),
        filters=limits.filters,
        head_number=limits.head.number,
        head_hash=limits.head_hash,
        made_at=made_at,
        notes=NOTES,
        facts=(("aged_to", day.isoformat()),),
        tie_outs=_tie_outs(fetch(session, SIDES, **narrowed)),
    )


def masked(address: str | None) -> str | None:
    """Return an address or account number with its middle left out."""
    if address is None or len(address) <= 2 * SHOWN:
        return address
    return f"{address[:SHOWN]}…{address[-SHOWN:]}"


def _cells(row: Row[Any], day: date) -> tuple[Cell, ...]:
    is_open = row.number is None
    return (
        row.account,
        row.provider,
        masked(row.address),
        row.chain,
        row.commodity,
        row.external_id,
        row.on,
        row.line_amount,
        row.number,
        row.entry_number,
        None if is_open else row.amount,
        row.kind,
        row.document,
        row.why,
        row.rest if is_open else None,
        row.difference,
        row.difference_kind,
        (day - row.on).days if is_open else None,
        "open" if is_open else "matched",
    )


def _tie_outs(sides: Sequence[Row[Any]]) -> tuple[TieOut, ...]:
    return ties(
        "lines - unmatched = books, opening apart",
        sums((row.commodity, CONTEXT.subtract(row.lines, row.rest)) for row in sides),
        sums((row.commodity, row.books) for row in sides),
    )
