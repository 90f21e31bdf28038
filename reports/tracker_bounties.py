"""Bounties as the public tracker lists them: those of the books, then the history that counts.

Law: history is told as it was written and is no liability; a bounty of the books is told with what
the books saw paid for it. Neither is made of the other, and rows that wait or were rejected are
counted, never left out unsaid.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ledger.revenue import bounty_history
from ledger.revenue.bounty_history import HistoryStanding, Standing
from reports.explorers import links, pairs_of
from reports.query import Asked, Scope, fetch, scope
from reports.report import Cell, Column, Kind, Report, TieOut
from reports.ties import ZERO, count_tie, sums, ties

COLUMNS = (
    Column(name="origin", kind=Kind.IDENTIFIER),
    Column(name="row", kind=Kind.INTEGER),
    Column(name="bounty_id", kind=Kind.IDENTIFIER),
    Column(name="type", kind=Kind.TEXT),
    Column(name="sponsor_source", kind=Kind.TEXT),
    Column(name="connector", kind=Kind.TEXT),
    Column(name="amount", kind=Kind.AMOUNT, commodity_column="denomination", total=True),
    Column(name="denomination", kind=Kind.IDENTIFIER),
    Column(name="status", kind=Kind.TEXT),
    Column(name="issue_link", kind=Kind.TEXT),
    Column(name="proposal", kind=Kind.TEXT),
    Column(name="paid", kind=Kind.AMOUNT, commodity_column="denomination", total=True),
    Column(name="transactions", kind=Kind.IDENTIFIER),
    Column(name="transaction_links", kind=Kind.TEXT),
    Column(name="source", kind=Kind.TEXT),
)
NOTES = (
    "origin is history, as the public tracker told it before the books, or books.",
    "History has no recipient, day or transaction: its paid is unknown, whatever its status says.",
    "paid is what the books saw leave for a bounty's payees, or go back to its exchange; a part "
    "that its payee took in another commodity counts as what it was.",
    "Figures are to date: a period says until when. History stands on every day.",
)

LIVE = """
    SELECT b.id, b.title, b.commodity, b.amount, b.source, e.kind AS ended, moved.moves,
        coalesce((SELECT string_agg(coalesce(p.name, 'Foundation'), ', ' ORDER BY f.number)
            FROM bounty_funders f LEFT JOIN parties p ON p.id = f.party
            WHERE f.bounty = b.id), x.name) AS funder,
        (SELECT g.evidence FROM bounty_gates g WHERE g.bounty = b.id
            AND g.gate = 'proposal-passed' AND g.on <= CAST(:until AS date)) AS proposal,
        (SELECT sum(m.amount) FROM matches m JOIN bank_lines l ON l.id = m.bank_line
            WHERE m.document = b.id AND m.kind = 'bounty-deposit'
                AND l.on <= CAST(:until AS date) AND NOT EXISTS (SELECT 1 FROM match_releases r
                    WHERE r.bank_line = m.bank_line AND r.number = m.number)) AS deposited,
        (SELECT sum(coalesce(v.amount, o.amount)) FROM obligations o
            LEFT JOIN bounty_conversions v ON v.obligation = o.id
            WHERE o.document = b.id AND o.split_from IS NULL) AS owed,
        paid.amount AS paid, paid.booked, paid.payments
    FROM bounties b LEFT JOIN parties x ON x.id = b.exchange
    LEFT JOIN bounty_ends e ON e.bounty = b.id AND e.on <= CAST(:until AS date)
    LEFT JOIN LATERAL (
        SELECT array_agg(m.move) AS moves FROM bounty_moves m
        WHERE m.bounty = b.id AND m.on <= CAST(:until AS date)) moved ON true
    LEFT JOIN LATERAL (
        SELECT sum(coalesce(v.amount, w.amount)) AS amount,
            array_agg(DISTINCT coalesce(t.chain, '') || ' ' || k.external_id) AS payments,
            sum(coalesce(v.amount, (SELECT sum(g.amount) FROM postings g
                WHERE g.entry_number = s.entry_number
                AND g.document = w.obligation AND g.amount > 0))) AS booked
        FROM obligations o JOIN payout_line_obligations w ON w.obligation = o.id
        JOIN payout_batches t ON t.id = w.batch
        JOIN line_settlements s ON s.batch = w.batch AND s.line = w.line
        JOIN bank_lines k ON k.id = s.bank_line
        LEFT JOIN bounty_conversions v ON v.obligation = o.id
        WHERE o.document = b.id AND k.on <= CAST(:until AS date)
            AND NOT EXISTS (
                SELECT 1 FROM line_returns r JOIN bank_lines c ON c.id = r.bank_line
                WHERE r.batch = s.batch AND r.line = s.line AND c.on <= CAST(:until AS date))
        ) paid ON true
    WHERE b.change_no <= :change
    ORDER BY b.id COLLATE "C"
