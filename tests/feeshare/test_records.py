from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from feeshare.records import Record, read_records
from ledger.errors import BadInput, Problem

REQUIRED = ("name", "amount")
OPTIONAL = ("on",)

CSV = "name,amount,on\nAda,12.5,2023-10-31\nBob,-1,\n"
YAML = """
- name: Ada
  amount: 12.5
  on: 2023-10-31
- {name: Bob, amount: -1, on: }
"""


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(path: Path) -> list[Record]:
    return read_records(path, required=REQUIRED, optional=OPTIONAL)[0]


def problems(path: Path) -> list[Problem]:
    with pytest.raises(BadInput) as refused:
        read(path)
    assert all(problem.place == path.name for problem in refused.value.problems)
    return list(refused.value.problems)


def codes(folder: Path, name: str, content: str | bytes) -> list[str]:
    return [problem.code for problem in problems(written(folder, name, content))]


@pytest.mark.parametrize("suffix", ["yaml", "yml", "YML"])
def test_csv_and_yaml_with_the_same_columns_are_the_same_records(
    tmp_path: Path, suffix: str
) -> None:
    from_csv = read(written(tmp_path, "a.csv", CSV))
    from_yaml = read(written(tmp_path, f"a.{suffix}", YAML))
    assert [record.cells for record in from_csv] == [record.cells for record in from_yaml]
    assert [record.row for record in from_csv] == [2, 3]
    assert [record.row for record in from_yaml] == [1, 2]


def test_cells_are_read_as_text_quantity_and_day(tmp_path: Path) -> None:
    first, second = read(written(tmp_path, "a.csv", CSV))
    assert first.text("name") == "Ada"
    assert (first.quantity("amount"), second.quantity("amount")) == (Decimal("12.5"), Decimal(-1))
    assert first.day("on") == date(2023, 10, 31)
    assert second.day("on", required=False) is None
    assert second.text("no such column", required=False) == ""
    assert first.faults.problems == []


def test_yaml_scalars_stay_the_text_they_are(tmp_path: Path) -> None:
    text = "- {name: no, amount: 1e5, on: 0x10}\n- {name: ~, amount: 1.50, on: 12:30}\n"
    assert [record.cells for record in read(written(tmp_path, "a.yaml", text))] == [
        {"name": "no", "amount": "1e5", "on": "0x10"},
        {"name": "~", "amount": "1.50", "on": "12:30"},
    ]


def test_cells_and_headers_are_stripped(tmp_path: Path) -> None:
    (record,) = read(written(tmp_path, "a.csv", " name , amount\n  Ada ,\t1 \n"))
    assert record.cells == {"name": "Ada", "amount": "1"}


@pytest.mark.parametrize(("name", "content"), [("a.csv", CSV), ("a.yaml", YAML)])
def test_a_byte_order_mark_is_no_part_of_the_first_column(
    tmp_path: Path, name: str, content: str
) -> None:
    plain = [record.cells for record in read(written(tmp_path, name, content))]
    marked = read(written(tmp_path, f"bom-{name}", b"\xef\xbb\xbf" + content.encode()))
    assert [record.cells for record in marked] == plain


def test_a_cell_that_is_no_number_or_no_date_is_a_problem_with_its_place(tmp_path: Path) -> None:
    (record,) = read(written(tmp_path, "a.csv", "name,amount,on\n,1e5,31.10.2023\n"))
    assert record.text("name") == ""
    assert record.quantity("amount") is None
    assert record.day("on") is None
    with pytest.raises(BadInput) as refused:
        record.faults.raise_if_any()
    assert [(each.code, each.row, each.column, each.value) for each in refused.value.problems] == [
        ("value_missing", 2, "name", None),
        ("not_a_number", 2, "amount", "1e5"),
        ("date_invalid", 2, "on", "31.10.2023"),
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.csv", "nmae,on,fee\nAda,,1\n"), ("a.yaml", "- {nmae: Ada, on: , fee: 1}\n")],
)
def test_unknown_and_missing_columns_are_all_told_at_once(
    tmp_path: Path, name: str, content: str
) -> None:
    found = problems(written(tmp_path, name, content))
    assert [(each.code, each.column) for each in found] == [
        ("column_unknown", "nmae"),
        ("column_unknown", "fee"),
        ("column_missing", "name"),
        ("column_missing", "amount"),
    ]


