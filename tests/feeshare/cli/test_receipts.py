"""Receipts as a person types them: matches, what differs, credits, exceptions, reminders."""

import json
from pathlib import Path
from typing import Any

import pytest

from support.books import Books
from support.command_line import Answer, feeshare
from support.databases import EXAMPLES

MAPPINGS = ("--mappings", str(EXAMPLES / "mappings"))
BINANCE = "binance:spot:usdt:2023-10:1"
KUCOIN = "kucoin:spot:usdt:2023-10:1"
LINE = "wallet-ethereum-treasury/a"
LATE = "2024-01-05T09:00:00Z"


def typed(books: Books, *arguments: str, status: int = 0, at: str = "") -> Answer:
    answer = feeshare(books, *arguments, **({"at": at} if at else {}))
    assert answer.status == status, answer
    return answer


def rows(books: Books, *arguments: str, at: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(typed(books, *arguments, "--json", at=at).out)
    return found


def bring(books: Books, folder: Path, *lines: str) -> None:
    path = folder / f"bank-{len(list(folder.iterdir()))}.csv"
    header = "date,account,amount,currency,external_id,counterparty,memo\n"
    path.write_text(header + "".join(f"{line}\n" for line in lines))
    typed(books, "import", str(path), *MAPPINGS)


@pytest.fixture
def owed(furnished_books: Books, tmp_path: Path) -> Books:
    """Give books in which two exchanges owe for October, and Binance paid 8800 for 8750."""
    for name in ("binance", "kucoin"):
        file = EXAMPLES / "2023-10" / "statements" / f"{name}-2023-10.csv"
        typed(furnished_books, "import", str(file), *MAPPINGS)
    typed(furnished_books, "review", "accept", "--all")
    typed(furnished_books, "accrue", "2023-10")
    row = "2023-10-20,wallet-ethereum-treasury,8800,USDT,a,Binance,"
    bring(furnished_books, tmp_path, row)
    return furnished_books


def test_too_much_is_kept_as_a_credit_listed_and_returned(owed: Books) -> None:
    said = typed(owed, "match", LINE, BINANCE, "--difference", "overpaid").err
    assert said == (
        f"{LINE}: 8800 USDT is for {BINANCE}.\nbecame due: share:{BINANCE}:coinalpha\n"
    )
    (credit,) = rows(owed, "credit", "list")
    assert (credit["exchange"], credit["credit"]) == ("binance", "50")
    typed(owed, "credit", "use", BINANCE, KUCOIN, "--reason", "r", status=2)
    returned = typed(owed, "credit", "return", BINANCE, "--reason", "asked", "--amount", "20")
    assert f"Due: refund:{BINANCE}:1: 20 USDT. Next: feeshare payout plan 2023-11" in returned.err
    (started,) = [
        each
        for each in rows(owed, "month", "start", "2023-10")
        if each["agreement"] == "binance:spot:usdt"
    ]
    assert (started["money"], started["open"]) == ("received", "0")
    assert started["next_action"].startswith(f"feeshare credit use {BINANCE}")


def test_a_credit_pays_the_next_statement_of_the_same_exchange(owed: Books) -> None:
    typed(owed, "match", LINE, BINANCE, "--difference", "overpaid")
    file = EXAMPLES / "2023-11" / "statements" / "binance-2023-11.csv"
    typed(owed, "import", str(file), *MAPPINGS)
    typed(owed, "review", "accept", "--all")
    later = BINANCE.replace("2023-10", "2023-11")
    assert (
        f"Used for {later}: 50 USDT"
        in typed(owed, "credit", "use", BINANCE, later, "--reason", "agreed").err
    )
    typed(owed, "accrue", "2023-11", at="2023-12-02T09:00:00Z")
    assert rows(owed, "credit", "list") == []


def test_a_match_is_taken_back_and_its_share_is_due_no_more(owed: Books) -> None:
    typed(owed, "match", LINE, BINANCE, "--amount", "8750")
    said = typed(owed, "unmatch", LINE, "--reason", "KuCoin's").err
    assert f"{LINE}: 8750 was for {BINANCE}; entry " in said
    assert "coinalpha: 1750 USDT is not due any more, until other money comes." in said
    again = typed(owed, "unmatch", LINE, "1", "--reason", "KuCoin's").err
    assert again.startswith("Nothing to do: entry ")
    typed(owed, "unmatch", LINE, "1", "--reason", "")


def test_several_lines_pay_one_document(owed: Books, tmp_path: Path) -> None:
    rows_ = [f"2023-10-2{n},wallet-ethereum-treasury,1000,USDT,k{n},KuCoin," for n in (1, 2)]
    bring(owed, tmp_path, *rows_)
    said = typed(
        owed,
        *("match", "wallet-ethereum-treasury/k1", KUCOIN),
        *("--line", "wallet-ethereum-treasury/k2"),
    ).err
    assert said.count(f"1000 USDT is for {KUCOIN}.") == 2


def test_exceptions_are_listed_assigned_and_written_about(owed: Books) -> None:
    (line, *_) = rows(owed, "exceptions")
    identity = f"line:{LINE}"
    assert (line["exception"], line["age_days"], line["bucket"]) == (identity, 14, "0-30")
    assert typed(owed, "exceptions", "assign", identity, "ada").err == f"{identity} is ada's.\n"
    assert "Nothing to do" in typed(owed, "exceptions", "assign", identity, "ada").err
    typed(owed, "exceptions", "note", identity, "asked them")
    (note,) = rows(owed, "exceptions", "notes", identity)
    assert (note["written_by"], note["text"]) == ("treasurer", "asked them")
    assert rows(owed, "exceptions", "--as-of", "2023-10-19") == []
    overdue = {each["exception"]: each for each in rows(owed, "exceptions", at=LATE)}
    assert overdue[f"receivable:{BINANCE}"]["type"] == "receivable-overdue"
    assert overdue[identity]["owner"] == "ada"


def test_whoever_is_late_is_reminded_of_all_that_is_outstanding(owed: Books) -> None:
    assert "Nobody is late." in typed(owed, "month", "start", "2023-10", "--reminders").err
    told = typed(owed, "month", "start", "2023-10", "--reminders", at=LATE)
    assert "To: binance\nSubject: Fee share, what is outstanding on 2024-01-05\n" in told.out
    assert "- 8750 USDT of 2023-10 for binance:spot:usdt, due on 2023-11-30 (36 days ago)" in (
        told.out
    )
    assert told.err.endswith(" reminders.\n")


def test_a_clean_month_takes_five_commands_to_be_reconciled(
    furnished_books: Books, tmp_path: Path
) -> None:
    books = furnished_books
    folder = tmp_path / "inbox"
    folder.mkdir()
    for name in ("binance", "kucoin"):
        file = EXAMPLES / "2023-09" / "statements" / f"{name}-2023-09.csv"
        (folder / file.name).write_bytes(file.read_bytes())
    bank = EXAMPLES / "2023-09" / "bank" / "receipts-2023-09.csv"
    lines = bank.read_text().splitlines()
    kept = [lines[0], *(line for line in lines if "Binance" in line or "KuCoin" in line)]
    (folder / bank.name).write_text("\n".join(kept) + "\n")
    typed(books, "month", "start", "2023-09")
    typed(books, "import", str(folder), *MAPPINGS)
    typed(books, "review", "accept", "--all")
    typed(books, "accrue", "2023-09")
    assert "2 matched now, 0 open." in typed(books, "reconcile", "2023-09").err
