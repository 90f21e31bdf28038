"""What a cell may say, and how each way of writing it wrongly is refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.mappings import (
    BANK,
    BANK_HEADER,
    FULL,
    FULL_HEADER,
    GROUPED,
    PLACE,
    PLAIN,
    bank_row,
    codes,
    full_row,
    reading_of,
    refused_full,
    statement_rows,
)


def refused_share(cell: str, declared: str = PLAIN) -> list[str]:
    """Return why the cell is refused as a fee share of one row, having checked its place."""
    reading = reading_of(declared, f'Month,Coin,Share\n2023-10,USDT,"{cell}"\n')
    for problem in reading.problems:
        assert (problem.place, problem.row, problem.column) == (PLACE, 2, "Share")
        assert problem.value == cell
        assert problem.expected
    assert not (reading.rows and reading.problems)
    return codes(reading.problems)


def refused_bank(**changes: str) -> list[str]:
    return codes(reading_of(BANK, BANK_HEADER + bank_row(**changes)).problems)


# Numbers


def test_grouped_numbers_are_read_where_the_mapping_declares_the_mark() -> None:
    reading = reading_of(GROUPED, 'Month,Coin,Share\n2023-10,USDT,"1,234,567.89"\n')
    assert statement_rows(reading)[0].fee_share == Decimal("1234567.89")
    reading = reading_of(GROUPED, "Month,Coin,Share\n2023-10,USDT,1234567.89\n")
    assert statement_rows(reading)[0].fee_share == Decimal("1234567.89")


def test_trailing_zeros_are_no_precision() -> None:
    assert refused_share("1.50000000000000000000000") == []


def test_a_month_without_fees_is_a_statement_too() -> None:
    assert refused_share("0.00") == []


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


@pytest.mark.parametrize(
    ("unit", "cell", "share"),
    [
        ("percent", "100", "1000"),
        ("percent", "1", "10"),
        ("percent", "0", "0"),
        ("percent", "1,0000000000000001", "10"),
        ("fraction", "1", "1000"),
        ("fraction", "0,005", "5"),
    ],
)
def test_a_rate_at_the_edge_of_its_unit_is_read(unit: str, cell: str, share: str) -> None:
    declared = FULL.replace("percent", unit)
    assert reading_of(declared, FULL_HEADER + full_row(Rate=cell, Share=share)).problems == ()


def test_a_rate_finer_than_any_quantity_is_refused() -> None:
    assert refused_full(Rate="1,00000000000000001") == ["too_precise"]


# Text, currencies and dates


@pytest.mark.parametrize("cell", ["usdt", "USDT0", "EURO"])
def test_a_commodity_that_is_not_known_in_this_spelling_is_refused(cell: str) -> None:
    assert refused_full(Coin=cell) == ["currency_mismatch"]


@pytest.mark.parametrize("column", ["Venue", "Stream", "Day", "Coin", "Share"])
def test_a_blank_required_cell_is_refused(column: str) -> None:
    assert refused_full(**{column: ""}) == ["value_missing"]


@pytest.mark.parametrize(
    ("column", "field", "good"),
    [("Venue", "exchange", "Fullex"), ("Stream", "stream", "spot"), ("Coin", "currency", "USDT")],
)
def test_space_around_a_key_is_taken_away_and_told(column: str, field: str, good: str) -> None:
    rows = full_row(**{column: f"{good}\u00a0"}) + full_row(**{column: f" {good}"})
    reading = reading_of(FULL, FULL_HEADER + rows)
    assert [getattr(row, field) for row in statement_rows(reading)] == [good, good]
    (warning,) = reading.warnings
    assert (warning.code, warning.row, warning.column) == ("whitespace_trimmed", 2, column)


def test_a_key_that_is_only_space_is_missing() -> None:
    assert refused_full(Venue=" ") == ["value_missing"]


def test_space_around_a_date_is_refused() -> None:
    assert refused_full(Day="31.10.2023\u00a0") == ["whitespace_trimmed"]


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


@pytest.mark.parametrize(
    "cell",
    [
        "2023-13",
        "2023-00",
        "23-10",
        "2023-1",
        "10/2023",
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


def test_bank_keys_are_required() -> None:
    assert refused_bank(account="", external_id="") == ["value_missing", "value_missing"]


def test_text_that_was_decoded_wrongly_before_is_refused() -> None:
    assert refused_full(Venue="B\u00c3\u00b6rse") == ["encoding_invalid"]
    assert refused_full(Note="B\ufffdrse") == ["encoding_invalid"]
    declared = FULL.replace("utf-8", "windows-1252")
    data = (FULL_HEADER + full_row(Venue="B\u00f6rse")).encode()
    assert codes(reading_of(declared, data).problems) == ["encoding_invalid"]
    data = (FULL_HEADER + full_row(Venue="B\u00f6rse")).encode("windows-1252")
    assert statement_rows(reading_of(declared, data))[0].exchange == "B\u00f6rse"
