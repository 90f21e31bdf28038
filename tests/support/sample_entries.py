"""Entries of sample books, written by hand."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from ledger.base import Sealed
from ledger.journal import JournalEntry, Posting
from ledger.sealing import Change

WALLET = "assets:wallet:ethereum"
BANK = "assets:bank:usd"
NASTY = '  20%3B; a | "b", [2023-01-01]\n\ttail 5 %  '
TINY = Decimal("0.000000000000000001")
MADE_AT = datetime(2023, 12, 1, 8, 30, tzinfo=UTC)


def entry(
    reference: str, on: date, postings: Sequence[Posting], narration: str = "by hand"
) -> JournalEntry:
    return JournalEntry(
        reference=reference,
        effective_date=on,
        kind="manual",
        narration=narration,
        postings=postings,
    )


def move(debit: str, credit: str, amount: str, commodity: str, **told: str) -> list[Posting]:
    quantity = Decimal(amount)
    return [
        Posting(debit, quantity, commodity, **told),
        Posting(credit, -quantity, commodity, **told),
    ]


def add_each(change: Change, *rows: Sealed) -> None:
    """Write rows in the order given, whatever they refer to."""
    for row in rows:
        change.add(row)
