"""Control totals: what a file says its rows sum to, held against the rows that were read.

Law: a file with a declared total is taken only when the total is there, last, and is the sum.
"""

import dataclasses
from collections.abc import Iterable, Iterator
from decimal import Decimal

from ledger.errors import Problem
from ledger.money import CONTEXT, MAX_SCALE, plain
from ledger.revenue.mapping import FooterTotal, Mapping
from ledger.revenue.quantities import parse_number


class ControlTotals:
    """The total rows of one file, and the sums of its rows so far by commodity."""

    def __init__(self, mapping: Mapping, declared: FooterTotal) -> None:
        self.stated: dict[str, Decimal] = {}
        self._mapping = mapping
        self._declared = declared
        self._label = mapping.header.index(declared.label_column)
        self._sums: dict[str, Decimal] = {}
        self._named: set[str] = set()
        self._rows: list[tuple[int, list[str]]] = []

    def is_total(self, record: list[str]) -> bool:
        """Return whether a record states a total."""
        width = len(self._mapping.header)
        return len(record) == width and record[self._label] == self._declared.label

    def passes(self, records: Iterable[list[str]]) -> bool:
        """Return whether no total stands among records or before them."""
        return not self._rows and not any(map(self.is_total, records))

    def take(self, number: int, record: list[str]) -> Problem | None:
        """Keep a total until it is known that no row follows; return what is wrong with it."""
        several = self._declared.currency_column is not None
        misplaced = None if several else self.misplaced()
        self._rows.append((number, record))
        return misplaced

    def misplaced(self) -> Problem | None:
        """Return what is wrong when another row follows the totals, and let go of them."""
        if not self._rows:
            return None
        row, _ = self._rows[-1]
        self._rows = []
        return Problem(code="layout_unknown", expected="one total row, the last", row=row)

    def add(self, currency: str, amount: Decimal) -> None:
        """Count the amount of a row; of a row that is set aside only the currency, with zero."""
        self._sums[currency] = CONTEXT.add(self._sums.get(currency, Decimal(0)), amount)

    def problems(self, *, complete: bool) -> Iterator[Problem]:
        """Yield what is wrong with the totals; only complete sums are compared with them."""
        if not self._rows:
            label, column = self._declared.label, self._declared.label_column
            yield Problem(
                code="control_total_mismatch",
                expected=f"a last row with {label!r} in column {column}",
                mend="The file may be cut off: get it again.",
            )
            return
        by_row = self._declared.currency_column is None and not self._mapping.amounts
        if by_row and len(self._sums) > 1:
            expected = "one currency in a file with one total"
            yield Problem(code="control_total_mismatch", expected=expected)
            return
        for row, record in self._rows:
            for column, currency in self._columns(record):
                text = record[self._mapping.header.index(column)]
                problem = self._compare(text, currency, complete=complete)
                if problem is not None:
                    yield dataclasses.replace(problem, row=row, column=column)
        for currency in sorted(self._sums.keys() - self._named) if complete else ():
            expected = f"a total of {currency} as well"
            yield Problem(code="control_total_mismatch", expected=expected)

    def _columns(self, record: list[str]) -> Iterator[tuple[str, str]]:
        """Yield which columns of a total row are totals of which commodity."""
        if self._declared.currency_column is not None:
            at = self._mapping.header.index(self._declared.currency_column)
            yield self._declared.amount_column or "", record[at]
        elif self._mapping.amounts:
            yield from ((amount.column, amount.currency) for amount in self._mapping.amounts)
        else:
            yield self._declared.amount_column or "", next(iter(self._sums), "")

    def _compare(self, text: str, currency: str, *, complete: bool) -> Problem | None:
        total = parse_number(
            text, marks=self._mapping.marks, scale=MAX_SCALE, signed=self._mapping.kind == "bank"
        )
        if currency in self._named:
            expected = f"one total of {currency}"
            return Problem(code="control_total_mismatch", value=text, expected=expected)
        self._named.add(currency)
        if isinstance(total, Problem):
            return total
        summed = self._sums.get(currency, Decimal(0))
        if currency:
            self.stated[currency] = total
        if complete and summed != total:
            expected = f"{plain(summed)}, the sum of the rows"
            return Problem(code="control_total_mismatch", value=text, expected=expected)
        return None
