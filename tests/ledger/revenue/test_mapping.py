"""What a statement file may say, and how each way of saying it wrongly is refused."""

import csv
import datetime as dt
import functools
import hashlib
import runpy
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import BadInput, Problem
from ledger.revenue.mapping import (
    BankRow,
    Mapping,
    Reading,
    StatementRow,
    load_mapping,
    read,
    recognise,
)

EXAMPLES = Path(__file__).parents[3] / "examples"
PLACE = "somex-2023-10.csv"
COMMODITIES = {"USD": 2, "USDC": 6, "USDT": 6, "HBOT": 18}

PLAIN = """
name: somex
version: 1
kind: statement
exchange: Somex
encoding: utf-8
delimiter: ","
decimal_mark: "."
date_format: YYYY-MM
header: [Month, Coin, Share]
columns: {period: Month, currency: Coin, fee_share: Share}
"""

GROUPED = PLAIN + "grouping_mark: ','\n"

FULL = """
name: fullex
version: 3
kind: statement
encoding: utf-8
delimiter: ";"
decimal_mark: ","
date_format: DD.MM.YYYY
rate_unit: percent
header: [Venue, Stream, Day, Volume, Fees, Rate, Share, Coin, Note, Serial]
columns:
  exchange: Venue
  stream: Stream
  period: Day
  volume: Volume
  trading_fees: Fees
  rate: Rate
  fee_share: Share
  currency: Coin
  memo: Note
"""
FULL_HEADER = "Venue;Stream;Day;Volume;Fees;Rate;Share;Coin;Note;Serial\n"

TOTALLED = PLAIN + "footer_total: {label_column: Month, label: Total, amount_column: Share}\n"

BANK = """
name: bank
version: 1
kind: bank
encoding: utf-8
delimiter: ","
decimal_mark: "."
date_format: YYYY-MM-DD
header: [date, account, amount, currency, external_id, counterparty, memo]
columns:
  date: date
  account: account
  amount: amount
  currency: currency
  external_id: external_id
  counterparty: counterparty
  memo: memo
"""
BANK_HEADER = "date,account,amount,currency,external_id,counterparty,memo\n"


def mapping_of(text: str) -> Mapping:
    return load_mapping(text, "mapping.yaml")


def reading_of(declared: str, content: str | bytes) -> Reading:
    data = content if isinstance(content, bytes) else content.encode()
    return read(mapping_of(declared), data, PLACE, commodities=COMMODITIES)


def codes(problems: tuple[Problem, ...]) -> list[str]:
    return [problem.code for problem in problems]


def refused_share(cell: str, declared: str = PLAIN) -> list[str]:
    """Return why the cell is refused as a fee share of one row, having checked its place."""
    reading = reading_of(declared, f'Month,Coin,Share\n2023-10,USDT,"{cell}"\n')
    for problem in reading.problems:
        assert (problem.place, problem.row, problem.column) == (PLACE, 2, "Share")
        assert problem.value == cell
        assert problem.expected
    assert not (reading.rows and reading.problems)
    return codes(reading.problems)


def full_row(**changes: str) -> str:
    cells = {
        "Venue": "Fullex",
        "Stream": "spot",
        "Day": "31.10.2023",
        "Volume": "100000",
        "Fees": "1000",
        "Rate": "40",
        "Share": "400",
        "Coin": "USDT",
        "Note": "",
        "Serial": "1",
    }
    return ";".join((cells | changes).values()) + "\n"


def refused_full(**changes: str) -> list[str]:
    return codes(reading_of(FULL, FULL_HEADER + full_row(**changes)).problems)


def bank_row(**changes: str) -> str:
    cells = {
        "date": "2023-10-20",
        "account": "wallet",
        "amount": "12.5",
        "currency": "USDT",
        "external_id": "0xabc:7",
        "counterparty": "Somex",
        "memo": "fee share",
    }
    return ",".join((cells | changes).values()) + "\n"


def refused_bank(**changes: str) -> list[str]:
    return codes(reading_of(BANK, BANK_HEADER + bank_row(**changes)).problems)


def statement_rows(reading: Reading) -> list[StatementRow]:
    assert reading.problems == ()
    return [row for row in reading.rows if isinstance(row, StatementRow)]


def bank_rows(reading: Reading) -> list[BankRow]:
    assert reading.problems == ()
    return [row for row in reading.rows if isinstance(row, BankRow)]


# What is read


def test_a_row_gives_what_the_exchange_owes_with_its_source() -> None:
    reading = reading_of(PLAIN, "Month,Coin,Share\n2023-10,USDT,1234.567891\n")
    assert reading == Reading(
        rows=(
            StatementRow(
                row=2,
                cells=(("Month", "2023-10"), ("Coin", "USDT"), ("Share", "1234.567891")),
                occurrence=1,
                exchange="Somex",
                stream=None,
                period="2023-10",
                fee_share=Decimal("1234.567891"),
                currency="USDT",
                trading_fees=None,
                rate=None,
                volume=None,
                memo="",
            ),
        ),
        problems=(),
        control_total=None,
    )


