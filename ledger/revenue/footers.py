"""Footers: the lines below a table, which are no rows: totals, and words that mean nothing.

Law: what ends a table stands at its end. A row below it means that two tables are in one file.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from decimal import Decimal

from ledger.errors import Problem
from ledger.revenue.control_totals import ControlTotals
from ledger.revenue.fields import Fault
from ledger.revenue.mapping import Mapping


class Footer:
    """What a mapping declares below the rows of one file, while the file is read."""

    def __init__(self, mapping: Mapping) -> None:
        self._header = mapping.header
        self._lines = mapping.footer_lines
        self._amounts = {name for name, _ in mapping.amount_columns()}
        footer = mapping.footer_total
        self._totals = ControlTotals(mapping, footer) if footer else None
        self._first_line: int | None = None
        self._problems: list[Problem] = []

    @property
    def stated(self) -> dict[str, Decimal]:
        """Return the totals by commodity; they are complete after `problems`."""
        return self._totals.stated if self._totals else {}

    def takes(self, number: int, record: list[str], faults: Sequence[Fault]) -> bool:
        """Return whether a record belongs to the footer; `faults` are those of its cells."""
        if self._lines and record[0].startswith(self._lines):
            self._first_line = self._first_line or number
            return True
        self._refuse(self._misplaced_line())
        if self._totals is None:
            return False
        if not self._totals.is_total(record):
            self._refuse(self._totals.misplaced())
            return False
        self._refuse(self._totals.take(number, record))
        for index, fault in faults:
            if isinstance(fault, Problem) and self._header[index] in self._amounts:
                column = self._header[index]
                self._refuse(dataclasses.replace(fault, row=number, column=column))
        return True

    def passes(self, records: Sequence[list[str]]) -> bool:
        """Return whether nothing of the footer stands among records or before them."""
        if self._first_line is not None or any(it[0].startswith(self._lines) for it in records):
            return False
        return self._totals is None or self._totals.passes(records)

    def add(self, currency: str, amount: Decimal) -> None:
        """Count the amount of a row; of a row that is set aside only the currency, with zero."""
        if self._totals is not None:
            self._totals.add(currency, amount)

    def problems(self, *, complete: bool) -> Iterator[Problem]:
        """Yield what is wrong with the footer; only complete sums are compared with totals."""
        yield from self._problems
        if self._totals is not None:
            yield from self._totals.problems(complete=complete)

    def _misplaced_line(self) -> Problem | None:
        row, self._first_line = self._first_line, None
        if row is None:
            return None
        expected = "no row below the lines that end the table"
        return Problem(code="layout_unknown", expected=expected, row=row)

    def _refuse(self, problem: Problem | None) -> None:
        if problem is not None:
            self._problems.append(problem)


def footer_of(mapping: Mapping) -> Footer | None:
    """Return the footer that a mapping declares, if it does."""
    return Footer(mapping) if mapping.footer_total or mapping.footer_lines else None
