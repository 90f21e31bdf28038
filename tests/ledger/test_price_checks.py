from datetime import date, timedelta
from decimal import Decimal

import pytest

from ledger import policies, prices
from ledger.price_checks import PriceInvalid, PriceOutlying, median
from support.books import Books

DAY = date(2023, 10, 31)


def add(
    books: Books, price: str, *, back: int = 0, source: str = "a", commodity: str = "HBOT"
) -> bool:
    with books.write() as change:
        return prices.add(
            change,
            commodity=commodity,
            quote="USD",
            on=DAY - timedelta(days=back),
            price=Decimal(price),
            source=source,
        )


def require_refused(
    books: Books, expected: type[PriceInvalid], words: str, price: str, **told: str
) -> None:
    digest = books.digest()
    with pytest.raises(expected, match=words):
        add(books, price, **told)  # type: ignore[arg-type]
    assert books.digest() == digest


@pytest.mark.parametrize("price", ["0.3", "2.7"])
def test_a_price_at_the_limits_is_taken(books: Books, price: str) -> None:
    add(books, "0.9", back=1)
    assert add(books, price)


@pytest.mark.parametrize("price", ["0.299999999999999999", "2.700000000000000001"])
def test_a_price_beyond_the_limits_is_refused(books: Books, price: str) -> None:
    add(books, "0.9", back=1)
    require_refused(books, PriceOutlying, r"above or below 0\.9, the median of the 1", price)


def test_a_price_is_held_to_the_median_of_those_before_it(books: Books) -> None:
    for back, price in ((4, "1"), (3, "2"), (2, "4"), (1, "4.5")):
        assert add(books, price, back=back)
    require_refused(books, PriceOutlying, "below 3, the median of the 4 before it", "9.1")
    assert add(books, "9")


def test_only_as_many_prices_as_the_policy_says_are_looked_at(books: Books) -> None:
    for back in range(20, 0, -1):
        add(books, "1" if back > 7 else "2.5", back=back)
    require_refused(books, PriceOutlying, r"2\.5, the median of the 7", "0.8")


def test_the_limits_are_a_policy(books: Books) -> None:
    add(books, "1", back=1)
    value = {"max_age_days": 45, "outlier_factor": "1.5", "window": 7}
    with books.write() as change:
        proposed = policies.propose(change, "price-checks", value, effective_from=DAY, reason="r")
        version = proposed.version
    with books.write("checker") as change:
        policies.confirm(change, "price-checks", version)
    require_refused(books, PriceOutlying, r"1\.5 times", "1.6")


def test_a_stablecoin_counts_at_par_by_a_rule_which_does_not_age(books: Books) -> None:
    assert add(books, "0.5", back=1, commodity="USDT")
    assert add(books, "1", back=300, source="policy", commodity="USDC")
    with books.read() as session:
        assert prices.require(session, "USDC", "USD", DAY).price == 1


def test_a_rule_is_no_market_price_to_hold_others_to(books: Books) -> None:
    add(books, "1", back=1, source="policy", commodity="USDT")
    assert add(books, "0.1", commodity="USDT")
    assert add(books, "1", source="policy: at par", commodity="USDT")


@pytest.mark.parametrize(
    ("price", "commodity"), [("0.99", "USDT"), ("1", "HBOT")], ids=["price", "commodity"]
)
def test_no_other_price_is_a_rule_of_the_house(books: Books, price: str, commodity: str) -> None:
    require_refused(
        books,
        PriceInvalid,
        "1, for one of USDC, USDT",
        price,
        source="Policy",
        commodity=commodity,
    )


def test_a_commodity_has_no_price_in_itself(books: Books) -> None:
    require_refused(books, PriceInvalid, "another commodity", "1", commodity="USD")


def test_the_median_of_an_even_number_is_the_mean_of_the_two_in_the_middle() -> None:
    assert median([Decimal(4), Decimal(1), Decimal(2), Decimal(9)]) == 3
    assert median([Decimal(9), Decimal(1), Decimal(2)]) == 2
