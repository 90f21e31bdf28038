from decimal import Decimal

import pytest

from feeshare.matching_by_hand import (
    Wanted,
    difference_of,
    match_by_hand,
    wanted_of,
)
from ledger.errors import BadInput, UnknownReference
from ledger.revenue.receivables import Difference
from support.books import Books
from support.fee_shares import accrue, agree, open_exchange, state
from support.matching import matched
from support.receipts import left, line, ties


@pytest.fixture
def document(books: Books) -> str:
    """Give a statement of 1000, of which Ada's share is 200."""
    open_exchange(books)
    statement = state(books, agree(books, {"Ada": "1"}), "1000")
    accrue(books)
    return statement


def test_lines_are_laid_on_documents_in_the_order_they_are_named(books: Books) -> None:
    open_exchange(books)
    stream = agree(books, {"Ada": "1"})
    first, second = state(books, stream, "100", period="2023-09"), state(books, stream, "250")
    lines = [line(books, "200"), line(books, "150")]
    with books.write() as change:
        placed = match_by_hand(
            change, lines, [Wanted(document=first, amount=Decimal(100)), Wanted(document=second)]
        )
        assert [(each.line, each.document, each.amount) for each in placed] == [
            (lines[0], first, Decimal(100)),
            (lines[0], second, Decimal(100)),
            (lines[1], second, Decimal(150)),
        ]
    assert left(books) == {}
    assert ties(books) == []


def test_a_part_with_an_amount_leaves_the_rest_open(books: Books, document: str) -> None:
    lines = [line(books, "200"), line(books, "150")]
    with books.write() as change:
        match_by_hand(change, lines, [Wanted(document=document, amount=Decimal(150))])
    assert left(books) == {lines[0]: Decimal(50), lines[1]: Decimal(150)}


@pytest.mark.parametrize(
    ("wanted", "difference"),
    [
        (["d=100", "d=0.01"], None),
        (["d", "e"], None),
        (["d=100", "e"], None),
        (["d=50", "e=50"], "network-fee"),
    ],
)
def test_what_cannot_be_laid_out_is_refused_whole(
    books: Books, document: str, wanted: list[str], difference: str | None
) -> None:
    del document
    came = line(books, "100")
    digest = books.digest()
    with pytest.raises(BadInput), books.write() as change:
        match_by_hand(
            change, [came], [wanted_of(each) for each in wanted], difference_of(difference)
        )
    assert books.digest() == digest


def test_a_line_that_is_matched_whole_is_refused_and_said_to_have_nothing_left(
    books: Books, document: str
) -> None:
    came = line(books, "100")
    matched(books, came, document)
    with pytest.raises(BadInput, match="what is left, 0 USDT"):
        matched(books, came, document)
    with pytest.raises(UnknownReference, match="bank line"):
        matched(books, "no-line", document)


@pytest.mark.parametrize("text", ["d=", "d=x", "d=0", "d=-1", "d=1e3"])
def test_an_amount_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="match_invalid"):
        wanted_of(text)
    with pytest.raises(BadInput, match="match_invalid"):
        difference_of(text)


def test_what_is_named_is_read_from_the_right_and_the_left() -> None:
    assert wanted_of("a=b=2") == Wanted(document="a=b", amount=Decimal(2))
    assert difference_of("fx") == Difference(kind="fx")
