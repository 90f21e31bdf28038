import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest

from ledger.errors import BadInput
from reports.render import xlsx
from reports.report import Book, Cell, Column, Kind, Report, TieOut

COLUMNS = (
    Column(name="number", kind=Kind.INTEGER),
    Column(name="payee", kind=Kind.TEXT),
    Column(name="amount", kind=Kind.AMOUNT, commodity_column="commodity", total=True),
    Column(name="commodity", kind=Kind.IDENTIFIER),
    Column(name="rate", kind=Kind.RATE),
    Column(name="paid_on", kind=Kind.DATE),
    Column(name="sent_at", kind=Kind.TIME),
    Column(name="held", kind=Kind.FLAG),
)
SENT_AT = datetime(2026, 10, 31, 12, 30, 15, tzinfo=UTC)
TINY = Decimal("12.345678901234567891")


def row_of(
    number: int, amount: str | None, commodity: str, payee: str = "Ada"
) -> tuple[Cell, ...]:
    quantity = None if amount is None else Decimal(amount)
    return (number, payee, quantity, commodity, Decimal("0.3"), SENT_AT.date(), SENT_AT, True)


def report_of(*rows: tuple[Cell, ...]) -> Report:
    return Report(
        name="sample",
        title="A sample & more",
        columns=COLUMNS,
        rows=rows,
        sorted_by=("number",),
        filters=(("period", "2026-10"), ("as_of", "2026-10-31")),
        head_number=1234,
        head_hash="ab" * 32,
        made_at=datetime(2026, 11, 2, 9, 0, tzinfo=UTC),
        notes=("One price is provisional.",),
    )


ONE = report_of(row_of(1, "-1234.5", "EUR"), row_of(2, "0.10", "EUR"), row_of(3, None, "EUR"))
SEVERAL = report_of(
    row_of(1, "-1234.5", "USDC"),
    row_of(2, str(TINY), "ETH"),
    row_of(3, "2.25", "usdc"),
    row_of(4, "10", "USDC"),
)


def opened(report: Report, *, cached: bool = False) -> Any:  # noqa: ANN401 - openpyxl's are loose
    return openpyxl.load_workbook(BytesIO(xlsx.render(report)), data_only=cached)


def column_of(sheet: Any, header: str) -> list[Any]:  # noqa: ANN401 - as above
    return next(
        [cell.value for cell in cells[1:]]
        for cells in sheet.iter_cols()
        if cells[0].value == header
    )


def test_two_processes_in_two_time_zones_write_identical_bytes() -> None:
    root = Path(__file__).parents[3]
    written = [
        subprocess.run(
            [sys.executable, __file__],
            check=True,
            capture_output=True,
            env=os.environ | {"PYTHONPATH": str(root), "PYTHONHASHSEED": seed, "TZ": zone},
        ).stdout
        for seed, zone in (("1", "Asia/Tokyo"), ("2", "America/New_York"))
    ]

    assert written[0] == written[1] == xlsx.render(SEVERAL)


def test_the_workbook_is_dated_when_the_report_was_made() -> None:
    properties = opened(ONE).properties

    assert properties.created == properties.modified == datetime(2026, 11, 2, 9, 0)  # noqa: DTZ001 - openpyxl's are naive
    assert properties.title == "A sample & more"


def test_cells_have_the_types_of_their_columns() -> None:
    cells = [cell.value for cell in next(opened(ONE)["data"].iter_rows(min_row=2))]

    naive = SENT_AT.replace(tzinfo=None)
    assert cells == [1, "Ada", -1234.5, "EUR", 0.3, datetime(2026, 10, 31), naive, True]  # noqa: DTZ001 - a sheet's dates are naive
    assert [type(cell) for cell in cells[:5]] == [int, str, float, str, float]
    assert cells[7] is True


def test_numbers_show_as_many_decimals_as_their_commodity_needs() -> None:
    sheet = opened(SEVERAL)["data"]

    assert [sheet.cell(row, 3).number_format for row in range(2, 6)] == [
        "#,##0.00",
        "#,##0.00000000",
        "#,##0.00",
        "#,##0.00",
    ]
    assert sheet["A2"].number_format == "0"