def test_every_optional_field_is_read_and_a_percentage_becomes_a_fraction() -> None:
    (row,) = statement_rows(
        reading_of(FULL, FULL_HEADER + full_row(Rate="37,5", Share="375", Note=" as agreed"))
    )
    assert (row.exchange, row.stream, row.period) == ("Fullex", "spot", "2023-10")
    assert (row.volume, row.trading_fees) == (Decimal(100000), Decimal(1000))
    assert (row.rate, row.fee_share) == (Decimal("0.375"), Decimal(375))
    assert row.memo == " as agreed"
    assert row.cells[-1] == ("Serial", "1")


def test_a_bank_line_keeps_the_sign_of_its_amount() -> None:
    rows = bank_rows(
        reading_of(BANK, BANK_HEADER + bank_row() + bank_row(amount="-3", counterparty=""))
    )
    assert [row.amount for row in rows] == [Decimal("12.5"), Decimal(-3)]
    assert rows[0].date == dt.date(2023, 10, 20)
    assert (rows[0].account, rows[0].external_id) == ("wallet", "0xabc:7")
    assert [row.counterparty for row in rows] == ["Somex", ""]


def test_a_bank_mapping_may_allow_the_decimals_of_a_finer_rail() -> None:
    dust = BANK_HEADER + bank_row(amount="0.000000000000000001")
    assert codes(reading_of(BANK, dust).problems) == ["too_precise"]
    (row,) = bank_rows(reading_of(BANK + "amount_decimals: 18\n", dust))
    assert row.amount == Decimal("0.000000000000000001")


def test_account_and_currency_may_be_constants() -> None:
    declared = BANK.replace("  account: account\n", "").replace("  currency: currency\n", "")
    declared += "constants: {account: wallet-cold, currency: HBOT}\n"
    (row,) = bank_rows(reading_of(declared, BANK_HEADER + bank_row(currency="ignored")))
    assert (row.account, row.currency) == ("wallet-cold", "HBOT")


def test_a_byte_order_mark_is_no_part_of_the_first_header() -> None:
    for header in ("Month,Coin,Share", '"Month","Coin","Share"'):
        data = b"\xef\xbb\xbf" + f"{header}\n2023-10,USDT,5\n".encode()
        assert recognise([mapping_of(PLAIN)], data, PLACE) == mapping_of(PLAIN)
        (row,) = statement_rows(reading_of(PLAIN, data))
        assert row.cells[0] == ("Month", "2023-10")


def test_two_true_repeats_keep_occurrence_1_and_2() -> None:
    reading = reading_of(
        PLAIN, "Month,Coin,Share\n2023-10,USDT,5\n2023-10,USDT,6\n2023-10,USDT,5.00\n"
    )
    rows = statement_rows(reading)
    assert [(row.row, row.occurrence) for row in rows] == [(2, 1), (3, 1), (4, 2)]
    assert rows[0].content == rows[2].content
    assert rows[0].content != rows[1].content


def test_content_has_one_spelling_for_each_quantity() -> None:
    (row,) = statement_rows(reading_of(PLAIN, "Month,Coin,Share\n2023-10,USDT,5.50\n"))
    assert row.content == (
        ("exchange", "Somex"),
        ("period", "2023-10"),
        ("fee_share", "5.5"),
        ("currency", "USDT"),
        ("memo", ""),
    )


def test_grouped_numbers_are_read_where_the_mapping_declares_the_mark() -> None:
    reading = reading_of(GROUPED, 'Month,Coin,Share\n2023-10,USDT,"1,234,567.89"\n')
    assert statement_rows(reading)[0].fee_share == Decimal("1234567.89")
    reading = reading_of(GROUPED, "Month,Coin,Share\n2023-10,USDT,1234567.89\n")
    assert statement_rows(reading)[0].fee_share == Decimal("1234567.89")


def test_trailing_zeros_are_no_precision() -> None:
    assert refused_share("1.50000000000000000000000") == []


def test_a_month_without_fees_is_a_statement_too() -> None:
    assert refused_share("0.00") == []


def test_line_ends_of_windows_and_empty_lines_at_the_end_are_read() -> None:
    reading = reading_of(PLAIN, "Month,Coin,Share\r\n2023-10,USDT,5\r\n\r\n\n")
    assert len(statement_rows(reading)) == 1


@given(
    units=st.integers(min_value=0, max_value=10**26 - 1),
    decimal_mark=st.sampled_from(".,"),
    grouping=st.sampled_from(["", ".", ",", "'", " ", "\u00a0"]),
)
def test_every_payable_quantity_written_in_the_declared_marks_is_read_exactly(
    units: int, decimal_mark: str, grouping: str
) -> None:
    if grouping == decimal_mark:
        grouping = ""
    whole, decimals = divmod(units, 10**6)
    cell = f"{whole:,}".replace(",", grouping) + f"{decimal_mark}{decimals:06}"
    declared = PLAIN.replace('decimal_mark: "."', f'decimal_mark: "{decimal_mark}"')
    declared += f'grouping_mark: "{grouping}"\n' if grouping else ""
    (row,) = statement_rows(reading_of(declared, f'Month,Coin,Share\n2023-10,USDT,"{cell}"\n'))
    assert row.fee_share == Decimal(f"{whole}.{decimals:06}")


