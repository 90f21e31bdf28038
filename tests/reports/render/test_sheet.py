from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from reports.render import sheet
from reports.render.sheet import Sheet
from reports.report import Report

REPORT = Report(
    name="sample & co",
    title="A sample",
    columns=(),
    rows=(),
    sorted_by=(),
    filters=(),
    head_number=7,
    head_hash="ab" * 32,
    made_at=datetime(2026, 11, 2, 9, tzinfo=UTC),
)


@dataclass(frozen=True)
class Opened:
    page: Any
    cached: Any


def opened(fill: Callable[[Sheet], None]) -> Opened:
    stream = BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_numbers": False})
    filled = Sheet(page=book.add_worksheet("data"), look=lambda **of: book.add_format(of))
    fill(filled)
    filled.set_up_print(REPORT)
    book.close()
    return Opened(
        page=openpyxl.load_workbook(BytesIO(stream.getvalue()))["data"],
        cached=openpyxl.load_workbook(BytesIO(stream.getvalue()), data_only=True)["data"],
    )


@pytest.mark.parametrize("text", ["<r>boo</r>", "<r><t>other</t></r>", "<r>&</r>", "</r><r></r>"])
def test_text_that_looks_like_markup_is_written_as_it_is(text: str) -> None:
    assert opened(lambda of: of.text(0, 0, text)).page["A1"].value == text


def test_text_longer_than_a_cell_is_cut_and_says_so() -> None:
    shown = opened(lambda of: of.text(0, 0, "🪙" * 20_000)).page["A1"].value

    assert shown == "🪙" * sheet.LONGEST_TEXT + sheet.CUT


def test_long_text_wraps_unless_it_must_not() -> None:
    def fill(of: Sheet) -> None:
        of.text(0, 0, "x" * 200)
        of.text(0, 1, "x" * 200, wraps=False)
        of.text(0, 2, "short")

    page = opened(fill).page
    assert [page.cell(1, at).alignment.wrap_text for at in (1, 2, 3)] == [True, None, None]
    assert page.column_dimensions["A"].width < 80
    assert page.column_dimensions["B"].width > 200


def test_a_number_is_cut_to_the_digits_that_a_cell_holds_and_no_further() -> None:
    exact = Decimal("12.345678901234567891")
    cell = opened(lambda of: of.number(0, 0, exact, decimals=8)).page["A1"]

    assert cell.value == 12.3456789012346
    assert cell.number_format == "#,##0.00000000"


def test_a_formula_keeps_its_result_beside_it() -> None:
    found = opened(lambda of: of.number(0, 0, Decimal("3.5"), decimals=2, formula="=1+2.5"))

    assert found.page["A1"].value == "=1+2.5"
    assert found.cached["A1"].value == 3.5


def test_a_time_is_written_in_utc_and_a_day_as_a_day() -> None:
    def fill(of: Sheet) -> None:
        of.moment(0, 0, datetime(2026, 10, 31, 2, tzinfo=timezone(timedelta(hours=9))))
        of.moment(0, 1, date(2026, 10, 31))

    page = opened(fill).page
    assert page["A1"].value == datetime(2026, 10, 30, 17)  # noqa: DTZ001 - a sheet's are naive
    assert page["A1"].number_format == 'yyyy-mm-dd hh:mm:ss"Z"'
    assert page["B1"].number_format == "yyyy-mm-dd"


def test_dates_before_1900_are_text() -> None:
    assert opened(lambda of: of.moment(0, 0, date(1899, 12, 31))).page["A1"].value == "1899-12-31"


def test_east_asian_text_takes_two_digits_a_character() -> None:
    assert sheet.width_of("abc") == 3
    assert sheet.width_of("漢字") == 4
    assert sheet.width_of("漢字\nabcdef") == 6


def test_the_footer_names_the_report_and_the_change() -> None:
    assert opened(lambda of: of.text(0, 0, "x")).page.oddFooter.left.text == (
        "sample && co, change 7"
    )
