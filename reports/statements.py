"""Statement register (R04): every statement that came, how its file was read, what became of it.

Law: the rows that came in are those that count, the skipped and the quarantined ones; what a file
states as its total is what its rows, with those in quarantine settled, sum to.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ledger.accounts import Chart
from ledger.money import CONTEXT
from ledger.months import last_day, parse_month
from reports.query import Asked, fetch, scope
from reports.report import Cell, Column, Kind, Report, TieOut
from reports.ties import ZERO, count_tie, sums, ties

COLUMNS = (
    Column(name="statement_id", kind=Kind.IDENTIFIER),
    Column(name="sponsor", kind=Kind.TEXT),
    Column(name="agreement_id", kind=Kind.IDENTIFIER),
    Column(name="period_start", kind=Kind.DATE),
    Column(name="period_end", kind=Kind.DATE),
    Column(name="version", kind=Kind.INTEGER),
    Column(name="is_part", kind=Kind.FLAG),
    Column(name="supersedes_id", kind=Kind.IDENTIFIER),
    Column(name="status", kind=Kind.IDENTIFIER),
    Column(name="received_at", kind=Kind.TIME),
    Column(name="received_by", kind=Kind.IDENTIFIER),
    Column(name="file_name", kind=Kind.TEXT),
    Column(name="file_sha256", kind=Kind.IDENTIFIER),
    Column(name="bytes", kind=Kind.INTEGER),
    Column(name="sheet", kind=Kind.TEXT),
    Column(name="encoding", kind=Kind.IDENTIFIER),
    Column(name="mapping_id", kind=Kind.IDENTIFIER),
    Column(name="mapping_version", kind=Kind.INTEGER),
    Column(name="rows_in", kind=Kind.INTEGER, total=True),
    Column(name="rows_posted", kind=Kind.INTEGER, total=True),
    Column(name="rows_skipped", kind=Kind.INTEGER, total=True),
    Column(name="rows_quarantined", kind=Kind.INTEGER, total=True),
    Column(name="rows_corrected", kind=Kind.INTEGER, total=True),
    Column(name="currency", kind=Kind.IDENTIFIER),
    Column(name="control_total_file", kind=Kind.AMOUNT, commodity_column="currency"),
    Column(name="total_parsed", kind=Kind.AMOUNT, commodity_column="currency"),
    Column(name="corrections", kind=Kind.AMOUNT, commodity_column="currency"),
    Column(name="difference", kind=Kind.AMOUNT, commodity_column="currency"),
    Column(name="volume", kind=Kind.AMOUNT, commodity_column="currency"),
    Column(name="accepted_by", kind=Kind.IDENTIFIER),
    Column(name="accepted_at", kind=Kind.TIME),
    Column(name="journal_id", kind=Kind.INTEGER),
)
NOTES = (
    "rows_in = rows_posted + rows_skipped + rows_quarantined; corrected rows are among these.",
    "difference is control_total_file less what the file's rows, those in quarantine as settled, "
    "sum to; blank where a file states no total.",
    "Versions of a month replace each other unless they are parts: amounts do not add up.",
)

REGISTER = """
    SELECT s.id, x.name AS sponsor, s.agreement, s.period, s.version, r.adds, s.commodity,
        lag(s.id) OVER (PARTITION BY s.agreement, s.period ORDER BY s.version) AS before,
        CASE WHEN w.statement IS NOT NULL THEN 'taken back'
            WHEN a.statement IS NOT NULL THEN 'accepted'
            WHEN j.statement IS NOT NULL THEN 'rejected'
            WHEN held.open > 0 THEN 'in quarantine' ELSE 'staged' END AS status,
        c.recorded_at AS received_at, c.actor AS received_by, e.file_name, e.sha256, e.size,
        r.sheet, r.encoding, s.mapping, s.mapping_version, s.row_count, r.rows_in,
        r.rows_skipped, r.rows_quarantined, r.control_total, r.volume, s.fee_share,
        said.rows AS corrected, said.difference AS corrections, said.settled,
        a.accepted_by, b.recorded_at AS accepted_at, a.entry_number,
        (SELECT sum(p.amount) FROM postings p WHERE p.entry_number = a.entry_number
            AND p.account IN (:receivable, :credit)) AS booked
    FROM statements s
    JOIN agreements g ON g.id = s.agreement JOIN parties x ON x.id = g.exchange
    JOIN changes c ON c.number = s.change_no
    JOIN evidence e ON e.sha256 = s.evidence
    LEFT JOIN statement_readings r ON r.statement = s.id
    LEFT JOIN statement_acceptances a ON a.statement = s.id AND a.change_no <= :change
    LEFT JOIN changes b ON b.number = a.change_no
    LEFT JOIN statement_rejections j ON j.statement = s.id AND j.change_no <= :change
    LEFT JOIN statement_withdrawals w ON w.statement = s.id AND w.change_no <= :change
    LEFT JOIN LATERAL (
        SELECT count(DISTINCT k.row) AS rows, coalesce(sum(k.difference), 0) AS difference,
            coalesce(sum(k.difference) FILTER (WHERE EXISTS (SELECT 1 FROM statement_rows_aside o
                WHERE o.statement = k.statement AND o.row = k.row)), 0) AS settled
        FROM statement_corrections k WHERE k.statement = s.id AND k.change_no <= :change
    ) said ON true
    LEFT JOIN LATERAL (
        SELECT count(*) AS open FROM statement_rows_aside o
        WHERE o.statement = s.id AND o.state = 'quarantined' AND NOT EXISTS (
            SELECT 1 FROM statement_corrections k WHERE k.statement = o.statement
                AND k.row = o.row AND k.change_no <= :change)
    ) held ON true
    WHERE s.change_no <= :change AND (CAST(:month AS text) IS NULL OR s.period = :month)
    ORDER BY s.period, s.agreement COLLATE "C", s.version