# Numbers


@pytest.mark.parametrize("cell", ["1,5", "1.234,56", "1,000", "-1,5"])
def test_a_decimal_comma_is_refused_where_the_mapping_declares_a_full_stop(cell: str) -> None:
    assert refused_share(cell) == ["decimal_mark"]


@pytest.mark.parametrize("cell", ["1,5", "1.234,56", "12,34"])
def test_a_decimal_comma_is_refused_where_commas_group_thousands(cell: str) -> None:
    assert refused_share(cell, GROUPED) == ["decimal_mark"]


@pytest.mark.parametrize("cell", ["400.5", "1,234.56"])
def test_a_decimal_full_stop_is_refused_where_the_mapping_declares_a_comma(cell: str) -> None:
    assert refused_full(Share=cell) == ["decimal_mark"]


@pytest.mark.parametrize(
    "cell",
    ["1,2,3", "12,34.5", "1,234.5", "1.234.567", "1 234.5", "1\u00a0234", "1'234", "1\u2019234"],
)
def test_grouping_that_the_mapping_does_not_declare_is_refused(cell: str) -> None:
    assert refused_share(cell) == ["grouping_invalid"]


@pytest.mark.parametrize("cell", ["1,2,3", "12,34.5", "1234,567", "0,123.5", "1,234,56.7"])
def test_thousands_grouped_wrongly_are_refused(cell: str) -> None:
    assert refused_share(cell, GROUPED) == ["grouping_invalid"]


@pytest.mark.parametrize("cell", ["1_000", "\uff11\uff12", "\u0661\u0662", "12\u0663"])
def test_digits_that_only_python_reads_are_refused(cell: str) -> None:
    assert refused_share(cell) == ["digit_nonascii"]


@pytest.mark.parametrize("cell", ["1e5", "1.2E-7", "1.22412E+31", "-1E5"])
def test_an_exponent_is_refused(cell: str) -> None:
    assert refused_share(cell) == ["scientific"]


@pytest.mark.parametrize(
    "cell",
    ["NaN", "sNaN", "Infinity", "-", "N/A", "null", "#REF!", ".5", "5.", "007", "0x1F", "12%"],
)
def test_what_is_no_number_is_refused(cell: str) -> None:
    assert refused_share(cell) == ["not_a_number"]


@pytest.mark.parametrize(
    "cell", ["-0", "-0.00", "(123.45)", "123-", "+5", "\u22125", "--5", "-(5)"]
)
def test_a_sign_written_in_another_style_is_refused(cell: str) -> None:
    assert refused_share(cell) == ["sign_style"]


def test_a_negative_fee_share_is_refused() -> None:
    assert refused_share("-5") == ["negative_amount"]


@pytest.mark.parametrize("column", ["Volume", "Fees", "Rate"])
def test_negative_volume_trading_fees_and_rate_are_refused(column: str) -> None:
    assert refused_full(**{column: "-5"}) == ["negative_amount"]


@pytest.mark.parametrize(
    ("coin", "cell"),
    [("USDT", "1.0000001"), ("USD", "0.001"), ("HBOT", "0.0000000000000000001")],
)
def test_more_decimals_than_the_payable_unit_are_refused(coin: str, cell: str) -> None:
    reading = reading_of(PLAIN, f"Month,Coin,Share\n2023-10,{coin},{cell}\n")
    assert codes(reading.problems) == ["too_precise"]


def test_digits_beyond_the_precision_of_arithmetic_are_still_counted() -> None:
    assert refused_share("1" * 19 + "." + "0" * 90 + "1") == ["too_precise"]


def test_trading_fees_may_be_finer_than_what_is_payable() -> None:
    assert refused_full(Fees="1000,0000001") == []


@pytest.mark.parametrize("cell", ["100000000000000000000", "9" * 5000])
def test_a_quantity_of_10_to_the_20_or_more_is_refused(cell: str) -> None:
    assert refused_share(cell) == ["overflow"]
    assert refused_share("99999999999999999999.999999") == []


@pytest.mark.parametrize(
    "cell", ["$1200", "$1,200", "12 USDT", "12USDT", "USD 12", "\u20ac5", "-$5"]
)
def test_a_currency_inside_an_amount_is_refused(cell: str) -> None:
    assert refused_share(cell) == ["currency_in_amount"]


@pytest.mark.parametrize("cell", ["", " ", "\u00a0"])
def test_a_blank_amount_is_refused_and_not_taken_for_zero(cell: str) -> None:
    assert refused_share(cell) == ["value_missing"]


@pytest.mark.parametrize("cell", [" 5", "5 ", "\u00a05"])
def test_space_around_an_amount_is_refused(cell: str) -> None:
    assert refused_share(cell) == ["whitespace_trimmed"]


