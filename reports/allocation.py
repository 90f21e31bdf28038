"""Allocation (R10): how each accepted statement was divided, down to each payee's last unit.

Law: rate, pool, weight and rank are those that were stored when the share was accrued, so the
figures can be derived again from one row; nothing is computed from today's terms. After a
restatement or a write-off the pool is what the payees' shares came to. A statement without an
accrual yet has no pool: blank, unless its terms name no maintainer.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ledger.accounts import Chart
from ledger.money import CONTEXT, plain
from reports.in_force import IN_FORCE
from reports.query import Asked, fetch, scope
from reports.report import Cell, Column, Kind, Report, TieOut
from reports.ties import ZERO, count_tie, sums, ties

COLUMNS = (
    Column(name="period", kind=Kind.IDENTIFIER),
    Column(name="agreement_id", kind=Kind.IDENTIFIER),
    Column(name="statement_id", kind=Kind.IDENTIFIER),
    Column(name="agreement_version", kind=Kind.INTEGER),
    Column(name="type", kind=Kind.IDENTIFIER),
    Column(name="sponsor", kind=Kind.TEXT),
    Column(name="basis_amount", kind=Kind.AMOUNT, commodity_column="basis_currency"),
    Column(name="basis_currency", kind=Kind.IDENTIFIER),
    Column(name="user_rebate_amount", kind=Kind.AMOUNT, commodity_column="basis_currency"),
    Column(name="maintainer_pool_rate", kind=Kind.RATE),
    Column(name="pool_amount", kind=Kind.AMOUNT, commodity_column="basis_currency"),
    Column(name="foundation_amount", kind=Kind.AMOUNT, commodity_column="basis_currency"),
    Column(name="payee_id", kind=Kind.IDENTIFIER),
    Column(name="split_share", kind=Kind.RATE),
    Column(name="payee_amount_unrounded_exact", kind=Kind.IDENTIFIER),
    Column(name="payee_amount", kind=Kind.AMOUNT, commodity_column="basis_currency", total=True),
    Column(name="residue_rank", kind=Kind.INTEGER),
    Column(name="explanation", kind=Kind.TEXT),
    Column(name="obligation_id", kind=Kind.IDENTIFIER),
    Column(name="journal_id", kind=Kind.INTEGER),
)
NOTES = (
    "Basis, rebate, pool and foundation are the statement's, on each of its rows: they do not add "
    "up.",
    "basis_amount is the fee share as the exchange stated it last; statement_id is the first "
    "version, under which receivable and shares stand.",
    "The pool is a part of the basis less what goes back to users: user_rebate_amount.",
    "A blank pool or rebate: it was not accrued yet.",
    "Statements and accruals that were reversed are left out.",
)

SHARES = f"""
    WITH live AS (
        SELECT e.number FROM journal_entries e
        WHERE e.number <= :entry_last AND e.effective_date <= CAST(:until AS date)
            AND NOT EXISTS (
                SELECT 1 FROM journal_entries r WHERE r.reverses = e.number
                    AND r.number <= :entry_last AND r.effective_date <= CAST(:until AS date))
    ), {IN_FORCE}, stated AS (
        SELECT *, amount AS fee_share FROM in_force
        WHERE CAST(:month AS text) IS NULL OR period = :month
    ), moved AS (
        SELECT o.document, o.payee, o.amount FROM obligations o
        JOIN live ON live.number = o.entry_number
        WHERE o.split_from IS NULL AND o.kind = 'maintainer-share' AND o.change_no <= :change
        UNION ALL
        SELECT o.document, o.payee, j.amount
        FROM obligation_adjustments j JOIN obligations o ON o.id = j.obligation
        JOIN live ON live.number = j.entry_number
        WHERE o.kind = 'maintainer-share' AND j.change_no <= :change
        UNION ALL
        SELECT p.document, p.party, -p.amount FROM postings p
        JOIN live ON live.number = p.entry_number
        WHERE p.account = :owed_back AND p.document IS NOT NULL
    ), rebated AS (
        SELECT p.document, sum(p.amount) AS amount FROM postings p
        JOIN live ON live.number = p.entry_number
        WHERE p.account = :rebate AND p.document IS NOT NULL GROUP BY 1
    ), came_to AS (
        SELECT document, payee, sum(amount) AS amount, count(*) AS times FROM moved GROUP BY 1, 2
    ), newest AS (
        SELECT DISTINCT ON (o.document, o.payee) o.* FROM obligations o
        JOIN live ON live.number = o.entry_number
        WHERE o.split_from IS NULL AND o.kind = 'maintainer-share' AND o.change_no <= :change
            AND (CAST(:month AS text) IS NULL OR o.period = :month)
        ORDER BY o.document, o.payee, o.change_no DESC, o.id
    ), accrued AS (
        SELECT n.*, c.amount AS comes_to, c.times,
            sum(c.amount) OVER (PARTITION BY n.document) AS pool_now,
            max(c.times) OVER (PARTITION BY n.document) AS most_times
        FROM newest n JOIN came_to c USING (document, payee)
    )
    SELECT coalesce(o.period, s.period) AS period, g.id AS agreement,
        coalesce(o.document, s.id) AS statement, t.version, t.kind, x.name AS sponsor,
        coalesce(s.fee_share, o.base) AS base, coalesce(o.commodity, s.commodity) AS commodity,
        o.rate, o.payee, o.weight, o.comes_to AS amount, o.residue_rank,
        CASE WHEN o.most_times = 1 THEN o.pool ELSE o.pool_now END AS pool,
        CASE WHEN o.times = 1 THEN o.explanation
            ELSE o.explanation || '; with what followed it comes to '
                || trim_scale(o.comes_to)::text END AS explanation,
        o.id AS obligation, o.entry_number, s.fee_share, s.id IS NOT NULL AS is_stated,
        EXISTS (SELECT 1 FROM terms_maintainers m WHERE m.agreement = g.id
            AND m.terms_version = t.version AND m.change_no <= :change) AS has_maintainers,
        coalesce((SELECT r.amount FROM rebated r WHERE r.document = coalesce(o.document, s.id)),
            CASE WHEN o.id IS NOT NULL OR NOT EXISTS (
                SELECT 1 FROM terms_details d WHERE d.agreement = g.id
                    AND d.terms_version = t.version AND d.rebate_payee IS NOT NULL
                    AND d.change_no <= :change) THEN 0 END) AS rebate,
        (SELECT sum(p.amount) FROM postings p JOIN live ON live.number = p.entry_number
            WHERE p.account = :expense AND p.document = o.document AND p.party = o.payee) AS booked
    FROM accrued o FULL JOIN stated s ON s.id = o.document
    JOIN agreements g ON g.id = coalesce(o.agreement, s.agreement)
    JOIN agreement_terms t ON t.agreement = g.id
        AND t.version = coalesce(o.terms_version, s.terms_version)
    JOIN parties x ON x.id = g.exchange
    ORDER BY coalesce(o.period, s.period), g.id COLLATE "C",
        coalesce(o.document, s.id) COLLATE "C", o.payee COLLATE "C"
