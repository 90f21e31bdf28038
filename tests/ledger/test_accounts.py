import pytest
from sqlalchemy import select

from ledger.accounts import (
    BY_ACCOUNT,
    BY_DOCUMENT,
    NAMES,
    Chart,
    add_wallet_account,
    default_accounts,
    type_of,
)
from ledger.tables import Account
from support.books import Books


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("assets:wallet:x", "asset"),
        ("liabilities:payable:maintainer", "liability"),
        ("equity:opening", "equity"),
        ("income:fee-share", "income"),
        ("expenses:bank-fees", "expense"),
    ],
)
def test_a_code_says_its_type(code: str, kind: str) -> None:
    assert type_of(code) == kind


def test_a_code_of_no_type_is_none() -> None:
    with pytest.raises(KeyError):
        type_of("revenue:x")


def test_every_account_of_the_chart_is_in_the_books_with_its_name(books: Books) -> None:
    with books.read() as session:
        rows = {row.code: row for row in session.scalars(select(Account))}
    assert set(rows) == {account.value for account in Chart}
    for account in Chart:
        assert rows[account.value].name == NAMES[account]


def test_balances_are_kept_by_document_where_nothing_may_be_paid_twice() -> None:
    details = {row.code: (row.detail, row.floor) for row in default_accounts()}
    assert all(details[account.value] == ("document", True) for account in BY_DOCUMENT)
    assert all(details[account.value] == ("account", False) for account in BY_ACCOUNT)
    assert details[Chart.INCOME_FEE_SHARE.value] == ("party", False)
    payables = [code for code in details if code.startswith("liabilities:")]
    assert all(details[code] == ("document", True) for code in payables)


def test_an_account_for_a_wallet_is_added_once(books: Books) -> None:
    def add(name: str) -> None:
        with books.write() as change:
            add_wallet_account(change, "assets:wallet:x", name)

    add("first")
    digest = books.digest()
    add("second")
    assert books.digest() == digest
    with books.read() as session:
        row = session.get_one(Account, "assets:wallet:x")
    assert (row.name, row.type, row.detail, row.floor) == ("first", "asset", "account", False)
