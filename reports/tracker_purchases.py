"""Purchases: conversions of ours in which the token of our own was bought, as the books have them.

Law: what was sold and what was bought are bank lines of ours; no price is made of them here.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ledger import policies
from reports.explorers import links
from reports.query import Asked, Scope, fetch, scope
from reports.report import Cell, Column, Kind, Report, TieOut
from reports.ties import count_tie, sums, ties

COLUMNS = (
    Column(name="conversion", kind=Kind.IDENTIFIER),
    Column(name="sold_on", kind=Kind.DATE),
    Column(name="bought_on", kind=Kind.DATE),
    Column(name="sold", kind=Kind.AMOUNT, commodity_column="sold_asset", total=True),
    Column(name="sold_fee", kind=Kind.AMOUNT, commodity_column="sold_asset"),
    Column(name="sold_asset", kind=Kind.IDENTIFIER),
    Column(name="sold_from", kind=Kind.IDENTIFIER),
    Column(name="bought", kind=Kind.AMOUNT, commodity_column="bought_asset", total=True),
    Column(name="bought_fee", kind=Kind.AMOUNT, commodity_column="bought_asset"),
    Column(name="bought_asset", kind=Kind.IDENTIFIER),
    Column(name="bought_into", kind=Kind.IDENTIFIER),
    Column(name="proposal", kind=Kind.TEXT),
    Column(name="why", kind=Kind.TEXT),
    Column(name="transactions", kind=Kind.IDENTIFIER),
    Column(name="transaction_links", kind=Kind.TEXT),
)
NOTES = (
    "sold is what left, its fee included; bought is what came, after the fee taken from it.",
    "A purchase is of the day of its later line.",
    "proposal is blank where the books name none.",
)

PURCHASES = """
    SELECT c.id, s.on AS sold_on, t.on AS bought_on, c.sold, c.sold_fee, c.bought, c.bought_fee,
        s.commodity AS sold_asset, t.commodity AS bought_asset, c.why, u.proposal,
        s.bank_account AS sold_from, t.bank_account AS bought_into,
        a.chain AS sold_chain, b.chain AS bought_chain,
        s.external_id AS sold_line, t.external_id AS bought_line,
        (SELECT -sum(p.amount) FROM matches m JOIN postings p ON p.entry_number = m.entry_number
            WHERE m.bank_line = s.id AND m.document = c.id AND p.account = a.account) AS gone,
        (SELECT sum(p.amount) FROM matches m JOIN postings p ON p.entry_number = m.entry_number
            WHERE m.bank_line = t.id AND m.document = c.id AND p.account = b.account) AS come
    FROM conversions c JOIN bank_lines s ON s.id = c.sold_line
    LEFT JOIN purchases u ON u.conversion = c.id AND u.change_no <= :change
    JOIN bank_lines t ON t.id = c.bought_line
    JOIN bank_accounts a ON a.id = s.bank_account JOIN bank_accounts b ON b.id = t.bank_account
    WHERE c.change_no <= :change AND t.commodity = :token
        AND greatest(s.on, t.on) BETWEEN CAST(:since AS date) AND CAST(:until AS date)
    ORDER BY s.on, c.id COLLATE "C"
"""


def build(session: Session, asked: Asked, made_at: datetime) -> Report:
    """Return the purchases of a month, or all of them."""
    limits = scope(session, asked)
    token = policies.in_force(session, "own-token", min(limits.until, made_at.date()))
    found = purchases(session, limits, token)
    return Report(
        name="tracker-purchases",
        title=f"Purchases of {token}",
        columns=COLUMNS,
        rows=[cells(row) for row in found],
        sorted_by=("sold_on", "conversion"),
        filters=limits.filters,
        head_number=limits.head.number,
        head_hash=limits.head_hash,
        made_at=made_at,
        notes=NOTES,
        tie_outs=tie_outs(found),
    )


def purchases(session: Session, limits: Scope, token: str) -> Sequence[Row[Any]]:
    """Return the conversions that bought a token, by the day they were sold and their id."""
    return fetch(session, PURCHASES, **limits.parameters, token=token)


def cells(row: Row[Any]) -> tuple[Cell, ...]:
    """Return the row of one purchase."""
    payments = ((row.sold_chain, row.sold_line), (row.bought_chain, row.bought_line))
    return (
        *(row.id, row.sold_on, row.bought_on),
        *(row.sold, row.sold_fee, row.sold_asset, row.sold_from),
        *(row.bought, row.bought_fee, row.bought_asset, row.bought_into),
        row.proposal,
        row.why,
        " ".join(sorted({external_id for _, external_id in payments})),
        links(payments),
    )


def tie_outs(found: Sequence[Row[Any]]) -> tuple[TieOut, ...]:
    """Return the checks: what left and what came is what the books moved."""
    return (
        count_tie("purchases = conversions", len(found), len({row.id for row in found})),
        *ties(
            "sold = journal entries",
            sums((row.sold_asset, row.sold) for row in found),
            sums((row.sold_asset, row.gone) for row in found),
        ),
        *ties(
            "bought = journal entries",
            sums((row.bought_asset, row.bought) for row in found),
            sums((row.bought_asset, row.come) for row in found),
        ),
    )
