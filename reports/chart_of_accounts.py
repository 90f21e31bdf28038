"""Chart of accounts (R03): every account, its side, and how finely its balance is kept."""

from datetime import datetime

from sqlalchemy.orm import Session

from reports.query import Asked, fetch, scope
from reports.report import Cell, Column, Kind, Report
from reports.ties import count_tie

DEBIT_TYPES = frozenset({"asset", "expense"})
COLUMNS = (
    Column(name="account_code", kind=Kind.IDENTIFIER),
    Column(name="account_name", kind=Kind.TEXT),
    Column(name="type", kind=Kind.IDENTIFIER),
    Column(name="subtype", kind=Kind.IDENTIFIER),
    Column(name="normal_side", kind=Kind.IDENTIFIER),
    Column(name="control_account", kind=Kind.FLAG),
    Column(name="kept_by", kind=Kind.IDENTIFIER),
    Column(name="has_floor", kind=Kind.FLAG),
    Column(name="posting_count", kind=Kind.INTEGER, total=True),
)
NOTES = (
    "A control account has a sub-ledger: its balance is kept by party or by document.",
    "A floor refuses a balance on the wrong side of zero.",
    "Left out: fs_caption, active_from and active_to, which the books do not hold.",
)

ACCOUNTS = """
    SELECT a.code, a.name, a.type, a.detail, a.floor, coalesce(used.postings, 0) AS postings
    FROM accounts a LEFT JOIN (
        SELECT account, count(*) AS postings FROM postings
        WHERE entry_number <= :entry_last AND effective_date <= CAST(:until AS date)
            AND effective_date >= CAST(:since AS date)
        GROUP BY account) used ON used.account = a.code
    WHERE a.change_no <= :change
    ORDER BY a.code COLLATE "C"
"""
POSTINGS = """
    SELECT count(*) AS postings FROM postings
    WHERE entry_number <= :entry_last AND effective_date <= CAST(:until AS date)
        AND effective_date >= CAST(:since AS date)
"""


def build(session: Session, asked: Asked, made_at: datetime) -> Report:
    """Return the chart of accounts with how many postings each account has in the scope."""
    limits = scope(session, asked)
    found = fetch(session, ACCOUNTS, **limits.parameters)
    (all_postings,) = fetch(session, POSTINGS, **limits.parameters)
    rows: list[tuple[Cell, ...]] = [
        (
            row.code,
            row.name,
            row.type,
            row.code.partition(":")[2].partition(":")[0] or None,
            "debit" if row.type in DEBIT_TYPES else "credit",
            row.detail != "account",
            row.detail,
            row.floor,
            row.postings,
        )
        for row in found
    ]
    return Report(
        name="chart-of-accounts",
        title="Chart of accounts",
        columns=COLUMNS,
        rows=rows,
        sorted_by=("account_code",),
        filters=limits.filters,
        head_number=limits.head.number,
        head_hash=limits.head_hash,
        made_at=made_at,
        notes=NOTES,
        tie_outs=(
            count_tie(
                "postings on accounts of the chart = all postings",
                sum(row.postings for row in found),
                all_postings.postings,
            ),
        ),
    )