"""


def build(session: Session, asked: Asked, made_at: datetime) -> Report:
    """Return the statements of a month, or all of them, with every version."""
    limits = scope(session, asked)
    found = fetch(
        session,
        REGISTER,
        receivable=Chart.RECEIVABLE_FEE_SHARE.value,
        credit=Chart.EXCHANGE_CREDIT.value,
        **limits.parameters,
    )
    return Report(
        name="statements",
        title="Statement register",
        columns=COLUMNS,
        rows=[cells(row) for row in found],
        sorted_by=("period_start", "agreement_id", "version"),
        filters=limits.filters,
        head_number=limits.head.number,
        head_hash=limits.head_hash,
        made_at=made_at,
        notes=NOTES,
        tie_outs=tie_outs(found),
    )


def cells(row: Row[Any]) -> tuple[Cell, ...]:
    """Return the row of one statement."""
    month = parse_month(row.period)
    return (
        row.id,
        row.sponsor,
        row.agreement,
        month,
        last_day(month),
        row.version,
        row.adds,
        None if row.adds else row.before,
        row.status,
        row.received_at,
        row.received_by,
        row.file_name,
        row.sha256,
        row.size,
        row.sheet,
        row.encoding,
        row.mapping,
        row.mapping_version,
        row.rows_in,
        row.row_count,
        row.rows_skipped,
        row.rows_quarantined,
        row.corrected,
        row.commodity,
        row.control_total,
        row.fee_share,
        row.corrections,
        difference(row),
        row.volume,
        row.accepted_by,
        row.accepted_at,
        row.entry_number,
    )


def difference(row: Row[Any]) -> Any:  # noqa: ANN401 - a Decimal, or nothing
    """Return what a file's total is more than its rows; nothing where it states none."""
    if row.control_total is None:
        return None
    return CONTEXT.subtract(row.control_total, CONTEXT.add(row.fee_share, row.settled))


def tie_outs(found: Sequence[Row[Any]]) -> tuple[TieOut, ...]:
    """Return the checks: rows in, totals of files, and what the first versions posted."""
    read = [row for row in found if row.rows_in is not None]
    accepted = [row for row in found if row.accepted_by is not None]
    whole = [row for row in accepted if row.before is None or row.adds]
    return (
        count_tie(
            "rows in = posted + skipped + quarantined",
            sum(row.rows_in for row in read),
            sum(row.row_count + row.rows_skipped + row.rows_quarantined for row in read),
        ),
        *ties(
            "totals of accepted files = their rows",
            sums((row.commodity, difference(row)) for row in accepted),
            {},
        ),
        *ties(
            "first versions and parts = what they posted as owed",
            sums((row.commodity, CONTEXT.add(row.fee_share, row.corrections)) for row in whole),
            sums((row.commodity, row.booked or ZERO) for row in whole),
        ),
    )
