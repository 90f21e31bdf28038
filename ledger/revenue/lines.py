"""Lines: one record of a file while it is read, its cells by column, what is wrong with it so far.

Law: a problem is kept with the place it was found at, and a cell that is refused gives no value.
"""

import dataclasses
from collections.abc import Callable
from typing import TypeVar

from ledger.errors import Problem
from ledger.revenue.cells import cell_fault
from ledger.revenue.mapping import Mapping

Value = TypeVar("Value")


class Line:
    """One record while it is read: its cells by column and what is wrong with it so far."""

    def __init__(self, mapping: Mapping, place: str, number: int, record: tuple[str, ...]) -> None:
        self.mapping = mapping
        self.place = place
        self.number = number
        self.cells = dict(zip(mapping.header, record, strict=False))
        self.problems: list[Problem] = []
        self.faulty: set[str] = set()
        if len(record) != len(mapping.header):
            shown = mapping.delimiter.join(record)
            expected = f"{len(mapping.header)} cells, not {len(record)}"
            self.refuse(Problem(code="column_count", value=shown, expected=expected))
        elif record == mapping.header:
            self.refuse(Problem(code="header_repeated", expected="the header once, on top"))
        # A row of another shape says nothing about its columns: naming each would only mislead.
        self.unreadable = bool(self.problems)
        for column, text in self.cells.items():
            if not self.unreadable and (fault := cell_fault(text)):
                self.refuse(fault, column)
                self.faulty.add(column)

    def refuse(self, problem: Problem, column: str | None = None) -> None:
        """Keep a problem, with the place it was found at."""
        self.problems.append(
            dataclasses.replace(problem, place=self.place, row=self.number, column=column)
        )

    def refuse_field(self, field: str, code: str, expected: str) -> None:
        """Keep a problem with a cell that is well written and still wrong."""
        column = self.mapping.columns.get(field)
        value = self.cells.get(column or "")
        self.refuse(Problem(code=code, value=value, expected=expected), column)

    def take(self, field: str, parse: Callable[[str], Value | Problem]) -> Value | None:
        """Return a field's value; None where no column has it or where its cell is refused."""
        column = self.mapping.columns.get(field)
        text = self.mapping.constants.get(field) if column is None else self.cells.get(column)
        if text is None or self.unreadable or column in self.faulty:
            return None
        value = parse(text)
        if isinstance(value, Problem):
            self.refuse(value, column)
            return None
        return value
