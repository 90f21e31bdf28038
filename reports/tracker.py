"""Tracker (R16): HBOT distributions as the Foundation's public sheet lists them.

A row is what one recipient got in one tranche; a proposal without any has one row. Law: nothing
is distributed beyond what its proposal approved; recipients stand by their id, never by a name.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ledger.money import CONTEXT
from reports.explorers import links, pairs_of
from reports.query import Asked, fetch, scope
from reports.report import Cell, Column, Kind, Report, TieOut
from reports.ties import ZERO, sums, ties
from reports.vote_cells import VOTE_COLUMNS, VOTE_NOTE, vote_cells

COLUMNS = (
    Column(name="proposal_id", kind=Kind.IDENTIFIER),
    Column(name="proposal_label", kind=Kind.IDENTIFIER),
    Column(name="proposal_title", kind=Kind.TEXT),
    Column(name="source", kind=Kind.TEXT),
    *VOTE_COLUMNS,
    Column(name="passed_on", kind=Kind.DATE),
    Column(name="approved_amount", kind=Kind.AMOUNT, commodity_column="asset"),
    Column(name="asset", kind=Kind.IDENTIFIER),
    Column(name="distributed_on", kind=Kind.DATE),
    Column(name="tranche", kind=Kind.IDENTIFIER),
    Column(name="recipient", kind=Kind.IDENTIFIER),
    Column(name="amount", kind=Kind.AMOUNT, commodity_column="asset", total=True),
    Column(name="distributed_to_date", kind=Kind.AMOUNT, commodity_column="asset"),
    Column(name="remaining", kind=Kind.AMOUNT, commodity_column="asset"),
    Column(name="paid", kind=Kind.AMOUNT, commodity_column="asset", total=True),
    Column(name="chain", kind=Kind.IDENTIFIER),
    Column(name="payment_reference", kind=Kind.IDENTIFIER),
    Column(name="transaction_links", kind=Kind.TEXT),
    Column(name="journal_id", kind=Kind.INTEGER),
)
NOTES = (
    "approved_amount is the proposal's, on each of its rows: it does not add up.",
    "amount is what was fixed for the recipient; paid is what was seen settled of it.",
    "A label may stand for two proposals; proposal_id never does.",
    VOTE_NOTE,
    "Left out: token_contract and supply.",
)

PARTS = """
    WITH parts AS (
        SELECT d.*, sum(d.amount) OVER (
            PARTITION BY d.proposal
            ORDER BY d.on, d.tranche COLLATE "C", d.payee COLLATE "C"
            ROWS UNBOUNDED PRECEDING) AS to_date
        FROM distribution_parts d
        WHERE d.change_no <= :change AND d.on <= CAST(:until AS date)
    )
    SELECT p.id, p.label, p.title, p.source, p.passed_on, p.amount AS approved, p.commodity,
        d.id AS part, d.on, d.tranche, d.payee, d.amount, d.to_date, d.entry_number,
        paid.amount AS paid, paid.booked, paid.chains, paid.payments,
        paid.on_chains,
        (SELECT -sum(g.amount) FROM postings g WHERE g.entry_number = d.entry_number
            AND g.party = d.payee AND starts_with(g.account, 'liabilities:')) AS booked_owed
    FROM proposals p LEFT JOIN parts d ON d.proposal = p.id
    LEFT JOIN LATERAL (
        SELECT sum(w.amount) AS amount, string_agg(DISTINCT b.chain, ' ') AS chains,
            string_agg(DISTINCT k.external_id, ' ' ORDER BY k.external_id) AS payments,
            array_agg(DISTINCT coalesce(b.chain, '') || ' ' || k.external_id) AS on_chains,
            sum((SELECT sum(g.amount) FROM postings g WHERE g.entry_number = s.entry_number
                AND g.document = w.obligation AND g.amount > 0)) AS booked
        FROM obligations o JOIN payout_line_obligations w ON w.obligation = o.id
        JOIN payout_batches b ON b.id = w.batch
        JOIN line_settlements s ON s.batch = w.batch AND s.line = w.line
        JOIN bank_lines k ON k.id = s.bank_line
        WHERE (o.entry_number = d.entry_number OR o.split_from IN (
                SELECT whole.id FROM obligations whole
                WHERE whole.entry_number = d.entry_number AND whole.split_from IS NULL))
            AND o.payee = d.payee
            AND s.change_no <= :change AND k.on <= CAST(:until AS date)
            AND NOT EXISTS (
                SELECT 1 FROM line_returns r JOIN bank_lines c ON c.id = r.bank_line
                WHERE r.batch = s.batch AND r.line = s.line AND r.change_no <= :change
                AND c.on <= CAST(:until AS date))) paid ON d.id IS NOT NULL
    WHERE p.change_no <= :change AND p.passed_on <= CAST(:until AS date)
        AND coalesce(d.on, p.passed_on) >= CAST(:since AS date)
    ORDER BY p.passed_on, p.id COLLATE "C", d.on, d.tranche COLLATE "C", d.payee COLLATE "C"
"""


def build(session: Session, asked: Asked, made_at: datetime) -> Report:
    """Return the distributions of a month, or all of them, with what remains of each proposal."""
    limits = scope(session, asked)
    found = fetch(session, PARTS, **limits.parameters)
    told = {identity: vote_cells(session, identity) for identity in {row.id for row in found}}
    return Report(
        name="tracker",
        title="HBOT distributions",
        columns=COLUMNS,
        rows=[cells(row, told[row.id]) for row in found],
        sorted_by=("passed_on", "proposal_id", "distributed_on", "tranche", "recipient"),
        filters=limits.filters,
        head_number=limits.head.number,
        head_hash=limits.head_hash,
        made_at=made_at,
        notes=NOTES,
        tie_outs=tie_outs(found),
    )


def cells(row: Row[Any], vote: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """Return the row of one recipient, or of a proposal under which nothing was distributed."""
    to_date = ZERO if row.to_date is None else row.to_date
    return (
        row.id,
        row.label,
        row.title,
        row.source,
        *vote,
        row.passed_on,
        row.approved,
        row.commodity,
        row.on,
        row.tranche or None,
        row.payee,
        row.amount,
        to_date,
        CONTEXT.subtract(row.approved, to_date),
        None if row.part is None else row.paid or ZERO,
        row.chains,
        row.payments,
        links(pairs_of(row.on_chains)),
        row.entry_number,
    )


def beyond(row: Row[Any]) -> Decimal:
    """Return how much of a row's amount is more than its proposal approved."""
    over: Decimal = CONTEXT.subtract(row.to_date or ZERO, row.approved)
    return max(over, ZERO)


def tie_outs(found: Sequence[Row[Any]]) -> tuple[TieOut, ...]:
    """Return the checks: nothing beyond the approvals, amounts and payments as booked."""
    return (
        *ties(
            "distributed beyond what was approved",
            sums((row.commodity, beyond(row)) for row in found),
            {},
        ),
        *ties(
            "distributed = journal entries",
            sums((row.commodity, row.amount) for row in found),
            sums((row.commodity, row.booked_owed) for row in found),
        ),
        *ties(
            "paid = journal entries of the settlements",
            sums((row.commodity, row.paid) for row in found),
            sums((row.commodity, row.booked) for row in found),
        ),
    )
