"""Faults: the problems of a bank's file while it is read, each with its place.

Law: a fault is kept, never raised, so that all of a file are told at once.
"""

import dataclasses
from decimal import Decimal
from typing import TypeVar

from ledger.bank_files.contents import FileStatement
from ledger.errors import Problem
from ledger.money import plain, total
from ledger.revenue.cells import cell_fault, parse_memo

Value = TypeVar("Value")


class Faults:
    """What is wrong at one place of a file, and at the places inside it."""

    def __init__(self, place: str, problems: list[Problem] | None = None) -> None:
        self.place = place
        self.problems: list[Problem] = [] if problems is None else problems

    def at(self, place: str) -> "Faults":
        """Return the faults of a place inside this one."""
        return Faults(f"{self.place}, {place}", self.problems)

    def add(self, code: str, expected: str, value: str | None = None, mend: str = "") -> None:
        """Keep a problem at this place."""
        self.problems.append(
            Problem(code=code, expected=expected, value=value, place=self.place, mend=mend)
        )

    def take(self, found: Value | Problem, what: str) -> Value | None:
        """Return a value that was read; keep the problem where there is none."""
        if isinstance(found, Problem):
            placed = dataclasses.replace(found, place=f"{self.place}, {what}")
            self.problems.append(placed)
            return None
        return found

    def text(self, found: str, what: str) -> str:
        """Return text for people on one line; keep a fault for signs that hide or turn it."""
        clean = " ".join(found.split())
        return self.take(cell_fault(clean) or parse_memo(clean), what) or ""

    def check(self, statement: FileStatement) -> None:
        """Keep a fault if opening balance and entries do not make the closing balance."""
        reached = total([statement.opening or Decimal(0), statement.total])
        if statement.opening is not None and reached != statement.closing:
            self.add(
                "control_total_mismatch",
                f"{plain(reached)} {statement.commodity}: {plain(statement.opening)} at the "
                f"opening and {plain(statement.total)} in {len(statement.entries)} entries",
                plain(statement.closing),
                "The file may be cut off or altered: get it again.",
            )
