from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from feeshare.manual import entries_in
from ledger import journal, periods
from ledger.errors import BadInput, Problem
from ledger.journal import JournalEntry, Posting
from support.books import Books
from support.command_line import feeshare
from support.databases import EXAMPLES

HEADER = "reference,date,narration,account,amount,commodity,kind,party,document,memo\n"
FEE = (
    "fee,2023-10-05,a fee,expenses:bank-fees,10,USD,,Binance.com,a paper,why\n"
    "fee,2023-10-05,a fee,equity:opening,-10,USD,,,,\n"
)


def file_of(folder: Path, rows: str) -> Path:
    path = folder / "entries.csv"
    path.write_text(HEADER + rows)
    return path


def entries(books: Books, path: Path) -> list[JournalEntry]:
    with books.read() as session:
        return entries_in(session, path)


def problems(books: Books, path: Path) -> Sequence[Problem]:
    with pytest.raises(BadInput) as refusal:
        entries(books, path)
    return refusal.value.problems


def test_rows_of_one_reference_are_one_entry(furnished_books: Books, tmp_path: Path) -> None:
    other = FEE.replace("fee,2023", "other,2023")
    mixed = "".join(
        f"{row}\n"
        for pair in zip(FEE.splitlines(), other.splitlines(), strict=True)
        for row in pair
    )
    first, second = entries(furnished_books, file_of(tmp_path, mixed))
    assert (first.reference, second.reference) == ("manual:fee", "manual:other")
    assert (first.effective_date, first.kind, first.narration) == (
        date(2023, 10, 5),
        "manual",
        "a fee",
    )
    assert first.postings == [
        Posting("expenses:bank-fees", Decimal(10), "USD", "binance", "a paper", "why"),
        Posting("equity:opening", Decimal(-10), "USD"),
    ]


def test_posting_again_is_known_even_after_the_month_closed(
    furnished_books: Books, tmp_path: Path
) -> None:
    path = str(file_of(tmp_path, FEE))
    answer = feeshare(furnished_books, "entry", "post", path)
    assert (answer.status, answer.err) == (0, "manual:fee: entry 1\n")
    with furnished_books.write() as change:
        periods.close(change, date(2023, 10, 1), reason="month end")
    digest = furnished_books.digest()
    again = feeshare(furnished_books, "entry", "post", path)
    assert (again.status, "posted before" in again.err) == (0, True), again
    changed = feeshare(
        furnished_books, "entry", "post", str(file_of(tmp_path, FEE.replace("10,", "11,")))
    )
    assert (changed.status, "reference_reused" in changed.err) == (5, True), changed
    assert furnished_books.digest() == digest


def test_a_day_in_a_closed_month_is_refused(furnished_books: Books, tmp_path: Path) -> None:
    with furnished_books.write() as change:
        periods.close(change, date(2023, 10, 1), reason="month end")
    (problem,) = problems(furnished_books, file_of(tmp_path, FEE))
    assert (problem.code, problem.row, problem.column) == ("period_closed", 2, "date")
    assert entries(furnished_books, file_of(tmp_path, FEE.replace("2023-10", "2023-11")))


def test_an_entry_may_relate_to_a_closed_month_and_to_no_other(
    furnished_books: Books, tmp_path: Path
) -> None:
    path = tmp_path / "entries.csv"
    with furnished_books.write() as change:
        periods.close(change, date(2023, 10, 1), reason="month end")
    for month, refusals in (
        ("2023-10", []),
        ("2023-11", ["period_open"]),
        ("October", ["period_open"]),
    ):
        rows = FEE.replace("2023-10", "2023-11").splitlines()
        told = [HEADER.strip() + ",relates_to_period", *(f"{row},{month}" for row in rows)]
        path.write_text("\n".join(told))
        if refusals:
            assert [each.code for each in problems(furnished_books, path)] == refusals
        else:
            (entry,) = entries(furnished_books, path)
            assert entry.relates_to_period == month
    path.write_text("\n".join([*told[:2], f"{rows[1]},2023-10"]))
    assert [each.code for each in problems(furnished_books, path)] == [
        *("entry_inconsistent", "period_open"),
    ]


