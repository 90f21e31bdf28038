from datetime import date
from decimal import Decimal

from reports import chart_of_accounts
from reports.query import Asked
from support import sample_books
from support.books import Books
from support.sample_entries import MADE_AT, WALLET


def test_every_account_of_the_ledger_is_in_the_chart_with_its_postings(books: Books) -> None:
    sample_books.fill(books)
    with books.read() as session:
        found = chart_of_accounts.build(session, Asked(), MADE_AT)

    rows = {row[0]: row for row in found.rows}
    assert rows[WALLET][1:8] == (
        *("Ethereum wallet", "asset", "wallet", "debit", False, "account", False),
    )
    assert rows["liabilities:payable:maintainer"][2:8] == (
        *("liability", "payable", "credit", True, "document", True),
    )
    assert [tie.difference for tie in found.tie_outs] == [Decimal(0)]
    assert found.tie_outs[0].left > 20


def test_postings_are_counted_in_the_month_asked_for(books: Books) -> None:
    sample_books.open_books(books)
    sample_books.post_months(books)
    with books.read() as session:
        found = chart_of_accounts.build(session, Asked(period=date(2023, 11, 1)), MADE_AT)

    assert found.tie_outs[0].right == 2


def test_an_account_made_later_was_not_known_before(books: Books) -> None:
    sample_books.open_books(books)
    with books.read() as session:
        found = chart_of_accounts.build(session, Asked(known_at=1), MADE_AT)

    assert WALLET not in {row[0] for row in found.rows}
