"""Prices that cannot be taken or used: a code, what is wrong, unchanged books (bad input 67)."""

from pathlib import Path

import pytest

from support.books import Books
from support.command_line import feeshare

HEADER = "commodity,quote,on,price,source\n"
BAD_INPUT, CONFLICT, DENIED = 2, 5, 4


def load(books: Books, folder: Path, text: str, *more: str, name: str = "prices.csv") -> int:
    path = folder / name
    path.write_text(text)
    return feeshare(books, "price", "load", str(path), *more).status


def require_refused(books: Books, *arguments: str, status: int = BAD_INPUT) -> str:
    digest = books.digest()
    answer = feeshare(books, *arguments)
    assert answer.status == status, answer
    assert books.digest() == digest
    return answer.err


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("HBOT,USD,2023-10-31,0,m", "price_invalid: prices.csv, row 2, column price: found '0'"),
        ("HBOT,USD,2023-10-31,-0.004,m", "price_invalid: prices.csv, row 2, column price"),
        ("HBOT,USD,2023-10-31,0.013,m", "3 times above or below 0.004, the median of the 1"),
        ("HBOT,USD,2023-10-31,0.0013,m", "price_invalid: prices.csv, row 2, column price"),
        ("HBOT,USD,2023-10-31,4e-3,m", "not_a_number: prices.csv, row 2, column price"),
        ("HBOT,USD,2023-10-31,,m", "value_missing: prices.csv, row 2, column price"),
        ("HBOT,USD,2023-10-31,NaN,m", "not_a_number"),
        ("HBOT,USD,2023-10-31,0.0000000000000000001,m", "not_a_number"),
        ("HBOT,USD,2023-11-04,0.004,m", "date_invalid"),
        ("HBOT,USD,2023-10-31,1,policy", "price_invalid"),
        ("USDT,USD,2023-10-31,1.01,policy", "price_invalid"),
        ("HBOT,HBOT,2023-10-31,1,m", "price_invalid"),
        ("HBOT,GBP,2023-10-31,1,m", "currency_mismatch"),
    ],
)
def test_a_price_that_cannot_be_right_is_refused(
    books: Books, tmp_path: Path, row: str, expected: str
) -> None:
    assert load(books, tmp_path, f"{HEADER}HBOT,USD,2023-10-30,0.004,m\n") == 0
    path = tmp_path / "prices.csv"
    path.write_text(f"{HEADER}{row}\n")
    assert expected in require_refused(books, "price", "load", str(path))


def test_every_problem_of_a_file_is_told_and_none_of_it_is_taken(
    books: Books, tmp_path: Path
) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(
        f"{HEADER}HBOT,USD,2023-10-31,0.5,m\nHBOT,USD,2023-10-29,0.004,m\n"
        "HBOT,USD,2023-10-30,0,m\n"
    )
    said = require_refused(books, "price", "load", str(path))
    assert [line.partition(" column")[0] for line in said.splitlines()[:2]] == [
        "bad_input: price_invalid: prices.csv, row 2,",
        "price_invalid: prices.csv, row 4,",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[{"price": 0.0042}]', "file_invalid: prices.json, row 1, column price: found '0.0042'"),
        ('[{"price": 1}]', "file_invalid: prices.json, row 1, column price: found '1'"),
        ('[{"price": true}]', "file_invalid"),
        ('[{"price": NaN}]', "file_invalid"),
        ('{"price": "1"}', "file_invalid: prices.json: expected a list of objects"),
        ("[1]", "file_invalid: prices.json: expected a list of objects"),
        ('[{"price": "1", "price": "2"}]', "header_duplicate"),
        ('[{"price": "1"', "file_invalid: prices.json: expected well-formed JSON"),
        ("[" * 100_000, "file_invalid: prices.json: expected well-formed JSON"),
        ("[]", "file_empty"),
    ],
)
def test_json_holds_texts_only(books: Books, tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "prices.json"
    path.write_text(text)
    assert expected in require_refused(books, "price", "load", str(path))


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        ("yesterday", "date_invalid"),
        ("2023-10-31T23:00:00", "timezone_missing"),
        ("2023-11-03T09:00:01Z", "date_invalid"),
    ],
)
def test_the_moment_of_a_price_is_a_moment_that_has_come(
    books: Books, tmp_path: Path, moment: str, code: str
) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(
        f"commodity,quote,on,price,source,observed_at\nHBOT,USD,2023-10-31,0.004,m,{moment}\n"
    )
    assert f"{code}: prices.csv, row 2, column observed_at" in require_refused(
        books, "price", "load", str(path)
    )


def test_another_price_of_the_same_day_and_source_is_a_conflict(
    books: Books, tmp_path: Path
) -> None:
    assert load(books, tmp_path, f"{HEADER}HBOT,USD,2023-10-31,0.0042,m\n") == 0
    path = tmp_path / "other.csv"
    path.write_text(f"{HEADER}HBOT,USD,2023-10-31,0.0043,m\n")
    said = require_refused(books, "price", "load", str(path), status=CONFLICT)
    assert "reference_reused: Price 'HBOT/USD on 2023-10-31 by m'" in said
    blank = require_refused(books, "price", "load", str(path), "--override", " ")
    assert "evidence_missing" in blank


def test_a_missing_day_of_an_average_is_named(books: Books, tmp_path: Path) -> None:
    assert load(books, tmp_path, f"{HEADER}HBOT,USD,2023-10-30,0.004,m\n") == 0
    said = require_refused(
        books, "price", "average", "HBOT", "USD", "--until", "2023-10-31", "--days", "2"
    )
    assert "price_invalid" in said
    assert "missing: 2023-10-31" in said


def test_whoever_overrides_a_price_does_not_accept_it(books: Books, tmp_path: Path) -> None:
    assert load(books, tmp_path, f"{HEADER}HBOT,USD,2023-10-30,0.004,m\n") == 0
    outlier = f"{HEADER}HBOT,USD,2023-10-31,0.04,m\n"
    assert load(books, tmp_path, outlier, "--override", "listed at last") == 0
    said = require_refused(books, "price", "accept", "1", status=DENIED)
    assert "another person accepts it" in said
    assert "reference_unknown" in require_refused(books, "price", "accept", "2")
