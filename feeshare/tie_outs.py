"""Tie-outs: every sub-ledger against its control account, in every commodity, now.

A sub-ledger is summed from its own rows (statements, obligations, bounties, prepaid years, bank
lines), never from postings; the two must meet. Credits are negative on both sides.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from ledger.accounts import Chart
from ledger.balances import balances
from ledger.money import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that must hold before a month closes, with its figures and what to do if not."""

    name: str
    result: str
    holds: bool
    next_action: str = ""


LIVE_MATCH = """NOT EXISTS (
    SELECT 1 FROM match_releases r WHERE r.bank_line = m.bank_line AND r.number = m.number)"""

OWED = f"""
    SELECT document, commodity, sum(amount) AS amount FROM (
        SELECT document, commodity, amount FROM (
            SELECT *, max(wholes) OVER (PARTITION BY agreement, period) AS newest FROM (
                SELECT s.agreement, s.period, s.commodity,
                    first_value(s.id) OVER accepted AS document,
                    sum(CASE WHEN r.adds THEN 0 ELSE 1 END) OVER accepted AS wholes,
                    CASE WHEN w.statement IS NULL
                        THEN s.fee_share + coalesce(c.difference, 0) ELSE 0 END AS amount
                FROM statements s JOIN statement_acceptances a ON a.statement = s.id
                LEFT JOIN statement_withdrawals w ON w.statement = s.id
                LEFT JOIN statement_readings r ON r.statement = s.id
                LEFT JOIN (SELECT statement, sum(difference) AS difference
                    FROM statement_corrections GROUP BY 1) c ON c.statement = s.id
                WINDOW accepted AS (PARTITION BY s.agreement, s.period
                    ORDER BY a.change_no, s.version)) versions) months
        WHERE wholes = newest
        UNION ALL
        SELECT m.document, l.commodity, -m.amount - coalesce(d.amount, 0)
        FROM matches m JOIN bank_lines l ON l.id = m.bank_line
        LEFT JOIN match_differences d ON d.bank_line = m.bank_line AND d.number = m.number
            AND d.kind IN ('network-fee', 'bank-fee', 'fx')
        WHERE m.kind = 'statement' AND {LIVE_MATCH}
        UNION ALL SELECT document, commodity, amount FROM credit_uses
        UNION ALL SELECT used_for, commodity, -amount FROM credit_uses WHERE used_for IS NOT NULL
        UNION ALL
        SELECT o.document, o.commodity, -o.amount
        FROM write_offs o JOIN write_off_confirmations c ON c.write_off = o.id
        UNION ALL
        SELECT o.document, o.commodity, r.amount
        FROM write_off_recoveries r JOIN write_offs o ON o.id = r.write_off) moved
    GROUP BY 1, 2
"""  # noqa: S608 - a condition of the service's own
"""What is owed for each statement: as now stated, less what came, with the fees kept back from it
and what other statements' credits paid of it, and what was written off. Below zero, it is the
exchange's credit."""


def _years(kind: str, receivable: Chart, deferred: Chart) -> str:
    """Return the rows of the years of a kind: what is owed for them, what is not earned."""
    ended = f"SELECT 1 FROM {kind}_ends e WHERE e.{kind} = n.id"  # noqa: S608 - as below
    return f"""
    SELECT '{receivable}', n.commodity, n.amount FROM {kind}s n
    UNION ALL
    SELECT '{receivable}', n.commodity, -e.relieved FROM {kind}_ends e
    JOIN {kind}s n ON n.id = e.{kind}
    UNION ALL
    SELECT '{receivable}', n.commodity, -m.amount FROM matches m
    JOIN {kind}s n ON n.id = m.document WHERE m.kind = '{kind}-payment' AND {LIVE_MATCH}
    UNION ALL
    SELECT '{deferred}', n.commodity, -n.amount FROM {kind}s n WHERE NOT EXISTS ({ended})
    UNION ALL
    SELECT '{deferred}', n.commodity, g.amount
    FROM {kind}_earnings g JOIN {kind}s n ON n.id = g.{kind} WHERE NOT EXISTS ({ended})
"""  # noqa: S608 - names of the service's own


