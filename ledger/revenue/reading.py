"""Reading a file by its mapping: its rows one after the other, and *every* problem as a value.

Its law: each data row becomes rows that post or one that is set aside, and the counts add up; a
file with a problem of its own posts nothing. Amounts of a statement are what the exchange owes us.
"""

import collections.abc
import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from operator import itemgetter

from ledger.blocks import blocks_of
from ledger.errors import SHOWN_PROBLEMS, Problem
from ledger.revenue.bank_rows import BankRows
from ledger.revenue.cells import ODD_SIGN, Doubtful, cell_fault
from ledger.revenue.fields import Fault
from ledger.revenue.footers import footer_of
from ledger.revenue.glances import Glances
from ledger.revenue.mapping import Mapping
from ledger.revenue.recognition import header_in, header_problems
from ledger.revenue.rows import Row, SetAside, StatementRow
from ledger.revenue.sources import constant_problems, misshapen, table_of
from ledger.revenue.statement_rows import Known, StatementRows

ROWS_MAX = 5_000_000
"""More rows are no month of one exchange."""

RECORDS_AT_ONCE = 250
"""Records that are read together; with anything to be said of one, they are looked at singly."""

NOTHING_KNOWN = Known(None, None, None, None)


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
        *,
        commodities: collections.abc.Mapping[str, int],
        today: dt.date | None = None,
    ) -> None:
        """Begin to read a file by a mapping.

        Args:
            mapping: what the file's columns mean.
            data: the file's bytes, which passed `ledger.revenue.recognition.recognise`.
            place: the file's name, for messages.
            commodities: known codes, each with the decimals of its smallest payable unit.
            today: the last day that a row may be of; None where any may be.
        """
        self.mapping = mapping
        self.place = place
        self.header = mapping.header
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self.control_totals: dict[str, Decimal] = {}
        self.rows_in = 0
        self._table = table_of(mapping, data)
        self.sheet = self._table.sheet
        self._is_sheet = self.sheet is not None
        self._warned: set[tuple[str, int]] = set()
        self._header_record = list(mapping.header)
        self._header_row = 0
        self._reader = (
            StatementRows(mapping, commodities, today)
            if mapping.kind == "statement"
            else BankRows(mapping, commodities)
        )
        self._footer = footer_of(mapping)
        self._is_whole = True
        self._skip = [(self.header.index(it.column), it.text, it.reason) for it in mapping.skip]
        self._is_of_another = False
        self._blanks = 0
        self._glances = Glances(mapping, self._table, self._reader, self._footer)
        self._refuse(*self._table.problems)
        if not self.problems and not self._table.is_empty:
            self.problems.extend(header_problems(mapping, data, place))
            self._header_row = header_in(mapping, data).row
        self._refuse(*constant_problems(mapping, commodities))

    def rows(self) -> Iterator[Row]:
        """Yield what each data row is, once; nothing where the file has problems already.

        A file with more problems of its own than are shown is not read to its end.
        """
        if self.problems:
            return
        first = self._header_row + 1
        # A sheet's table tells what is wrong with the cells of its last record only.
        size = 1 if self._is_sheet else RECORDS_AT_ONCE
        for block in blocks_of(self._table.records(first), size):
            rows = None if self._blanks else self._glances.rows(first, block)
            if rows is None:
                yield from self._look(first, block)
            else:
                self.rows_in += len(rows)
                yield from rows
            if self._is_hopeless:
                break
            first += len(block)
        self._finish()

    @property
    def _is_hopeless(self) -> bool:
        return len(self.problems) > SHOWN_PROBLEMS or self.rows_in > ROWS_MAX

    def _look(self, first: int, block: list[list[str]]) -> Iterator[Row]:
        """Yield what each record is, looking at every cell."""
        for number, record in enumerate(block, start=first):
            if not record:
                self._blanks += 1
                continue
            blanks, self._blanks = self._blanks, 0
            if self._footer is not None and self._footer.takes(number, record, self._table.faults):
                continue
            for blank in range(number - blanks, number):
                yield self._read_blank(blank, [])
            yield from self._read(number, record)
            if self._is_hopeless:
                break

    def _read(self, number: int, record: list[str]) -> Sequence[Row]:
        """Return the rows of a record that has cells."""
        if len(record) != len(self.header) or record == self._header_record or self._is_sheet:
            problem = misshapen(self.mapping, record)
            if problem is not None and problem.code == "layout_unknown":
                self._refuse(dataclasses.replace(problem, row=number))
                return []
            if problem is not None:
                # A row of another shape says nothing about its columns: naming each would mislead.
                self.rows_in += 1
                return [self._set_aside(number, record, [problem])]
        if not record[0].strip() and not "".join(record).strip():
            return [self._read_blank(number, record)]
        self.rows_in += 1
        for index, text, reason in self._skip:
            if record[index] == text and isinstance(self._reader, StatementRows):
                known = self._reader.known(record)
                return [SetAside(number, tuple(record), "skipped", (), reason, *known)]
        return self._read_fields(number, record)

    def _read_fields(self, number: int, record: list[str]) -> Sequence[Row]:
        """Return the rows of a record that is a row."""
        found: list[Fault] = []
        rows, known = self._reader.read(number, record, found)
        if self._table.faults or not self._table.is_plain:
            found = self._with_cell_faults(number, record, found)
        self._require_sponsor(number, known)
        if found:
            found.sort(key=itemgetter(0))
            problems = [
                self._placed(fault, number, index)
                for index, fault in found
                if isinstance(fault, Problem)
            ]
            if problems:
                return [self._set_aside(number, record, problems, known)]
            doubts = [(index, fault) for index, fault in found if isinstance(fault, Doubtful)]
            for index, doubt in doubts:
                self._warn(doubt.warning, number, index)
        if self._footer is not None:
            for row in rows:
                amount = row.fee_share if isinstance(row, StatementRow) else row.amount
                self._footer.add(row.currency, amount)
        return rows

    def _require_sponsor(self, number: int, known: Known) -> None:
        """Say once that the file names another exchange than its format belongs to."""
        exchange = self.mapping.exchange
        if exchange is None or known.exchange in (None, exchange) or self._is_of_another:
            return
        self._is_of_another = True
        expected = f"{exchange}, whose format this is"
        problem = Problem(code="wrong_sponsor", value=known.exchange, expected=expected)
        index = self.header.index(self.mapping.columns["exchange"])
        self.problems.append(self._placed(problem, number, index))

    def _with_cell_faults(
        self, number: int, record: Sequence[str], found: Sequence[Fault]
    ) -> list[Fault]:
        """Add what is wrong with cells whatever they mean; some of it is the file's problem."""
        faults = dict(self._table.faults)
        if ODD_SIGN.search("".join(record)):
            for index, text in enumerate(record):
                if fault := cell_fault(text):
                    faults[index] = fault
                    self.problems.append(self._placed(fault, number, index))
        return [*faults.items(), *(fault for fault in found if fault[0] not in faults)]

    def _read_blank(self, number: int, record: Sequence[str]) -> SetAside:
        self.rows_in += 1
        if self.mapping.skips_blank_rows:
            return SetAside(number, tuple(record), "skipped", (), "a blank row", *NOTHING_KNOWN)
        expected = "a row with values, or `blank_rows: skip` in the mapping"
        return self._set_aside(number, record, [Problem(code="value_missing", expected=expected)])

    def _set_aside(
        self,
        number: int,
        record: Sequence[str],
        problems: Sequence[Problem],
        known: Known = NOTHING_KNOWN,
    ) -> SetAside:
        self._is_whole = False
        if self._footer is not None and known.currency is not None:
            self._footer.add(known.currency, Decimal(0))
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
        if self.rows_in > ROWS_MAX:
            expected = f"at most {ROWS_MAX} rows"
            self._refuse(Problem(code="file_too_large", expected=expected))
        elif not self._table.problems:
            if self._footer is not None:
                self._refuse(*self._footer.problems(complete=self._is_whole))
                self.control_totals = self._footer.stated
            if not self.rows_in:
                self._refuse(Problem(code="file_empty", expected="a header and at least one row"))


def read_all(
    mapping: Mapping,
    data: bytes,
    place: str,
    *,
    commodities: collections.abc.Mapping[str, int],
    today: dt.date | None = None,
) -> tuple[Reading, list[Row]]:
    """Return a reading that is complete, and its rows: for files that fit into memory."""
    reading = Reading(mapping, data, place, commodities=commodities, today=today)
    return reading, list(reading.rows())
