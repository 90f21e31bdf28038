"""What a statement file says, and how each way of contradicting itself is refused."""

import csv
import datetime as dt
import functools
import runpy
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.revenue.mapping import Mapping, load_mapping
from ledger.revenue.reading import RECORDS_AT_ONCE
from ledger.revenue.recognition import recognise
from ledger.revenue.rows import StatementRow
from support.mappings import (
    BANK,
    BANK_HEADER,
    FULL,
    FULL_HEADER,
    GROUPED,
    PLACE,
    PLAIN,
    TOTALLED,
    Read,
    bank_row,
    bank_rows,
    codes,
    full_row,
    mapping_of,
    read,
    reading_of,
    refused_full,
    statement_rows,
)

EXAMPLES = Path(__file__).parents[3] / "examples"


# What is read


def test_a_row_gives_what_the_exchange_owes_with_its_source() -> None:
    reading = reading_of(PLAIN, "Month,Coin,Share\n2023-10,USDT,1234.567891\n")
    assert reading.rows == (
        StatementRow(
            row=2,
            cells=("2023-10", "USDT", "1234.567891"),
            exchange="Somex",
            stream=None,
            period="2023-10",
            day=None,
            fee_share=Decimal("1234.567891"),
            currency="USDT",
            trading_fees=None,
            rate=None,
            volume=None,
            user=None,
            memo="",
        ),
    )
    assert (reading.problems, reading.warnings, reading.control_totals) == ((), (), {})


def test_every_optional_field_is_read_and_a_percentage_becomes_a_fraction() -> None:
    (row,) = statement_rows(
        reading_of(FULL, FULL_HEADER + full_row(Rate="37,5", Share="375", Note=" as agreed"))
    )
    assert (row.exchange, row.stream, row.period) == ("Fullex", "spot", "2023-10")
    assert (row.volume, row.trading_fees) == (Decimal(100000), Decimal(1000))
    assert (row.rate, row.fee_share) == (Decimal("0.375"), Decimal(375))
    assert row.memo == " as agreed"
    assert row.cells[-1] == "1"


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


def test_two_true_repeats_are_two_rows() -> None:
    reading = reading_of(
        PLAIN, "Month,Coin,Share\n2023-10,USDT,5\n2023-10,USDT,6\n2023-10,USDT,5.00\n"
    )
    rows = statement_rows(reading)
    assert [row.row for row in rows] == [2, 3, 4]
    assert rows[0][2:] == rows[2][2:]
    assert rows[0][2:] != rows[1][2:]


# Rows


def test_trading_fees_may_be_finer_than_what_is_payable() -> None:
    assert refused_full(Fees="1000,0000001") == []


@pytest.mark.parametrize(("share", "fault"), [("400,000001", ["row_math"]), ("400", [])])
def test_a_share_that_is_not_fees_times_rate_is_refused(share: str, fault: list[str]) -> None:
    assert refused_full(Share=share) == fault


@pytest.mark.parametrize(
    ("fees", "fault"),
    [("1000,00000125", []), ("1000,0000012500001", ["row_math"])],
)
def test_rounding_of_half_a_payable_unit_is_no_wrong_share(fees: str, fault: list[str]) -> None:
    assert refused_full(Fees=fees) == fault


def test_a_constant_currency_that_is_not_known_is_refused_once_for_the_file() -> None:
    declared = PLAIN.replace(", currency: Coin", "") + "constants: {currency: DOGE}\n"
    reading = reading_of(declared, "Month,Coin,Share\n2023-10,x,5\n2023-10,x,6\n")
    assert codes(reading.problems) == ["currency_mismatch"]


def test_a_row_of_another_month_than_the_first_is_refused() -> None:
    reading = reading_of(
        PLAIN, "Month,Coin,Share\n2023-10,USDT,5\n2023-11,USDT,x\n2023-10,USDT,7\n"
    )
    found = [(problem.code, problem.row, problem.column) for problem in reading.problems]
    assert found == [("period_mismatch", 3, "Month"), ("not_a_number", 3, "Share")]
    assert reading.problems[0].expected == "2023-10, the month of the first row"
    assert [row.row for row in reading.rows] == [2, 4]


