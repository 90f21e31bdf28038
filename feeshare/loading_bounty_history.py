"""Loading the public tracker's bounties: its rows as history, beside the books.

Law: a file is loaded whole or not at all, and its faults of content are findings, not problems:
what cannot be read is refused, what can be doubted is kept and named.
"""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from feeshare.records import Record, content_of, records_in
from ledger.commodities import scales
from ledger.revenue import bounty_history
from ledger.revenue.bounty_history import Recorded
from ledger.revenue.bounty_history_findings import HistoryRow
from ledger.sealing import Change

COLUMNS = (
    "row",
    "bounty_id",
    "type",
    "sponsor_source",
    "connector",
    "amount",
    "amount_as_written",
    "denomination",
    "status",
    "issue_link",
    "occurrence_no_of_same_id_and_link",
    "source",
)
"""As the public file has them."""

DIGITS_MAX = 9
"""Of the number of a row: a tracker has a few hundred."""


def load(change: Change, path: Path) -> Recorded:
    """Load a file of the tracker's rows; the same bytes again are nothing new.

    Raises:
        BadInput: with every problem of the file.
    """
    content = content_of(path)
    records, faults = records_in(content, path, required=COLUMNS)
    known = scales(change.session)
    rows = [(record.row, _row(record, known), record.text("source")) for record in records]
    numbers: set[int] = set()
    for record, (_, row, _) in zip(records, rows, strict=True):
        if row.row and row.row in numbers:
            record.fault("id_taken", "row", "each row of the tracker once")
        numbers.add(row.row)
    faults.raise_if_any()
    return bounty_history.record(change, rows, content, path.name)


def _row(record: Record, known: Mapping[str, int]) -> HistoryRow:
    """Return what a record tells; what cannot be read is noted, and the file refused for it."""
    amount, commodity = record.quantity("amount"), record.text("denomination")
    if amount is not None and amount < 0:
        record.fault("amount_invalid", "amount", "zero or more: who was paid owes nothing for it")
    if commodity and commodity not in known:
        record.fault("currency_mismatch", "denomination", f"one of {', '.join(sorted(known))}")
    return HistoryRow(
        row=_number(record, "row"),
        bounty=record.text("bounty_id"),
        type=record.text("type"),
        funder=record.text("sponsor_source"),
        connector=record.text("connector", required=False),
        amount=amount or Decimal(0),
        amount_as_written=record.text("amount_as_written"),
        commodity=commodity,
        status=record.text("status"),
        link=record.text("issue_link", required=False),
        occurrence=_number(record, "occurrence_no_of_same_id_and_link"),
    )


def _number(record: Record, column: str) -> int:
    """Return a whole number from 1; zero where there is none, which is noted."""
    told = record.text(column)
    number = int(told) if told.isascii() and told.isdigit() and len(told) <= DIGITS_MAX else 0
    if told and not number:
        record.fault("not_a_number", column, "a whole number from 1")
    return number
