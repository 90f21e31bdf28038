from datetime import date
from decimal import Decimal

import pytest

from ledger import prices
from ledger.errors import DatabaseRefused, ReferenceReused
from support.books import Books

DAY = date(2023, 10, 31)


def add(books: Books, price: str, *, on: date = DAY, source: str = "a") -> bool:
    with books.write() as change:
        return prices.add(
            change, commodity="HBOT", quote="USD", on=on, price=Decimal(price), source=source
        )


def latest(books: Books, on: date, commodity: str = "HBOT") -> Decimal | None:
    with books.read() as session:
        found = prices.latest(session, commodity, "USD", on)
        return found.price if found else None


def test_a_price_is_added_once_for_each_day_and_source(books: Books) -> None:
    assert add(books, "0.0042") is True
    digest = books.digest()
    assert add(books, "0.00420") is False
    with pytest.raises(ReferenceReused, match=r"HBOT/USD on 2023-10-31 by a.*0\.0042"):
        add(books, "0.0043")
    assert books.digest() == digest
    assert add(books, "0.0043", source="b") is True
    with books.read() as session:
        assert [(each.source, each.price) for each in prices.all_of(session)] == [
            ("a", Decimal("0.0042")),
            ("b", Decimal("0.0043")),
        ]


@pytest.mark.parametrize("price", ["0", "-1"])
def test_a_price_that_is_not_positive_is_refused_by_the_database(books: Books, price: str) -> None:
    digest = books.digest()
    with pytest.raises(DatabaseRefused, match="prices_positive"):
        add(books, price)
    assert books.digest() == digest


def test_the_latest_price_is_the_newest_on_or_before_the_day_and_none_is_guessed(
    books: Books,
) -> None:
    add(books, "2", on=date(2023, 10, 30))
    add(books, "4", on=date(2023, 10, 31), source="b")
    add(books, "3", on=date(2023, 10, 31), source="a")
    days = [date(2023, 10, day) for day in (29, 30, 31)]
    assert [latest(books, day) for day in days] == [None, 2, 3]
    assert latest(books, date(2024, 1, 1)) == 3
    assert latest(books, DAY, "USDT") is None
