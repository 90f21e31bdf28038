"""A worksheet that text, numbers and days are put on, as wide as what is in it.

Its law: text stays text, a number is cut to the 15 digits that a cell holds and no further, and
nothing is read from the clock.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, TypeAlias
from unicodedata import east_asian_width

from ledger.money import CONTEXT, grouped, plain
from reports.report import Report

CELL_DIGITS = Context(prec=15, rounding=ROUND_HALF_EVEN)

LONGEST_TEXT = 16_000
"""A cell takes 32,767 units of UTF-16, of which a character may need two."""

WIDEST_TEXT = 60
"""Longer text wraps; identifiers and numbers never do."""

CUT = " … [cut here: whole in the CSV and JSON files]"
EARLIEST_YEAR = 1900

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

    def set_up_print(self, report: Report) -> None:
        """Set the columns' widths and the pages: A4 landscape, one page wide, numbered."""
        for at, width in self.widths.items():
            self.page.set_column(at, at, min(width * 1.1 + 2, 255))
        self.page.set_landscape()
        self.page.set_paper(9)
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
