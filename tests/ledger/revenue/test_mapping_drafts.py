"""What a file seems to say: a draft reads its file, and what fits in two ways stays open."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from golden.build_statements import FOLDER
from ledger.errors import BadInput
from ledger.revenue.mapping import load_mapping
from ledger.revenue.mapping_drafts import Draft, draft_mapping
from support.mappings import COMMODITIES, codes, mapping_of, read, statement_rows
from support.workbooks import Number, Value, archive, xlsx, xlsx_parts

NOT_GUESSED = {"daily-rows": "8750.01"}
"""Samples whose draft reads another sum: that pending days do not count is not to be seen."""


def drafted(content: str | bytes, **wanted: str) -> Draft:
    data = content if isinstance(content, bytes) else content.encode()
    return draft_mapping(data, "new.csv", commodities=COMMODITIES, **wanted)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.stem)
def test_the_draft_of_every_shape_reads_it_to_its_last_digit(path: Path) -> None:
    draft = draft_mapping(path.read_bytes(), path.name, commodities=COMMODITIES)
    assert draft.open_questions == []
    rows = statement_rows(read(load_mapping(draft.text, "draft.yaml"), path.read_bytes()))
    stated = sum((row.fee_share for row in rows), Decimal(0))
    assert stated == Decimal(NOT_GUESSED.get(path.stem, "8750"))


def test_numbers_that_read_differently_by_comma_and_full_stop_stay_open() -> None:
    draft = drafted('Month,Coin,Share\n2023-10,USDT,"1,234"\n', exchange="Somex")
    assert "decimal_mark: undecided" in draft.text
    with pytest.raises(BadInput) as refusal:
        load_mapping(draft.text, "draft.yaml")
    assert codes(refusal.value.problems) == ["decimal_undeclared"]


def test_one_row_with_both_marks_decides() -> None:
    draft = drafted('Month,Coin,Share\n2023-10,USDT,"1,234"\n2023-10,USDT,"1,234.5"\n')
    assert 'decimal_mark: "."' in draft.text
    assert 'grouping_mark: ","' in draft.text


def test_days_that_read_differently_by_order_stay_open() -> None:
    draft = drafted("Day,Coin,Share\n03/04/2023,USDT,5\n", exchange="Somex")
    assert "date_format: undecided  # the file fits DD/MM/YYYY or MM/DD/YYYY" in draft.text
    with pytest.raises(BadInput) as refusal:
        load_mapping(draft.text, "draft.yaml")
    assert codes(refusal.value.problems) == ["date_ambiguous"]


def test_one_day_beyond_the_twelfth_decides() -> None:
    draft = drafted("Day,Coin,Share\n03/04/2023,USDT,5\n13/04/2023,USDT,5\n")
    assert "date_format: DD/MM/YYYY" in draft.text


def test_a_draft_asks_for_what_no_column_says() -> None:
    draft = drafted("alpha,beta,gamma\nx,y,z\n")
    assert [question.split(":")[0].split(" ")[0] for question in draft.open_questions] == [
        "exchange",
        "date_format",
        "columns.period",
        "columns.fee_share",
        "currency",
    ]


def test_a_currency_in_a_columns_name_is_proposed_for_every_row() -> None:
    draft = drafted("month,rebate_usdt\n2023-10,5.5\n", exchange="Somex")
    assert 'constants: {currency: "USDT"}' in draft.text
    assert draft.open_questions == []


def test_times_and_fractions_and_blank_rows_are_proposed() -> None:
    draft = drafted(
        "Time,Coin,Trading Fees,Rate,Rebate\n2023-10-05T10:00:00Z,USDT,10,0.4,4\n\n"
        "2023-10-06T10:00:00Z,USDT,10,0.4,4\n",
        exchange="Somex",
    )
    assert "date_format: YYYY-MM-DDThh:mm:ssZ" in draft.text
    assert "time_zone: UTC" in draft.text
    assert "rate_unit: fraction" in draft.text
    assert "blank_rows: skip" in draft.text


def test_a_percentage_without_a_sign_is_proposed_as_one() -> None:
    draft = drafted("Month,Coin,Fees,Ratio,Rebate\n2023-10,USDT,10.5,40,4.2\n", exchange="S")
    assert "rate_unit: percent  # confirm" in draft.text


def test_a_new_version_keeps_what_the_old_one_declares_and_shows_both_headers() -> None:
    old = mapping_of(
        "name: somex\nversion: 4\nkind: statement\nexchange: Somex\nencoding: utf-8\n"
        'delimiter: ","\ndecimal_mark: "."\ndate_format: YYYY-MM\n'
        "header: [Month, Coin, Paid, Gone]\n"
        "columns: {period: Month, currency: Coin, fee_share: Paid, memo: Gone}\n"
    )
    draft = draft_mapping(
        b"Month,Coin,Paid,Share,Added\n2023-10,USDT,5,6,x\n",
        "new.csv",
        commodities=COMMODITIES,
        like=old,
    )
    assert draft.text.splitlines()[1:9] == [
        "# The header of somex 4, and that of the file:",
        "#   Month   Month",
        "#   Coin    Coin",
        "#   Paid    Paid",
        "#   Gone  | Share",
        "#         > Added",
        "name: somex",
        "version: 5",
    ]
    assert '  fee_share: "Paid"\n' in draft.text
    assert draft.open_questions == []


def test_an_encoding_is_proposed_by_its_mark_or_by_what_can_be_read() -> None:
    text = "Month,Börse,Coin,Share\n2023-10,Somex,USDT,5\n"
    assert "encoding: utf-16  " in drafted(text.encode("utf-16")).text
    assert "encoding: windows-1252" in drafted(text.encode("windows-1252")).text
    assert "encoding: iso-8859-1" in drafted(text.replace("ö", "\x81").encode("latin-1")).text


def test_a_sheet_among_several_is_named() -> None:
    rows: list[list[Value]] = [
        ["Day", "Venue", "Coin", "Share"],
        [date(2023, 10, 5), "Somex", "USDT", Number("5")],
    ]
    data = xlsx(rows, sheets={"One": "visible", "Two": "visible"})
    draft = draft_mapping(data, "new.xlsx", commodities=COMMODITIES)
    assert 'sheet: "One"' in draft.text
    assert "date_format: YYYY-MM-DD" in draft.text


def test_a_broken_workbook_gives_no_draft() -> None:
    parts = xlsx_parts([["Day", "Share"]]) | {"xl/worksheets/sheet1.xml": "<worksheet>"}
    with pytest.raises(BadInput) as refusal:
        draft_mapping(archive(parts), "new.xlsx", commodities=COMMODITIES)
    assert codes(refusal.value.problems) == ["file_truncated"]


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "file_empty"), (b"words\nand words\n", "layout_unknown")]
)
def test_what_is_no_table_gives_no_draft(content: bytes, code: str) -> None:
    with pytest.raises(BadInput) as refusal:
        drafted(content)
    assert codes(refusal.value.problems) == [code]


def test_a_total_without_a_currency_is_proposed_as_one_for_the_file() -> None:
    rows = "Month,Coin,Share\n2023-10,USDT,5\n2023-10,USDT,6\n"
    draft = drafted(f"{rows}Total,,11\n", exchange="Somex")
    assert 'label: "Total", amount_column: "Share"}' in draft.text
    draft = drafted(f"{rows}Total,USDT,11\n", exchange="Somex")
    assert 'amount_column: "Share", currency_column: "Coin"}' in draft.text


def test_a_total_without_columns_of_amounts_or_currency_is_proposed_as_far_as_it_is_known() -> (
    None
):
    draft = drafted("Month,Share USDT\n2023-10,5\nTotal,5\n", exchange="Somex")
    assert 'label: "Total", amount_column: "Share USDT"}' in draft.text
    draft = drafted("Month,Words\n2023-10,x\nTotal,y\n", exchange="Somex")
    assert 'footer_total: {label_column: "Month", label: "Total"}' in draft.text


def test_rows_below_a_total_or_of_another_width_speak_for_nothing() -> None:
    draft = drafted(
        "Month,Coin,Share\n2023-10,USDT,5\n2023-10,USDT\nTotal,,5\n2023-10,USDT,x\n",
        exchange="Somex",
    )
    assert draft.open_questions == []
