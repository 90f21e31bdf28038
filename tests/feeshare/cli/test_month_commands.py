"""A small month as a person types it: exit statuses, streams, and what can be read."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from support.books import Books
from support.command_line import Answer, feeshare
from support.databases import EXAMPLES

OCTOBER = EXAMPLES / "2023-10"
MAPPINGS = ("--mappings", str(EXAMPLES / "mappings"))
BINANCE = "binance:spot:usdt:2023-10:1"
RECEIPT = "date,account,amount,currency,external_id,counterparty,memo\n"

WELL, BAD_INPUT, NEEDS_REVIEW, DENIED, CONFLICT = 0, 2, 3, 4, 5


def typed(books: Books, *arguments: str, status: int = WELL, actor: str = "treasurer") -> Answer:
    """Type a command and require its exit status; what refuses leaves the books as they were."""
    digest = books.digest()
    answer = feeshare(books, *arguments, actor=actor)
    assert answer.status == status, answer
    if status != WELL and arguments[0] != "reconcile":
        assert books.digest() == digest, arguments
    return answer


def as_json(books: Books, *arguments: str, status: int = WELL) -> list[dict[str, Any]]:
    """Type a command with --json, and once more with --csv; require both to say the same."""
    answer = typed(books, *arguments, "--json", status=status)
    rows: list[dict[str, Any]] = json.loads(answer.out)
    table = typed(books, *arguments, "--csv", status=status)
    from_csv = list(csv.DictReader(io.StringIO(table.out)))
    assert [{k: "" if v is None else str(v) for k, v in row.items()} for row in rows] == from_csv
    return rows


def stage_binance(books: Books) -> None:
    typed(books, "import", str(OCTOBER / "statements" / "binance-2023-10.csv"), *MAPPINGS)


def receipt(folder: Path, amount: str, memo: str = "", name: str = "a") -> str:
    path = folder / f"{name}.csv"
    row = f"2023-10-20,wallet-ethereum-treasury,{amount},USDT,{name},Binance,{memo}\n"
    path.write_text(RECEIPT + row)
    return str(path)


def test_a_month_from_its_first_list_to_its_close(furnished_books: Books, tmp_path: Path) -> None:
    books = furnished_books
    started = as_json(books, "month", "start", "2023-10")
    assert {row["state"] for row in started} == {"missing"}
    stage_binance(books)
    waiting = as_json(books, "review", status=NEEDS_REVIEW)
    assert waiting == [
        {
            "statement": BINANCE,
            "file": "binance-2023-10.csv",
            "rows": 1,
            "quarantined": 0,
            "warnings": 0,
            "fee_share": "8750",
            "user_rebate": "0",
            "maintainers": "1750",
            "foundation": "7000",
            "commodity": "USDT",
            "terms": "variable, terms 1",
            "restates": "",
            "difference": None,
            "next_action": "",
        }
    ]
    accepted = typed(books, "review", "accept", "--all")
    assert (accepted.out, accepted.err) == ("", f"{BINANCE}: entry 1\n1 accepted.\n")
    assert "Nothing waits" in typed(books, "review").err
    (accrued,) = as_json(books, "accrue", "2023-10")
    assert (accrued["amount"], accrued["payee"]) == ("1750", "coinalpha")
    assert accrued["explanation"].startswith("20 % of 8750 USDT")
    typed(books, "import", receipt(tmp_path, "8750", "fee share 2023-10"), *MAPPINGS)
    matched = typed(books, "reconcile", "2023-10", "--json")
    assert json.loads(matched.out) == [
        {
            "bank_line": "wallet-ethereum-treasury/a",
            "amount": "8750",
            "commodity": "USDT",
            "document": BINANCE,
            "why": "memo names 2023-10, amount exact",
            "became_due": f"share:{BINANCE}:coinalpha",
        }
    ]
    assert matched.err == "1 matched now, 0 open.\n"
    typed(books, "month", "status", "2023-10", status=NEEDS_REVIEW)
    waived = typed(books, "month", "waive", "2023-10", "--reason", "a small month")
    assert waived.err.count("waived: ") == 7
    status = as_json(books, "month", "status", "2023-10")
    assert {row["holds"] for row in status} == {"✓"}
    closed = typed(books, "month", "close", "2023-10")
    assert closed.out == ""
    assert "2023-10 is closed (close 1). Trial balance " in closed.err
    verified = typed(books, "audit", "verify")
    assert "Everything is what was sealed." in verified.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("import", str(OCTOBER / "statements" / "binance-2023-10.csv"), *MAPPINGS),
        ("review", "accept", BINANCE),
        ("accrue", "2023-10"),
        ("month", "waive", "2023-10", "--reason", "again"),
        ("month", "close", "2023-10"),
    ],
)
def test_a_command_typed_again_changes_nothing_and_says_so(
    furnished_books: Books, arguments: tuple[str, ...]
) -> None:
    books = furnished_books
    stage_binance(books)
    typed(books, "review", "accept", "--all")
    typed(books, "accrue", "2023-10")
    typed(books, "month", "waive", "2023-10", "--reason", "a small month")
    typed(books, "month", "close", "2023-10")
    digest = books.digest()
    assert "Nothing" in typed(books, *arguments).err
    assert books.digest() == digest


def test_reconciling_again_matches_nothing_more(furnished_books: Books, tmp_path: Path) -> None:
    books = furnished_books
    stage_binance(books)
    typed(books, "review", "accept", "--all")
    typed(books, "import", receipt(tmp_path, "8750"), *MAPPINGS)
    assert "1 matched now" in typed(books, "reconcile", "2023-10").err
    digest = books.digest()
    assert typed(books, "reconcile", "2023-10").err == "0 matched now, 0 open.\n"
    assert books.digest() == digest


def test_money_that_no_rule_can_place_waits_for_a_person(
    furnished_books: Books, tmp_path: Path
) -> None:
    books = furnished_books
    stage_binance(books)
    typed(books, "review", "accept", "--all")
    typed(books, "accrue", "2023-10")
    typed(books, "import", receipt(tmp_path, "9000", "2023-10"), *MAPPINGS)
    open_line = typed(books, "reconcile", "2023-10", status=NEEDS_REVIEW)
    assert "needs_review: Money came in that no rule can place." in open_line.err
    assert "feeshare match LINE DOCUMENT" in open_line.err
    line = "wallet-ethereum-treasury/a"
    typed(books, "match", line, BINANCE, status=CONFLICT)
    typed(books, "match", line, BINANCE, "--amount", "9000.01", status=BAD_INPUT)
    typed(books, "match", "no-line", BINANCE, status=BAD_INPUT)
    placed = typed(books, "match", line, BINANCE, "--amount", "8750")
    said = f"{line}: 8750 USDT is for {BINANCE}.\nbecame due: share:{BINANCE}:coinalpha\n"
    assert (placed.out, placed.err) == ("", said)


def test_the_person_who_closed_a_month_does_not_reopen_it(furnished_books: Books) -> None:
    books = furnished_books
    typed(books, "month", "waive", "2023-10", "--reason", "nothing came")
    typed(books, "month", "close", "2023-10")
    denied = typed(books, "month", "reopen", "2023-10", "--reason", "oops", status=DENIED)
    assert denied.out == ""
    assert "self_confirmation: treasurer closed 2023-10; another person reopens it." in denied.err
    reopened = typed(books, "month", "reopen", "2023-10", "--reason", "oops", actor="controller")
    assert reopened.err == "2023-10 is open again.\n"
    typed(books, "month", "reopen", "2023-10", "--reason", "oops", status=CONFLICT)
    assert "(close 2)" in typed(books, "month", "close", "2023-10").err


REFUSED = [
    (("month", "start", "October"), BAD_INPUT, "date_invalid"),
    (("accrue", "2024-01"), BAD_INPUT, "date_invalid"),
    (("review", "accept", "nothing"), BAD_INPUT, "reference_unknown"),
    (("review", "reject", "nothing", "--reason", "r"), BAD_INPUT, "reference_unknown"),
    (("import", "nowhere.csv", *MAPPINGS), BAD_INPUT, "file_missing"),
    (("import", "nowhere.csv", "--mappings", "nowhere"), BAD_INPUT, "mapping_missing"),
    (("month", "close", "2023-10"), NEEDS_REVIEW, "needs_review"),
    (("month", "reopen", "2023-10", "--reason", "r"), CONFLICT, "conflict"),
    (("review", "reject", BINANCE, "--reason", "late"), CONFLICT, "conflict"),
]


@pytest.mark.parametrize(("arguments", "status", "code"), REFUSED)
def test_a_refusal_has_its_status_and_its_code_on_stderr_and_leaves_nothing(
    furnished_books: Books, arguments: tuple[str, ...], status: int, code: str
) -> None:
    stage_binance(furnished_books)
    typed(furnished_books, "review", "accept", "--all")
    answer = typed(furnished_books, *arguments, status=status)
    assert answer.out == ""
    assert code in answer.err
    assert "Traceback" not in answer.err


def test_a_month_that_cannot_close_shows_each_check_and_what_to_do(
    furnished_books: Books,
) -> None:
    stage_binance(furnished_books)
    rows = as_json(furnished_books, "month", "status", "2023-10", status=NEEDS_REVIEW)
    first = rows[0]
    assert (first["check"], first["holds"]) == ("statements", "✗")
    assert f"feeshare review accept {BINANCE}" in first["next_action"]
    assert all(row["next_action"] == "" for row in rows if row["holds"] == "✓")


def test_amounts_are_texts_without_an_exponent(furnished_books: Books, tmp_path: Path) -> None:
    books = furnished_books
    typed(
        books, "import", str(OCTOBER / "statements" / "duomarket-made-up-2023-10.csv"), *MAPPINGS
    )
    typed(books, "review", "accept", "--all")
    first, second = as_json(books, "accrue", "2023-10")
    assert (first["amount"], second["amount"]) == ("160.493826", "86.419753")
    small = receipt(tmp_path, "0.000001")
    (imported,) = json.loads(typed(books, "import", small, *MAPPINGS, "--json").out)
    assert (imported["total"], imported["rows"]) == ("0.000001", 1)


def test_nobody_named_is_refused(furnished_books: Books) -> None:
    answer = typed(furnished_books, "month", "close", "2023-10", status=BAD_INPUT, actor="")
    assert "actor_missing" in answer.err
    named = typed(
        furnished_books, "--as", "ada", "month", "waive", "2023-10", "--reason", "r", actor=""
    )
    assert "waived: " in named.err
    with furnished_books.sql() as connection:
        row = connection.execute("SELECT actor FROM changes ORDER BY number DESC").fetchone()
    assert row == ("ada",)
