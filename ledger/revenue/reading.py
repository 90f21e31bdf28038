"""Reading a file by its mapping: its rows one after the other, and *every* problem as a value.

Its law: each data row becomes rows that post or one that is set aside, and the counts add up; a
file with a problem of its own posts nothing. Amounts of a statement are what the exchange owes us.
"""

import collections.abc
import dataclasses
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from operator import itemgetter

from ledger.errors import SHOWN_PROBLEMS, Problem
from ledger.revenue.bank_rows import BankRows
from ledger.revenue.cells import Doubtful, cell_fault, parse_commodity
from ledger.revenue.control_totals import ControlTotals
from ledger.revenue.fields import Fault
from ledger.revenue.mapping import Mapping, header_problems
from ledger.revenue.rows import Row, SetAside, StatementRow
from ledger.revenue.statement_rows import Known, StatementRows
from ledger.revenue.text_tables import TextTable

HEADER_ROW = 1

NOTHING_KNOWN = Known(None, None, None, None)

ODD_SIGN = re.compile(r"[^\x20-\x7e]")


class Reading:
    """One file while it is read. Problems, warnings and totals are complete after its rows.

    `problems` are the file's: with one of them nothing of it is kept. `warnings` are for a person
    to acknowledge, each kind once a column with the first row it was met in. `control_totals` are
    the stated totals by commodity, empty where the format has none. `rows_in` counts data rows.
    """

    def __init__(
        self,
        mapping: Mapping,
        data: bytes,
        place: str,
        commodities: collections.abc.Mapping[str, int],
    ) -> None:
        self.mapping = mapping
        self.place = place
        self.sheet: str | None = None
        self.header = mapping.header
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self.control_totals: dict[str, Decimal] = {}
        self.rows_in = 0
        self._table = TextTable(data, encoding=mapping.encoding, delimiter=mapping.delimiter)
        self._warned: set[tuple[str, int]] = set()
        self._header_record = list(mapping.header)
        self._reader: StatementRows | BankRows
        if mapping.kind == "statement":
            self._reader = StatementRows(mapping, commodities)
        else:
            self._reader = BankRows(mapping, commodities)
        self._totals = (
            ControlTotals(mapping, mapping.footer_total) if mapping.footer_total else None
        )
        self._is_whole = True
        self._refuse(*self._table.problems)
        if not self._table.is_empty and not self.problems:
            self.problems.extend(header_problems(mapping, data, place))
        self._refuse(_constant_problem(mapping, commodities))

    def rows(self) -> Iterator[Row]:
        """Yield what each data row is, once; nothing where the file has problems already.

        A file with more problems of its own than are shown is not read to its end.
        """
        if self.problems:
            return
        blanks = 0
        for number, record in enumerate(self._table.records(), start=1):
            if number == HEADER_ROW:
                continue
            if not record:
                blanks += 1
                continue
            if self._totals is not None:
                self._refuse(self._totals.misplaced())
                if self._totals.is_total(record):
                    self._totals.take(number, record)
                    blanks = 0
                    continue
            for blank in range(number - blanks, number):
                yield self._read_blank(blank)
            blanks = 0
            yield from self._read(number, record)
            if len(self.problems) > SHOWN_PROBLEMS:
                return
        self._finish()

    def _read(self, number: int, record: list[str]) -> Sequence[Row]:
        """Return the rows of a record that has cells."""
        self.rows_in += 1
        if len(record) != len(self.header) or record == self._header_record:
            # A row of another shape says nothing about its columns: naming each would mislead.
            return [self._set_aside(number, record, [_misshapen(self.mapping, record)])]
        found: list[Fault] = []
        rows, known = self._reader.read(number, record, found)
        if not self._table.is_plain and ODD_SIGN.search("".join(record)):
            found = self._with_cell_faults(number, record, found)
        if found:
            found.sort(key=itemgetter(0))
            problems = [
                self._placed(fault, number, index)
                for index, fault in found
                if isinstance(fault, Problem)
            ]
            if problems:
                return [self._set_aside(number, record, problems, known)]
            for index, fault in found:
                if isinstance(fault, Doubtful):
                    self._warn(fault.warning, number, index)
        if self._totals is not None:
            for row in rows:
                if isinstance(row, StatementRow):
                    self._totals.add(row.currency, row.fee_share)
        return rows

    def _with_cell_faults(
        self, number: int, record: Sequence[str], found: Sequence[Fault]
    ) -> list[Fault]:
        """Add what no cell of a file may hold, to the file's problems as well."""
        faults = {index: fault for index, text in enumerate(record) if (fault := cell_fault(text))}
        self.problems.extend(self._placed(fault, number, at) for at, fault in faults.items())
        return [*faults.items(), *(fault for fault in found if fault[0] not in faults)]

    def _read_blank(self, number: int) -> SetAside:
        self.rows_in += 1
        expected = "a row with values"
        return self._set_aside(number, [], [Problem(code="value_missing", expected=expected)])

    def _set_aside(
        self,
        number: int,
        record: Sequence[str],
        problems: Sequence[Problem],
        known: Known = NOTHING_KNOWN,
    ) -> SetAside:
        self._is_whole = False
        if self._totals is not None and known.currency is not None:
            self._totals.add(known.currency, Decimal(0))
        placed = tuple(
            dataclasses.replace(problem, place=self.place, row=number) for problem in problems
        )
        return SetAside(number, tuple(record), "quarantined", placed, "", *known)

    def _placed(self, problem: Problem, number: int, index: int) -> Problem:
        column = self.header[index]
        return dataclasses.replace(problem, place=self.place, row=number, column=column)

    def _warn(self, warning: Problem, number: int, index: int) -> None:
        """Keep the first warning of its kind in a column, so that their number stays small."""
        if (warning.code, index) not in self._warned:
            self._warned.add((warning.code, index))
            self.warnings.append(self._placed(warning, number, index))

    def _refuse(self, *problems: Problem | None) -> None:
        self.problems.extend(
            dataclasses.replace(problem, place=self.place) for problem in problems if problem
        )

    def _finish(self) -> None:
        """Add what only the whole file shows."""
        self._refuse(*self._table.problems)
        if self._totals is not None and not self._table.problems:
            self._refuse(*self._totals.problems(complete=self._is_whole))
            self.control_totals = self._totals.stated
        if not self.rows_in and not self._table.problems:
            self._refuse(Problem(code="file_empty", expected="a header and at least one row"))


