"""Statements as they are staged, for tests: from rows, or written row by row as facts."""

from collections.abc import Iterable
from decimal import Decimal

from ledger import evidence
from ledger.revenue import staging
from ledger.revenue.drafts import gather
from ledger.revenue.mapping import Mapping
from ledger.revenue.rows import SetAside, StatementRow
from ledger.revenue.staging import Source, Staged
from ledger.revenue.staging_tables import StatementReading
from ledger.revenue.tables import Statement, StatementLine
from ledger.sealing import Change


def stage_rows(
    change: Change,
    mapping: Mapping,
    rows: Iterable[StatementRow | SetAside],
    *,
    file: bytes = b"one file",
    control_totals: dict[str, Decimal] | None = None,
    in_parts: bool = False,
    restates: bool = False,
) -> list[Staged]:
    """Stage rows as if a file had given them."""
    source = Source(
        place="binance.csv",
        mapping=mapping.name,
        mapping_version=mapping.version,
        encoding=mapping.encoding,
        sheet=None,
        header=mapping.header,
        control_totals=control_totals or {},
        in_parts=in_parts,
        amount_columns=frozenset(
            [mapping.header.index(mapping.columns["fee_share"])] if in_parts else []
        ),
        evidence=evidence.keep(change, file, "file.csv"),
        restates=restates,
    )
    return staging.stage(change, gather(rows), source)


def statement_of(
    identity: str, agreement: str, *, evidence: str, amount: Decimal, **fields: object
) -> tuple[Statement, StatementLine, StatementReading]:
    """Return a statement in USDT of one line, with what goes with it, in the order of writing."""
    statement = Statement(
        id=identity,
        agreement=agreement,
        mapping="m",
        mapping_version=1,
        evidence=evidence,
        commodity="USDT",
        fee_share=amount,
        rate=None,
        row_count=1,
        **({"period": "2023-10", "version": 1} | fields),  # type: ignore[arg-type]
    )
    line = StatementLine(statement=identity, row=2, occurrence=1, fee_share=amount, cells="[]")
    reading = StatementReading(
        statement=identity,
        encoding="utf-8",
        sheet=None,
        header="[]",
        rows_in=1,
        rows_skipped=0,
        rows_quarantined=0,
        control_total=None,
        trading_fees=None,
        volume=None,
        adds=False,
    )
    return statement, line, reading
