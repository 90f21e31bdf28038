"""Payout batch (R11): each line, the obligations it pays, who stood for it, what settled it.

Law: a line is as it was frozen; state, approvals and settlement are those known at the change
that is read. Settled means that a bank line paid it and an entry says so.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ledger.errors import UnknownReference
from ledger.money import CONTEXT
from reports.conversions import CONVERSIONS
from reports.query import Asked, fetch, scope
from reports.report import Cell, Column, Kind, Report, TieOut
from reports.ties import count_tie, sums, ties

COLUMNS = (
    Column(name="batch_id", kind=Kind.IDENTIFIER),
    Column(name="batch_hash", kind=Kind.IDENTIFIER),
    Column(name="period", kind=Kind.IDENTIFIER),
    Column(name="line", kind=Kind.INTEGER),
    Column(name="obligation_ids", kind=Kind.IDENTIFIER),
    Column(name="payee_id", kind=Kind.IDENTIFIER),
    Column(name="payee_name", kind=Kind.TEXT),
    Column(name="rail", kind=Kind.IDENTIFIER),
    Column(name="chain", kind=Kind.IDENTIFIER),
    Column(name="chain_id", kind=Kind.INTEGER),
    Column(name="asset", kind=Kind.IDENTIFIER),
    Column(name="token_contract", kind=Kind.IDENTIFIER),
    Column(name="decimals", kind=Kind.INTEGER),
    Column(name="amount", kind=Kind.AMOUNT, commodity_column="asset", total=True),
    Column(name="amount_base_units", kind=Kind.INTEGER),
    Column(name="recipient", kind=Kind.IDENTIFIER),
    Column(name="address_verified_at", kind=Kind.TIME),
    Column(name="prepared_by", kind=Kind.TEXT),
    Column(name="frozen_at", kind=Kind.TIME),
    Column(name="approved_by_1", kind=Kind.TEXT),
    Column(name="approved_by_2", kind=Kind.TEXT),
    Column(name="batch_status", kind=Kind.IDENTIFIER),
    Column(name="is_settled", kind=Kind.FLAG),
    Column(name="settled_on", kind=Kind.DATE),
    Column(name="payment_reference", kind=Kind.IDENTIFIER),
    Column(name="reference", kind=Kind.IDENTIFIER),
    Column(name="journal_id", kind=Kind.INTEGER),
    Column(name="netted", kind=Kind.AMOUNT, commodity_column="owed_asset", total=True),
    Column(name="line_status", kind=Kind.IDENTIFIER),
    Column(name="owed_asset", kind=Kind.IDENTIFIER),
    Column(name="owed", kind=Kind.AMOUNT, commodity_column="owed_asset", total=True),
    Column(name="owed_price", kind=Kind.RATE),
    Column(name="paid_price", kind=Kind.RATE),
    Column(name="price_sources", kind=Kind.TEXT),
)
NOTES = (
    "amount_base_units is the amount in the token's smallest unit, as signers see it.",
    "payment_reference is the chain's or the bank's own for what settled the line.",
    "netted is what the payee owes back and the line takes off its obligations.",
    "line_status: open, settled, failed (its obligations are owed again) or returned.",
    "owed is what the amount pays, less what is netted; where it is another asset, both count at "
    "the batch's prices, which are dollars for one unit, rounded down to what can be paid.",
    "approved_by_2 names every further approver.",
    "Left out: address_changed_at, safety_flags, block, finality and fee columns.",
)

LINES = """
    SELECT b.id AS batch, b.content_hash, to_char(b.period, 'YYYY-MM') AS month, l.line,
        l.payee, l.payee_name, b.rail, b.chain, t.chain_id, l.commodity, t.contract, t.decimals,
        l.amount, l.address, c.confirmed_at, b.maker, b.frozen_at, l.reference,
        coalesce(state.state, 'frozen') AS state,
        paid.on AS settled_on, paid.external_id, paid.entry_number, -paid.amount AS paid_amount,
        owed.ids, owed.claimed, owed.owed, netted.amount AS netted, approved.by,
        coalesce(turned.owed_in, l.commodity) AS owed_in,
        coalesce(turned.owed, l.amount) AS owed_net,
        turned.owed_price, turned.paid_price, turned.price_sources,
        EXISTS (SELECT 1 FROM line_failures f WHERE f.batch = b.id AND f.line = l.line
            AND f.change_no <= :change) AS failed,
        EXISTS (SELECT 1 FROM line_returns r WHERE r.batch = b.id AND r.line = l.line
            AND r.change_no <= :change) AS returned,
        (SELECT sum(p.amount) FROM postings p WHERE p.entry_number = paid.entry_number
            AND p.party = l.payee AND p.amount > 0
            AND starts_with(p.account, 'liabilities:payable:')) AS booked
    FROM payout_batches b JOIN payout_lines l ON l.batch = b.id
    LEFT JOIN tokens t ON t.chain = b.chain AND t.commodity = l.commodity
        AND t.change_no <= :change
    LEFT JOIN destination_confirmations c ON c.destination = l.destination
        AND c.change_no <= :change
    LEFT JOIN (@CONVERSIONS@) turned ON turned.batch = b.id AND turned.line = l.line
    LEFT JOIN LATERAL (
        SELECT e.state FROM batch_events e WHERE e.batch = b.id AND e.change_no <= :change
        ORDER BY e.number DESC LIMIT 1) state ON true
    LEFT JOIN LATERAL (
        SELECT k.on, k.external_id, k.amount, s.entry_number
        FROM line_settlements s JOIN bank_lines k ON k.id = s.bank_line
        WHERE s.batch = b.id AND s.line = l.line AND s.change_no <= :change) paid ON true
    CROSS JOIN LATERAL (
        SELECT string_agg(o.id, '; ' ORDER BY o.id COLLATE "C") AS ids, sum(w.amount) AS claimed,
            sum(due.amount) AS owed
        FROM payout_line_obligations w JOIN obligations o ON o.id = w.obligation
        CROSS JOIN LATERAL (
            SELECT sum(m.amount) AS amount FROM payable_moves() m
            JOIN journal_entries e ON e.number = m.entry_number
            WHERE m.obligation = o.id AND e.change_no <= b.change_no) due
        WHERE w.batch = b.id AND w.line = l.line) owed
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(f.amount), 0) AS amount FROM payout_line_offsets f
        WHERE f.batch = b.id AND f.line = l.line) netted
    CROSS JOIN LATERAL (
        SELECT array_agg(a.approver ORDER BY a.change_no, a.approver COLLATE "C") AS by
        FROM approvals a WHERE a.batch = b.id AND a.change_no <= :change) approved
    WHERE b.change_no <= :change AND (CAST(:batch AS text) IS NULL OR b.id = :batch)
        AND (CAST(:month AS text) IS NULL OR to_char(b.period, 'YYYY-MM') = :month)
    ORDER BY b.id COLLATE "C", l.line