@pytest.mark.parametrize("cell", ["40%", "40 %", "0,4", "140"])
def test_a_rate_in_another_unit_than_the_declared_percent_is_refused(cell: str) -> None:
    assert refused_full(Rate=cell) == ["rate_unit"]


@pytest.mark.parametrize("cell", ["40", "40%", "1,1"])
def test_a_rate_in_another_unit_than_the_declared_fraction_is_refused(cell: str) -> None:
    declared = FULL.replace("percent", "fraction")
    reading = reading_of(declared, FULL_HEADER + full_row(Rate=cell))
    assert codes(reading.problems) == ["rate_unit"]
    assert not reading_of(declared, FULL_HEADER + full_row(Rate="0,4")).problems


@pytest.mark.parametrize(("share", "fault"), [("400,000001", ["row_math"]), ("400", [])])
def test_a_share_that_is_not_fees_times_rate_is_refused(share: str, fault: list[str]) -> None:
    assert refused_full(Share=share) == fault


@pytest.mark.parametrize(
    ("fees", "fault"),
    [("1000,00000125", []), ("1000,0000012500001", ["row_math"])],
)
def test_rounding_of_half_a_payable_unit_is_no_wrong_share(fees: str, fault: list[str]) -> None:
    assert refused_full(Fees=fees) == fault


# Text, currencies and dates


@pytest.mark.parametrize("cell", ["usdt", "USDT0", "EURO"])
def test_a_commodity_that_is_not_known_in_this_spelling_is_refused(cell: str) -> None:
    assert refused_full(Coin=cell) == ["currency_mismatch"]


def test_a_constant_currency_that_is_not_known_is_refused_once_for_the_file() -> None:
    declared = PLAIN.replace(", currency: Coin", "") + "constants: {currency: DOGE}\n"
    reading = reading_of(declared, "Month,Coin,Share\n2023-10,x,5\n2023-10,x,6\n")
    assert codes(reading.problems) == ["currency_mismatch"]


@pytest.mark.parametrize("column", ["Venue", "Stream", "Day", "Coin", "Share"])
def test_a_blank_required_cell_is_refused(column: str) -> None:
    assert refused_full(**{column: ""}) == ["value_missing"]


@pytest.mark.parametrize("column", ["Venue", "Stream", "Day", "Coin"])
def test_space_around_a_key_is_refused(column: str) -> None:
    good = {"Venue": "Fullex", "Stream": "spot", "Day": "31.10.2023", "Coin": "USDT"}[column]
    assert refused_full(**{column: f"{good}\u00a0"}) == ["whitespace_trimmed"]


@pytest.mark.parametrize("sign", ["\u202e", "\u200b", "\u2066", "\ufeff"])
@pytest.mark.parametrize("column", ["Venue", "Stream", "Note"])
def test_characters_that_hide_or_turn_text_are_refused(column: str, sign: str) -> None:
    assert refused_full(**{column: f"Ful{sign}lex"}) == ["text_unsafe"]


def test_a_name_that_only_looks_plain_is_refused() -> None:
    assert refused_full(Venue="\uff26ullex") == ["name_confusable"]


@pytest.mark.parametrize("cell", ["=1+1", "+x", "-x", "@x"])
def test_a_key_that_a_spreadsheet_would_run_is_refused(cell: str) -> None:
    assert refused_bank(external_id=cell) == ["formula_text"]


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\t", "\x85", "\u2028"])
@pytest.mark.parametrize("column", ["Venue", "Share", "Note", "Serial"])
def test_a_control_character_in_any_column_is_refused_once(column: str, sign: str) -> None:
    reading = reading_of(FULL, FULL_HEADER + full_row(**{column: f"1{sign}2"}))
    assert codes(reading.problems) == ["control_char"]
    assert (reading.problems[0].row, reading.problems[0].column) == (2, column)


def test_a_line_break_inside_a_cell_is_refused_and_rows_count_as_a_spreadsheet_counts() -> None:
    content = 'Month,Coin,Share\n2023-10,"US\nDT",5\n2023-10,USDT,x\n'
    problems = reading_of(PLAIN, content).problems
    assert [(problem.code, problem.row) for problem in problems] == [
        ("control_char", 2),
        ("not_a_number", 3),
    ]


def test_a_lone_carriage_return_is_refused() -> None:
    for content, row in (
        ("Month,Coin,Share\r2023-10,USDT,5\r", 1),
        ("Month,Coin,Share\n2023-10,US\rDT,5\n", 2),
    ):
        problems = reading_of(PLAIN, content).problems
        assert [(problem.code, problem.row) for problem in problems] == [("control_char", row)]


@pytest.mark.parametrize(
    "cell",
    [
        "2023-13",
        "2023-00",
        "23-10",
        "2023-1",
        "10/2023",
        "45200",
        "2023-10-01",
        "0000-10",
        "\u0662\u0660\u0662\u0663-10",
        "Total",
    ],
)
def test_a_month_that_is_not_written_as_declared_is_refused(cell: str) -> None:
    reading = reading_of(PLAIN, f"Month,Coin,Share\n{cell},USDT,5\n")
    assert codes(reading.problems) == ["date_invalid"]


