"""HBOT is bought from fee shares within the part that a proposal allows, of what was paid."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from ledger import conversions
from ledger.balances import account_balance
from ledger.conversions import Side
from ledger.errors import BadInput, DatabaseRefused, ReferenceReused, UnknownReference
from payouts import purchases
from payouts.purchase_tables import Purchase
from support.books import Books
from support.purchases import FIRST_DAY, HGP_64, allow, lines, mandate, receive
from support.receipts import left, ties


@pytest.fixture
def paid(books: Books) -> Books:
    """Give books in which OKX has paid 4033 USDC since HGP-64 passed: the public record."""
    allow(books)
    mandate(books)
    receive(books, "4033")
    return books


def buy(books: Books, name: str, spent: str, got: str, on: date = date(2024, 11, 15)) -> bool:
    return convert(books, name, *lines(books, spent, got, on))


def convert(books: Books, name: str, out: str, into: str, *, proposal: str = "HGP-64") -> bool:
    with books.write() as change:
        found = purchases.mandate_named(change.session, proposal)
        sides = Side(line=out), Side(line=into)
        return purchases.record(change, name, found, *sides, why="an order on the exchange")[1]


def stands(books: Books, until: date = purchases.LAST_DAY) -> tuple[Decimal, ...]:
    with books.read() as session:
        found = purchases.standing(
            session, purchases.mandate_named(session, HGP_64, "OKX"), until=until
        )
        return found.base, found.allowed, found.spent, found.left


def test_the_first_purchase_of_the_record_is_half_of_the_okx_fee_share(paid: Books) -> None:
    out, into = lines(paid, "2016", "900000.5")
    assert convert(paid, "hbot:2024-11", out, into)
    digest = paid.digest()
    assert not convert(paid, "hbot:2024-11", out, into)
    assert paid.digest() == digest
    assert stands(paid) == tuple(map(Decimal, ("4033", "2016.5", "2016", "0.5")))
    assert stands(paid, date(2024, 11, 14)) == tuple(
        map(Decimal, ("4033", "2016.5", "0", "2016.5"))
    )
    with paid.read() as session:
        pair = "equity:conversion:hbot-usdc"
        assert account_balance(session, pair, "USDC") == 2016
        assert account_balance(session, pair, "HBOT") == Decimal("-900000.5")
        (told,) = purchases.made_until(session)
        assert told.standing.left == Decimal("0.5")
    assert left(paid) == {}
    assert ties(paid) == []


def test_more_than_the_part_of_what_came_in_is_not_spent(paid: Books) -> None:
    buy(paid, "one", "2016", "900000")
    out, into = lines(paid, "0.500001", "200")
    digest = paid.digest()
    with pytest.raises(
        BadInput, match=r"purchase_invalid: .* 0\.5 USDC or less: of 4033 that okx"
    ):
        convert(paid, "two", out, into)
    assert paid.digest() == digest
    receive(paid, "0.000002", date(2024, 11, 15))
    assert convert(paid, "two", out, into)


def test_what_came_in_after_the_purchase_or_before_the_mandate_does_not_count(
    books: Books,
) -> None:
    allow(books)
    mandate(books)
    receive(books, "10", date(2024, 9, 30))
    receive(books, "10", date(2024, 11, 16))
    out, into = lines(books, "1", "400")
    digest = books.digest()
    with pytest.raises(BadInput, match="0 USDC or less: of 0 that okx paid"):
        convert(books, "early", out, into)
    assert books.digest() == digest
    assert buy(books, "late", "5", "2000", on=date(2024, 11, 16))


def test_nothing_counts_after_the_last_day_of_a_mandate(books: Books) -> None:
    allow(books)
    mandate(books, until=date(2024, 11, 7))
    receive(books, "10")
    assert stands(books)[0] == 0


def test_a_purchase_is_of_its_mandates_commodities_and_days(paid: Books) -> None:
    other = lines(paid, "1", "1", commodities=("USDC", "USDT"))
    early = lines(paid, "1", "1", FIRST_DAY.replace(month=9))
    digest = paid.digest()
    with pytest.raises(BadInput, match="USDC spent and HBOT bought"):
        convert(paid, "other", *other)
    with pytest.raises(BadInput, match="a line of 2024-10-01 or later"):
        convert(paid, "early", *early)
    with pytest.raises(UnknownReference, match="HGP-65"):
        convert(paid, "none", *other, proposal="HGP-65")
    assert paid.digest() == digest


def forge(books: Books, out: str, into: str) -> None:
    """Write a purchase past what asks how much is left."""
    with books.write() as change:
        conversions.convert(change, "forged", Side(line=out), Side(line=into), why="w")
        change.add(Purchase(conversion="forged", proposal=HGP_64, exchange="okx"))


@pytest.mark.parametrize(
    ("lined", "match"),
    [
        (lambda books: lines(books, "2016.500001", "1"), "purchase: 2016.500001 was spent"),
        (
            lambda books: lines(books, "1", "1", commodities=("USDC", "USDT")),
            "purchase: forged is no purchase by its mandate",
        ),
        (
            lambda books: lines(books, "1", "1", date(2024, 9, 30)),
            "purchase: forged is no purchase by its mandate",
        ),
    ],
)
def test_the_database_refuses_a_purchase_beyond_its_mandate(
    paid: Books, lined: Callable[[Books], tuple[str, str]], match: str
) -> None:
    out, into = lined(paid)
    digest = paid.digest()
    with pytest.raises(DatabaseRefused, match=match):
        forge(paid, out, into)
    assert paid.digest() == digest


def test_a_purchase_under_the_same_name_has_the_same_lines(paid: Books) -> None:
    out, into = lines(paid, "10", "4000")
    other = lines(paid, "1", "4001")[1]
    convert(paid, "one", out, into)
    digest = paid.digest()
    with pytest.raises(ReferenceReused, match="bought_line is"):
        convert(paid, "one", out, other)
    assert paid.digest() == digest


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"fraction": Decimal(0)}, "a fraction above 0"),
        ({"fraction": Decimal("1.01")}, "a fraction above 0"),
        ({"bought": "USDC"}, "two commodities"),
        ({"until": date(2024, 9, 30)}, "a last day that is not before the first"),
    ],
)
def test_a_mandate_that_cannot_be_is_refused(
    books: Books, wrong: dict[str, object], match: str
) -> None:
    allow(books)
    digest = books.digest()
    with pytest.raises(BadInput, match=f"purchase_invalid: .*{match}"):
        mandate(books, **wrong)
    assert books.digest() == digest


def test_a_mandate_is_recorded_once(paid: Books) -> None:
    digest = paid.digest()
    mandate(paid)
    with pytest.raises(ReferenceReused, match=r"fraction is 0\.5"):
        mandate(paid, fraction=Decimal("0.6"))
    assert paid.digest() == digest


def test_a_vote_that_did_not_pass_allows_no_purchase(books: Books) -> None:
    allow(books, votes_for=Decimal(38_251_932))
    digest = books.digest()
    with pytest.raises(BadInput, match=r"proposal_invalid: .* quorum_missed\. .*missed by 1"):
        mandate(books)
    assert books.digest() == digest
