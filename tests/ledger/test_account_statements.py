"""Account statements: recorded once, for the account that has their number."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from ledger import account_statements, bank
from ledger.bank_tables import AccountStatement, BankAccount
from ledger.errors import Problem
from support.account_statements import FIRST, lines, record, statement, with_account
from support.bank_writers import IBAN
from support.books import Books


@pytest.fixture
def banked(books: Books) -> Books:
    """Give books with a bank account."""
    return with_account(books)


def test_a_statement_is_recorded_once(banked: Books) -> None:
    assert record(banked, FIRST) == [(True, 2)]
    digest = banked.digest()
    assert record(banked, FIRST) == [(False, 0)]
    assert banked.digest() == digest
    with banked.read() as session:
        row = session.scalars(select(AccountStatement)).one()
    assert (row.since, row.until) == (date(2023, 10, 2), date(2023, 10, 3))
    assert (row.opening, row.closing) == (Decimal(10), Decimal(14))
    assert row.entry_count == 2


def test_true_repeats_are_kept_and_not_doubled_by_another_file(banked: Books) -> None:
    repeats = [(2, "5", ""), (2, "5", ""), (2, "5", "a"), (2, "5", "a"), (2, "-1", "a")]
    record(banked, statement("0", repeats, "19", 2))
    assert set(lines(banked)) == {"2023-10-02/5", "2023-10-02/5#2", "a", "a#2", "a#3"}
    assert record(banked, statement("0", [*repeats, (3, "5", "a")], "24", 3)) == [(True, 1)]
    assert lines(banked)["a#4"] == 5


def test_a_reference_used_again_for_something_else_gets_a_number(banked: Books) -> None:
    record(banked, FIRST)
    record(banked, statement("14", [(5, "6", "a"), (6, "5", "a")], "25", 6))
    assert lines(banked) == {"a": 5, "b": -1, "a#2": 6, "a#3": 5}


@pytest.mark.parametrize(
    "number",
    [
        IBAN,
        "DE89 3704 0044 0532 0130 00",
        IBAN.lower(),
        "37040044/0532013000",
        "37040044/532013000",
    ],
)
def test_an_account_is_found_by_its_number_however_it_is_spelt(banked: Books, number: str) -> None:
    with banked.read() as session:
        found = account_statements.account_of(session, ["unheard of", number], "file")
    assert isinstance(found, BankAccount)
    assert found.id == "bank-main"


@pytest.mark.parametrize("number", ["DE88370400440532013000", "37040044/0532013001", "bank-main"])
def test_a_number_that_no_account_has_is_refused(banked: Books, number: str) -> None:
    with banked.read() as session:
        found = account_statements.account_of(session, [number], "file")
    assert isinstance(found, Problem)
    assert (found.code, found.value) == ("reference_unknown", number)


def test_a_number_that_two_accounts_have_is_refused(banked: Books) -> None:
    with banked.write() as change:
        bank.add_account(change, "bank-two", kind="bank", purpose="again", address=IBAN.lower())
        bank.add_account(change, "wallet-x", kind="wallet", purpose="other", address=IBAN)
    with banked.read() as session:
        found = account_statements.account_of(session, [IBAN], "file")
    assert isinstance(found, Problem)
    assert found.code == "account_ambiguous"
    assert found.expected.endswith("not of bank-main, bank-two")
