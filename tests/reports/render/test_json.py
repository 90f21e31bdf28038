import json
from datetime import UTC, date, datetime
from decimal import Decimal

from reports.render.json import render
from reports.report import Cell, Column, Kind, Report, TieOut

COLUMNS = (
    Column(name="number", kind=Kind.INTEGER),
    Column(name="payee_name", kind=Kind.TEXT),
    Column(name="amount", kind=Kind.AMOUNT, commodity_column="commodity", total=True),
    Column(name="commodity", kind=Kind.IDENTIFIER),
    Column(name="held", kind=Kind.FLAG),
    Column(name="paid_on", kind=Kind.DATE),
)
PAID_ON = date(2026, 10, 31)


def report_of(*rows: tuple[Cell, ...]) -> Report:
    return Report(
        name="sample",
        title="A sample",
        columns=COLUMNS,
        rows=rows,
        sorted_by=("number",),
        filters=(("period", "2026-10"),),
        head_number=7,
        head_hash="ab" * 32,
        made_at=datetime(2026, 11, 2, 9, 0, tzinfo=UTC),
        tie_outs=(
            TieOut(check="c", commodity="ETH", left=Decimal("1E+19"), right=Decimal("1E-18")),
        ),
    )


def test_rows_are_objects_with_money_as_strings_and_unknown_as_null() -> None:
    row = (1, "=1+1", Decimal("-1.500000000000000001"), "ETH", True, PAID_ON)
    blank = (2, None, None, None, None, None)
    rows = json.loads(render(report_of(row, blank)))["rows"]

    assert rows[0] == {
        "number": 1,
        "payee_name": "=1+1",
        "amount": "-1.500000000000000001",
        "commodity": "ETH",
        "held": True,
        "paid_on": "2026-10-31",
    }
    assert rows[1] == {column.name: None for column in COLUMNS} | {"number": 2}


def test_an_integer_that_readers_would_round_is_a_string() -> None:
    rows = [(number, None, None, None, None, None) for number in (2**53 - 1, 2**53, -(2**53))]
    found = [row["number"] for row in json.loads(render(report_of(*rows)))["rows"]]

    assert found == [9007199254740991, "9007199254740992", "-9007199254740992"]


def test_it_carries_the_description_and_the_columns_in_their_order() -> None:
    content = json.loads(render(report_of()))

    assert [column["name"] for column in content["columns"]] == [one.name for one in COLUMNS]
    assert content["head"] == {"number": 7, "hash": "ab" * 32}
    assert content["rows"] == []
    assert content["control_totals"] == {"amount": {}}


def test_a_difference_keeps_every_digit() -> None:
    tie_out = json.loads(render(report_of()))["tie_outs"][0]

    assert tie_out["difference"] == "9999999999999999999.999999999999999999"


def test_the_bytes_are_canonical() -> None:
    report = report_of((1, "田中", Decimal(1), "EUR", False, PAID_ON))
    content = render(report)
    again = json.dumps(json.loads(content), ensure_ascii=False, sort_keys=True, indent=2)

    assert content == f"{again}\n".encode()
    assert content == render(report)
