"""Payables ageing (R20): maintainers' shares that are due and not paid, by the days since.

Law: what is owed is made of obligations, of what fell due of them and went back, and of
settlements, never of postings, and sums to the control account of what maintainers are owed.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ledger.accounts import Chart
from reports import ageing
from reports.query import Asked, fetch, scope
from reports.report import Cell, Column, Kind, Report
from reports.ties import ZERO, sums, ties

COLUMNS = (
    Column(name="payee_id", kind=Kind.IDENTIFIER),
    Column(name="agreement_id", kind=Kind.IDENTIFIER),
    Column(name="earned_period", kind=Kind.IDENTIFIER),
    Column(name="obligation_id", kind=Kind.IDENTIFIER),
    Column(name="asset", kind=Kind.IDENTIFIER),
    Column(name="amount", kind=Kind.AMOUNT, commodity_column="asset", total=True),
    Column(name="due_on", kind=Kind.DATE),
    Column(name="age_days", kind=Kind.INTEGER),
    *ageing.columns("asset"),
    Column(name="batch", kind=Kind.IDENTIFIER),
    Column(name="hold_reason", kind=Kind.TEXT),
)
NOTES = (
    "age_days counts from due_on to the as-of day, or that of the last change that was read.",
    "not_due has what falls due on that very day. batch is the batch that has claimed it.",
    "hold_reason is that of the payee's hold on the as-of day; what keeps an address or a form "
    "from being paid is told by payout plan.",
)

OWED = """
    WITH dated AS (
        SELECT number FROM journal_entries
        WHERE number <= :entry_last AND effective_date <= CAST(:until AS date)
    )
    SELECT o.payee, coalesce(o.agreement, w.agreement) AS agreement, o.period, o.id,
        o.commodity, left_due.amount, d.due_on,
        (SELECT max(c.batch) FROM obligation_claims c WHERE c.obligation = o.id
            AND NOT EXISTS (SELECT 1 FROM claim_releases r
                WHERE r.obligation = c.obligation AND r.attempt = c.attempt)) AS batch,
        (SELECT h.reason FROM payee_holds h WHERE h.payee = o.payee
            AND h.number = held_payee(o.payee, CAST(:day AS date))) AS hold_reason
    FROM obligations o JOIN obligation_dues d ON d.obligation = o.id
    LEFT JOIN obligations w ON w.id = o.split_from
    CROSS JOIN LATERAL (
        SELECT sum(m.amount) AS amount FROM payable_moves() m
        WHERE m.obligation = o.id AND m.entry_number IN (SELECT number FROM dated)) left_due
    WHERE o.payable_account = :payable AND left_due.amount > 0
        AND (CAST(:month AS text) IS NULL OR o.period = :month)
        AND (CAST(:payee AS text) IS NULL OR o.payee = :payee)
        AND NOT EXISTS (
            SELECT 1 FROM payout_line_obligations p
            JOIN line_settlements s ON s.batch = p.batch AND s.line = p.line
            WHERE p.obligation = o.id AND s.entry_number IN (SELECT number FROM dated)
                AND NOT EXISTS (
                    SELECT 1 FROM line_returns r WHERE r.batch = s.batch AND r.line = s.line
                    AND r.entry_number IN (SELECT number FROM dated)))
    ORDER BY o.payee COLLATE "C", d.due_on, o.id COLLATE "C"
"""

CONTROL = """
    SELECT p.commodity, sum(p.amount) AS amount FROM postings p
    JOIN journal_entries e ON e.number = p.entry_number
    WHERE p.account = :payable AND e.kind <> 'opening' AND p.entry_number <= :entry_last
        AND p.effective_date <= CAST(:until AS date)
        AND (CAST(:payee AS text) IS NULL OR p.party = :payee)
        AND (CAST(:month AS text) IS NULL OR p.document IN (
            SELECT id FROM obligations WHERE period = :month))
    GROUP BY 1
"""


def build(session: Session, asked: Asked, made_at: datetime) -> Report:
    """Return what maintainers are owed, of a month or a payee or all, by age."""
    limits = scope(session, asked)
    narrowed = {
        **limits.parameters,
        "payable": Chart.PAYABLE_MAINTAINER.value,
        "payee": asked.payee,
    }
    day = ageing.day_of(limits)
    found = fetch(session, OWED, **narrowed, day=day)
    control = fetch(session, CONTROL, **narrowed)
    return Report(
        name="payables-ageing",
        title="Maintainers' payables by age",
        columns=COLUMNS,
        rows=_rows(found, day),
        sorted_by=("payee_id", "due_on", "obligation_id"),
        filters=limits.filters,
        head_number=limits.head.number,
        head_hash=limits.head_hash,
        made_at=made_at,
        notes=NOTES,
        facts=(("aged_to", day.isoformat()),),
        tie_outs=ties(
            "owed = control account of maintainers' payables",
            sums((row.commodity, row.amount) for row in found),
            sums((row.commodity, ZERO - row.amount) for row in control),
        ),
    )


def _rows(found: Sequence[Row[Any]], day: date) -> list[tuple[Cell, ...]]:
    return [
        (
            row.payee,
            row.agreement,
            row.period,
            row.id,
            row.commodity,
            row.amount,
            row.due_on,
            max((day - row.due_on).days, 0),
            *ageing.spread(row.amount, (day - row.due_on).days),
            row.batch,
            row.hold_reason,
        )
        for row in found
    ]
