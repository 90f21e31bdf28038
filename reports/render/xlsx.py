"""Workbooks: a cover, each report's rows as a real table with live totals, and the tie-outs.

A number cell holds 15 digits. Whatever needs more has its exact text beside it in a column
`NAME_exact`; so has every amount of more than 6 decimals. Text is written as text, never as a
formula, so nothing is put before it. Nothing is read from the clock: equal reports, equal bytes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date
from decimal import Decimal
from functools import cache, partial
from io import BytesIO
from typing import TypeAlias

from ledger.errors import BadInput, Problem
from ledger.money import plain
from reports.render.cover import fill_cover
from reports.render.csv import number_of, text_of
from reports.render.metadata import Totals, commodity_reader, control_totals
from reports.render.sheet import PLAIN, Look, Sheet, decimals_of, is_lossy, width_of
from reports.report import Book, Cell, Column, Kind, Report, TieOut, alone

MOST_ROWS = 1_048_000
"""A sheet ends at row 1,048,576; this leaves room for the header and the totals."""

NUMBERS = frozenset({Kind.AMOUNT, Kind.INTEGER, Kind.RATE})

HEADING: Look = {"bold": True, "bottom": 1}
TOTAL: Look = {"bold": True, "top": 1}
UNTIED: Look = {"bold": True, "font_color": "#C00000"}
INDENTED: Look = {"align": "left", "indent": 1}
RIGHT: Look = {"align": "right"}
OVER_NUMBERS: Look = {**HEADING, "align": "right", "indent": 2}
OVER_TEXT: Look = {**HEADING, **INDENTED}

FLAG_SHAPE: Look = {"num_format": '"TRUE";"TRUE";"FALSE"', "align": "center"}
"""LibreOffice shows a flag as 1 or 0 unless told otherwise."""

Decimals: TypeAlias = dict[tuple[int, str], int]
"""Decimals to show for a report's column, by its place, and a commodity."""


def render(report: Report) -> bytes:
    """Return a report as a workbook of the sheets `cover`, `data` and `tie_out`.

    Raises:
        BadInput: for more rows than a sheet holds.
    """
    return render_book(alone(report))


def render_book(book: Book) -> bytes:
    """Return reports as a workbook: a `cover`, a sheet for each, and a `tie_out` of all of them.

    Raises:
        BadInput: for more rows than a sheet holds.
    """
    import xlsxwriter

    refuse_too_long(book.reports)
    stream = BytesIO()
    never = ("strings_to_formulas", "strings_to_numbers", "strings_to_urls")
    file = xlsxwriter.Workbook(stream, dict.fromkeys(never, False) | {"in_memory": True})
    first = book.first
    file.set_properties({"title": first.title, "created": first.made_at.astimezone(UTC)})
    look = cache(lambda **properties: file.add_format({"valign": "top", **properties}))
    fills: list[tuple[str, Report, Callable[[Sheet], None]]] = [
        ("cover", first, lambda sheet: fill_cover(sheet, book)),
        *(
            (name, report, partial(fill_data, table=table_of(book, name), report=report))
            for name, report in book.tabs
        ),
        ("tie_out", first, lambda sheet: fill_tie_outs(sheet, tie_outs_of(book))),
    ]
    for name, report, fill in fills:
        sheet = Sheet(page=file.add_worksheet(name), look=look)
        fill(sheet)
        sheet.set_up_print(report)
    file.close()
    return stream.getvalue()


def table_of(book: Book, name: str) -> str:
    """Return what the table on a sheet is called: no other in the workbook has that name."""
    return "report_rows" if len(book.tabs) == 1 else f"{name}_rows"


