"""What makes bytes a table, and how each way of breaking one is refused."""

import pytest

from ledger.revenue.recognition import recognise
from support.mappings import FULL, PLACE, PLAIN, codes, mapping_of, reading_of, statement_rows

# Lines and bytes


def test_a_byte_order_mark_is_no_part_of_the_first_header() -> None:
    for header in ("Month,Coin,Share", '"Month","Coin","Share"'):
        data = b"\xef\xbb\xbf" + f"{header}\n2023-10,USDT,5\n".encode()
        assert recognise([mapping_of(PLAIN)], data, PLACE) == mapping_of(PLAIN)
        (row,) = statement_rows(reading_of(PLAIN, data))
        assert row.cells[0] == "2023-10"


def test_line_ends_of_windows_and_empty_lines_at_the_end_are_read() -> None:
    reading = reading_of(PLAIN, "Month,Coin,Share\r\n2023-10,USDT,5\r\n\r\n\n")
    assert len(statement_rows(reading)) == 1


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


@pytest.mark.parametrize("content", ["", "\n\n", "Month,Coin,Share\n", "\ufeff"])
def test_a_file_without_rows_is_refused(content: str) -> None:
    assert codes(reading_of(PLAIN, content).problems) == ["file_empty"]


def test_bytes_outside_the_declared_encoding_are_refused_line_by_line() -> None:
    data = b"Month,Coin,Share\n2023-10,\xff,5\n2023-10,USDT,5\n2023-10,\xe9\xe8,5\n"
    problems = reading_of(PLAIN, data).problems
    assert [(problem.code, problem.row) for problem in problems] == [
        ("encoding_invalid", 2),
        ("encoding_invalid", 4),
    ]
    assert problems[0].value == repr(b"\xff")


def test_text_of_two_bytes_a_sign_that_is_cut_inside_one_is_refused() -> None:
    declared = PLAIN.replace("utf-8", "utf-16")
    whole = "Month,Coin,Share\n2023-10,USDT,5\n".encode("utf-16")
    assert len(statement_rows(reading_of(declared, whole))) == 1
    (problem,) = reading_of(declared, whole[:-1]).problems
    assert (problem.code, problem.row) == ("encoding_invalid", None)


@pytest.mark.parametrize(
    ("content", "row"),
    [
        ('Month,Coin,Share\n2023-10,USDT,5\n2023-10,"USDT,6\n', 3),
        ('Month,Coin,Share\n1,"a"b,5\n', 2),
    ],
)
def test_an_unclosed_quote_is_refused_as_a_truncated_file(content: str, row: int) -> None:
    reading = reading_of(PLAIN, content)
    assert [(problem.code, problem.row) for problem in reading.problems] == [
        ("file_truncated", row)
    ]
    assert reading.file_problems == reading.problems


# Headers


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


def test_a_very_wide_changed_header_is_shown_in_part() -> None:
    header = ",".join(["Month", "Coin", "Share", *(f"c{number}" for number in range(500))])
    (problem,) = reading_of(PLAIN, f"{header}\n1\n").problems
    assert problem.expected.endswith("'c9' and 490 more")