def open_reading(
    mapping: Mapping,
    data: bytes,
    place: str,
    *,
    commodities: collections.abc.Mapping[str, int],
) -> Reading:
    """Return a reading of a file by a mapping.

    Args:
        mapping: what the file's columns mean.
        data: the file's bytes.
        place: the file's name, for messages.
        commodities: known codes, each with the decimals of its smallest payable unit.
    """
    return Reading(mapping, data, place, commodities)


def read_all(
    mapping: Mapping,
    data: bytes,
    place: str,
    *,
    commodities: collections.abc.Mapping[str, int],
) -> tuple[Reading, list[Row]]:
    """Return a reading that is complete, and its rows: for files that fit into memory."""
    reading = open_reading(mapping, data, place, commodities=commodities)
    return reading, list(reading.rows())


def _misshapen(mapping: Mapping, record: Sequence[str]) -> Problem:
    if len(record) == len(mapping.header):
        return Problem(code="header_repeated", expected="the header once, on top")
    shown = mapping.delimiter.join(record)
    expected = f"{len(mapping.header)} cells, not {len(record)}"
    return Problem(code="column_count", value=shown, expected=expected)


def _constant_problem(
    mapping: Mapping, commodities: collections.abc.Mapping[str, int]
) -> Problem | None:
    currency = mapping.constants.get("currency")
    found = parse_commodity(currency, commodities) if currency else None
    return found if isinstance(found, Problem) else None
