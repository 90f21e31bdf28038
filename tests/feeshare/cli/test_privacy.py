import json
from pathlib import Path

import pytest

from support.books import Books
from support.command_line import feeshare

MAPPING = """
name: kucoin-users
version: 1
kind: statement
exchange: {exchange}
encoding: utf-8
delimiter: ","
decimal_mark: "."
date_format: YYYY-MM-DD
header: [date, user_id, fee_share, asset]
columns: {{period: date, user: user_id, fee_share: fee_share, currency: asset}}
"""

ROWS = """date,user_id,fee_share,asset
2023-10-01,alice@example.org,1.5,USDT
2023-10-01,bob@example.org,2.5,USDT
2023-10-02,alice@example.org,1e1,USDT
2023-10-02,carol@example.org,USDT
2023-10-03, dora@example.org,3,USDT
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "kucoin-users.yaml").write_text(MAPPING.format(exchange="KuCoin"))
    (tmp_path / "users.csv").write_text(ROWS)
    return tmp_path


def everything_sealed(books: Books) -> str:
    """Return every row of the books but the files that may be erased, as text."""
    with books.sql(as_owner=True) as connection:
        tables = [
            name
            for (name,) in connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            )
            if name not in {"personal_files", "pseudonym_keys"}
        ]
        rows = [connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in tables]
    return repr(rows)


def test_no_user_id_is_in_the_books_and_the_file_as_it_came_can_be_erased(
    furnished_books: Books, files: Path
) -> None:
    books = furnished_books
    command = ("import", str(files / "users.csv"), "--mappings", str(files))
    answer = feeshare(books, *command, "--json")
    assert answer.status == 3, answer
    (row,) = json.loads(answer.out)
    assert (row["rows"], row["quarantined"]) == (3, 2)
    shown = feeshare(books, "review", "show", "kucoin:spot:usdt:2023-10:1")
    assert "whitespace_trimmed" in shown.out
    assert "example.org" not in everything_sealed(books)
    again = feeshare(books, *command)
    assert (again.status, "imported before" in again.err) == (0, True), again
    (kept,) = json.loads(feeshare(books, "privacy", "list", "--json").out)
    assert (kept["exchange"], kept["file"], kept["state"]) == ("KuCoin", "users.csv", "kept")
    erased = feeshare(books, "privacy", "erase", "KuCoin", "--reason", "asked to")
    assert "1 files erased: users.csv" in erased.err
    (gone,) = json.loads(feeshare(books, "privacy", "list", "--json").out)
    assert (gone["state"], gone["reason"]) == ("erased", "asked to")
    with books.sql() as connection:
        assert connection.execute("SELECT count(*) FROM personal_files").fetchone() == (0,)


def test_users_of_an_exchange_that_is_not_known_are_not_read(
    furnished_books: Books, files: Path
) -> None:
    (files / "kucoin-users.yaml").write_text(MAPPING.format(exchange="Nobody"))
    digest = furnished_books.digest()
    answer = feeshare(
        furnished_books, "import", str(files / "users.csv"), "--mappings", str(files)
    )
    assert (answer.status, "reference_unknown" in answer.err) == (2, True), answer
    assert furnished_books.digest() == digest


def test_nothing_kept_is_nothing_erased(furnished_books: Books) -> None:
    answer = feeshare(furnished_books, "privacy", "erase", "KuCoin", "--reason", "r")
    assert (answer.status, "reference_unknown" in answer.err) == (2, True), answer