def test_a_bank_line_with_an_unsafe_memo_is_no_row() -> None:
    reading = reading_of(BANK, BANK_HEADER + bank_row(memo="fee\u202eshare"))
    assert codes(reading.problems) == ["text_unsafe"]
    assert reading.rows == ()


# The file as a whole


@pytest.mark.parametrize(
    ("line", "cells"),
    [("2023-10,USDT", 2), ("2023-10,USDT,5,", 4), ("2023-10,USDT,1,5", 4)],
)
def test_a_row_with_too_few_or_too_many_cells_is_refused(line: str, cells: int) -> None:
    reading = reading_of(PLAIN, f"Month,Coin,Share\n{line}\n2023-10,USDT,5\n")
    (problem,) = reading.problems
    assert (problem.code, problem.row, problem.value) == ("column_count", 2, line)
    assert problem.expected == f"3 cells, not {cells}"


def test_a_line_without_cells_among_the_rows_is_refused_and_counted() -> None:
    reading = reading_of(PLAIN, "Month,Coin,Share\n2023-10,USDT,5\n\n\n2023-10,USDT,5\n\n")
    assert [(row.row, codes(row.problems)) for row in reading.aside] == [
        (3, ["value_missing"]),
        (4, ["value_missing"]),
    ]
    assert reading.rows_in == 4


def test_a_header_repeated_among_the_rows_is_refused() -> None:
    reading = reading_of(PLAIN, "Month,Coin,Share\n2023-10,USDT,5\nMonth,Coin,Share\n")
    assert [(problem.code, problem.row) for problem in reading.problems] == [
        ("header_repeated", 3)
    ]


@pytest.mark.parametrize("total", ["11", "10.999999"])
def test_a_control_total_that_the_rows_do_not_add_up_to_is_refused(total: str) -> None:
    content = f"Month,Coin,Share\n2023-10,USDT,5\n2023-10,USDT,5.5\nTotal,,{total}\n"
    (problem,) = reading_of(TOTALLED, content).problems
    assert (problem.code, problem.row, problem.column) == ("control_total_mismatch", 4, "Share")
    assert problem.expected == "10.5, the sum of the rows"


def test_a_control_total_that_agrees_is_returned_and_is_no_row() -> None:
    reading = reading_of(TOTALLED, "Month,Coin,Share\n2023-10,USDT,5.5\nTotal,,5.50\n")
    assert len(statement_rows(reading)) == 1
    assert reading.control_totals == {"USDT": Decimal("5.5")}


def test_a_missing_total_row_is_refused_because_the_file_may_be_cut_off() -> None:
    reading = reading_of(TOTALLED, "Month,Coin,Share\n2023-10,USDT,5.5\n")
    assert codes(reading.problems) == ["control_total_mismatch"]


def test_a_total_that_is_no_number_is_refused() -> None:
    reading = reading_of(TOTALLED, "Month,Coin,Share\n2023-10,USDT,5.5\nTotal,,5 USDT\n")
    assert codes(reading.problems) == ["currency_in_amount"]
    assert reading.control_totals == {}


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
        (2, "Day", "date_invalid"),
        (2, "Fees", "scientific"),
        (2, "Coin", "currency_mismatch"),
        (4, None, "column_count"),
        (5, "Venue", "value_missing"),
        (5, "Rate", "rate_unit"),
        (5, "Share", "negative_amount"),
        (5, "Note", "control_char"),
        (6, "Day", "period_mismatch"),
        (6, "Share", "row_math"),
    ]
    assert codes(reading.file_problems) == ["control_char"]
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
        reading = read(mapping_of(declared), data)
        assert reading.rows or reading.problems
    recognise([mapping_of(PLAIN), mapping_of(FULL)], data, PLACE)


# Totals and footers of several currencies

BY_CURRENCY = (
    PLAIN
    + "footer_total: {label_column: Month, label: Total, amount_column: Share,"
    + " currency_column: Coin}\nfooter_lines: [Printed]\n"
)
ROWS = "Month,Coin,Share\n2023-10,USDT,5\n2023-10,USDC,6\n"


