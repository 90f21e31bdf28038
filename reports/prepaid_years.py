"""Prepaid years as SQL that reports build on: what was invoiced, paid, earned and given up.

Each fact counts from its entry's effective day on. Law: what was invoiced is what is earned,
deferred and given up; what is open is what was neither paid, nor credited, nor relieved.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ledger.accounts import Chart
from reports.query import Scope, fetch
from reports.report import TieOut
from reports.ties import ZERO, Sums, sums, ties

YEARS = """
    WITH live AS (
        SELECT number FROM journal_entries
        WHERE number <= :entry_last AND effective_date <= CAST(:until AS date)
    ), years AS (
        SELECT 'renewal' AS kind, id, exchange, connector, NULL AS tier, year_from, amount,
            commodity, entry_number FROM renewals
        UNION ALL
        SELECT 'sponsorship', id, exchange, NULL, tier, year_from, amount, commodity, entry_number
        FROM sponsorships
    ), ends AS (
        SELECT 'renewal' AS kind, renewal AS id, kind AS how, "on", evidence, relieved,
            0 AS returned, refunded, entry_number FROM renewal_ends
        UNION ALL
        SELECT 'sponsorship', sponsorship, kind, "on", evidence, relieved, returned, refunded,
            entry_number FROM sponsorship_ends
    ), earned AS (
        SELECT 'renewal' AS kind, renewal AS id, sum(amount) AS amount FROM renewal_earnings
        WHERE entry_number IN (SELECT number FROM live) GROUP BY 2
        UNION ALL
        SELECT 'sponsorship', sponsorship, sum(amount) FROM sponsorship_earnings
        WHERE entry_number IN (SELECT number FROM live) GROUP BY 2
    ), paid AS (
        SELECT replace(m.kind, '-payment', '') AS kind, m.document AS id, sum(m.amount) AS amount
        FROM matches m WHERE m.kind IN ('renewal-payment', 'sponsorship-payment')
            AND m.entry_number IN (SELECT number FROM live)
            AND NOT EXISTS (SELECT 1 FROM match_releases r WHERE r.bank_line = m.bank_line
                AND r.number = m.number AND r.entry_number IN (SELECT number FROM live))
        GROUP BY 1, 2
    ), credited AS (
        SELECT c.sponsorship AS id, sum(c.amount) AS amount
        FROM sponsorship_credits c JOIN sponsorships s ON s.id = c.sponsorship
        LEFT JOIN renewal_ends e ON c.kind = 'renewal' AND e.renewal = c.document
        WHERE coalesce(e.entry_number, s.entry_number) IN (SELECT number FROM live)
        GROUP BY 1
    )
    SELECT x.name AS sponsor, y.*, coalesce(c.amount, 0) AS credited,
        coalesce(p.amount, 0) AS paid, coalesce(g.amount, 0) AS earned,
        coalesce(e.relieved, 0) AS relieved, coalesce(e.returned, 0) AS returned,
        coalesce(e.refunded, 0) AS refunded, e.how, e.on AS ended_on, e.evidence,
        y.amount - coalesce(c.amount, 0) - coalesce(p.amount, 0) - coalesce(e.relieved, 0) AS open,
        y.amount - coalesce(g.amount, 0) - coalesce(e.relieved, 0) - coalesce(e.returned, 0)
            - coalesce(e.refunded, 0) AS deferred
    FROM years y JOIN parties x ON x.id = y.exchange
    LEFT JOIN earned g ON g.kind = y.kind AND g.id = y.id
    LEFT JOIN paid p ON p.kind = y.kind AND p.id = y.id
    LEFT JOIN credited c ON y.kind = 'sponsorship' AND c.id = y.id
    LEFT JOIN ends e ON e.kind = y.kind AND e.id = y.id
        AND e.entry_number IN (SELECT number FROM live)
    WHERE y.entry_number IN (SELECT number FROM live)
        AND (CAST(:party AS text) IS NULL OR y.exchange = :party)
    ORDER BY x.name COLLATE "C", y.year_from, y.id COLLATE "C"
"""

CONTROL = """
    SELECT p.account, p.commodity, sum(p.amount) AS amount FROM postings p
    JOIN journal_entries e ON e.number = p.entry_number
    WHERE p.account = ANY(:accounts) AND e.kind <> 'opening'
        AND p.entry_number <= :entry_last AND p.effective_date <= CAST(:until AS date)
        AND (CAST(:party AS text) IS NULL OR p.party = :party)
    GROUP BY 1, 2
"""

RECEIVABLE = (Chart.RECEIVABLE_RENEWAL.value, Chart.RECEIVABLE_SPONSORSHIP.value)
DEFERRED = (Chart.DEFERRED_RENEWAL.value, Chart.DEFERRED_SPONSORSHIP.value)


def years(session: Session, limits: Scope, party: str | None = None) -> Sequence[Row[Any]]:
    """Return every renewal and sponsorship, or an exchange's, by sponsor and year."""
    return fetch(session, YEARS, **limits.parameters, party=party)


def balance_of(
    session: Session, limits: Scope, accounts: Sequence[str], party: str | None = None
) -> Sums:
    """Return what accounts hold together, by commodity, a debit positive."""
    rows = fetch(session, CONTROL, **limits.parameters, accounts=list(accounts), party=party)
    return sums((row.commodity, row.amount) for row in rows)


def tie_outs(
    session: Session, limits: Scope, found: Sequence[Row[Any]], party: str | None = None
) -> tuple[TieOut, ...]:
    """Return the checks: open and deferred are what the control accounts hold."""
    deferred = balance_of(session, limits, DEFERRED, party)
    return (
        *ties(
            "open = control accounts of renewals and sponsorships",
            sums((row.commodity, row.open) for row in found),
            balance_of(session, limits, RECEIVABLE, party),
        ),
        *ties(
            "deferred = control accounts of what is not earned",
            sums((row.commodity, row.deferred) for row in found),
            {commodity: ZERO - amount for commodity, amount in deferred.items()},
        ),
    )
