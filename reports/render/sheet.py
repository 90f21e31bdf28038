"""A worksheet that text, numbers and days are put on, as wide as what is in it.

Its law: text stays text, a number is cut to the 15 digits that a cell holds and no further, and
nothing is read from the clock.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from math import ceil
from textwrap import wrap
from typing import Any, TypeAlias
from unicodedata import east_asian_width

from ledger.money import CONTEXT, grouped, plain, scale_of
from reports.report import Kind, Report

CELL_DIGITS = Context(prec=15, rounding=ROUND_HALF_EVEN)

TWIN_DECIMALS = 6
"""An amount of more decimals always gets its exact twin."""

MOST_DECIMALS = 8
"""Amounts show no more: the twin has the rest, and zeros past the digits would be made up."""

LONGEST_TEXT = 16_000
"""A cell takes 32,767 units of UTF-16, of which a character may need two."""

WIDEST_TEXT = 60
"""Longer text wraps; identifiers and numbers never do."""

CUT = " … [cut here: whole in the CSV and JSON files]"
EARLIEST_YEAR = 1900

LINE_HEIGHT = 15
HIGHEST_ROW = 409

ROOM = 1.1
"""How much wider a column is made than its digits: other characters may need it."""

A3, A4 = 8, 9
MOST_COLUMNS_ON_A4 = 12
"""More columns on one page of A4 would be too small to read."""

Look: TypeAlias = Mapping[str, str | int]
"""Properties of a cell's format, as xlsxwriter names them."""

PLAIN: Look = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A worksheet that remembers how wide its columns must be to show all that is in them."""

    page: Any
    look: Callable[..., Any]
    widths: dict[int, int] = field(default_factory=dict)

    def text(
        self, row: int, at: int, text: str, look: Look = PLAIN, *, wraps: bool = True
    ) -> None:
        """Write text as text, whatever it looks like."""
        if len(text) > LONGEST_TEXT:
            text = text[:LONGEST_TEXT] + CUT
        width = width_of(text)
        if wraps and (width > WIDEST_TEXT or "\n" in text):
            look = {**look, "text_wrap": True}
            width = min(width, WIDEST_TEXT)
        self.fit(at, width)
        if text.startswith("<r>") and text.endswith("</r>"):
            # xlsxwriter takes such text for its own mark-up and would write it unescaped.
            parts = (self.look(), text[:1], self.look(), text[1:])
            self.page.write_rich_string(row, at, *parts, self.look(**look))
        else:
            self.page.write_string(row, at, text, self.look(**look))

    def number(
        self,
        row: int,
        at: int,
        value: Decimal,
        look: Look = PLAIN,
        *,
        decimals: int,
        is_grouped: bool = True,
        formula: str = "",
    ) -> None:
        """Write a number to 15 digits, or a formula with that number as its cached result."""
        number = Decimal(plain(CELL_DIGITS.plus(value)))
        shape = ("#,##0" if is_grouped else "0") + ("." + "0" * decimals if decimals else "")
        cell_look = self.look(num_format=shape, **look)
        shown = number.quantize(Decimal(1).scaleb(-decimals), context=CONTEXT)
        self.fit(at, len(grouped(shown, decimals)))
        if formula:
            self.page.write_formula(row, at, formula, cell_look, number)
        else:
            self.page.write_number(row, at, number, cell_look)

    def moment(self, row: int, at: int, value: date, look: Look = PLAIN) -> None:
        """Write a real date or a real UTC time; before 1900 spreadsheets know only text."""
        shape = "yyyy-mm-dd"
        if isinstance(value, datetime):
            shape += ' hh:mm:ss"Z"'
            value = value.astimezone(UTC).replace(tzinfo=None)
        if value.year < EARLIEST_YEAR:
            self.text(row, at, value.isoformat(), look)
        else:
            self.fit(at, len(shape))
            self.page.write_datetime(row, at, value, self.look(num_format=shape, **look))

    def fit(self, at: int, width: int) -> None:
        """Make a column at least so many digits wide."""
        self.widths[at] = max(width, self.widths.get(at, 0))

    def heighten(self, row: int, at: int, text: str) -> None:
        """Make a row high enough for text that wraps, once its column's width is known."""
        room = int(self.widths[at] * ROOM)
        lines = sum(
            max(len(wrap(line, room)), ceil(width_of(line) / room), 1)
            for line in text[:LONGEST_TEXT].split("\n")
        )
        if lines > 1:
            self.page.set_row(row, min(lines * LINE_HEIGHT, HIGHEST_ROW))

    def set_up_print(self, report: Report) -> None:
        """Set the columns' widths and the pages: landscape, one page wide, numbered.

        The paper is A4, or A3 for a sheet of many columns.
        """
        for at, width in self.widths.items():
            self.page.set_column(at, at, min(width * ROOM + 2, 255))
        self.page.set_landscape()
        self.page.set_paper(A3 if len(self.widths) > MOST_COLUMNS_ON_A4 else A4)
        self.page.fit_to_pages(1, 0)
        self.page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.7)
        name = f"{report.name}, change {report.head_number}".replace("&", "&&")
        self.page.set_footer(f"&L{name}&C&A&RPage &P of &N")


def width_of(text: str) -> int:
    """Return how many digits wide text is; East Asian characters take two."""
    lines = text.split("\n")
    if text.isascii():
        return max(map(len, lines))
    return max(sum(1 + (east_asian_width(sign) in "WF") for sign in line) for line in lines)


def is_lossy(kind: Kind, number: Decimal) -> bool:
    """Return whether a number needs its exact text beside its cell."""
    digits = len(number.normalize(CONTEXT).as_tuple().digits)
    return digits > CELL_DIGITS.prec or (kind is Kind.AMOUNT and scale_of(number) > TWIN_DECIMALS)


def decimals_of(kind: Kind, number: Decimal) -> int:
    """Return how many decimals to show: none in an integer, otherwise two or as many as needed."""
    if kind is Kind.INTEGER:
        return 0
    most = MOST_DECIMALS if kind is Kind.AMOUNT else CELL_DIGITS.prec
    return min(max(scale_of(number), 2), most)