def test_an_unknown_figure_is_a_blank_cell() -> None:
    assert opened(ONE)["data"]["C4"].value is None


def test_text_is_never_a_formula_and_needs_no_apostrophe() -> None:
    texts = [
        "=1+1",
        "@SUM(A1)",
        "-5",
        "http://example.com",
        "{=1}",
        "0123",
        "_x0041_",
        "a\r\nb\x07",
    ]
    report = report_of(*(row_of(at, "1", "EUR", text) for at, text in enumerate(texts)))
    cells = next(opened(report)["data"].iter_cols(min_col=2, max_col=2, min_row=2))[:-1]
    with ZipFile(BytesIO(xlsx.render(report))) as parts:
        sheet = parts.read("xl/worksheets/sheet2.xml").decode()

    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.value for cell in cells[:6]] == texts[:6]
    assert sheet.count("<f>") == 1
    assert "<hyperlink" not in sheet


def test_an_amount_of_more_than_six_decimals_has_an_exact_twin_beside_it() -> None:
    sheet = opened(SEVERAL)["data"]

    assert [cell.value for cell in sheet[1]][:5] == [
        *("number", "payee", "amount", "amount_exact", "commodity"),
    ]
    assert column_of(sheet, "amount_exact")[:4] == ["-1234.5", str(TINY), "2.25", "10"]
    assert sheet["D3"].data_type == "s"
    assert sheet["C3"].value == 12.3456789012346


@pytest.mark.parametrize(
    ("amount", "has_twin"),
    [
        ("1.123456", False),
        ("1.1234567", True),
        ("123456789.123456", False),
        ("1234567890.123456", True),
        ("1E+18", False),
        ("0.0000000", False),
    ],
)
def test_a_twin_stands_only_where_it_is_needed(amount: str, *, has_twin: bool) -> None:
    headers = [cell.value for cell in opened(report_of(row_of(1, amount, "EUR")))["data"][1]]

    assert ("amount_exact" in headers) is has_twin


def test_an_integer_of_more_than_fifteen_digits_has_a_twin_too() -> None:
    row = (2**256 - 1, *row_of(1, "1", "EUR")[1:])

    assert column_of(opened(report_of(row))["data"], "number_exact")[0] == str(2**256 - 1)


def test_a_report_that_has_its_own_exact_column_gets_no_second_one() -> None:
    columns = (
        Column(name="amount", kind=Kind.AMOUNT),
        Column(name="amount_exact", kind=Kind.TEXT),
    )
    report = replace(ONE, columns=columns, rows=((TINY, "as told"),))

    assert [cell.value for cell in opened(report)["data"][1]] == ["amount", "amount_exact"]


def test_the_rows_are_a_table_with_a_frozen_header_and_filters() -> None:
    sheet = opened(ONE)["data"]
    table = sheet.tables["report_rows"]

    assert table.ref == "A1:H5"
    assert table.autoFilter.ref == "A1:H4"
    assert table.column_names == [column.name for column in COLUMNS]
    assert sheet.freeze_panes == "A2"


def test_one_commodity_makes_the_tables_own_totals_row() -> None:
    formulas, cached = opened(ONE)["data"], opened(ONE, cached=True)["data"]

    assert formulas.tables["report_rows"].totalsRowCount == 1
    assert formulas["A5"].value == "Total"
    assert formulas["C5"].value == "=SUBTOTAL(109,report_rows[amount])"
    assert cached["C5"].value == -1234.4


