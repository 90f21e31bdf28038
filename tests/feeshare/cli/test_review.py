import json
from decimal import Decimal
from pathlib import Path

import pytest

from ledger.balances import document_balance
from support.books import Books
from support.command_line import Answer, feeshare
from support.databases import EXAMPLES

MAPPINGS = ("--mappings", str(EXAMPLES / "mappings"))
HEADER = "Month,Commission Asset,Commission,Remark"
STATEMENT = "binance:spot:usdt:2023-10:1"
NEEDS_REVIEW = 3
BAD_INPUT = 2


def typed(books: Books, *arguments: str, status: int = 0) -> Answer:
    answer = feeshare(books, *arguments)
    assert answer.status == status, answer
    return answer


def refused(books: Books, *arguments: str, status: int = BAD_INPUT) -> str:
    """Require that a command is refused and leaves the books as they were; return what it says."""
    digest = books.digest()
    answer = typed(books, *arguments, status=status)
    assert books.digest() == digest
    return answer.err


@pytest.fixture
def held(furnished_books: Books, tmp_path: Path) -> Books:
    """Give books with a statement of Binance: good rows, one in quarantine, one twice."""
    file = tmp_path / "binance.csv"
    rows = ["2023-10,USDT,100.50,a", "2023-10,USDT,1e3,b", "2023-10,USDT,7,c", "2023-10,USDT,7,c"]
    file.write_text("\n".join([HEADER, *rows]) + "\n")
    imported = typed(furnished_books, "import", str(file), *MAPPINGS, "--json", status=3)
    (row,) = json.loads(imported.out)
    assert (row["rows"], row["quarantined"], row["total"]) == (3, 1, "114.5")
    assert "feeshare review show" in imported.err
    return furnished_books


def test_what_waits_says_what_each_needs(held: Books) -> None:
    (waiting,) = json.loads(typed(held, "review", "--json", status=NEEDS_REVIEW).out)
    assert (waiting["quarantined"], waiting["warnings"]) == (1, 1)
    assert waiting["next_action"] == f"feeshare review show {STATEMENT}"
    shown = typed(held, "review", "show", STATEMENT, "--json")
    row, warning = json.loads(shown.out)
    assert (row["row"], row["codes"]) == (3, "scientific")
    assert row["told"].startswith("scientific: binance.csv, row 3, column Commission: found '1e3'")
    assert warning["told"].startswith(f"row_repeated: {STATEMENT}, row 5")
    assert "feeshare review fix" in shown.err
    assert "feeshare review acknowledge" in shown.err


def test_nothing_of_it_is_accepted_before_it_is_settled(held: Books) -> None:
    err = refused(held, "review", "accept", "--all", status=NEEDS_REVIEW)
    assert f"feeshare review show {STATEMENT}" in err
    assert "in quarantine" in refused(held, "review", "accept", STATEMENT, status=NEEDS_REVIEW)


def test_settled_row_by_row_it_is_accepted_with_the_corrected_figure(held: Books) -> None:
    fixed = (
        "review",
        "fix",
        STATEMENT,
        "--row",
        "3",
        "--amount",
        "1000",
        "--reason",
        "asked them",
    )
    assert "1 rows corrected" in typed(held, *fixed).err
    assert "said before" in typed(held, *fixed).err
    assert "has warnings" in refused(held, "review", "accept", STATEMENT, status=NEEDS_REVIEW)
    acknowledged = ("review", "acknowledge", STATEMENT, "--reason", "two trades")
    assert "1 warnings acknowledged" in typed(held, *acknowledged).err
    assert "no such warning" in typed(held, *acknowledged).err
    assert "Nothing is to be settled" in typed(held, "review", "show", STATEMENT).err
    assert "1 accepted" in typed(held, "review", "accept", "--all").err
    with held.read() as session:
        receivable = "assets:receivable:fee-share"
        assert document_balance(session, receivable, STATEMENT, "USDT") == Decimal("1114.5")


def test_many_rows_are_settled_from_a_file(held: Books, tmp_path: Path) -> None:
    file = tmp_path / "fixes.csv"
    file.write_text("row,amount,reason\n3,1000,asked\n2,100,typing error\n")
    assert "2 rows corrected" in typed(held, "review", "fix", STATEMENT, "--file", str(file)).err


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("x,1000,asked\n", "not_a_number"),
        ("3,1e3,asked\n", "not_a_number"),
        ("3,1000,\n", "value_missing"),
        ("99,1,asked\n", "reference_unknown"),
    ],
)
def test_a_file_of_corrections_with_a_mistake_corrects_nothing(
    held: Books, tmp_path: Path, rows: str, expected: str
) -> None:
    file = tmp_path / "fixes.csv"
    file.write_text("row,amount,reason\n2,100,typing error\n" + rows)
    assert expected in refused(held, "review", "fix", STATEMENT, "--file", str(file))


def test_a_correction_says_row_amount_and_reason(held: Books) -> None:
    err = refused(held, "review", "fix", STATEMENT)
    assert err.count("option_missing") == 3
    typed_wrong = ("--row", "3", "--amount", "1,000", "--reason", "r")
    assert "not_a_number" in refused(held, "review", "fix", STATEMENT, *typed_wrong)


def test_a_statement_that_is_not_there_has_nothing_to_show(furnished_books: Books) -> None:
    assert "reference_unknown" in refused(furnished_books, "review", "show", "nothing")
    assert "Nothing waits" in typed(furnished_books, "review").err