@pytest.mark.parametrize("cell", ["2023-02-30", "23-10-20", "2023-10-20T24:00", "20/10/2023"])
def test_a_date_that_is_not_in_the_calendar_or_the_declared_order_is_refused(cell: str) -> None:
    assert refused_bank(date=cell) == ["date_invalid"]


def test_a_row_of_another_month_than_the_first_is_refused() -> None:
    reading = reading_of(
        PLAIN, "Month,Coin,Share\n2023-10,USDT,5\n2023-11,USDT,x\n2023-10,USDT,7\n"
    )
    found = [(problem.code, problem.row, problem.column) for problem in reading.problems]
    assert found == [("not_a_number", 3, "Share"), ("period_mismatch", 3, "Month")]
    assert [row.row for row in reading.rows] == [2, 4]


def test_bank_keys_are_required() -> None:
    assert refused_bank(account="", external_id="") == ["value_missing", "value_missing"]


# The file as a whole


@pytest.mark.parametrize("content", ["", "\n\n", "Month,Coin,Share\n", "\ufeff"])
def test_a_file_without_rows_is_refused(content: str) -> None:
    assert codes(reading_of(PLAIN, content).problems) == ["file_empty"]


def test_an_empty_file_is_recognised_as_empty() -> None:
    found = recognise([mapping_of(PLAIN)], b" \n", PLACE)
    assert not isinstance(found, Mapping)
    assert codes(found) == ["file_empty"]


def test_bytes_outside_the_declared_encoding_are_refused_line_by_line() -> None:
    data = b"Month,Coin,Share\n2023-10,\xff,5\n2023-10,USDT,5\n2023-10,\xe9\xe8,5\n"
    problems = reading_of(PLAIN, data).problems
    assert [(problem.code, problem.row) for problem in problems] == [
        ("encoding_invalid", 2),
        ("encoding_invalid", 4),
    ]
    assert problems[0].value == repr(b"\xff")


def test_text_that_was_decoded_wrongly_before_is_refused() -> None:
    assert refused_full(Venue="B\u00c3\u00b6rse") == ["encoding_invalid"]
    assert refused_full(Note="B\ufffdrse") == ["encoding_invalid"]
    declared = FULL.replace("utf-8", "windows-1252")
    data = (FULL_HEADER + full_row(Venue="B\u00f6rse")).encode()
    assert codes(reading_of(declared, data).problems) == ["encoding_invalid"]
    data = (FULL_HEADER + full_row(Venue="B\u00f6rse")).encode("windows-1252")
    assert statement_rows(reading_of(declared, data))[0].exchange == "B\u00f6rse"


@pytest.mark.parametrize(
    "content",
    ['Month,Coin,Share\n2023-10,USDT,5\n2023-10,"USDT,6\n', 'Month,Coin,Share\n1,"a"b,5\n'],
)
def test_an_unclosed_quote_is_refused_as_a_truncated_file(content: str) -> None:
    reading = reading_of(PLAIN, content)
    assert codes(reading.problems) == ["file_truncated"]
    assert reading.rows == ()


@pytest.mark.parametrize(
    ("line", "cells"),
    [("2023-10,USDT", 2), ("2023-10,USDT,5,", 4), ("2023-10,USDT,1,5", 4), ("", 0)],
)
def test_a_row_with_too_few_or_too_many_cells_is_refused(line: str, cells: int) -> None:
    reading = reading_of(PLAIN, f"Month,Coin,Share\n{line}\n2023-10,USDT,5\n")
    (problem,) = reading.problems
    assert (problem.code, problem.row, problem.value) == ("column_count", 2, line)
    assert problem.expected == f"3 cells, not {cells}"


def test_a_header_repeated_among_the_rows_is_refused() -> None:
    reading = reading_of(PLAIN, "Month,Coin,Share\n2023-10,USDT,5\nMonth,Coin,Share\n")
    assert [(problem.code, problem.row) for problem in reading.problems] == [
        ("header_repeated", 3)
    ]


@pytest.mark.parametrize(
    ("header", "difference"),
    [
        ("Month,Coin,Share,Note", "extra 'Note'"),
        ("Month,Coin", "missing 'Share'"),
        ("Month,Coin,Fee Share", "renamed 'Share' to 'Fee Share'"),
        ("Month,Currency,Share", "renamed 'Coin' to 'Currency'"),
        ("Coin,Month,Share", "reordered to 'Coin', 'Month', 'Share'"),
        ("Month,Coin,share", "renamed 'Share' to 'share'"),
        ("Month,Coin, Share", "renamed 'Share' to ' Share'"),
        ("Share,Coin", "missing 'Month'; reordered to 'Share', 'Coin'"),
    ],
)
def test_a_changed_header_is_refused_with_the_difference(header: str, difference: str) -> None:
    content = f"{header}\n2023-10,USDT,5\n"
    (problem,) = reading_of(PLAIN, content).problems
    assert (problem.code, problem.row, problem.value) == ("header_changed", 1, header)
    assert problem.expected.endswith(f"somex 1; the file's is {difference}")
    found = recognise([mapping_of(FULL), mapping_of(PLAIN)], content.encode(), PLACE)
    assert found == (problem,)