""".replace("@CONVERSIONS@", CONVERSIONS)


def build(session: Session, asked: Asked, made_at: datetime) -> Report:
    """Return the lines of one batch, of a month's batches or of all of them.

    Raises:
        UnknownReference: no batch of the one id asked for was known.
    """
    limits = scope(session, asked)
    found = fetch(session, LINES, **limits.parameters, batch=asked.batch)
    if asked.batch is not None and not found:
        raise UnknownReference("payout batch", asked.batch, mend="See: feeshare payout show")
    return Report(
        name="payout-batch",
        title="Payout batches" if asked.batch is None else f"Payout batch {asked.batch}",
        columns=COLUMNS,
        rows=[cells(row) for row in found],
        sorted_by=("batch_id", "line"),
        # A batch is paid whenever it is paid: no effective day bounds it.
        filters=tuple(told for told in limits.filters if told[0] != "as_of"),
        head_number=limits.head.number,
        head_hash=limits.head_hash,
        made_at=made_at,
        notes=NOTES,
        tie_outs=tie_outs(found),
    )


def cells(row: Row[Any]) -> tuple[Cell, ...]:
    """Return the row of one line."""
    approvers = list(row.by or ())
    return (
        row.batch,
        row.content_hash,
        row.month,
        row.line,
        row.ids,
        row.payee,
        row.payee_name,
        row.rail,
        row.chain,
        row.chain_id,
        row.commodity,
        row.contract or None,
        row.decimals,
        row.amount,
        None if row.decimals is None else base_units(row.amount, row.decimals),
        row.address,
        row.confirmed_at,
        row.maker,
        row.frozen_at,
        approvers[0] if approvers else None,
        ", ".join(approvers[1:]) or None,
        row.state,
        row.entry_number is not None,
        row.settled_on,
        row.external_id,
        row.reference,
        row.entry_number,
        row.netted,
        status(row),
        row.owed_in,
        row.owed_net,
        row.owed_price,
        row.paid_price,
        row.price_sources,
    )


def status(row: Row[Any]) -> str:
    """Return how a line ended, or that it is open."""
    if row.failed:
        return "failed"
    if row.entry_number is None:
        return "open"
    return "returned" if row.returned else "settled"


def base_units(amount: Decimal, decimals: int) -> Decimal:
    """Return an amount in the token's smallest unit."""
    return CONTEXT.scaleb(amount, Decimal(decimals))


def tie_outs(found: Sequence[Row[Any]]) -> tuple[TieOut, ...]:
    """Return the checks: lines to obligations, settled lines to bank and books."""
    settled = [row for row in found if row.entry_number is not None]
    return (
        *ties(
            "lines and what they net = obligations that they pay",
            sums((row.owed_in, CONTEXT.add(row.owed_net, row.netted)) for row in found),
            sums((row.owed_in, row.claimed) for row in found),
        ),
        *ties(
            "obligations that lines pay = obligations as owed",
            sums((row.owed_in, row.claimed) for row in found),
            sums((row.owed_in, row.owed) for row in found),
        ),
        *ties(
            "settled lines = bank lines",
            sums((row.commodity, row.amount) for row in settled),
            sums((row.commodity, row.paid_amount) for row in settled),
        ),
        *ties(
            "settled lines = journal entries",
            sums((row.owed_in, CONTEXT.add(row.owed_net, row.netted)) for row in settled),
            sums((row.owed_in, row.booked) for row in settled),
        ),
        count_tie(
            "lines of settled batches that are open",
            sum(row.state == "settled" and status(row) == "open" for row in found),
            0,
        ),
    )
