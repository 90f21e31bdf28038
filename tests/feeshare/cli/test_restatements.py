"""A restatement and a write-off as people type them."""

import json
from pathlib import Path

from support.books import Books
from support.command_line import Answer, feeshare
from support.databases import EXAMPLES

FILES = EXAMPLES / "2023-10" / "statements"
MAPPINGS = ("--mappings", str(EXAMPLES / "mappings"))
FIRST = "binance:spot:usdt:2023-10:1"
SECOND = "binance:spot:usdt:2023-10:2"
NEEDS_REVIEW, DENIED = 3, 4


def typed(books: Books, *arguments: str, status: int = 0, actor: str = "treasurer") -> Answer:
    answer = feeshare(books, *arguments, actor=actor)
    assert answer.status == status, answer
    return answer


def accepted_month(books: Books) -> None:
    typed(books, "import", str(FILES / "binance-2023-10.csv"), *MAPPINGS)
    typed(books, "review", "accept", "--all")
    typed(books, "accrue", "2023-10")


def restated(folder: Path, figure: str) -> str:
    path = folder / f"binance-{figure}.csv"
    path.write_text(
        (FILES / "binance-2023-10.csv").read_text("utf-8").replace("8,750.00", figure), "utf-8"
    )
    return str(path)


def test_a_restatement_is_accepted_by_its_id_only_and_says_what_it_did(
    furnished_books: Books, tmp_path: Path
) -> None:
    books = furnished_books
    accepted_month(books)
    imported = typed(books, "import", restated(tmp_path, "8000"), *MAPPINGS, "--json")
    (row,) = json.loads(imported.out)
    assert row["state"] == f"restates {FIRST} by -750"
    (waiting,) = json.loads(typed(books, "review", "--json", status=NEEDS_REVIEW).out)
    assert (waiting["restates"], waiting["difference"]) == (FIRST, "-750")

    left = typed(books, "review", "accept", "--all", status=NEEDS_REVIEW)
    assert f"feeshare review accept {SECOND}" in left.err

    done = typed(books, "review", "accept", SECOND)
    assert done.err.splitlines() == [
        f"{SECOND}: entry 3",
        "  coinalpha: share 1600, due 0",
        "1 accepted.",
    ]
    (start,) = [
        each
        for each in json.loads(typed(books, "month", "start", "2023-10", "--json").out)
        if each["statement"] == SECOND
    ]
    assert start["state"] == "accepted"
    assert "Everything is what was sealed." in typed(books, "audit", "verify").err


def test_what_was_accepted_by_mistake_is_undone_and_imported_again(
    furnished_books: Books,
) -> None:
    books = furnished_books
    accepted_month(books)
    undone = typed(books, "review", "undo", FIRST, "--reason", "the wrong month")
    assert undone.err.splitlines() == [
        f"{FIRST}: entry 3",
        "  coinalpha: share 0, due 0",
        f"{FIRST} is taken back.",
    ]
    assert "Nothing to do" in typed(books, "review", "undo", FIRST, "--reason", "again").err
    (start,) = [
        each
        for each in json.loads(typed(books, "month", "start", "2023-10", "--json").out)
        if each["agreement"] == "binance:spot:usdt"
    ]
    assert (start["state"], "taken back" in start["next_action"]) == ("missing", True)
    typed(books, "import", str(FILES / "binance-2023-10.csv"), *MAPPINGS)
    typed(books, "review", "accept", SECOND)
    assert json.loads(typed(books, "accrue", "2023-10", "--json").out)


def test_a_write_off_takes_two_and_money_after_all_takes_it_back(furnished_books: Books) -> None:
    books = furnished_books
    accepted_month(books)
    proposed = typed(books, "write-off", "propose", FIRST, "--reason", "bankrupt")
    assert f"write-off confirm write-off:{FIRST}:1" in proposed.err
    identity = f"write-off:{FIRST}:1"
    typed(books, "write-off", "confirm", identity, status=DENIED)
    confirmed = typed(books, "write-off", "confirm", identity, actor="controller")
    assert confirmed.err == f"{identity} is entry 3.\n"
    (row,) = json.loads(typed(books, "write-off", "list", "--json").out)
    assert (row["amount"], row["outstanding"], row["confirmed_by"]) == (
        "8750",
        "8750",
        "controller",
    )
    undone = typed(books, "write-off", "undo", FIRST, "--amount", "750", "--reason", "they paid")
    assert undone.err.splitlines()[-1] == "Owed again."
    typed(books, "write-off", "undo", FIRST, "--reason", "all of it")
    nothing = typed(books, "write-off", "undo", FIRST, "--reason", "again")
    assert "Nothing to do" in nothing.err
    wrong = typed(books, "write-off", "propose", FIRST, "--amount", "x", "--reason", "r", status=2)
    assert "not_a_number" in wrong.err
