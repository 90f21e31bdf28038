"""The cover of a workbook: what was asked for, how far the books were read, what it sums to.

Law: whoever holds only this page knows which reports they are, of which books, and whether they
tie out. Nothing on it is cut or covered: a note takes as many lines as it needs.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from ledger.money import grouped, plain
from reports.render.metadata import control_totals
from reports.render.sheet import Look, Sheet
from reports.report import Book

SIGN_HEIGHT = 28
LEGEND = (
    "Times are in UTC. A blank cell is unknown, not zero. Totals follow the filters. Where a"
    " number would lose digits, the column that ends in _exact holds it whole, as text."
)

BOLD: Look = {"bold": True}
LEFT: Look = {"align": "left"}
SIGN_HERE: Look = {"bottom": 1}


Line = tuple[str, str | int | datetime]


def fill_cover(sheet: Sheet, book: Book) -> None:
    """Fill the cover: what was asked for, how far the books were read, what it sums to."""
    first = book.first
    lines: list[Line] = [
        ("Report", first.name),
        *((f"Scope: {name}", value) for name, value in first.filters),
        ("Books up to change", first.head_number),
        ("Hash of that change", first.head_hash),
        ("Made at", first.made_at),
        *contents(book),
        *tied(book),
        *notes(book),
        ("Prepared by", ""),
        ("Approved by", ""),
    ]
    sheet.page.write_string(0, 0, first.title, sheet.look(bold=True, font_size=16))
    for row, (label, value) in enumerate(lines, start=2):
        sheet.text(row, 0, label, BOLD)
        if isinstance(value, datetime):
            sheet.moment(row, 1, value, LEFT)
        elif isinstance(value, int):
            sheet.number(row, 1, Decimal(value), LEFT, decimals=0, is_grouped=False)
        elif value:
            sheet.text(row, 1, value)
        else:
            sheet.page.set_row(row, SIGN_HEIGHT)
            sheet.page.write_blank(row, 1, None, sheet.look(**SIGN_HERE))
    for row, (_, value) in enumerate(lines, start=2):
        if isinstance(value, str):
            sheet.heighten(row, 1, value)


def contents(book: Book) -> Iterator[Line]:
    """Yield what each report is and comes to, under its sheet's name where there are several."""
    for name, report in book.tabs:
        if len(book.tabs) > 1:
            yield f"Sheet {name}", report.title
        yield from ((fact.replace("_", " ").capitalize(), value) for fact, value in report.facts)
        yield "Rows", len(report.rows)
        yield "Sorted by", ", ".join(report.sorted_by)
        for column, sums in control_totals(report).items():
            for commodity, total in sums.items():
                yield f"Total {column}", f"{grouped(total, 2)} {commodity}".strip()


def tied(book: Book) -> Iterator[Line]:
    """Yield how many tie-outs hold, and each that does not."""
    every = [(name, tie_out) for name, report in book.tabs for tie_out in report.tie_outs]
    untied = [(name, tie_out) for name, tie_out in every if tie_out.difference]
    yield "Tie-outs", f"{len(every) - len(untied)} of {len(every)} tie" if every else "none"
    for name, of in untied:
        told = f"{of.check}: {plain(of.difference)} {of.commodity}"
        yield "Does not tie", _of_sheet(book, name, told)


def notes(book: Book) -> Iterator[Line]:
    """Yield what has to be known to read the reports."""
    for name, report in book.tabs:
        yield from (("Note", _of_sheet(book, name, note)) for note in report.notes)
    yield "Note", LEGEND


def _of_sheet(book: Book, name: str, told: str) -> str:
    return told if len(book.tabs) == 1 else f"{name}: {told}"
