"""Stretches: nothing of a bank's statements is missing unseen, nothing is there twice."""

from datetime import date
from decimal import Decimal

import pytest

from ledger import bank, evidence, stretches
from ledger.bank import BankMovement
from ledger.bank_files.contents import FileStatement
from ledger.stretches import LinesDiffer
from support.account_statements import FIRST, SECOND, THIRD, lines, record, statement, with_account
from support.books import Books


@pytest.fixture
def banked(books: Books) -> Books:
    """Give books with a bank account."""
    return with_account(books)


def refused(books: Books, *statements: FileStatement) -> LinesDiffer:
    digest = books.digest()
    with pytest.raises(LinesDiffer) as refusal:
        record(books, *statements)
    assert books.digest() == digest
    return refusal.value


def gaps(books: Books, until: date | None = None) -> list[str]:
    with books.read() as session:
        return [gap.sentence() for gap in stretches.gaps(session, until=until)]


def test_statements_that_open_where_the_last_one_closed_leave_no_gap(banked: Books) -> None:
    record(banked, FIRST)
    assert record(banked, SECOND) == [(True, 1)]
    record(banked, THIRD)
    assert gaps(banked) == []


def test_a_statement_that_is_missing_is_a_gap_until_it_comes(banked: Books) -> None:
    record(banked, FIRST)
    record(banked, THIRD)
    assert gaps(banked) == [
        "bank-main: no statement leads from 14 USD on 2023-10-03 to 20 USD on 2023-10-09"
    ]
    assert gaps(banked, until=date(2023, 10, 8)) == []
    record(banked, SECOND)
    assert gaps(banked) == []


def test_a_balance_that_is_derived_shows_a_gap_all_the_same(banked: Books) -> None:
    record(banked, FIRST)
    record(banked, statement(None, [(9, "7", "d")], "27", 9))
    assert len(gaps(banked)) == 1
    record(banked, statement(None, [(5, "6", "c"), (9, "7", "d")], "27", 9))
    assert gaps(banked) == []


def test_overlapping_statements_bring_what_is_new(banked: Books) -> None:
    record(banked, FIRST)
    month = statement("10", [(2, "5", "a"), (3, "-1", "b"), (5, "6", "c")], "20", 31)
    assert record(banked, month) == [(True, 1)]
    assert record(banked, SECOND) == [(True, 0)]
    assert gaps(banked) == []
    assert len(lines(banked)) == 3


def test_the_same_days_under_other_ids_are_refused(banked: Books) -> None:
    record(banked, FIRST)
    refusal = refused(banked, statement("10", [(2, "5", "x"), (3, "-1", "y")], "14", 3))
    assert "by 4 USD, and its lines by 8" in refusal.message
    refused(banked, statement("10", [(2, "5", ""), (3, "-1", "")], "14", 3))


def test_a_line_from_elsewhere_on_stated_days_is_refused(banked: Books) -> None:
    record(banked, FIRST)
    digest = banked.digest()

    def add(day: int) -> None:
        with banked.write() as change:
            movement = BankMovement(
                bank_account="bank-main",
                external_id="from-csv",
                on=date(2023, 10, day),
                commodity="USD",
                amount=Decimal(5),
                counterparty="",
                memo="",
                row=2,
            )
            bank.record(change, movement, evidence.keep(change, b"csv", "a.csv"))
            stretches.require_lines(change.session, ["bank-main"])

    with pytest.raises(LinesDiffer):
        add(3)
    assert banked.digest() == digest
    add(4)
    assert "from-csv" in lines(banked)


def test_lines_that_fit_their_statements_differ_nowhere(banked: Books) -> None:
    record(banked, FIRST)
    with banked.read() as session:
        assert list(stretches.differences(session)) == []


def test_two_statements_of_one_day_follow_on_each_other(banked: Books) -> None:
    record(banked, statement("10", [(2, "5", "a")], "15", 2))
    record(banked, statement("15", [(2, "-7", "b")], "8", 2))
    record(banked, statement("8", [(3, "1", "c")], "9", 3))
    assert gaps(banked) == []


def test_a_part_of_a_day_is_refused_until_the_rest_comes_with_it(banked: Books) -> None:
    morning, noon, evening = (
        statement("10", [(2, "5", "a")], "15", 2),
        statement("15", [(2, "1", "b")], "16", 2),
        statement("16", [(2, "2", "c")], "18", 2),
    )
    record(banked, morning)
    refused(banked, evening)
    record(banked, evening, noon)
    assert gaps(banked) == []


@pytest.mark.parametrize("day", [1, 2, 3])
def test_an_entry_that_the_bank_dates_back_breaks_nothing(banked: Books, day: int) -> None:
    record(banked, FIRST)
    record(banked, statement("14", [(day, "4", "c"), (5, "2", "e")], "20", 5))
    record(banked, THIRD)
    assert gaps(banked) == []
    refused(banked, statement("14", [(day, "4", "x"), (5, "2", "y")], "20", 5))


def test_each_commodity_of_an_account_is_held_against_its_own_balances(banked: Books) -> None:
    record(banked, FIRST)
    record(banked, statement("0", [(2, "3", "u")], "3", 2, commodity="USDC"))
    assert gaps(banked) == []
    refused(banked, statement("0", [(2, "3", "v")], "3", 2, commodity="USDC"))
