"""Statement lines (R06): every row of a statement's file, as it came and as it counts.

A row that was set aside shows why, one that was corrected shows by whom and for what reason; the
entry that the statement became stands on each of its rows.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ledger.errors import UnknownReference
from reports.query import Asked, fetch, scope, stream
from reports.report import Column, Kind, Report, TieOut
from reports.ties import count_tie, sums, ties

COLUMNS = (
    Column(name="statement_id", kind=Kind.IDENTIFIER),
    Column(name="source_row", kind=Kind.INTEGER),
    Column(name="occurrence", kind=Kind.INTEGER),
    Column(name="state", kind=Kind.IDENTIFIER),
    Column(name="fee_share", kind=Kind.AMOUNT, commodity_column="currency", total=True),
    Column(name="counts_for", kind=Kind.AMOUNT, commodity_column="currency", total=True),
    Column(name="currency", kind=Kind.IDENTIFIER),
    Column(name="raw_values_json", kind=Kind.TEXT),
    Column(name="why_aside", kind=Kind.TEXT),
    Column(name="corrected", kind=Kind.FLAG),
    Column(name="correction_reason", kind=Kind.TEXT),
    Column(name="corrected_by", kind=Kind.IDENTIFIER),
    Column(name="journal_id", kind=Kind.INTEGER),
)
NOTES = (
    "fee_share is what the file says, blank where it could not be read; counts_for is what the "
    "row comes to, corrections included.",
    "raw_values_json are the cells in the order of the header, which stands among the facts.",
)

STATEMENT = """
    SELECT s.id, s.commodity, s.row_count, s.fee_share, r.header, r.rows_in, e.file_name, e.sha256
    FROM statements s JOIN evidence e ON e.sha256 = s.evidence
    LEFT JOIN statement_readings r ON r.statement = s.id
    WHERE s.id = :statement AND s.change_no <= :change
"""

LINES = """
    WITH said AS (
        SELECT DISTINCT ON (row) row, fee_share, reason, corrected_by FROM statement_corrections
        WHERE statement = :statement AND change_no <= :change ORDER BY row, number DESC
    ), rows AS (
        SELECT row, occurrence, 'posted' AS state, fee_share, cells, NULL AS told
        FROM statement_lines WHERE statement = :statement
        UNION ALL
        SELECT row, NULL, state, NULL, cells, told FROM statement_rows_aside
        WHERE statement = :statement
    )
    SELECT rows.*, said.row IS NOT NULL AS corrected, said.reason, said.corrected_by,
        coalesce(said.fee_share, rows.fee_share, 0) AS counts_for,
        (SELECT entry_number FROM statement_acceptances a
            WHERE a.statement = :statement AND a.change_no <= :change) AS entry_number
    FROM rows LEFT JOIN said USING (row) ORDER BY row, occurrence
"""


def build(session: Session, asked: Asked, made_at: datetime) -> Report:
    """Return the rows of one statement.

    Raises:
        UnknownReference: there is no such statement as far as is known.
    """
    limits = scope(session, asked)
    named = {"statement": asked.statement, "change": limits.head.number}
    statements = fetch(session, STATEMENT, **named)
    if not statements:
        raise UnknownReference(
            "statement", str(asked.statement), mend="See: feeshare report statements"
        )
    statement = statements[0]
    found = [*stream(session, LINES, **named)]
    return Report(
        name="statement-lines",
        title="Statement lines",
        columns=COLUMNS,
        rows=[
            (
                statement.id,
                row.row,
                row.occurrence,
                row.state,
                row.fee_share,
                row.counts_for,
                statement.commodity,
                row.cells,
                row.told,
                row.corrected,
                row.reason,
                row.corrected_by,
                row.entry_number,
            )
            for row in found
        ],
        sorted_by=("source_row", "occurrence"),
        filters=limits.filters,
        head_number=limits.head.number,
        head_hash=limits.head_hash,
        made_at=made_at,
        notes=NOTES,
        facts=(
            ("header", statement.header or ""),
            ("file_name", statement.file_name),
            ("file_sha256", statement.sha256),
        ),
        tie_outs=tie_outs(statement, found),
    )


def tie_outs(statement: Row[Any], found: Sequence[Row[Any]]) -> tuple[TieOut, ...]:
    """Return the checks: no row is missing, and the lines sum to what was staged."""
    rows_in = statement.row_count if statement.rows_in is None else statement.rows_in
    return (
        count_tie("rows = rows that came in", len(found), rows_in),
        *ties(
            "lines = total of the statement",
            sums((statement.commodity, row.fee_share) for row in found),
            {statement.commodity: statement.fee_share},
        ),
    )