"""  # noqa: S608 - a part of the service's own SQL


def build(session: Session, asked: Asked, made_at: datetime) -> Report:
    """Return how the statements of a month, or of all months, were divided."""
    limits = scope(session, asked)
    found = fetch(
        session,
        SHARES,
        **limits.parameters,
        owed_back=Chart.RECEIVABLE_PAYEE_OVERPAID.value,
        expense=Chart.EXPENSE_MAINTAINER_SHARE.value,
        rebate=Chart.INCOME_USER_REBATE.value,
    )
    return Report(
        name="allocation",
        title="Allocation of fee shares",
        columns=COLUMNS,
        rows=[cells(row) for row in found],
        sorted_by=("period", "agreement_id", "statement_id", "payee_id"),
        filters=limits.filters,
        head_number=limits.head.number,
        head_hash=limits.head_hash,
        made_at=made_at,
        notes=NOTES,
        tie_outs=tie_outs(found),
    )


def cells(row: Row[Any]) -> tuple[Cell, ...]:
    """Return the row of one payee, or of a statement that nobody has a share of."""
    pool = pool_of(row)
    return (
        row.period,
        row.agreement,
        row.statement,
        row.version,
        row.kind,
        row.sponsor,
        row.base,
        row.commodity,
        row.rebate,
        row.rate,
        pool,
        kept_of(row),
        row.payee,
        row.weight,
        None if row.weight is None else plain(CONTEXT.multiply(row.pool, row.weight)),
        row.amount,
        row.residue_rank,
        row.explanation,
        row.obligation,
        row.entry_number,
    )


def pool_of(row: Row[Any]) -> Decimal | None:
    """Return the pool as accrued; zero where nobody maintains, blank where it is not known yet."""
    if row.pool is None:
        return None if row.has_maintainers else ZERO
    return row.pool if isinstance(row.pool, Decimal) else None


def kept_of(row: Row[Any]) -> Decimal | None:
    """Return what the Foundation keeps; blank while rebate or pool are not known."""
    pool = pool_of(row)
    if pool is None or row.rebate is None:
        return None
    return CONTEXT.subtract(CONTEXT.subtract(row.base, row.rebate), pool)


def tie_outs(found: Sequence[Row[Any]]) -> tuple[TieOut, ...]:
    """Return the checks: base to statement, payees to pool, payees to what was booked."""
    # Several payees share one statement, whose own figures count once.
    statements = {row.statement: row for row in found if kept_of(row) is not None}.values()
    parts = [
        (row.commodity, part)
        for row in statements
        for part in (row.rebate, pool_of(row), kept_of(row))
    ]
    return (
        *ties(
            "user rebate + pool + foundation = fee share of accepted statements",
            sums(parts),
            sums((row.commodity, row.fee_share) for row in statements),
        ),
        *ties(
            "payees = pool",
            sums((row.commodity, row.amount) for row in found),
            sums((row.commodity, pool_of(row)) for row in statements),
        ),
        *ties(
            "payees = journal entries",
            sums((row.commodity, row.amount) for row in found),
            sums((row.commodity, row.booked) for row in found),
        ),
        count_tie(
            "shares without an accepted statement",
            sum(not row.is_stated for row in found),
            0,
        ),
    )
