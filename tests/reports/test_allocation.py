from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

from ledger.journal import reverse
from ledger.people_tables import Party
from ledger.revenue import restatements
from reports import allocation
from reports.query import Asked
from reports.report import Cell, Report
from support import fee_shares, sample_books, sample_shares
from support.books import Books
from support.sample_entries import MADE_AT
from support.sample_shares import STATEMENT, share_of


def report(books: Books, asked: Asked | None = None) -> Report:
    with books.read() as session:
        return allocation.build(session, asked or Asked(), MADE_AT)


def records(of: Report) -> list[dict[str, Cell]]:
    names = [column.name for column in of.columns]
    return [dict(zip(names, row, strict=True)) for row in of.rows]


def test_each_payees_share_is_derived_in_its_row(books: Books) -> None:
    sample_books.open_books(books)
    sample_shares.state(books)

    rows = records(report(books, Asked(period=date(2023, 10, 1))))

    assert [row["payee_id"] for row in rows] == ["ada", "bob", None]
    ada = rows[0]
    assert (ada["statement_id"], ada["obligation_id"]) == (STATEMENT, share_of("ada"))
    assert (ada["basis_amount"], ada["maintainer_pool_rate"]) == (
        Decimal("1000.01"),
        Decimal("0.2"),
    )
    assert ada["pool_amount"] == Decimal("200.002")
    assert ada["foundation_amount"] == Decimal("800.008")
    assert ada["payee_amount"] == Decimal("140.001402")
    assert ada["payee_amount_unrounded_exact"] == "140.0014"
    assert (ada["sponsor"], ada["type"], ada["journal_id"]) == ("Binance", "variable", 3)


def test_without_a_maintainer_everything_stays_with_the_foundation(books: Books) -> None:
    sample_books.open_books(books)
    sample_shares.state(books)

    kucoin = records(report(books))[2]

    assert (kucoin["pool_amount"], kucoin["foundation_amount"]) == (Decimal(0), Decimal(50))
    assert (kucoin["payee_id"], kucoin["payee_amount"]) == (None, None)


def test_pool_and_foundation_are_the_base_and_payees_are_the_pool(books: Books) -> None:
    sample_books.fill(books)

    found = report(books)

    assert [tie.difference for tie in found.tie_outs] == [Decimal(0)] * 4
    assert found.tie_outs[0].right == Decimal("1050.01")


def test_a_share_that_was_not_accrued_yet_has_no_pool(books: Books) -> None:
    sample_books.open_books(books)
    sample_shares.state(books)
    with books.write() as change:
        change.add(Party(id="later", kind="payee", name="Later"))
        reverse(change, 3, reason="wrong", on=date(2023, 10, 31))

    found = report(books)

    binance = records(found)[0]
    assert (binance["basis_amount"], binance["pool_amount"]) == (Decimal("1000.01"), None)
    assert (binance["foundation_amount"], binance["payee_id"]) == (None, None)
    assert {tie.difference for tie in found.tie_outs} == {Decimal(0)}


def test_a_reversed_statement_is_left_out_from_the_day_of_its_reversal(books: Books) -> None:
    sample_books.open_books(books)
    sample_shares.state(books)
    with books.write() as change:
        reverse(change, 2, reason="wrong", on=date(2023, 11, 5))

    assert len(report(books).rows) == 2
    assert len(report(books, Asked(as_of=date(2023, 11, 4))).rows) == 3


def test_after_a_restatement_shares_are_what_they_come_to_and_all_ties_hold(books: Books) -> None:
    fee_shares.open_exchange(books)
    stream = fee_shares.agree(books, {"Ada": "0.6", "Bob": "0.4"})
    first = fee_shares.state(books, stream, "1000")
    fee_shares.accrue(books)
    fee_shares.pay(books, first, Decimal(600))
    fee_shares.state(books, stream, "500")

    found = report(books)

    ada, bob = records(found)
    assert (ada["statement_id"], ada["basis_amount"], ada["pool_amount"]) == (
        first,
        Decimal(500),
        Decimal(100),
    )
    assert (ada["payee_amount"], bob["payee_amount"]) == (Decimal(60), Decimal(40))
    assert str(ada["explanation"]).endswith("with what followed it comes to 60")
    assert {tie.difference for tie in found.tie_outs} == {Decimal(0)}


def test_a_rebate_comes_off_before_the_pool_and_stands_beside_it(books: Books) -> None:
    fee_shares.open_exchange(books)
    stream = fee_shares.agree(books, {"Ada": "1"}, rebate_rate=Decimal("0.1"))
    alone = fee_shares.agree(books, {}, rebate_rate=Decimal("0.1"))
    for each in (stream, alone):
        fee_shares.state(books, each, "1000")
    figures = ("basis_amount", "user_rebate_amount", "pool_amount", "foundation_amount")

    before = [[row[name] for name in figures] for row in records(report(books))]
    fee_shares.accrue(books)
    after = [[row[name] for name in figures] for row in records(report(books))]

    assert before == [[1000, None, None, None], [1000, None, 0, None]]
    assert after == [[1000, 100, 180, 720], [1000, 100, 0, 900]]
    assert {tie.difference for tie in report(books).tie_outs} == {Decimal(0)}


def test_of_a_statement_that_was_taken_back_nothing_is_anybodys(books: Books) -> None:
    fee_shares.open_exchange(books)
    first = fee_shares.state(books, fee_shares.agree(books, {"Ada": "1"}), "1000")
    fee_shares.accrue(books)
    with books.write() as change:
        restatements.withdraw(change, first, reason="the wrong month")

    (row,) = records(report(books))

    assert [row[name] for name in ("basis_amount", "pool_amount", "payee_amount")] == [0, 0, 0]
    assert {tie.difference for tie in report(books).tie_outs} == {Decimal(0)}


def test_a_month_without_statements_has_no_rows(books: Books) -> None:
    sample_books.fill(books)

    assert report(books, Asked(period=date(2023, 11, 1))).rows == []
    assert report(books, Asked(known_at=2)).rows == []


def test_what_was_divided_or_booked_otherwise_does_not_tie() -> None:
    row = SimpleNamespace(
        statement="s",
        commodity="USDT",
        pool=Decimal(20),
        base=Decimal(100),
        fee_share=Decimal(101),
        amount=Decimal("19.5"),
        booked=Decimal(19),
        has_maintainers=True,
        rebate=Decimal(1),
        is_stated=False,
    )

    off = {tie.check: tie.difference for tie in allocation.tie_outs([cast("Any", row)])}

    assert off == {
        "user rebate + pool + foundation = fee share of accepted statements": Decimal(-1),
        "payees = pool": Decimal("-0.5"),
        "payees = journal entries": Decimal("0.5"),
        "shares without an accepted statement": Decimal(1),
    }
