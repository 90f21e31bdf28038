import csv
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from io import StringIO

import pytest

from reports.render.csv import render
from reports.report import Cell, Column, Kind, Report

MADE_AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def report_of(columns: dict[str, Kind], *rows: tuple[Cell, ...]) -> Report:
    return Report(
        name="sample",
        title="A sample",
        columns=tuple(Column(name=name, kind=kind) for name, kind in columns.items()),
        rows=rows,
        sorted_by=tuple(columns)[:1],
        filters=(("period", "2026-10"),),
        head_number=7,
        head_hash="ab" * 32,
        made_at=MADE_AT,
    )


def spelled(kind: Kind, cell: Cell) -> str:
    columns = {"first": Kind.INTEGER, "cell": kind}
    text = render(report_of(columns, (1, cell))).decode()
    return next(row["cell"] for row in csv.DictReader(StringIO(text, newline="")))


def test_every_line_ends_in_crlf_and_the_first_has_the_names_without_a_byte_order_mark() -> None:
    content = render(report_of({"name": Kind.TEXT, "amount": Kind.AMOUNT}, ("Ada", Decimal(1))))

    assert content == b"name,amount\r\nAda,1\r\n"


def test_text_with_commas_quotes_and_line_ends_comes_back_whole() -> None:
    text = 'He said "no",\r\nthen\nleft; 田中'

    assert spelled(Kind.TEXT, text) == text


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        ("1E+3", "1000"),
        ("-0.00", "0"),
        ("1.50", "1.5"),
        ("-1234567.890000000000000001", "-1234567.890000000000000001"),
        ("1E-18", "0.000000000000000001"),
    ],
)
def test_numbers_are_plain(quantity: str, text: str) -> None:
    assert spelled(Kind.AMOUNT, Decimal(quantity)) == text
    assert spelled(Kind.RATE, Decimal(quantity)) == text


def test_dates_are_iso_and_times_are_utc() -> None:
    new_york = timezone(timedelta(hours=-4))

    assert spelled(Kind.DATE, date(2026, 10, 1)) == "2026-10-01"
    assert spelled(Kind.TIME, MADE_AT) == "2026-11-02T09:00:00Z"
    late = datetime(2026, 10, 1, 22, 30, 0, 5, tzinfo=new_york)
    assert spelled(Kind.TIME, late) == "2026-10-02T02:30:00.000005Z"


def test_flags_are_true_or_false_and_unknown_is_blank_in_every_kind() -> None:
    assert spelled(Kind.FLAG, cell=True) == "true"
    assert spelled(Kind.FLAG, cell=False) == "false"
    assert {spelled(kind, None) for kind in Kind} == {""}


@pytest.mark.parametrize("start", [*"=+-@\t\r\n", *"＝＋－＠"])  # noqa: RUF001 - full-width on purpose
def test_text_and_identifiers_that_start_as_a_formula_get_an_apostrophe(start: str) -> None:
    text = f"{start}cmd|' /C calc'!A0"

    assert spelled(Kind.TEXT, text) == f"'{text}"
    assert spelled(Kind.IDENTIFIER, text) == f"'{text}"


@pytest.mark.parametrize("text", ["Ada", "a=b", " =1", "0x12", "'quoted"])
def test_other_text_is_left_as_it_is(text: str) -> None:
    assert spelled(Kind.TEXT, text) == text


def test_negative_numbers_stay_numbers_even_in_a_column_of_text() -> None:
    assert spelled(Kind.AMOUNT, Decimal("-5.25")) == "-5.25"
    assert spelled(Kind.INTEGER, -5) == "-5"
    assert spelled(Kind.TEXT, Decimal("-5.25")) == "-5.25"


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        (Kind.AMOUNT, "=1+1"),
        (Kind.AMOUNT, Decimal("NaN")),
        (Kind.AMOUNT, True),
        (Kind.INTEGER, Decimal("1.5")),
        (Kind.RATE, "0.3"),
        (Kind.DATE, MADE_AT),
        (Kind.TIME, MADE_AT.replace(tzinfo=None)),
        (Kind.TIME, date(2026, 10, 1)),
        (Kind.FLAG, 1),
    ],
)
def test_a_cell_of_another_kind_than_its_column_is_refused(kind: Kind, cell: Cell) -> None:
    with pytest.raises(TypeError, match=r"cell is .* and cannot hold"):
        spelled(kind, cell)


def test_a_row_of_another_length_than_the_header_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        render(report_of({"name": Kind.TEXT}, ("Ada", "too many")))


def test_an_empty_report_is_its_header() -> None:
    assert render(report_of({"name": Kind.TEXT, "amount": Kind.AMOUNT})) == b"name,amount\r\n"


def test_there_are_no_total_lines() -> None:
    column = Column(name="amount", kind=Kind.AMOUNT, total=True)
    report = Report(
        name="sample",
        title="A sample",
        columns=(column,),
        rows=((Decimal(1),), (Decimal(2),)),
        sorted_by=("amount",),
        filters=(),
        head_number=7,
        head_hash="ab" * 32,
        made_at=MADE_AT,
    )

    assert render(report) == b"amount\r\n1\r\n2\r\n"