@pytest.mark.parametrize(
    ("header", "name"), [("Month,Coin,Share,Share", "Share"), ("Month,Coin,Share,", "")]
)
def test_a_header_with_a_name_twice_or_blank_is_refused(header: str, name: str) -> None:
    problems = reading_of(PLAIN, f"{header}\n2023-10,USDT,5,5\n").problems
    assert codes(problems) == ["header_duplicate", "header_changed"]
    assert problems[0].value == name


def test_a_very_wide_changed_header_is_shown_in_part() -> None:
    header = ",".join(["Month", "Coin", "Share", *(f"c{number}" for number in range(500))])
    (problem,) = reading_of(PLAIN, f"{header}\n1\n").problems
    assert problem.expected.endswith("'c9' and 490 more")


def test_another_delimiter_than_declared_is_refused_by_its_name() -> None:
    content = "Month;Coin;Share\n2023-10;USDT;5\n"
    (problem,) = reading_of(PLAIN, content).problems
    assert (problem.code, problem.value) == ("delimiter_mismatch", ";")
    assert recognise([mapping_of(PLAIN)], content.encode(), PLACE) == (problem,)


@pytest.mark.parametrize("total", ["11", "10.999999"])
def test_a_control_total_that_the_rows_do_not_add_up_to_is_refused(total: str) -> None:
    content = f"Month,Coin,Share\n2023-10,USDT,5\n2023-10,USDT,5.5\nTotal,,{total}\n"
    (problem,) = reading_of(TOTALLED, content).problems
    assert (problem.code, problem.row, problem.column) == ("control_total_mismatch", 4, "Share")
    assert problem.expected == "10.5, the sum of the rows"


def test_a_control_total_that_agrees_is_returned_and_is_no_row() -> None:
    reading = reading_of(TOTALLED, "Month,Coin,Share\n2023-10,USDT,5.5\nTotal,,5.50\n")
    assert len(statement_rows(reading)) == 1
    assert reading.control_total == Decimal("5.5")


def test_a_missing_total_row_is_refused_because_the_file_may_be_cut_off() -> None:
    reading = reading_of(TOTALLED, "Month,Coin,Share\n2023-10,USDT,5.5\n")
    assert codes(reading.problems) == ["control_total_mismatch"]


def test_a_total_that_is_no_number_is_refused() -> None:
    reading = reading_of(TOTALLED, "Month,Coin,Share\n2023-10,USDT,5.5\nTotal,,5 USDT\n")
    assert codes(reading.problems) == ["currency_in_amount"]
    assert reading.control_total is None


def test_a_total_row_among_the_rows_is_refused() -> None:
    content = "Month,Coin,Share\n2023-10,USDT,5\nTotal,,5\n2023-10,USDT,5\nTotal,,10\n"
    reading = reading_of(TOTALLED, content)
    assert [(problem.code, problem.row) for problem in reading.problems] == [("layout_unknown", 3)]


def test_one_total_over_two_currencies_is_refused() -> None:
    content = "Month,Coin,Share\n2023-10,USDT,5\n2023-10,USDC,5\nTotal,,10\n"
    assert codes(reading_of(TOTALLED, content).problems) == ["control_total_mismatch"]


def test_a_total_is_not_blamed_for_a_row_that_cannot_be_read() -> None:
    content = "Month,Coin,Share\n2023-10,USDT,x\n2023-10,USDT\nTotal,,10\n"
    reading = reading_of(TOTALLED, content)
    assert codes(reading.problems) == ["not_a_number", "column_count"]


def test_a_total_without_rows_is_an_empty_file() -> None:
    assert codes(reading_of(TOTALLED, "Month,Coin,Share\nTotal,,0\n").problems) == ["file_empty"]


def test_all_problems_of_a_file_are_listed_with_their_places() -> None:
    content = (
        FULL_HEADER
        + full_row(Day="31.02.2023", Fees="1e5", Coin="DOGE")
        + full_row()
        + "too;short\n"
        + full_row(Venue="", Rate="40%", Share="-1", Note="a\x00b")
        + full_row(Day="30.11.2023", Share="401")
    )
    reading = reading_of(FULL, content)
    assert [(problem.row, problem.column, problem.code) for problem in reading.problems] == [
        (2, "Coin", "currency_mismatch"),
        (2, "Fees", "scientific"),
        (2, "Day", "date_invalid"),
        (4, None, "column_count"),
        (5, "Note", "control_char"),
        (5, "Share", "negative_amount"),
        (5, "Rate", "rate_unit"),
        (5, "Venue", "value_missing"),
        (6, "Share", "row_math"),
        (6, "Day", "period_mismatch"),
    ]
    assert {problem.place for problem in reading.problems} == {PLACE}
    assert [row.row for row in reading.rows] == [3]
    assert reading.problems[1].sentence() == (
        f"scientific: {PLACE}, row 2, column Fees: found '1e5', "
        "expected all digits written out, without an exponent."
    )