"""

TOLD = """
    SELECT h.commodity, h.amount FROM bounty_history h
    WHERE h.change_no <= :change AND NOT EXISTS (
        SELECT 1 FROM bounty_history n
        WHERE n.row = h.row AND n.version > h.version AND n.change_no <= :change)
"""


def build(session: Session, asked: Asked, made_at: datetime) -> Report:
    """Return the bounties of the books, by id, then history that counts, by row."""
    limits = scope(session, asked)
    history = bounty_history.standings(session)
    accepted = [each for each in history if each.standing is Standing.ACCEPTED]
    live = live_bounties(session, limits)
    return Report(
        name="tracker-bounties",
        title="Bounties",
        columns=COLUMNS,
        rows=[*map(of_books, live), *map(of_history, accepted)],
        sorted_by=("origin", "row", "bounty_id"),
        filters=limits.filters,
        head_number=limits.head.number,
        head_hash=limits.head_hash,
        made_at=made_at,
        notes=NOTES,
        facts=tuple(
            (f"history_{standing.value}", str(sum(of.standing is standing for of in history)))
            for standing in Standing
        ),
        tie_outs=tie_outs(history, live, fetch(session, TOLD, **limits.parameters)),
    )


def live_bounties(session: Session, limits: Scope) -> Sequence[Row[Any]]:
    """Return the bounties of the books, each with what was paid for it until the day asked for."""
    return fetch(session, LIVE, **limits.parameters)


def of_history(each: HistoryStanding) -> tuple[Cell, ...]:
    """Return the row of a bounty before the books, as it was told."""
    of = each.history
    return (
        *("history", of.row, of.bounty, of.type, of.funder, of.connector or None),
        *(of.amount, of.commodity, of.status, of.link or None),
        *(None, None, None, None, of.source),
    )


def of_books(row: Row[Any]) -> tuple[Cell, ...]:
    """Return the row of a bounty of the books."""
    payments = pairs_of(row.payments)
    is_link = row.source.startswith("https://")
    return (
        *("books", None, row.id, None, row.funder, row.title or None),
        *(row.amount, row.commodity, status(row), row.source if is_link else None),
        row.proposal,
        row.paid or ZERO,
        " ".join(sorted(external_id for _, external_id in payments)) or None,
        links(payments),
        row.source or None,
    )


def status(row: Row[Any]) -> str:
    """Return how a bounty of the books stands, in the tracker's way of saying it."""
    if row.ended == "refunded":
        return "Refunded"
    if "cancel" in (row.moves or ()):
        return "Cancelled"
    if "pay-directly" in (row.moves or ()):
        return "Paid by its exchange"
    if row.ended == "released":
        return "Paid" if row.owed and row.paid == row.owed else "Released"
    return "Deposited" if row.deposited else "Open"


def tie_outs(
    history: Sequence[HistoryStanding], live: Iterable[Row[Any]], told: Sequence[Row[Any]]
) -> tuple[TieOut, ...]:
    """Return the checks: no row of history is lost, and payments are as booked."""
    live = list(live)
    stands = [
        each.history for standing in Standing for each in history if each.standing is standing
    ]
    return (
        count_tie("history loaded = accepted + waiting + rejected, rows", len(told), len(stands)),
        *ties(
            "history loaded = accepted + waiting + rejected",
            sums((row.commodity, row.amount) for row in told),
            sums((of.commodity, of.amount) for of in stands),
        ),
        *ties(
            "paid = journal entries of the settlements",
            sums((row.commodity, row.paid) for row in live),
            sums((row.commodity, row.booked) for row in live),
        ),
    )
