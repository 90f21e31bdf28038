from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ledger import price_proposals, prices
from ledger.errors import BadInput, DatabaseRefused, Denied, ReferenceReused, UnknownReference
from ledger.price_checks import PriceInvalid
from ledger.price_origins import Origin
from ledger.price_tables import PriceAcceptance
from support.books import Books

DAY = date(2023, 10, 31)


def add(books: Books, price: str) -> bool:
    with books.write() as change:
        return prices.add(
            change, commodity="HBOT", quote="USD", on=DAY, price=Decimal(price), source="a"
        )


def propose(
    books: Books, price: str, *, reason: str = "seen there", on: date = DAY
) -> tuple[int, bool]:
    origin = Origin(provider="file", retrieved_at=books.at, raw=b"raw", file_name="p.csv")
    with books.write("proposer") as change:
        made, new = price_proposals.propose(
            change,
            commodity="HBOT",
            quote="USD",
            on=on,
            price=Decimal(price),
            source="a",
            origin=replace(origin, raw=price.encode()),
            cause=price_proposals.OTHER_PRICE,
            reason=reason,
        )
        return made.number, new


def accept(books: Books, number: int, actor: str = "checker") -> bool:
    with books.write(actor) as change:
        return price_proposals.accept(change, number)[1]


def in_force(books: Books) -> tuple[Decimal | None, str | None]:
    with books.read() as session:
        found = prices.latest(session, "HBOT", "USD", DAY)
        return (found.price, found.override_by) if found else (None, None)


def test_a_proposed_price_is_in_force_once_another_person_accepts_it(books: Books) -> None:
    add(books, "1")
    assert propose(books, "9") == (1, True)
    assert in_force(books) == (Decimal(1), None)
    assert accept(books, 1) is True
    assert in_force(books) == (Decimal(9), "checker")
    with books.read() as session:
        assert [each.price for each in prices.all_of(session)] == [9]
        assert price_proposals.waiting(session) == []
    digest = books.digest()
    assert accept(books, 1) is False
    assert add(books, "9") is False
    with pytest.raises(ReferenceReused):
        add(books, "1")
    assert books.digest() == digest


def test_a_price_may_be_overridden_again(books: Books) -> None:
    add(books, "1")
    for number, price in enumerate(("9", "8", "9"), start=1):
        assert propose(books, price) == (number, True)
        accept(books, number)
        assert in_force(books)[0] == Decimal(price)


def test_a_proposal_alone_is_no_price_and_is_made_once(books: Books) -> None:
    assert propose(books, "9") == (1, True)
    assert in_force(books) == (None, None)
    digest = books.digest()
    assert propose(books, "9") == (1, False)
    assert books.digest() == digest
    assert propose(books, "8") == (2, True)
    accept(books, 2)
    assert in_force(books) == (Decimal(8), "checker")


def test_whoever_proposed_a_price_does_not_accept_it(books: Books) -> None:
    propose(books, "9")
    digest = books.digest()
    with pytest.raises(Denied, match="another person accepts it"):
        accept(books, 1, "proposer")
    assert books.digest() == digest
    with pytest.raises(DatabaseRefused, match="segregation"), books.write("proposer") as change:
        change.add(PriceAcceptance(proposal=1, accepted_by="proposer"))
    assert books.digest() == digest


def test_what_nobody_proposed_is_not_accepted(books: Books) -> None:
    digest = books.digest()
    with pytest.raises(UnknownReference, match="proposed price"):
        accept(books, 1)
    assert books.digest() == digest


@pytest.mark.parametrize(
    ("price", "reason", "on", "refusal"),
    [
        ("9", " ", DAY, BadInput),
        ("9", "r", date(2023, 11, 4), BadInput),
        ("0", "r", DAY, PriceInvalid),
    ],
    ids=["no reason", "a day to come", "not positive"],
)
def test_what_could_never_be_right_is_not_proposed(
    books: Books, price: str, reason: str, on: date, refusal: type[BadInput]
) -> None:
    digest = books.digest()
    with pytest.raises(refusal):
        propose(books, price, reason=reason, on=on)
    assert books.digest() == digest