def test_what_holds_money_is_moved_by_bank_lines_only_but_may_be_opened(
    furnished_books: Books, tmp_path: Path
) -> None:
    for account in ("assets:wallet:ethereum-treasury", "assets:bank:operating"):
        row = FEE.replace("equity:opening", account)
        (problem,) = problems(furnished_books, file_of(tmp_path, row))
        assert (problem.code, problem.row, problem.value) == ("account_reserved", 3, account)
    opening = entries(furnished_books, EXAMPLES / "books" / "opening.csv")
    assert [(each.kind, each.reference) for each in opening] == [
        ("opening", "manual:hbot-opening"),
        ("opening", "manual:eth-opening"),
    ]


WRONG = {
    "fee,2023-10-05,a fee,expenses:nowhere,10,USD,,,,": ("reference_unknown", "account"),
    "fee,2023-10-05,a fee,expenses:bank-fees,10,DOGE,,,,": ("currency_mismatch", "commodity"),
    "fee,2023-10-05,a fee,expenses:bank-fees,10.001,USD,,,,": ("too_precise", "amount"),
    "fee,2023-10-05,a fee,expenses:bank-fees,0,USD,,,,": ("zero_amount", "amount"),
    "fee,2023-10-05,a fee,expenses:bank-fees,ten,USD,,,,": ("not_a_number", "amount"),
    "fee,2023-10-05,a fee,expenses:bank-fees,10,USD,,Nobody,,": ("reference_unknown", "party"),
    "fee,2023-10-05,a fee,expenses:bank-fees,10,USD,accrual,,,": ("value_unknown", "kind"),
    "fee,5.10.2023,a fee,expenses:bank-fees,10,USD,,,,": ("date_invalid", "date"),
    "fee,2023-10-05,,expenses:bank-fees,10,USD,,,,": ("value_missing", "narration"),
    ",2023-10-05,a fee,expenses:bank-fees,10,USD,,,,": ("value_missing", "reference"),
}


@pytest.mark.parametrize("row", WRONG)
def test_a_row_that_cannot_be_posted_is_refused_with_its_place(
    furnished_books: Books, tmp_path: Path, row: str
) -> None:
    second = ",".join(row.split(",")[:3]) + ",equity:opening,-10,USD,,,,"
    found = problems(furnished_books, file_of(tmp_path, f"{row}\n{second}\n"))
    assert WRONG[row] in [(problem.code, problem.column) for problem in found]
    assert {problem.place for problem in found} == {"entries.csv"}


def test_rows_of_one_reference_that_tell_two_stories_are_refused(
    furnished_books: Books, tmp_path: Path
) -> None:
    rows = FEE.replace("fee,2023-10-05,a fee,equity", "fee,2023-10-06,another,equity")
    found = problems(furnished_books, file_of(tmp_path, rows))
    assert [(each.code, each.row, each.column) for each in found] == [
        ("entry_inconsistent", 3, "date"),
        ("entry_inconsistent", 3, "narration"),
    ]


def test_entries_that_do_not_balance_are_all_told_at_once(
    furnished_books: Books, tmp_path: Path
) -> None:
    rows = FEE.replace(",-10,", ",-9.99,") + (
        "alone,2023-10-05,one leg,expenses:bank-fees,1,USD,,,,\n"
        "across,2023-10-05,two commodities,expenses:bank-fees,1,USD,,,,\n"
        "across,2023-10-05,two commodities,equity:opening,-1,USDC,,,,\n"
    )
    found = problems(furnished_books, file_of(tmp_path, rows))
    assert [(each.code, each.row, each.value) for each in found] == [
        ("journal_unbalanced", 2, "off by 0.01 USD"),
        ("journal_unbalanced", 4, "off by 1 USD"),
        ("journal_unbalanced", 5, "off by 1 USD, -1 USDC"),
    ]


def test_a_reversal_of_what_was_posted_is_another_entry(
    furnished_books: Books, tmp_path: Path
) -> None:
    with furnished_books.write() as change:
        posted = journal.post(change, entries_in(change.session, file_of(tmp_path, FEE)))
        mirror = journal.reverse(change, posted[0].number, reason="wrong", on=date(2023, 10, 6))
    assert (posted[0].number, mirror.number) == (1, 2)
