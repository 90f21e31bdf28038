"""Control totals: what a file says its rows sum to, held against the rows that were read.

Law: a file with a declared total is taken only when the total is there, last, and is the sum.
"""

import dataclasses
from collections.abc import Iterator
from decimal import Decimal

from ledger.errors import Problem
from ledger.money import CONTEXT, MAX_SCALE, plain
from ledger.revenue.cells import parse_number
from ledger.revenue.mapping import FooterTotal, Mapping


class ControlTotals:
    """The total row of one file, and the sums of its rows so far by commodity."""

    def __init__(self, mapping: Mapping, declared: FooterTotal) -> None:
        self.stated: dict[str, Decimal] = {}
        self._mapping = mapping
        self._declared = declared
        self._label = mapping.header.index(declared.label_column)
        self._amount = mapping.header.index(declared.amount_column)
        self._sums: dict[str, Decimal] = {}
        self._last: tuple[int, list[str]] | None = None

    def is_total(self, record: list[str]) -> bool:
        """Return whether a record states a total."""
        width = len(self._mapping.header)
        return len(record) == width and record[self._label] == self._declared.label

    def take(self, number: int, record: list[str]) -> None:
        """Keep a total until it is known whether it is the last row."""
        self._last = number, record

    def misplaced(self) -> Problem | None:
        """Return what is wrong when another row follows the total, and let go of the total."""
        if self._last is None:
            return None
        row, _ = self._last
        self._last = None
        return Problem(code="layout_unknown", expected="one total row, the last", row=row)

    def add(self, currency: str, amount: Decimal) -> None:
        """Count the amount of a row; of a row that is set aside only the currency, with zero."""
        self._sums[currency] = CONTEXT.add(self._sums.get(currency, Decimal(0)), amount)

    def problems(self, *, complete: bool) -> Iterator[Problem]:
        """Yield what is wrong with the total; only complete sums are compared with it."""
        if self._last is None:
            label, column = self._declared.label, self._declared.label_column
            yield Problem(
                code="control_total_mismatch",
                expected=f"a last row with {label!r} in column {column}",
                mend="The file may be cut off: get it again.",
            )
            return
        if len(self._sums) > 1:
            expected = "one currency in a file with one total"
            yield Problem(code="control_total_mismatch", expected=expected)
            return
        row, record = self._last
        text, column = record[self._amount], self._declared.amount_column
        total = parse_number(text, marks=self._mapping.marks, scale=MAX_SCALE, signed=False)
        if isinstance(total, Problem):
            yield dataclasses.replace(total, row=row, column=column)
            return
        for currency, summed in self._sums.items():
            self.stated[currency] = total
            if complete and summed != total:
                yield Problem(
                    code="control_total_mismatch",
                    value=text,
                    expected=f"{plain(summed)}, the sum of the rows",
                    row=row,
                    column=column,
                )