def refuse_too_long(reports: Sequence[Report]) -> None:
    """Refuse reports with more rows than a sheet holds, all of them at once."""
    problems = [
        Problem(
            code="report_too_long",
            place=report.name,
            value=f"{len(report.rows)} rows",
            expected=f"at most {MOST_ROWS} rows in a workbook",
            mend="Ask for CSV, or for a shorter period.",
        )
        for report in reports
        if len(report.rows) > MOST_ROWS
    ]
    if problems:
        raise BadInput(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A column of the sheet: one of the report's, or the exact twin of one."""

    header: str
    place: int
    column: Column
    is_twin: bool = False

    @property
    def has_total(self) -> bool:
        """Return whether a total stands under it; an exact twin is text and has none."""
        return self.column.total and not self.is_twin


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where things stand on a report's sheet; `table` is what its table is called.

    One commodity at most in every column makes the table's own totals row; several make a line
    for each below the table, where no filter hides it. `lines` are those lines' commodities.
    """

    table: str
    fields: tuple[Field, ...]
    decimals: Decimals
    totals: Totals
    lines: tuple[str, ...]
    has_totals_row: bool
    label_at: int | None
    last_row: int


def lay_out(table: str, report: Report) -> Layout:
    """Return which columns need an exact twin, how many decimals show, and which totals stand."""
    decimals: Decimals = {}
    fields = []
    for place, column in enumerate(report.columns):
        fields.append(Field(header=column.name, place=place, column=column))
        commodity_of = commodity_reader(report, column)
        is_twin_needed = False
        for row in report.rows if column.kind in NUMBERS else ():
            number = number_of(row[place])
            if number is not None:
                key = (place, commodity_of(row))
                decimals[key] = max(decimals.get(key, 0), decimals_of(column.kind, number))
                is_twin_needed = is_twin_needed or is_lossy(column.kind, number)
        twin = f"{column.name}_exact"
        if is_twin_needed and all(other.name != twin for other in report.columns):
            fields.append(Field(header=twin, place=place, column=column, is_twin=True))
    totals = control_totals(report)
    return Layout(
        table=table,
        fields=tuple(fields),
        decimals=decimals,
        totals=totals,
        lines=tuple(sorted({name for sums in totals.values() for name in sums})),
        has_totals_row=bool(totals) and all(len(sums) <= 1 for sums in totals.values()),
        label_at=next((at for at, of in enumerate(fields) if not of.column.total), None),
        last_row=max(len(report.rows), 1),
    )


def fill_data(sheet: Sheet, table: str, report: Report) -> None:
    """Fill the table of the rows: a header, the cells and the live totals."""
    layout = lay_out(table, report)
    add_table(sheet, layout)
    for at, of in enumerate(layout.fields):
        commodity_of = commodity_reader(report, of.column)
        for row_number, row in enumerate(report.rows, start=1):
            decimals = layout.decimals.get((of.place, commodity_of(row)), 0)
            write_cell(sheet, row_number, at, of, row[of.place], decimals=decimals)
    if layout.has_totals_row:
        write_totals(sheet, layout, layout.last_row + 1, None)
    else:
        for row_number, commodity in enumerate(layout.lines, start=layout.last_row + 2):
            write_totals(sheet, layout, row_number, commodity)
    sheet.page.freeze_panes(1, 0)
    sheet.page.repeat_rows(0)


def add_table(sheet: Sheet, layout: Layout) -> None:
    """Make the rows a table with filters and, for one commodity, a totals row."""
    columns = []
    for at, of in enumerate(layout.fields):
        # The filter's button covers the end of a header, hence the room beside it.
        sheet.fit(at, width_of(of.header) + 3)
        header_look = OVER_NUMBERS if of.column.kind in NUMBERS else OVER_TEXT
        column = {"header": of.header, "header_format": sheet.look(**header_look)}
        if layout.has_totals_row and of.has_total:
            column["total_function"] = "sum"
        elif layout.has_totals_row and at == layout.label_at:
            column["total_string"] = "Total"
        columns.append(column)
    corners = (0, 0, layout.last_row + layout.has_totals_row, len(columns) - 1)
    options = {"name": layout.table, "columns": columns, "total_row": layout.has_totals_row}
    sheet.page.add_table(*corners, options | {"style": "Table Style Light 1"})
    sheet.page.ignore_errors({"number_stored_as_text": f"A2:XFD{layout.last_row + 1}"})


def write_cell(sheet: Sheet, row: int, at: int, of: Field, cell: Cell, *, decimals: int) -> None:
    """Write one cell as what its column says it is; blank stays blank."""
    text = text_of(of.column, cell)
    kind = of.column.kind
    number = number_of(cell)
    if number is not None and kind in NUMBERS and not of.is_twin:
        sheet.number(row, at, number, decimals=decimals, is_grouped=kind is Kind.AMOUNT)
    elif isinstance(cell, date) and kind in (Kind.DATE, Kind.TIME):
        sheet.moment(row, at, cell, INDENTED)
    elif kind is Kind.FLAG and text:
        sheet.fit(at, len(text))
        sheet.page.write_boolean(row, at, text == "true", sheet.look(**FLAG_SHAPE))
    elif text:
        sheet.text(row, at, text, RIGHT if of.is_twin else INDENTED, wraps=kind is Kind.TEXT)


def write_totals(sheet: Sheet, layout: Layout, row: int, commodity: str | None) -> None:
    """Write a line of totals that follow the filters: one commodity's, or the table's own."""
    if layout.label_at is not None:
        sheet.text(row, layout.label_at, f"Total {commodity or ''}".strip(), {**TOTAL, **INDENTED})
    for at, of in enumerate(layout.fields):
        sums = layout.totals.get(of.column.name, {})
        if not of.has_total or commodity not in {None, *sums}:
            continue
        name = next(iter(sums), "") if commodity is None else commodity
        formula = f"=SUBTOTAL(109,{layout.table}[{of.header}])"
        if commodity is not None:
            formula = filtered_sum(layout, at, commodity)
        decimals = layout.decimals.get((of.place, name), decimals_of(of.column.kind, Decimal(0)))
        sheet.number(
            row,
            at,
            sums.get(name, Decimal(0)),
            TOTAL,
            decimals=decimals,
            is_grouped=of.column.kind is Kind.AMOUNT,
            formula=formula,
        )


def filtered_sum(layout: Layout, at: int, commodity: str) -> str:
    """Return the formula of one commodity's sum over the rows that the filter shows.

    SUBTOTAL knows which rows are shown but takes no condition, so it is asked for each row.
    """
    from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell

    named = layout.fields[at].column.commodity_column
    cells = xl_range_abs(1, at, layout.last_row, at)
    first = xl_rowcol_to_cell(1, at, row_abs=True, col_abs=True)
    if named is None:
        return f"=SUBTOTAL(109,{cells})"
    named_at = next(place for place, of in enumerate(layout.fields) if of.header == named)
    names = xl_range_abs(1, named_at, layout.last_row, named_at)
    quoted = commodity.replace('"', '""')
    # EXACT, since = takes usdc and USDC for the same.
    shown = f"SUBTOTAL(109,OFFSET({first},ROW({cells})-ROW({first}),0))"
    return f'=SUMPRODUCT({shown},--EXACT({names},"{quoted}"))'


def tie_outs_of(book: Book) -> Sequence[TieOut]:
    """Return the tie-outs of all reports; where there are several, each says whose it is."""
    if len(book.tabs) == 1:
        return book.first.tie_outs
    return [
        replace(tie_out, check=f"{name}: {tie_out.check}")
        for name, report in book.tabs
        for tie_out in report.tie_outs
    ]


def fill_tie_outs(sheet: Sheet, tie_outs: Sequence[TieOut]) -> None:
    """Fill the tie-outs: both figures and their difference, live, with exact twins if needed."""
    figures = [(of.left, of.right, of.difference) for of in tie_outs]
    headers = ["check", "commodity", "left", "right", "difference"]
    if any(is_lossy(Kind.AMOUNT, figure) for three in figures for figure in three):
        headers += ["left_exact", "right_exact", "difference_exact"]
    for at, header in enumerate(headers):
        sheet.text(0, at, header, OVER_NUMBERS if at > 1 else HEADING)
    for row, (tie_out, three) in enumerate(zip(tie_outs, figures, strict=True), start=1):
        sheet.text(row, 0, tie_out.check)
        sheet.text(row, 1, tie_out.commodity)
        decimals = max(decimals_of(Kind.AMOUNT, figure) for figure in three)
        look = UNTIED if tie_out.difference else PLAIN
        formulas = ("", "", f"=C{row + 1}-D{row + 1}")
        for at, (figure, formula) in enumerate(zip(three, formulas, strict=True)):
            sheet.number(row, 2 + at, figure, look, decimals=decimals, formula=formula)
            if len(headers) > 5 + at:
                sheet.text(row, 5 + at, plain(figure), {**RIGHT, **look})
    if not tie_outs:
        sheet.text(1, 0, "This report carries no tie-outs.")
    sheet.page.freeze_panes(1, 0)
    sheet.page.repeat_rows(0)
