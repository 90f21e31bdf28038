"""Bad input that can reach a match: each has its code, and the books stay as they are."""

from pathlib import Path

import pytest

from support.books import Books
from support.command_line import Answer, feeshare
from support.databases import EXAMPLES

MAPPINGS = ("--mappings", str(EXAMPLES / "mappings"))
BINANCE = "binance:spot:usdt:2023-10:1"
LINE = "wallet-ethereum-treasury/a"
OTHER = "wallet-ethereum-treasury/b"
HEADER = "date,account,amount,currency,external_id,counterparty,memo\n"
BAD_INPUT, NEEDS_REVIEW, CONFLICT = 2, 3, 5


def bank_file(folder: Path, *rows: str) -> str:
    path = folder / f"bank-{len(list(folder.iterdir()))}.csv"
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows))
    return str(path)


def imported(books: Books, folder: Path, *rows: str) -> Answer:
    return feeshare(books, "import", bank_file(folder, *rows), *MAPPINGS)


@pytest.fixture
def owed(furnished_books: Books, tmp_path: Path) -> Books:
    """Give books in which Binance owes 8750 USDT for October, and 8700 and 10 came."""
    statement = EXAMPLES / "2023-10" / "statements" / "binance-2023-10.csv"
    assert feeshare(furnished_books, "import", str(statement), *MAPPINGS).status == 0
    assert feeshare(furnished_books, "review", "accept", "--all").status == 0
    came = imported(
        furnished_books,
        tmp_path,
        "2023-10-20,wallet-ethereum-treasury,8700,USDT,a,Binance,2023-10",
        "2023-10-21,wallet-ethereum-treasury,10,USDC,b,Binance,2023-10",
    )
    assert came.status == 0
    return furnished_books


REFUSED = {
    # 57, 58: another commodity, and another asset under a symbol that looks the same
    "another commodity": (("match", OTHER, BINANCE), CONFLICT, "is not owed for"),
    # 60: what was matched from another file
    "more than is left": (
        ("match", LINE, f"{BINANCE}=8700.000001"),
        BAD_INPUT,
        "match_invalid",
    ),
    # 61: names that stand for nothing
    "an unknown line": (("match", "wallet-x/1", BINANCE), BAD_INPUT, "reference_unknown"),
    "an unknown document": (("match", LINE, "binance:2099"), BAD_INPUT, "reference_unknown"),
    "an unknown further line": (
        ("match", LINE, BINANCE, "--line", "wallet-x/1"),
        BAD_INPUT,
        "reference_unknown",
    ),
    "an unknown match": (
        ("unmatch", LINE, "7", "--reason", "r"),
        BAD_INPUT,
        "reference_unknown",
    ),
    "an unknown credit": (
        ("credit", "return", "binance:2099", "--reason", "r"),
        BAD_INPUT,
        "reference_unknown",
    ),
    # 66: an amount of nothing
    "an amount of nothing": (
        ("match", LINE, BINANCE, "--amount", "0"),
        BAD_INPUT,
        "match_invalid",
    ),
    "an amount that is none": (("match", LINE, f"{BINANCE}=NaN"), BAD_INPUT, "match_invalid"),
    # 67: a difference that is none
    "a difference without a kind": (
        ("match", LINE, BINANCE, "--difference", "rounding"),
        BAD_INPUT,
        "difference_invalid",
    ),
    "a difference beyond what is lacking": (
        ("match", LINE, BINANCE, "--difference", "network-fee=50.01"),
        BAD_INPUT,
        "difference_invalid",
    ),
    # 68: too much, and not said to be
    "an overpayment of nothing": (
        ("match", LINE, BINANCE, "--difference", "overpaid"),
        BAD_INPUT,
        "difference_invalid",
    ),
    "a credit that is not there": (
        ("credit", "return", BINANCE, "--reason", "r"),
        BAD_INPUT,
        "credit_invalid",
    ),
    "a transfer to itself": (("match", LINE, LINE), BAD_INPUT, "transfer_invalid"),
    "nothing to take back": (
        ("unmatch", LINE, "--reason", "r"),
        BAD_INPUT,
        "reference_unknown",
    ),
    "an owner of nothing": (
        ("exceptions", "assign", "line:none", "ada"),
        BAD_INPUT,
        "reference_unknown",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_is_refused_under_its_code(owed: Books, name: str) -> None:
    arguments, status, said = REFUSED[name]
    digest = owed.digest()
    answer = feeshare(owed, *arguments)
    assert answer.status == status, answer
    assert said in answer.err
    assert owed.digest() == digest


def test_equal_rows_of_one_file_are_two_lines_and_interchangeable(
    owed: Books, tmp_path: Path
) -> None:
    """59: true repeats are kept; neither of them is matched without a person."""
    rows = [f"2023-10-22,wallet-ethereum-treasury,8750,USDT,{n},Binance,2023-10" for n in "cd"]
    assert imported(owed, tmp_path, *rows).status == 0
    answer = feeshare(owed, "reconcile", "2023-10")
    assert answer.status == NEEDS_REVIEW
    assert "0 matched now, 4 open." in answer.err


def test_a_row_that_another_file_brought_is_one_line(owed: Books, tmp_path: Path) -> None:
    """60: the same external id is the same line; with another amount it is refused."""
    row = "2023-10-20,wallet-ethereum-treasury,{},USDT,a,Binance,2023-10"
    digest = owed.digest()
    assert imported(owed, tmp_path, row.format("8701")).status in (BAD_INPUT, CONFLICT)
    assert owed.digest() == digest


def test_one_request_key_stands_for_one_match(owed: Books) -> None:
    """72: the same key again does nothing; with another content it is refused."""
    match = ("--request-id", "k1", "match", LINE, BINANCE)
    assert feeshare(owed, *match, "--amount", "10").status == 0
    digest = owed.digest()
    assert feeshare(owed, *match, "--amount", "10").status == 0
    answer = feeshare(owed, *match, "--amount", "20")
    assert (answer.status, "reference_reused" in answer.err) == (CONFLICT, True)
    assert owed.digest() == digest
