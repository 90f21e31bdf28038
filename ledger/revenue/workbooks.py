"""Sheets as tables: the cells of a workbook as texts that a mapping reads, or why they are none.

Law: a column of amounts holds number cells or texts, as the mapping declares, and a number whose
digits a spreadsheet may have changed is set aside. Row numbers are those that the program shows.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from ledger.errors import Problem
from ledger.money import plain
from ledger.revenue.books import Book, Cell, TooManyRows
from ledger.revenue.dates import EPOCH_UNITS, written
from ledger.revenue.mapping import Mapping
from ledger.revenue.ods_books import OdsBook
from ledger.revenue.xls_books import XlsBook
from ledger.revenue.xlsx_books import XlsxBook

if TYPE_CHECKING:
    from ledger.revenue.fields import Fault

BOOKS: dict[str, Callable[[bytes], Book]] = {"xlsx": XlsxBook, "xls": XlsBook, "ods": OdsBook}

AMOUNTS = ("fee_share", "amount", "trading_fees", "rate", "volume")
DATES = ("period", "date")

EXACT_DIGITS = 15
"""A spreadsheet keeps so many digits of a number; what it shows beyond them it made up."""

CELLS_MAX = 40_000_000
"""More cells than a million rows of forty columns."""

EXPONENT_MAX = 40
"""Beyond it a number is written out as more zeros than any amount has digits."""


class SheetTable:
    """One sheet, read row by row; `faults` are those of the cells of the row that was read last.

    `is_plain` is False: a cell may hold anything. `problems` may grow while rows are read.
    """

    is_plain = False

    def __init__(self, mapping: Mapping, data: bytes) -> None:
        self.mapping = mapping
        self.problems: list[Problem] = []
        self.faults: Sequence[Fault] = ()
        self.sheet: str | None = None
        self._book: Book | None = None
        self._expected = [_expected(mapping, column) for column in mapping.header]
        try:
            book = BOOKS[mapping.container](data)
            self.problems += _hidden_sheets(book)
            self._choose_sheet(book)
            self._book = book
        except Exception as error:  # noqa: BLE001 - whatever a broken file makes a reader raise
            self.problems.append(broken_workbook(error, mapping.container))

    @property
    def is_empty(self) -> bool:
        """Return whether the sheet has no row at all."""
        return self.sheet is not None and not self.first_rows(1)

    def first_rows(self, count: int) -> list[list[str]]:
        """Return the texts of the first rows."""
        return list(itertools.islice(self.records(1), count))

    def records(self, first: int) -> Iterator[list[str]]:
        """Yield the texts of every row from a row on; a blank row is a record without cells."""
        if self._book is None or self.sheet is None:
            return
        cells = 0
        try:
            rows = self._book.rows(self.sheet)
            for number, row in enumerate(rows, start=1):
                cells += len(row.cells)
                _require_few(cells)
                if row.hides:
                    self._refuse_hidden(number)
                if number >= first:
                    yield self._record(row.cells)
        except Exception as error:  # noqa: BLE001 - whatever a broken file makes a reader raise
            self.problems.append(broken_workbook(error, self.mapping.container))

    def _record(self, cells: Sequence[Cell]) -> list[str]:
        if not cells:
            self.faults = ()
            return []
        found: list[Fault] = []
        texts = []
        for index, cell in enumerate(cells):
            expected = self._expected[index] if index < len(self._expected) else "text"
            text, problem = _read(cell, expected, self.mapping)
            texts.append(text)
            if problem is not None:
                found.append((index, problem))
        self.faults = found
        return texts + [""] * (len(self._expected) - len(texts))

    def _choose_sheet(self, book: Book) -> None:
        names = [sheet.name for sheet in book.sheets]
        wanted = self.mapping.sheet
        if wanted in names or (wanted is None and len(names) == 1):
            self.sheet = wanted or names[0]
            return
        self.problems.append(
            Problem(
                code="sheet_ambiguous",
                value=", ".join(names),
                expected=f"a sheet {wanted!r}"
                if wanted
                else "one sheet, or a mapping that names it",
            )
        )

    def _refuse_hidden(self, number: int) -> None:
        expected = "no value in a hidden row or column"
        self.problems.append(Problem(code="hidden_data", expected=expected, row=number))


def broken_workbook(error: Exception, container: str) -> Problem:
    """Return what an error says that a reader of workbooks raised."""
    if isinstance(error, TooManyRows):
        expected = "no more rows and cells than a sheet can have"
        return Problem(code="file_too_large", expected=expected)
    expected = f"a complete {container.upper()} workbook"
    return Problem(code="file_truncated", value=type(error).__name__, expected=expected)


def _require_few(cells: int) -> None:
    if cells > CELLS_MAX:
        raise TooManyRows


def _hidden_sheets(book: Book) -> Iterator[Problem]:
    for sheet in book.sheets:
        if sheet.is_hidden and any(row.cells for row in book.rows(sheet.name)):
            expected = "no value in a hidden sheet"
            yield Problem(code="hidden_data", value=sheet.name, expected=expected)


def _expected(mapping: Mapping, column: str) -> str:
    """Return what the cells of a column are: amounts, dates or texts."""
    fields = [field for field, name in mapping.columns.items() if name == column]
    if column in {amount.column for amount in mapping.amounts} or set(fields) & set(AMOUNTS):
        return "amount"
    return "date" if set(fields) & set(DATES) else "text"


def _read(cell: Cell, expected: str, mapping: Mapping) -> tuple[str, Problem | None]:
    """Return a cell as the text that the mapping would read, and what is wrong with it."""
    if cell.kind == "error":
        message = "a formula with a result; values only"
        return cell.text, Problem(code="formula_unresolved", value=cell.text, expected=message)
    if cell.kind == "number":
        return _read_number(cell, expected, mapping)
    if cell.kind == "date":
        return _read_date(cell, expected, mapping)
    wanted = expected == "amount" and cell.kind == "text" and mapping.number_cells == "number"
    if wanted or cell.kind == "other":
        return cell.text, _wrong_type(cell, expected)
    return cell.text, None


def _read_number(cell: Cell, expected: str, mapping: Mapping) -> tuple[str, Problem | None]:
    is_epoch = mapping.date_format in EPOCH_UNITS
    if expected == "date" and not is_epoch:
        return cell.text, _wrong_type(cell, "date")
    if expected == "amount" and mapping.number_cells == "text":
        return cell.text, _wrong_type(cell, "text")
    try:
        number = Decimal(cell.text)
        digits = len("".join(map(str, number.as_tuple().digits)).strip("0"))
        # Compared as a number: an exponent may have more digits than anyone would write out.
        is_exact = digits <= EXACT_DIGITS and abs(number.adjusted()) <= EXPONENT_MAX
    except (InvalidOperation, ValueError):
        is_exact = False
    if not is_exact:
        message = f"a number of at most {EXACT_DIGITS} digits; more belong into a text cell"
        return cell.text, Problem(code="float_precision", value=cell.text, expected=message)
    mark = mapping.marks.decimal if expected == "amount" else "."
    return plain(number).replace(".", mark), None


def _read_date(cell: Cell, expected: str, mapping: Mapping) -> tuple[str, Problem | None]:
    moment, date_format = cell.moment, mapping.date_format
    is_told_so = date_format not in EPOCH_UNITS and not date_format.endswith("+hh:mm")
    if moment is None or expected != "date" or not is_told_so:
        return cell.text, _wrong_type(cell, expected)
    if cell.is_doubtful_date:
        message = "dates that count from 1900, after its February"
        return cell.text, Problem(code="date_serial", value=cell.text, expected=message)
    if moment.time() != moment.min.time() and "hh" not in date_format:
        return moment.isoformat(), None
    return written(moment, date_format), None


def _wrong_type(cell: Cell, expected: str) -> Problem:
    message = f"a cell that is {'an' if expected == 'amount' else 'a'} {expected}, as declared"
    return Problem(code="cell_type", value=f"{cell.kind} {cell.text}".strip(), expected=message)