@settings(deadline=None)
@given(
    data=st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.lists(
        st.tuples(*[st.text('0123456789.,-+e%"\u0661\u00a0 USDT\r\n\x00\u202e', max_size=8)] * 3)
    ).map(lambda rows: ("Month,Coin,Share\n" + "\n".join(map(",".join, rows))).encode())
)
def test_no_bytes_whatever_make_reading_raise(data: bytes) -> None:
    for declared in (PLAIN, TOTALLED, GROUPED):
        reading = read(mapping_of(declared), data, PLACE, commodities=COMMODITIES)
        assert reading.rows or reading.problems
    recognise([mapping_of(PLAIN), mapping_of(FULL)], data, PLACE)


# Recognition


def test_the_fingerprint_is_the_hash_of_the_exact_header_list() -> None:
    expected = hashlib.sha256(b'["Month","Coin","Share"]').hexdigest()
    assert mapping_of(PLAIN).fingerprint == expected
    swapped = PLAIN.replace("[Month, Coin, Share]", "[Coin, Month, Share]")
    assert mapping_of(swapped).fingerprint != expected


def test_a_file_is_recognised_by_its_header_under_each_mappings_own_delimiter() -> None:
    mappings = [mapping_of(PLAIN), mapping_of(FULL), mapping_of(BANK)]
    assert recognise(mappings, (FULL_HEADER + full_row()).encode(), PLACE) == mappings[1]
    assert recognise(mappings, (BANK_HEADER + bank_row()).encode(), PLACE) == mappings[2]


def test_a_header_that_no_mapping_is_near_is_unknown() -> None:
    found = recognise([mapping_of(PLAIN), mapping_of(FULL)], b"a,b,c\n1,2,3\n", PLACE)
    assert not isinstance(found, Mapping)
    assert codes(found) == ["mapping_unknown"]
    assert "fullex 3, somex 1" in found[0].expected
    none = recognise([], b"a,b,c\n1,2,3\n", PLACE)
    assert not isinstance(none, Mapping)
    assert codes(none) == ["mapping_unknown"]


def test_two_mappings_with_one_header_are_refused_and_not_guessed_between() -> None:
    other = mapping_of(PLAIN.replace("somex", "otherex"))
    found = recognise([mapping_of(PLAIN), other], b"Month,Coin,Share\n2023-10,USDT,5\n", PLACE)
    assert not isinstance(found, Mapping)
    assert codes(found) == ["mapping_invalid"]
    assert "somex 1, otherex 1" in found[0].expected


# Mappings


def mapping_problems(text: str) -> list[tuple[str | None, str]]:
    with pytest.raises(BadInput) as refusal:
        mapping_of(text)
    assert set(codes(refusal.value.problems)) == {"mapping_invalid"}
    assert {problem.place for problem in refusal.value.problems} == {"mapping.yaml"}
    return [(problem.column, problem.expected) for problem in refusal.value.problems]


def test_all_schema_errors_of_a_mapping_are_listed() -> None:
    text = """
    name: Not A Slug
    version: 0
    kind: statement
    encoding: ebcdic
    delimiter: ","
    date_format: D/M/YY
    header: [No, Month, Month]
    columns: {period: Month, amount: Share}
    colour: red
    """
    problems = mapping_problems(text)
    assert [column for column, _ in problems] == [
        "$",
        "$",
        "$.columns",
        "$.columns",
        "$.date_format",
        "$.encoding",
        "$.header",
        "$.header[0]",
        "$.name",
        "$.version",
    ]


def test_all_contradictions_of_a_mapping_are_listed() -> None:
    text = """
    name: somex
    version: 1
    kind: statement
    encoding: utf-8
    delimiter: ","
    decimal_mark: "."
    grouping_mark: "."
    date_format: YYYY-MM
    header: [Month, Share]
    footer_total: {label_column: Label, label: Total, amount_column: Month}
    columns: {period: Month, fee_share: Share, rate: Share, memo: Note, stream: Month}
    constants: {stream: " spot"}
    """
    assert [column for column, _ in mapping_problems(text)] == [
        "$.columns",
        "$.columns",
        "$.columns.memo",
        "$.currency",
        "$.exchange",
        "$.footer_total.amount_column",
        "$.footer_total.label_column",
        "$.grouping_mark",
        "$.rate_unit",
        "$.stream",
        "$.stream",
    ]


@pytest.mark.parametrize(
    "change",
    [
        "columns: {period: Month, fee_share: Share, currency: Coin, exchange: Month}",
        "constants: {currency: USDT}",
        "rate_unit: percent",
        "amount_decimals: 18",
        'exchange: "Some\\u200bex"',
    ],
)
def test_a_field_that_is_given_twice_or_fits_nothing_is_refused(change: str) -> None:
    assert mapping_problems(PLAIN + change + "\n")


