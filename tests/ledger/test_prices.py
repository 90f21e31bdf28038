from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256

import pytest

from ledger import policies, prices
from ledger.errors import BadInput, DatabaseRefused, ReferenceReused
from ledger.price_checks import PriceInvalid
from ledger.price_origins import Origin
from ledger.tables import Evidence, Price
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
def test_a_price_that_is_not_positive_is_refused(books: Books, price: str) -> None:
    digest = books.digest()
    with pytest.raises(PriceInvalid, match="a price above 0"):
        add(books, price)
    assert books.digest() == digest


@pytest.mark.parametrize("price", ["0", "-1"])
def test_a_price_that_is_not_positive_is_refused_by_the_database(books: Books, price: str) -> None:
    digest = books.digest()
    with pytest.raises(DatabaseRefused, match="prices_positive"), books.write() as change:
        change.add(Price(commodity="HBOT", quote="USD", on=DAY, source="a", price=Decimal(price)))
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


def test_a_price_of_a_day_that_has_not_come_is_refused(books: Books) -> None:
    digest = books.digest()
    with pytest.raises(BadInput, match="2023-11-03 or earlier"):
        add(books, "1", on=date(2023, 11, 4))
    assert books.digest() == digest


def test_where_a_price_came_from_is_kept_with_its_bytes(books: Books) -> None:
    origin = Origin(
        provider="file",
        retrieved_at=books.at,
        observed_at=books.at - timedelta(hours=1),
        raw=b"raw",
        file_name="prices.csv",
    )
    with books.write() as change:
        assert prices.add(
            change,
            commodity="HBOT",
            quote="USD",
            on=DAY,
            price=Decimal("0.0042"),
            source="a",
            origin=origin,
        )
    with books.read() as session:
        found = prices.require(session, "HBOT", "USD", DAY)
        assert (found.provider, found.observed_at, found.retrieved_at, found.override_by) == (
            "file",
            origin.observed_at,
            books.at,
            None,
        )
        assert found.raw_sha256 == sha256(b"raw").hexdigest()
        assert session.get_one(Evidence, found.raw_sha256).content == b"raw"


@pytest.mark.parametrize(("age", "is_used"), [(45, True), (46, False)])
def test_a_price_is_used_until_it_is_stale(books: Books, age: int, is_used: bool) -> None:  # noqa: FBT001
    add(books, "0.0042")
    day = DAY + timedelta(days=age)
    with books.read() as session:
        found = prices.usable(session, "HBOT", "USD", day)
        assert (found is not None) is is_used
        if is_used:
            assert prices.require(session, "HBOT", "USD", day) == found
        else:
            with pytest.raises(PriceInvalid, match=r"0\.0042 of 2023-10-31 by a.*not stale"):
                prices.require(session, "HBOT", "USD", day)


def test_a_price_that_is_missing_is_refused(books: Books) -> None:
    with books.read() as session:
        with pytest.raises(PriceInvalid, match=r"HBOT in USD on 2023-10-31.*it is missing"):
            prices.require(session, "HBOT", "USD", DAY)
        assert prices.usable(session, "HBOT", "USD", DAY) is None


def test_an_average_is_exact_and_rounded_once(books: Books) -> None:
    for back, price in enumerate(("1", "1", "2")):
        add(books, price, on=DAY - timedelta(days=back))
    with books.read() as session:
        found = prices.average(session, "HBOT", "USD", DAY, 3)
    assert found.price == Decimal("1.333333333333333333")
    assert [(each.on.day, each.price) for each in found.used] == [
        (29, Decimal(2)),
        (30, Decimal(1)),
        (31, Decimal(1)),
    ]


def test_an_average_takes_one_source_a_day_or_the_one_that_is_named(books: Books) -> None:
    for on, price, source in ((30, "1", "a"), (30, "1.5", "b"), (31, "2", "a"), (31, "2.5", "b")):
        add(books, price, on=date(2023, 10, on), source=source)
    with books.read() as session:
        means = [
            prices.average(session, "HBOT", "USD", DAY, 2, source=source).price
            for source in (None, "a", "b")
        ]
    assert means == [Decimal("1.5"), Decimal("1.5"), 2]


def test_an_average_names_the_days_that_lack_a_price(books: Books) -> None:
    add(books, "1", on=DAY - timedelta(days=1))
    with books.read() as session:
        with pytest.raises(PriceInvalid, match="missing: 2023-10-29, 2023-10-31"):
            prices.average(session, "HBOT", "USD", DAY, 3)
        with pytest.raises(PriceInvalid, match="one day or more"):
            prices.average(session, "HBOT", "USD", DAY, 0)


def test_the_days_of_an_hbot_average_have_a_history(books: Books) -> None:
    with books.read() as session:
        days = [
            policies.in_force(session, "hbot-averaging-days", day)
            for day in (date(2023, 7, 28), date(2025, 3, 29), date(2025, 3, 30))
        ]
    assert days == [7, 7, 30]


def test_a_control_rests_on_no_price_that_is_stale_outlying_or_one_persons_word(
    books: Books,
) -> None:
    first = date(2023, 10, 1)

    def told(day: int, price: str, provider: str) -> None:
        with books.write() as change:
            prices.add(
                change,
                commodity="HBOT",
                quote="USD",
                on=date(2023, 10, day),
                price=Decimal(price),
                source="a test",
                origin=Origin(
                    provider=provider,
                    retrieved_at=books.at,
                    raw=f"{day} {price}".encode(),
                    file_name="prices.json",
                ),
            )

    def trusted(on: date) -> Decimal | None:
        with books.read() as session:
            found = prices.trusted(session, "HBOT", "USD", on)
            return found.price if found else None

    told(20, "0.05", "coingecko")
    assert trusted(date(2023, 10, 20)) == Decimal("0.05")
    assert trusted(first) is None
    told(1, "0.01", "file")
    assert trusted(date(2023, 10, 20)) is None
    assert trusted(first) is None
    told(2, "0.01", "coingecko")
    assert trusted(date(2023, 10, 2)) == Decimal("0.01")
    assert trusted(date(2023, 12, 20)) is None
    with books.write() as change:
        prices.add(
            change,
            commodity="USDC",
            quote="USD",
            on=first,
            price=Decimal(1),
            source="policy: stablecoins at par",
        )
    with books.read() as session:
        found = prices.trusted(session, "USDC", "USD", date(2024, 10, 1))
        assert found is not None