def test_each_currency_has_its_own_total() -> None:
    reading = reading_of(BY_CURRENCY, f"{ROWS}Total,USDT,5\nTotal,USDC,6\nPrinted in May\n")
    assert (reading.problems, reading.control_totals) == (
        (),
        {"USDT": Decimal(5), "USDC": Decimal(6)},
    )


@pytest.mark.parametrize(
    "totals", ["Total,USDT,5\n", "Total,USDT,5\nTotal,USDT,5\nTotal,USDC,6\n", "Total,USDC,6\n"]
)
def test_a_currency_without_its_total_or_with_two_is_refused(totals: str) -> None:
    assert set(codes(reading_of(BY_CURRENCY, ROWS + totals).problems)) == {
        "control_total_mismatch"
    }


def test_a_row_below_the_last_lines_is_refused() -> None:
    content = f"{ROWS}Printed in May\n2023-10,USDT,5\nTotal,USDT,10\nTotal,USDC,6\n"
    assert codes(reading_of(BY_CURRENCY, content).problems) == ["layout_unknown"]


def test_footer_lines_alone_are_no_rows() -> None:
    declared = f"{PLAIN}footer_lines: [Printed]\n"
    reading = reading_of(declared, f"{ROWS}2023-10,DOGE,1\nPrinted in May\n")
    assert (reading.rows_in, codes(reading.problems)) == (3, ["currency_mismatch"])


def test_blank_rows_are_skipped_where_the_mapping_says_so() -> None:
    content = "Month,Coin,Share\n2023-10,USDT,5\n\n,,\n2023-10,USDT,5\n"
    reading = reading_of(f"{PLAIN}blank_rows: skip\n", content)
    assert [(row.row, row.state, row.reason) for row in reading.aside] == [
        (3, "skipped", "a blank row"),
        (4, "skipped", "a blank row"),
    ]
    assert reading.rows_in == 4


def test_a_file_of_another_exchange_in_every_row_is_told_once() -> None:
    declared = FULL.replace("kind: statement", "kind: statement\nexchange: Otherex")
    reading = reading_of(declared, FULL_HEADER + full_row() + full_row())
    assert codes(reading.file_problems) == ["wrong_sponsor"]


def test_a_file_of_more_rows_than_any_month_has_is_refused_and_not_read_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ledger.revenue.reading.ROWS_MAX", 2)
    row = "2023-10,USDT,5\n"
    assert reading_of(PLAIN, f"Month,Coin,Share\n{row * 2}").problems == ()
    refused = reading_of(PLAIN, f"Month,Coin,Share\n{row * 999}")
    assert codes(refused.problems) == ["file_too_large"]
    assert refused.rows_in == RECORDS_AT_ONCE


def test_a_column_of_more_texts_than_are_remembered_is_read_like_any_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ledger.revenue.fields.REMEMBERED", 2)
    notes = ["a", "b", "c", "c", "a"]
    found = statement_rows(
        reading_of(FULL, FULL_HEADER + "".join(full_row(Note=note) for note in notes))
    )
    assert [row.memo for row in found] == notes


def test_a_file_with_too_many_problems_of_its_own_is_not_read_on() -> None:
    reading = reading_of(PLAIN, "Month,Coin,Share\n" + "2023-10,US\x00DT,5\n" * 600)
    assert len(reading.file_problems) == 501


# The examples


@functools.cache
def example_mappings() -> list[Mapping]:
    paths = sorted((EXAMPLES / "mappings").glob("*.yaml"))
    return [load_mapping(path.read_text("utf-8"), path.name) for path in paths]


def example_reading(path: Path) -> Read:
    mapping = recognise(example_mappings(), path.read_bytes(), path.name)
    assert isinstance(mapping, Mapping)
    assert mapping.kind == ("bank" if path.parent.name == "bank" else "statement")
    reading = read(mapping, path.read_bytes(), path.name)
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
    assert len(fingerprints) == 21
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
