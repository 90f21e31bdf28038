"""`--request-id`: a key stands for one request, whoever types it and how often."""

import shutil
from pathlib import Path

import pytest

from support.books import Books
from support.command_line import Answer, feeshare
from support.databases import EXAMPLES

WELL, BAD_INPUT, CONFLICT = 0, 2, 5
DONE = "request_done: Request 'r-1' is change 2 of 2023-11-03T09:00:00Z already: "
REUSED = "reference_reused: Request 'r-1' is recorded already with other content: change 2, "


def entry_file(folder: Path, name: str, amount: str) -> str:
    path = folder / name
    path.write_text(
        "reference,date,narration,account,amount,commodity\n"
        f"fee,2023-10-05,a fee,expenses:bank-fees,{amount},USD\n"
        f"fee,2023-10-05,a fee,equity:opening,-{amount},USD\n"
    )
    return str(path)


def post(books: Books, file: str, key: str = "r-1", actor: str = "treasurer") -> Answer:
    return feeshare(books, "--request-id", key, "entry", "post", file, actor=actor)


def test_a_request_typed_again_is_answered_and_not_done_again(
    books: Books, tmp_path: Path
) -> None:
    file = entry_file(tmp_path, "fee.csv", "1")
    assert post(books, file).err == "manual:fee: entry 1\n"
    digest = books.digest()
    again = post(books, file)
    assert (again.status, again.out) == (WELL, "")
    assert again.err == f"{DONE}post fee.csv.\nNothing to do.\n"
    assert books.digest() == digest


def test_a_file_stands_by_its_content(books: Books, tmp_path: Path) -> None:
    post(books, entry_file(tmp_path, "fee.csv", "1"))
    digest = books.digest()
    renamed = post(books, entry_file(tmp_path, "renamed.csv", "1"))
    assert (renamed.status, renamed.err.startswith(DONE)) == (WELL, True)
    changed = post(books, entry_file(tmp_path, "fee.csv", "2"))
    assert (changed.status, changed.err.startswith(REUSED)) == (CONFLICT, True)
    assert books.digest() == digest


def test_a_folder_stands_by_its_files(furnished_books: Books, tmp_path: Path) -> None:
    books = furnished_books
    statements = EXAMPLES / "2023-10" / "statements"
    shutil.copy(statements / "binance-2023-10.csv", tmp_path)
    mappings = str(EXAMPLES / "mappings")
    asked = ("--request-id", "r-1", "import", str(tmp_path), "--mappings", mappings)
    assert feeshare(books, *asked).status == WELL
    digest = books.digest()
    assert feeshare(books, *asked).err.startswith("request_done: ")
    shutil.copy(statements / "kucoin-2023-10.csv", tmp_path)
    assert feeshare(books, *asked).status == CONFLICT
    assert books.digest() == digest


@pytest.mark.parametrize(
    ("arguments", "actor"),
    [
        (("user", "add", "ada", "--role", "approver"), "treasurer"),
        (("user", "add", "bob", "--role", "auditor"), "treasurer"),
        (("user", "add", "ada", "--role", "auditor", "--payee", "ada"), "treasurer"),
        (("user", "add", "ada", "--role", "auditor"), "another"),
        (("entry", "reverse", "1", "--reason", "wrong"), "treasurer"),
    ],
)
def test_a_key_with_another_command_argument_or_person_is_refused(
    books: Books, arguments: tuple[str, ...], actor: str
) -> None:
    asked = ("--request-id", "r-1", "user", "add", "ada", "--role", "auditor")
    assert feeshare(books, *asked).status == WELL
    digest = books.digest()
    answer = feeshare(books, "--request-id", "r-1", *arguments, actor=actor)
    assert (answer.status, answer.err.startswith(REUSED)) == (CONFLICT, True)
    assert books.digest() == digest


def test_a_day_that_is_left_out_is_the_same_request_tomorrow(books: Books, tmp_path: Path) -> None:
    post(books, entry_file(tmp_path, "fee.csv", "1"), key="first")
    reverse = ("--request-id", "r-1", "entry", "reverse", "1", "--reason", "wrong")
    assert feeshare(books, *reverse).status == WELL
    digest = books.digest()
    answer = feeshare(books, *reverse, at="2023-11-04T09:00:00Z")
    assert (answer.status, answer.err.startswith("request_done: ")) == (WELL, True)
    dated = feeshare(books, *reverse, "--on", "2023-11-03")
    assert dated.status == CONFLICT
    assert books.digest() == digest


@pytest.mark.parametrize("key", ["", " "])
def test_a_blank_key_is_refused(books: Books, key: str, tmp_path: Path) -> None:
    digest = books.digest()
    answer = post(books, entry_file(tmp_path, "fee.csv", "1"), key=key)
    assert (answer.status, "id_invalid: --request-id" in answer.err) == (BAD_INPUT, True)
    assert books.digest() == digest


def test_a_key_on_what_only_reads_changes_nothing(books: Books) -> None:
    digest = books.digest()
    for _ in range(2):
        assert feeshare(books, "--request-id", "r-1", "user", "list").status == WELL
    assert books.digest() == digest
