from datetime import date
from decimal import Decimal

from reports import reconciliation
from reports.query import Asked
from reports.report import Report
from support.books import Books
from support.fee_shares import agree, open_exchange, state
from support.matching import matched, unmatched
from support.receipts import line
from support.sample_entries import MADE_AT


def report(books: Books, asked: Asked | None = None) -> Report:
    with books.read() as session:
        return reconciliation.build(session, asked or Asked(), MADE_AT)


def test_every_line_is_matched_with_something_or_open(books: Books) -> None:
    open_exchange(books)
    document = state(books, agree(books, {"Ada": "1"}), "1000")
    came = line(books, "900")
    matched(books, came, document, "600", "bank-fee=3")
    found = report(books)
    names = [column.name for column in found.columns]
    first, second = (dict(zip(names, row, strict=True)) for row in found.rows)
    assert (first["status"], first["ledger_amount"], first["document"]) == (
        "matched",
        600,
        document,
    )
    assert (first["difference"], first["difference_type"]) == (3, "bank-fee")
    assert (second["status"], second["unmatched"], second["age_days"]) == ("open", 300, 14)
    (tie,) = found.tie_outs
    assert (tie.left, tie.right) == (Decimal(600), Decimal(600))
    assert report(books, Asked(account="assets:bank:other")).rows == []
    assert report(books, Asked(as_of=date(2023, 10, 19))).rows == []
    unmatched(books, came)
    (tie,) = report(books).tie_outs
    assert tie.difference == Decimal(0)
    assert [row[names.index("status")] for row in report(books).rows] == ["open"]


def test_the_middle_of_an_address_is_left_out() -> None:
    assert reconciliation.masked("0x60D581aEa0644e74df60c7555e5166d32665d6b6") == "0x60…d6b6"
    assert reconciliation.masked("12345678") == "12345678"
    assert reconciliation.masked(None) is None