def test_several_commodities_make_a_total_line_each_that_follows_the_filter() -> None:
    formulas, cached = opened(SEVERAL)["data"], opened(SEVERAL, cached=True)["data"]

    assert formulas.tables["report_rows"].ref == "A1:I5"
    assert [formulas.cell(row, 1).value for row in range(6, 10)] == [
        *(None, "Total ETH", "Total USDC", "Total usdc"),
    ]
    assert formulas["C8"].value == (
        "=SUMPRODUCT(SUBTOTAL(109,OFFSET($C$2,ROW($C$2:$C$5)-ROW($C$2),0)),"
        '--EXACT($E$2:$E$5,"USDC"))'
    )
    assert [cached.cell(row, 3).value for row in range(7, 10)] == [
        12.3456789012346,
        -1224.5,
        2.25,
    ]


def test_a_column_without_commodity_has_its_own_line_beside_several() -> None:
    columns = (*COLUMNS, Column(name="fee", kind=Kind.AMOUNT, total=True))
    rows = tuple((*row, Decimal("0.25")) for row in SEVERAL.rows)
    report = replace(SEVERAL, columns=columns, rows=rows)

    assert opened(report)["data"]["J7"].value == "=SUBTOTAL(109,$J$2:$J$5)"
    assert opened(report, cached=True)["data"]["J7"].value == 1
    assert opened(report)["data"]["J8"].value is None


def test_a_quote_in_a_commoditys_name_does_not_end_the_formulas_text() -> None:
    report = report_of(row_of(1, "1", 'A"B'), row_of(2, "1", "EUR"))

    assert opened(report)["data"]["C5"].value.endswith('"A""B"))')


def test_nothing_totalled_makes_no_totals() -> None:
    columns = tuple(replace(column, total=False) for column in COLUMNS)
    sheet = opened(replace(ONE, columns=columns))["data"]

    assert sheet.max_row == 4
    assert sheet.tables["report_rows"].totalsRowCount is None


def test_an_empty_report_keeps_its_header_table_and_a_total_of_zero() -> None:
    empty = report_of()
    sheet = opened(empty)["data"]

    assert sheet.tables["report_rows"].ref == "A1:H3"
    assert [cell.value for cell in sheet[2]] == [None] * 8
    assert opened(empty, cached=True)["data"]["C3"].value == 0
    assert opened(empty)["tie_out"]["A2"].value == "This report carries no tie-outs."


def test_the_cover_says_what_the_report_is() -> None:
    sheet = opened(SEVERAL)["cover"]
    lines = [(row[0].value, row[1].value) for row in sheet.iter_rows(min_row=3)]

    assert sheet["A1"].value == "A sample & more"
    assert lines[:12] == [
        ("Report", "sample"),
        ("Scope: period", "2026-10"),
        ("Scope: as_of", "2026-10-31"),
        ("Books up to change", 1234),
        ("Hash of that change", "ab" * 32),
        ("Made at", datetime(2026, 11, 2, 9, 0)),  # noqa: DTZ001 - a sheet's times are naive
        ("Rows", 4),
        ("Sorted by", "number"),
        ("Total amount", "12.345678901234567891 ETH"),
        ("Total amount", "-1,224.50 USDC"),
        ("Total amount", "2.25 usdc"),
        ("Tie-outs", "none"),
    ]
    assert ("Note", "One price is provisional.") in lines


def test_tie_outs_are_live_and_exact_where_a_number_cell_would_hide_the_difference() -> None:
    report = replace(
        ONE,
        tie_outs=(
            TieOut(check="fee", commodity="EUR", left=Decimal("1.5"), right=Decimal("1.25")),
            TieOut(
                check="pool", commodity="ETH", left=10**9 + Decimal("1E-18"), right=Decimal(10**9)
            ),
        ),
    )
    formulas, cached = opened(report)["tie_out"], opened(report, cached=True)["tie_out"]

    assert [cell.value for cell in formulas[2]][:5] == ["fee", "EUR", 1.5, 1.25, "=C2-D2"]
    assert cached["E2"].value == 0.25
    assert formulas["E3"].value == "=C3-D3"
    assert [cell.value for cell in formulas[3]][5:] == [
        *("1000000000.000000000000000001", "1000000000", "0.000000000000000001"),
    ]
    cover = [(row[0].value, row[1].value) for row in opened(report)["cover"].iter_rows()]
    assert ("Tie-outs", "0 of 2 tie") in cover
    assert ("Does not tie", "pool: 0.000000000000000001 ETH") in cover


