"""What a workbook's cells are, and what keeps one from being read."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from errors.statement_cases import CASE_MAPPINGS, DAY, SHEET_HEADER
from ledger.revenue import archives, containers, workbooks
from ledger.revenue.mapping import Mapping
from ledger.revenue.recognition import recognise
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


def test_a_sheet_with_more_cells_than_any_month_has_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workbooks, "CELLS_MAX", 12)
    assert codes(of_xlsx(GOOD).problems) == []
    assert codes(of_xlsx(GOOD, GOOD).problems) == ["file_too_large"]


def test_a_number_in_a_column_of_amounts_that_are_texts_is_set_aside() -> None:
    mapping = mapping_of(CASE_MAPPINGS["case-xlsx"] + "number_cells: text\n")
    as_text = [*GOOD[:3], "8", "a note"]
    reading = read(mapping, xlsx([SHEET_HEADER, as_text, GOOD]))
    assert [row.row for row in reading.rows] == [2]
    assert [(it.code, it.row, it.column) for it in reading.problems] == [("cell_type", 3, "Share")]


def test_a_total_that_its_cell_cannot_hold_exactly_is_refused() -> None:
    mapping = mapping_of(
        CASE_MAPPINGS["case-xlsx"]
        + "footer_total: {label_column: Note, label: Total, amount_column: Share}\n"
    )

    def with_total(digits: str) -> Read:
        return read(
            mapping, xlsx([SHEET_HEADER, GOOD, [None, None, None, Number(digits), "Total"]])
        )

    assert with_total("8").control_totals == {"USDT": Decimal(8)}
    problems = with_total("8.00000000000000001").problems
    assert ("float_precision", 3, "Share") in [(it.code, it.row, it.column) for it in problems]


def test_a_word_beside_a_total_is_no_fault_of_it() -> None:
    mapping = mapping_of(
        CASE_MAPPINGS["case-xlsx"]
        + "footer_total: {label_column: Note, label: Total, amount_column: Share}\n"
    )
    span = Raw('<c r="{at}" t="b"><v>1</v></c>')
    reading = read(mapping, xlsx([SHEET_HEADER, GOOD, [span, None, None, Number("8"), "Total"]]))
    assert codes(reading.problems) == []


def test_a_workbook_with_another_header_is_told_how_it_differs() -> None:
    mapping = mapping_of(CASE_MAPPINGS["case-xlsx"])
    data = xlsx([[*SHEET_HEADER[:4], "Remark"], GOOD])
    found = recognise([mapping], data, "s.xlsx")
    assert not isinstance(found, Mapping)
    assert [(it.code, it.row) for it in found] == [("header_changed", 1)]
    assert found[0].expected.endswith("renamed 'Note' to 'Remark'")


def test_a_shown_column_hides_nothing_and_a_hidden_one_does() -> None:
    columns = '<cols><col min="1" max="2"/><col min="4" max="4" hidden="{}"/></cols>'
    assert codes(of_xlsx(GOOD, before=columns.format(0)).problems) == []
    assert "hidden_data" in codes(of_xlsx(GOOD, before=columns.format(1)).problems)


def test_cells_without_a_place_stand_one_after_the_other() -> None:
    texts = [str(text) for text in ("2023-10-05", "Binance", "USDT", "8", "a note")]
    cells = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in texts)
    parts = xlsx_parts([SHEET_HEADER])
    sheet = str(parts["xl/worksheets/sheet1.xml"]).replace(
        "</sheetData>", f'<row r="2">{cells}<extLst/></row></sheetData>'
    )
    mapping = mapping_of(CASE_MAPPINGS["case-xlsx"] + "number_cells: text\n")
    (row,) = statement_rows(read(mapping, archive(parts | {"xl/worksheets/sheet1.xml": sheet})))
    assert row.cells == tuple(texts)


def test_what_is_no_cell_in_a_row_of_an_open_workbook_is_passed_over() -> None:
    note = Raw("<text:soft-page-break/>")
    (row,) = statement_rows(of_ods([note, *GOOD]))
    assert row.cells[1:] == ("Binance", "USDT", "8", "a note")


def test_without_styles_no_number_is_a_date() -> None:
    parts = xlsx_parts([SHEET_HEADER, GOOD])
    del parts["xl/styles.xml"]
    reading = read(mapping_of(CASE_MAPPINGS["case-xlsx"]), archive(parts))
    assert [(it.code, it.column) for it in reading.problems] == [("cell_type", "Day")]
