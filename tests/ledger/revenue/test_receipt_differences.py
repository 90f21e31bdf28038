from decimal import Decimal

import pytest

from ledger.accounts import Chart
from ledger.errors import BadInput, Conflict
from support.books import Books
from support.fee_shares import accrue, agree, due, open_exchange, state
from support.matching import matched
from support.receipts import CREDIT, FEES, OWED, held, line, ties


@pytest.fixture
def document(books: Books) -> str:
    """Give a statement of 1000, of which Ada's share is 200."""
    open_exchange(books)
    statement = state(books, agree(books, {"Ada": "1"}), "1000")
    accrue(books)
    return statement


def test_a_fee_that_was_kept_back_is_booked_with_the_receipt_and_counts_as_received(
    books: Books, document: str
) -> None:
    made = matched(books, line(books, "995.5"), document, difference="network-fee")
    assert made.became_due == f"share:{document}:ada"
    assert held(books)[FEES] == Decimal("4.5")
    assert OWED not in held(books)
    assert due(books, document) == {"ada": Decimal(200)}
    assert ties(books) == []


@pytest.mark.parametrize(
    ("kind", "account"),
    [("bank-fee", Chart.EXPENSE_BANK_FEES), ("fx", Chart.CONVERSION)],
)
def test_each_kind_of_difference_has_its_account(
    books: Books, document: str, kind: str, account: Chart
) -> None:
    matched(books, line(books, "990"), document, difference=f"{kind}=7")
    assert held(books)[account.value] == Decimal(7)
    assert held(books)[OWED] == Decimal(3)
    assert ties(books) == []


@pytest.mark.parametrize("kind", ["short-pay", "unknown"])
def test_what_is_short_stays_open_and_does_not_count_as_received(
    books: Books, document: str, kind: str
) -> None:
    matched(books, line(books, "600"), document, difference=kind)
    assert held(books)[OWED] == Decimal(400)
    assert due(books, document) == {"ada": Decimal(120)}
    assert ties(books) == []


def test_what_is_overpaid_is_the_exchanges_credit(books: Books, document: str) -> None:
    came = line(books, "1100")
    with pytest.raises(Conflict, match="is not owed for"):
        matched(books, came, document)
    matched(books, came, document, difference="overpaid=100")
    assert held(books)[CREDIT] == Decimal(-100)
    assert due(books, document) == {"ada": Decimal(200)}
    matched(books, line(books, "50"), document, difference="overpaid")
    assert held(books)[CREDIT] == Decimal(-150)
    assert ties(books) == []


@pytest.mark.parametrize(
    ("amount", "difference"),
    [
        ("995", "gift"),
        ("995", "network-fee=5.01"),
        ("1000", "network-fee"),
        ("995", "overpaid"),
        ("1100", "overpaid=99"),
    ],
)
def test_a_difference_that_is_none_is_refused(
    books: Books, document: str, amount: str, difference: str
) -> None:
    came = line(books, amount)
    digest = books.digest()
    with pytest.raises(BadInput, match="difference_invalid"):
        matched(books, came, document, difference=difference)
    assert books.digest() == digest