def test_every_sheet_prints_landscape_one_page_wide_with_its_header_and_page_numbers() -> None:
    book = opened(ONE)

    assert book.sheetnames == ["cover", "data", "tie_out"]
    for sheet in book:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage is True
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) in {(1, 0), (None, 0)}
        assert sheet.oddFooter.right.text == "Page &P of &N"
    assert book["data"].print_title_rows == "$1:$1"


def test_a_note_that_wraps_makes_its_row_as_high_as_its_lines() -> None:
    note = " ".join(["eleven years"] * 12)
    sheet = opened(replace(ONE, notes=("Short.", note)))["cover"]
    heights = {
        row[1].value: sheet.row_dimensions[row[0].row].height
        for row in sheet.iter_rows()
        if row[0].value == "Note"
    }

    assert heights["Short."] in {None, 15}
    assert heights[note] == 45


def test_a_table_of_more_than_twelve_columns_prints_on_a3() -> None:
    def paper(count: int) -> list[str]:
        columns = tuple(Column(name=f"c{at}", kind=Kind.TEXT) for at in range(count))
        report = replace(ONE, columns=columns, rows=(("x",) * count,), sorted_by=())
        return [str(sheet.page_setup.paperSize) for sheet in opened(report)]

    assert paper(12) == ["9", "9", "9"]
    assert paper(13) == ["9", "8", "9"]


def test_columns_are_wide_enough_for_what_is_in_them() -> None:
    report = report_of(row_of(1, "-12345678901234.5", "EUR", "x" * 200))
    widths = opened(report)["data"].column_dimensions

    assert widths["C"].width > len("-12,345,678,901,234.50")
    assert widths["G"].width > len("2026-10-31 12:30:15Z")
    assert widths["B"].width < 80


def two_tabs() -> Book:
    untied = TieOut(check="paid", commodity="EUR", left=Decimal(2), right=Decimal(1))
    other = replace(SEVERAL, name="other", title="Another", tie_outs=(untied,), notes=("Odd.",))
    return Book(tabs=(("payments", ONE), ("others", other)))


def test_a_workbook_of_several_reports_has_a_sheet_and_a_table_for_each() -> None:
    content = xlsx.render_book(two_tabs())
    book: Any = openpyxl.load_workbook(BytesIO(content))

    assert content == xlsx.render_book(two_tabs())
    assert book.sheetnames == ["cover", "payments", "others", "tie_out"]
    tables = [name for sheet in book for name in sheet.tables]
    assert tables == ["payments_rows", "others_rows"]
    assert str(book["payments"]["C5"].value) == "=SUBTOTAL(109,payments_rows[amount])"
    footer = book["others"].oddFooter
    assert footer is not None
    assert footer.left.text == "other, change 1234"


def test_the_cover_and_the_tie_outs_of_several_reports_say_whose_each_line_is() -> None:
    book = openpyxl.load_workbook(BytesIO(xlsx.render_book(two_tabs())))
    cover = [(row[0], row[1]) for row in book["cover"].iter_rows(min_row=3, values_only=True)]

    assert [value for label, value in cover if label == "Rows"] == [3, 4]
    for line in (
        ("Sheet payments", "A sample & more"),
        ("Sheet others", "Another"),
        ("Tie-outs", "0 of 1 tie"),
        ("Does not tie", "others: paid: 1 EUR"),
        ("Note", "payments: One price is provisional."),
        ("Note", "others: Odd."),
    ):
        assert line in cover
    assert book["tie_out"]["A2"].value == "others: paid"


def test_more_rows_than_a_sheet_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 2)

    with pytest.raises(BadInput) as refusal:
        xlsx.render(ONE)

    assert refusal.value.problems[0].code == "report_too_long"
    assert refusal.value.problems[0].mend == "Ask for CSV, or for a shorter period."


if __name__ == "__main__":
    sys.stdout.buffer.write(xlsx.render(SEVERAL))