def test_a_bank_mapping_has_no_exchange_and_dates_to_the_day() -> None:
    declared = BANK.replace("YYYY-MM-DD", "YYYY-MM") + "exchange: Somex\n"
    assert [column for column, _ in mapping_problems(declared)] == ["$.date_format", "$.exchange"]


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object/apply:os.system [true]",
        "name: [",
        "name: 2023-02-30",
        "",
        "- a list",
        "[" * 1500,
        "a: &a [x, x]\nname: [*a, *a]",
    ],
)
def test_what_is_no_plain_yaml_mapping_is_refused(text: str) -> None:
    assert len(mapping_problems(text)) >= 1


@settings(deadline=None)
@given(text=st.text(max_size=80))
def test_a_mapping_text_is_loaded_or_refused_and_never_breaks(text: str) -> None:
    with pytest.raises(BadInput):
        mapping_of(PLAIN + text + "\n}")


# The examples


@functools.cache
def example_mappings() -> list[Mapping]:
    paths = sorted((EXAMPLES / "mappings").glob("*.yaml"))
    return [load_mapping(path.read_text("utf-8"), path.name) for path in paths]


def example_reading(path: Path) -> Reading:
    mapping = recognise(example_mappings(), path.read_bytes(), path.name)
    assert isinstance(mapping, Mapping)
    assert mapping.kind == ("bank" if path.parent.name == "bank" else "statement")
    reading = read(mapping, path.read_bytes(), path.name, commodities=COMMODITIES)
    assert reading.problems == ()
    return reading


def published() -> dict[tuple[str, str], Decimal]:
    path = EXAMPLES / "data" / "fee_share_revenue_by_exchange_2023.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {
            (row["month"], row["partner"]): Decimal(row["amount_est"])
            for row in csv.DictReader(file)
        }


MADE_UP = {
    ("2023-10", "Examplex (made up)"): Decimal(750),
    ("2023-10", "Duomarket (made up)"): Decimal("1234.567891"),
}


def test_example_mappings_have_one_header_each() -> None:
    fingerprints = Counter(mapping.fingerprint for mapping in example_mappings())
    assert len(fingerprints) == 11
    assert set(fingerprints.values()) == {1}


def test_the_example_statements_add_up_to_the_published_figures_exactly() -> None:
    stated: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for path in EXAMPLES.glob("2023-*/statements/*.csv"):
        rows = statement_rows(example_reading(path))
        assert rows
        for row in rows:
            assert row.period in path.name
            assert ("made-up" in path.name) == ("made up" in row.exchange)
            stated[row.period, row.exchange] += row.fee_share
    assert stated == published() | MADE_UP
    assert sum(published().values()) == 309_000


def test_the_example_receipts_pay_every_statement_in_full_in_the_end() -> None:
    received: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    seen: set[str] = set()
    for path in EXAMPLES.glob("2023-*/bank/*.csv"):
        for row in bank_rows(example_reading(path)):
            assert 20 <= row.date.day <= 28
            assert f"{row.date:%Y-%m}" in path.name
            assert row.external_id not in seen
            seen.add(row.external_id)
            received[row.memo.split()[2], row.counterparty] += row.amount
    assert received == published() | MADE_UP


def test_in_october_kucoin_pays_in_two_parts_and_gate_io_pays_the_rest_in_november() -> None:
    october = bank_rows(example_reading(EXAMPLES / "2023-10/bank/receipts-2023-10.csv"))
    november = bank_rows(example_reading(EXAMPLES / "2023-11/bank/receipts-2023-11.csv"))
    assert [row.amount for row in october if row.counterparty == "KuCoin"] == [1200, 800]
    assert [row.amount for row in october if row.counterparty == "Gate.io"] == [1000]
    (rest,) = (row for row in november if row.memo == "fee share 2023-10 rest")
    assert (rest.counterparty, rest.amount) == ("Gate.io", Decimal(500))
    (fixed,) = (row for row in october if row.currency == "USD")
    assert (fixed.counterparty, fixed.account) == ("Examplex (made up)", "bank-operating")


def test_huobi_states_the_rate_it_applied_to_which_fees() -> None:
    (row,) = statement_rows(example_reading(EXAMPLES / "2023-10/statements/huobi-2023-10.csv"))
    assert (row.trading_fees, row.rate, row.fee_share) == (
        Decimal(1250),
        Decimal("0.4"),
        Decimal(500),
    )


def test_the_committed_examples_are_what_their_script_makes(tmp_path: Path) -> None:
    runpy.run_path(str(EXAMPLES / "build_statements.py"))["build"](tmp_path)
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.csv")}
    kept = {
        path.relative_to(EXAMPLES): path.read_bytes()
        for folder in ("statements", "bank")
        for path in EXAMPLES.glob(f"2023-*/{folder}/*.csv")
    }
    assert made == kept