SUB_LEDGERS = f"""
    SELECT '{Chart.RECEIVABLE_FEE_SHARE}' AS account, commodity, greatest(amount, 0) AS amount
    FROM ({OWED}) owed
    UNION ALL
    SELECT '{Chart.EXCHANGE_CREDIT}', commodity, least(amount, 0) FROM ({OWED}) owed
    UNION ALL
    SELECT CASE o.kind WHEN 'user-rebate' THEN '{Chart.ACCRUED_USER_REBATE}'
        ELSE '{Chart.ACCRUED_MAINTAINER_SHARE}' END, o.commodity, moved.amount
    FROM obligations o JOIN (
        SELECT id AS obligation, -amount AS amount FROM obligations WHERE split_from IS NULL
        UNION ALL
        SELECT obligation, -amount FROM obligation_adjustments
        UNION ALL
        SELECT obligation, amount FROM payable_moves()) moved
        ON moved.obligation = o.id
    WHERE o.kind IN ('user-rebate', 'maintainer-share')
    UNION ALL
    SELECT o.payable_account, o.commodity, -m.amount
    FROM obligations o JOIN payable_moves() m ON m.obligation = o.id
    UNION ALL
    SELECT o.payable_account, o.commodity, p.amount
    FROM line_settlements s
    JOIN payout_line_obligations p ON p.batch = s.batch AND p.line = s.line
    JOIN obligations o ON o.id = p.obligation
    UNION ALL
    SELECT o.payable_account, o.commodity, -p.amount
    FROM line_returns s
    JOIN payout_line_obligations p ON p.batch = s.batch AND p.line = s.line
    JOIN obligations o ON o.id = p.obligation
    UNION ALL
    SELECT '{Chart.BOUNTY_DEPOSITS}', l.commodity, -m.amount
    FROM matches m JOIN bank_lines l ON l.id = m.bank_line
    WHERE m.kind = 'bounty-deposit' AND {LIVE_MATCH}
        AND NOT EXISTS (SELECT 1 FROM bounty_ends e WHERE e.bounty = m.document)
    UNION ALL
    SELECT '{Chart.BOUNTY_DEPOSITS}', b.commodity, r.amount
    FROM bounty_stage_releases r JOIN bounties b ON b.id = r.bounty
    WHERE NOT EXISTS (SELECT 1 FROM bounty_ends e WHERE e.bounty = r.bounty)
    UNION ALL
    {_years("renewal", Chart.RECEIVABLE_RENEWAL, Chart.DEFERRED_RENEWAL)}
    UNION ALL
    {_years("sponsorship", Chart.RECEIVABLE_SPONSORSHIP, Chart.DEFERRED_SPONSORSHIP)}
    UNION ALL
    SELECT '{Chart.RECEIVABLE_SPONSORSHIP}', n.commodity, -c.amount
    FROM sponsorship_credits c JOIN sponsorships n ON n.id = c.sponsorship
    UNION ALL
    SELECT b.account, l.commodity, m.amount
    FROM matches m JOIN bank_lines l ON l.id = m.bank_line
    JOIN bank_accounts b ON b.id = l.bank_account WHERE {LIVE_MATCH}
"""  # noqa: S608 - account codes are the service's own
"""Every row that a control account stands for, with the sign that it has there."""

TIES = text(f"""
    WITH controlled AS (
        SELECT code AS account FROM accounts
        WHERE code = ANY(:controls) OR code LIKE 'liabilities:payable:%'
        UNION SELECT account FROM bank_accounts)
    SELECT account, commodity, coalesce(sum(rows), 0) AS rows, coalesce(sum(books), 0) AS books
    FROM (
        SELECT account, commodity, amount AS rows, 0 AS books FROM ({SUB_LEDGERS}) sub_ledger
        UNION ALL
        SELECT p.account, p.commodity, 0, p.amount FROM postings p
        JOIN journal_entries e ON e.number = p.entry_number AND e.kind <> 'opening'
        JOIN controlled USING (account)
    ) both_sides
    GROUP BY 1, 2 ORDER BY 1, 2
""")  # noqa: S608 - account codes are the service's own

CONTROLS = (
    Chart.RECEIVABLE_FEE_SHARE,
    Chart.EXCHANGE_CREDIT,
    Chart.ACCRUED_MAINTAINER_SHARE,
    Chart.ACCRUED_USER_REBATE,
    Chart.BOUNTY_DEPOSITS,
    Chart.RECEIVABLE_RENEWAL,
    Chart.RECEIVABLE_SPONSORSHIP,
    Chart.DEFERRED_RENEWAL,
    Chart.DEFERRED_SPONSORSHIP,
    Chart.SUSPENSE,
    Chart.IN_TRANSIT,
)
"""Control accounts besides payables, wallets and banks; the last two have no rows: they empty."""

HELD = ("assets:wallet:", "assets:bank:", "assets:exchange:")
"""Beginnings of the accounts that hold money; only their bank lines move them."""


def is_controlled(account: str) -> bool:
    """Return whether an account stands for rows, so that only they may move it."""
    return account in set(CONTROLS) or account.startswith((*HELD, "liabilities:payable:"))


def tie_outs(session: Session) -> Iterator[Check]:
    """Yield one check for each control account and commodity, and whether deposits are covered."""
    rows = session.execute(TIES, {"controls": [account.value for account in CONTROLS]})
    for row in rows:
        yield Check(
            name=row.account,
            result=f"{plain(row.rows)} = {plain(row.books)} {row.commodity}"
            if row.rows == row.books
            else f"its rows sum to {plain(row.rows)}, the books say {plain(row.books)} "
            f"{row.commodity}",
            holds=row.rows == row.books,
            next_action=f"feeshare report general-ledger --account {row.account}",
        )
    yield from _cover(session)


def _cover(session: Session) -> Iterator[Check]:
    """Yield whether what we hold covers the bounty deposits, by commodity."""
    rows = balances(session)
    held: dict[str, Decimal] = {}
    for row in rows:
        if row.account.startswith(HELD):
            held[row.commodity] = held.get(row.commodity, Decimal(0)) + row.balance
    for row in rows:
        if row.account == Chart.BOUNTY_DEPOSITS.value:
            have = held.get(row.commodity, Decimal(0))
            yield Check(
                name="deposits covered",
                result=f"{plain(have)} held, {plain(-row.balance)} {row.commodity} deposited",
                holds=have >= -row.balance,
                next_action="Find what left: feeshare report general-ledger",
            )
