"""What a workbook's cells are, and what keeps one from being read."""

from datetime import date
from pathlib import Path

import pytest

from errors.statement_cases import CASE_MAPPINGS, DAY, SHEET_HEADER
from ledger.revenue import archives, containers
from ledger.revenue.xls_reader import cell_of, contents
from support.mappings import Read, codes, mapping_of, read, statement_rows
from support.workbooks import Number, Raw, Value, archive, ods, ods_parts, xlsx, xlsx_parts

GOOD: list[Value] = [DAY, "Binance", "USDT", Number("8"), "a note"]


def of_xlsx(*rows: list[Value], **wanted: object) -> Read:
    return read(mapping_of(CASE_MAPPINGS["case-xlsx"]), xlsx([SHEET_HEADER, *rows], **wanted))


def of_ods(*rows: list[Value], **wanted: str) -> Read:
    return read(mapping_of(CASE_MAPPINGS["case-ods"]), ods([SHEET_HEADER, *rows], **wanted))


def test_blank_rows_between_rows_count_and_those_at_the_end_do_not() -> None:
    for reading in (of_xlsx(GOOD, [], GOOD, [], []), of_ods(GOOD, [], GOOD, [], [])):
        assert [row.row for row in reading.rows] == [2, 4]
        assert [row.row for row in reading.aside] == [3]


def test_a_repeated_row_and_cell_of_an_open_workbook_are_written_out() -> None:
    repeated = (
        '<table:table-row table:number-rows-repeated="2">'
        '<table:table-cell office:value-type="date" office:date-value="2023-10-05"/>'
        "<table:table-cell><text:p>Bi<text:span>nance</text:span></text:p></table:table-cell>"
        "<table:table-cell><text:p>USDT</text:p></table:table-cell>"
        '<table:table-cell office:value-type="float" office:value="8"/>'
        '<table:table-cell><text:p>a<text:s text:c="2"/>b</text:p></table:table-cell>'
        '<table:table-cell table:number-columns-repeated="1000"/></table:table-row>'
    )
    parts = ods_parts([SHEET_HEADER])
    content = str(parts["content.xml"]).replace("</table:table>", f"{repeated}</table:table>")
    reading = read(
        mapping_of(CASE_MAPPINGS["case-ods"]),
        archive(parts | {"content.xml": content}, stored=("mimetype",)),
    )
    assert [row.row for row in reading.rows] == [2, 3]
    assert {row.memo for row in reading.rows} == {"a  b"}


@pytest.mark.parametrize(
    "row",
    [
        '<table:table-row table:number-rows-repeated="9999999"><table:table-cell>'
        "<text:p>x</text:p></table:table-cell></table:table-row>",
        '<table:table-row><table:table-cell table:number-columns-repeated="99999">'
        "<text:p>x</text:p></table:table-cell></table:table-row>",
    ],
)
def test_an_open_workbook_that_repeats_beyond_a_sheet_is_refused(row: str) -> None:
    parts = ods_parts([SHEET_HEADER, GOOD])
    content = str(parts["content.xml"]).replace("</table:table>", f"{row}</table:table>")
    data = archive(parts | {"content.xml": content}, stored=("mimetype",))
    reading = read(mapping_of(CASE_MAPPINGS["case-ods"]), data)
    assert codes(reading.problems) == ["file_too_large"]


def test_a_time_in_a_column_of_days_and_a_duration_are_set_aside() -> None:
    time = '<table:table-cell office:value-type="date" office:date-value="2023-10-05T10:00:00"/>'
    span = '<table:table-cell office:value-type="time"><text:p>1:00</text:p></table:table-cell>'
    reading = of_ods([Raw(time), *GOOD[1:]], [Raw(span), *GOOD[1:]])
    assert codes(reading.problems) == ["date_invalid", "cell_type"]


def test_a_number_in_a_column_of_texts_is_its_digits() -> None:
    reading = of_xlsx([DAY, "Binance", "USDT", Number("8"), Number("12")])
    assert [row.memo for row in reading.rows] == ["12"]
    assert codes(of_xlsx([*GOOD[:3], Number("x")]).problems) == ["float_precision"]


def test_texts_that_several_cells_share_are_read_without_their_reading_aids() -> None:
    shared = (
        "<sst><si><t>Binance</t><rPh><t>x</t></rPh></si>"
        "<si><r><t>US</t></r><r><t>DT</t></r></si></sst>"
    )
    row: list[Value] = [
        DAY,
        Raw('<c r="{at}" t="s"><v>0</v></c>'),
        Raw('<c r="{at}" t="s"><v>1</v></c>'),
        Number("8"),
    ]
    parts = xlsx_parts([SHEET_HEADER, row]) | {"xl/sharedStrings.xml": shared}
    reading = read(mapping_of(CASE_MAPPINGS["case-xlsx"]), archive(parts))
    rows = statement_rows(reading)
    assert [(row.exchange, row.currency) for row in rows] == [("Binance", "USDT")]


def test_a_workbook_beyond_its_limits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "INFLATED_MAX", 100)
    found = containers.container_of(xlsx([SHEET_HEADER, GOOD]), "s.xlsx")
    assert [problem.code for problem in found if not isinstance(problem, str)] == ["archive_bomb"]
    monkeypatch.setattr(containers, "BYTES_MAX", 10)
    found = containers.container_of(b"more than ten", "s.csv")
    assert [problem.code for problem in found if not isinstance(problem, str)] == [
        "file_too_large"
    ]


def test_the_reader_of_old_workbooks_tells_cells_apart() -> None:
    path = Path(__file__).parents[2] / "golden" / "statements" / "old-workbook.xls"
    assert list(contents(path.read_bytes())) == ["sheets"]
    assert [cell_of(it) for it in ("", "a", 1.5, True, date(2023, 10, 5))] == [
        ("blank", ""),
        ("text", "a"),
        ("number", "1.5"),
        ("other", "True"),
        ("date", "2023-10-05"),
    ]


def test_an_old_workbook_that_is_broken_is_refused() -> None:
    path = Path(__file__).parents[2] / "golden" / "statements" / "old-workbook.xls"
    mapping = mapping_of(
        (Path(__file__).parents[3] / "examples/mappings/old-workbook.yaml").read_text("utf-8")
    )
    assert codes(read(mapping, path.read_bytes()[:700]).problems) == ["file_truncated"]


def test_blank_cells_at_the_end_of_a_row_are_no_cells() -> None:
    assert len(of_xlsx([*GOOD, Raw('<c r="{at}"/>')]).rows) == 1


def test_an_archive_whose_entries_are_not_where_it_says_is_refused() -> None:
    data = bytearray(xlsx([SHEET_HEADER, GOOD]))
    data[0:4] = b"PK\x05\x06"
    found = containers.container_of(bytes(data), "s.xlsx")
    assert [problem.code for problem in found if not isinstance(problem, str)] == [
        "file_truncated"
    ]


def test_a_hidden_sheet_of_an_open_workbook_is_seen() -> None:
    style = (
        '<style:style style:name="h" style:family="table">'
        '<style:table-properties table:display="false"/></style:style>'
    )
    hidden = (
        '<table:table table:name="Two" table:style-name="h"><table:table-row><table:table-cell>'
        "<text:p>x</text:p></table:table-cell></table:table-row></table:table>"
    )
    reading = of_ods(GOOD, styles=style, tables=hidden)
    assert codes(reading.problems) == ["hidden_data", "sheet_ambiguous"]