@pytest.mark.parametrize(("name", "content"), [("a.csv", "name,amount\n"), ("a.yaml", "[]")])
def test_a_file_without_a_row_is_refused(tmp_path: Path, name: str, content: str) -> None:
    assert codes(tmp_path, name, content) == ["file_empty"]


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    assert codes(tmp_path, "a.csv", "") == ["file_empty"]
    assert codes(tmp_path, "a.yaml", "") == ["file_invalid"]


def test_every_ragged_row_is_told_with_its_row(tmp_path: Path) -> None:
    found = problems(written(tmp_path, "a.csv", "name,amount\nAda,1\nBob\nCarol,1,2\n"))
    assert [(each.code, each.row, each.value) for each in found] == [
        ("column_count", 3, "1"),
        ("column_count", 4, "3"),
    ]


def test_a_column_named_twice_is_refused(tmp_path: Path) -> None:
    assert codes(tmp_path, "a.csv", "name,amount,amount\nAda,1,2\n") == ["header_duplicate"]
    assert codes(tmp_path, "a.yaml", "- {name: Ada, amount: 1, amount: 2}") == ["header_duplicate"]


@pytest.mark.parametrize("content", ['"name,amount\nAda,1\n', 'name,amount\nAda,"1\n'])
def test_a_quote_that_never_ends_is_a_truncated_file(tmp_path: Path, content: str) -> None:
    assert codes(tmp_path, "a.csv", content) == ["file_truncated"]


@pytest.mark.parametrize(
    "content",
    [
        "name: Ada",
        "- Ada",
        "- [name, Ada]",
        "- name: [Ada, Bob]\n  amount: 1",
        "- {name: {a: b}, amount: 1}",
        "- ? [a]\n  : b",
        "- name: 'Ada",
        "- &a [*a]",
        "a: \x00",
    ],
)
def test_yaml_that_is_no_list_of_columns_with_a_text_is_refused(
    tmp_path: Path, content: str
) -> None:
    assert set(codes(tmp_path, "a.yaml", content)) == {"file_invalid"}


@pytest.mark.parametrize("content", ["name,amount\nJosé,1\n".encode("latin-1"), b"\xff\xfen\x00"])
@pytest.mark.parametrize("name", ["a.csv", "a.yaml"])
def test_another_encoding_than_utf_8_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    assert codes(tmp_path, name, content) == ["encoding_invalid"]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert [each.code for each in problems(tmp_path / "none.csv")] == ["file_missing"]
    assert [each.code for each in problems(tmp_path)] == ["file_missing"]


def test_json_is_the_same_as_csv_and_null_is_blank(tmp_path: Path) -> None:
    text = (
        '[{"name": "Ada", "amount": " 12.5 ", "on": "2023-10-31"},'
        ' {"name": "Bob", "amount": "-1", "on": null}]'
    )
    ada, bob = read(written(tmp_path, "people.json", text))
    assert (ada.row, ada.text("name"), ada.quantity("amount"), ada.day("on")) == (
        *(1, "Ada", Decimal("12.5")),
        date(2023, 10, 31),
    )
    assert (bob.row, bob.quantity("amount"), bob.day("on", required=False)) == (
        *(2, Decimal(-1)),
        None,
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('[{"name": "Ada", "amount": 12.5}]', "file_invalid"),
        ('[{"name": ["Ada"], "amount": "1"}]', "file_invalid"),
        ('[["Ada", "1"]]', "file_invalid"),
        ('{"name": "Ada"}', "file_invalid"),
        ('[{"name": "Ada", "amount": "1", "amount": "2"}]', "header_duplicate"),
        ('[{"name": "Ada"}]', "column_missing"),
        ("[", "file_invalid"),
        ("[]", "file_empty"),
    ],
)
def test_json_of_another_shape_is_refused(tmp_path: Path, text: str, code: str) -> None:
    assert codes(tmp_path, "people.json", text) == [code]
