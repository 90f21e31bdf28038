"""What a bank's file says, whatever its format: statements, their entries, every problem.

Law: a statement's balances and entries tie, or the file is refused. Amounts are positive for what
came in, and exact: text to `Decimal`, never through a float.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ledger.errors import Problem
from ledger.money import total


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """One booked entry; `number` is its place among all entries of the file, from 1.

    `reference` is the bank's own for this entry, blank where it gives none.
    """

    number: int
    on: date
    amount: Decimal
    reference: str
    counterparty: str
    memo: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStatement:
    """One statement of one account: the balances that the bank states and what lies between.

    `account` holds the spellings of the account's number, the most telling one first. `opening` is
    None in a format that states none. `left_out` counts entries that are not booked, or of zero.
    """

    number: int
    name: str
    account: tuple[str, ...]
    commodity: str
    opening: Decimal | None
    closing: Decimal
    closing_on: date
    entries: tuple[FileEntry, ...]
    left_out: int

    @property
    def total(self) -> Decimal:
        """Return the sum of the entries."""
        return total(entry.amount for entry in self.entries)

    @property
    def since(self) -> date:
        """Return the first day that the statement speaks of."""
        return min([entry.on for entry in self.entries], default=self.closing_on)

    @property
    def until(self) -> date:
        """Return the last day that the statement speaks of."""
        return max([self.closing_on, *(entry.on for entry in self.entries)])


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReading:
    """The statements of a file, and every problem that keeps it from being taken."""

    statements: tuple[FileStatement, ...]
    problems: tuple[Problem, ...]
