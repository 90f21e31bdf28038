"""How many checkers: cumulative by maker and payee, unknown prices count as the most."""

from datetime import date
from decimal import Decimal

import pytest

from ledger.price_origins import Origin
from ledger.price_proposals import accept, propose
from ledger.prices import add as add_price
from payouts.quorum import Outgoing, checkers_needed
from support.books import Books
from support.payouts import freeze, furnish, owe, usual_debts

DAY = date(2023, 11, 3)


def out(amount: str, *, maker: str = "ann", payee: str = "bob", of: str = "USD") -> Outgoing:
    return Outgoing(maker, payee, of, Decimal(amount))


def needed(books: Books, *outgoing: Outgoing) -> int:
    with books.read() as session:
        return checkers_needed(session, DAY, "ann", {"bob"}, outgoing)


@pytest.mark.parametrize(
    ("outgoing", "checkers"),
    [
        ([out("4999.99")], 1),
        ([out("5000")], 2),
        ([out("2500"), out("2500", payee="zoe")], 2),
        ([out("2500"), out("2500", maker="max")], 2),
        ([out("2500"), out("9999", maker="max", payee="zoe")], 1),
    ],
    ids=["below", "at the band", "one maker", "one payee", "others' business"],
)
def test_splitting_does_not_lower_the_number(
    books: Books, outgoing: list[Outgoing], checkers: int
) -> None:
    assert needed(books, *outgoing) == checkers


def told(
    books: Books, on: date, price: str, *, provider: str | None = "coingecko", of: str = "HBOT"
) -> None:
    with books.write() as change:
        origin = (
            Origin(
                provider=provider,
                retrieved_at=change.at,
                raw=price.encode(),
                file_name="answer.json",
            )
            if provider
            else None
        )
        add_price(
            change,
            commodity=of,
            quote="USD",
            on=on,
            price=Decimal(price),
            source=provider or "somebody",
            origin=origin,
        )


def test_a_price_nobody_knows_or_that_is_stale_counts_as_the_highest_band(books: Books) -> None:
    assert needed(books, out("1", of="HBOT")) == 2
    for on, price, checkers in ((date(2023, 9, 18), "0.01", 2), (date(2023, 9, 19), "0.01", 1)):
        told(books, on, price)
        assert needed(books, out("1", of="HBOT")) == checkers
    assert needed(books, out("500000", of="HBOT")) == 2


@pytest.mark.parametrize("provider", ["file", None])
def test_one_persons_price_counts_as_the_highest_band(books: Books, provider: str | None) -> None:
    told(books, date(2023, 11, 1), "0.01", provider=provider)
    assert needed(books, out("1", of="HBOT")) == 2


def test_an_outlying_price_counts_as_the_highest_band_even_if_two_persons_took_it(
    books: Books,
) -> None:
    told(books, date(2023, 11, 1), "0.01")
    raw = Origin(provider="file", retrieved_at=books.at, raw=b"0.0001", file_name="prices.csv")
    with books.write() as change:
        made, _ = propose(
            change,
            commodity="HBOT",
            quote="USD",
            on=date(2023, 11, 2),
            price=Decimal("0.0001"),
            source="market",
            origin=raw,
            cause="outlier",
            reason="it fell",
        )
        number = made.number
    assert needed(books, out("1", of="HBOT")) == 1
    with books.write("another") as change:
        accept(change, number)
    assert needed(books, out("1", of="HBOT")) == 2


def test_what_two_persons_stand_for_is_no_single_word(books: Books) -> None:
    told(books, date(2023, 11, 2), "0.01", provider="file")
    raw = Origin(provider="file", retrieved_at=books.at, raw=b"0.012", file_name="prices.csv")
    with books.write() as change:
        made, _ = propose(
            change,
            commodity="HBOT",
            quote="USD",
            on=date(2023, 11, 2),
            price=Decimal("0.012"),
            source="file",
            origin=raw,
            cause="other price",
            reason="mistyped",
        )
        number = made.number
    with books.write("another") as change:
        accept(change, number)
    assert needed(books, out("1", of="HBOT")) == 1


def test_a_price_that_is_a_rule_does_not_age(books: Books) -> None:
    with books.write() as change:
        add_price(
            change,
            commodity="USDT",
            quote="USD",
            on=date(2021, 1, 1),
            price=Decimal(1),
            source="policy",
        )
    assert needed(books, out("4999", of="USDT")) == 1


def test_a_second_batch_by_another_maker_does_not_lower_a_payees_number(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    with books.write() as change:
        owe(change, "share:b2", "bob", "2600")
    assert freeze(books).checkers == 1
    with books.write() as change:
        owe(change, "share:b3", "bob", "2100")
    assert freeze(books, nonce=8, maker="dave").checkers == 2
