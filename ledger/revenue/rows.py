"""Rows: what one line of a statement's or a bank's file says, whatever the file looked like.

Law: a row keeps its cells as they came beside what they mean, and two rows of equal content are
told apart by their occurrence alone.
"""

import dataclasses
import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from ledger.errors import Problem
from ledger.money import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """One row of a file: its number as a spreadsheet shows it and its cells as (column, text).

    `occurrence` is 1 for the first row with this content in the file, 2 for its repeat, and so on.
    """

    row: int
    cells: tuple[tuple[str, str], ...]
    occurrence: int = 1

    @property
    def content(self) -> tuple[tuple[str, str], ...]:
        """Return what the row says, as (field, text) with one spelling per quantity."""
        fields = [field.name for field in dataclasses.fields(self)]
        values = ((name, getattr(self, name)) for name in fields if name not in PROVENANCE)
        return tuple(
            (name, plain(value) if isinstance(value, Decimal) else str(value))
            for name, value in values
            if value is not None
        )


PROVENANCE = frozenset(SourceRow.__dataclass_fields__)
"""Fields that say where a row stands; the others are its content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRow(SourceRow):
    """What an exchange owes us for a month (`fee_share`, zero or more) and how it got there.

    `rate` is a fraction of 1 whatever the file's unit; `period` is written YYYY-MM.
    """

    exchange: str
    stream: str | None
    period: str
    fee_share: Decimal
    currency: str
    trading_fees: Decimal | None
    rate: Decimal | None
    volume: Decimal | None
    memo: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BankRow(SourceRow):
    """What a bank or wallet says happened: `amount` is positive for money that came in."""

    date: dt.date
    account: str
    amount: Decimal
    currency: str
    external_id: str
    counterparty: str
    memo: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a file says: the rows without a problem, all problems, the control total if any."""

    rows: tuple[StatementRow | BankRow, ...]
    problems: tuple[Problem, ...]
    control_total: Decimal | None
