from datetime import date
from decimal import Decimal

import pytest

from ledger import bank, journal, parties, periods
from ledger.errors import BadInput, Conflict, UnknownReference
from ledger.revenue import bounties
from support.books import Books
from support.fee_shares import accrue, agree, due, open_exchange, state
from support.matching import matched, unmatched
from support.receipts import CREDIT, FEES, OWED, held, left, line, ties


@pytest.fixture
def document(books: Books) -> str:
    """Give a statement of 1000, of which Ada's share is 200."""
    open_exchange(books)
    statement = state(books, agree(books, {"Ada": "1"}), "1000")
    accrue(books)
    return statement


def test_a_match_taken_back_leaves_line_and_statement_open_and_its_share_due_no_more(
    books: Books, document: str
) -> None:
    came = line(books, "600")
    matched(books, came, document)
    released = unmatched(books, came)
    (went_back,) = released.went_back
    assert (went_back.payee, went_back.amount) == ("ada", Decimal(120))
    assert left(books) == {came: Decimal(600)}
    assert held(books)[OWED] == Decimal(1000)
    assert due(books, document) == {"ada": Decimal(0)}
    assert ties(books) == []
    digest = books.digest()
    assert not unmatched(books, came, 1).new
    assert books.digest() == digest
    assert matched(books, came, document).became_due == f"share:{document}:ada/1"
    assert matched(books, line(books, "400"), document).became_due == f"share:{document}:ada/2"


def test_a_fee_and_a_credit_go_with_the_match_they_came_with(books: Books, document: str) -> None:
    fee, over = line(books, "995"), line(books, "20")
    matched(books, fee, document, difference="network-fee")
    matched(books, over, document, difference="overpaid")
    unmatched(books, fee)
    # The later line, which was too much, pays what is open again.
    assert held(books)[OWED] == Decimal(980)
    assert CREDIT not in held(books)
    assert FEES not in held(books)
    assert ties(books) == []


def test_of_several_matches_one_is_named(books: Books, document: str) -> None:
    came = line(books, "100")
    with pytest.raises(UnknownReference, match="match of the bank line"):
        unmatched(books, came)
    matched(books, came, document, "60")
    matched(books, came, document, "40")
    with pytest.raises(Conflict, match="has 2 matches: 1: 60"):
        unmatched(books, came)
    with pytest.raises(UnknownReference, match="match"):
        unmatched(books, came, 3)
    unmatched(books, came, 1)
    assert left(books) == {came: Decimal(60)}
    with pytest.raises(BadInput, match="evidence_missing"):
        unmatched(books, came, 2, reason=" ")


def test_a_bountys_match_is_ended_with_its_bounty(books: Books) -> None:
    with books.write() as change:
        parties.add(change, name="Gate", kind="exchange")
        bank.add_account(change, "bank-main", kind="bank", purpose="receipts")
        bounties.add(
            change,
            identity="bounty-7",
            title="a connector",
            exchange="Gate",
            commodity="USDC",
            amount=Decimal(100),
        )
    came = line(books, "100", commodity="USDC")
    matched(books, came, "bounty-7")
    digest = books.digest()
    with pytest.raises(Conflict, match="is not taken back alone"):
        unmatched(books, came)
    assert books.digest() == digest


def test_a_match_of_a_closed_month_is_mirrored_on_the_first_open_day(
    books: Books, document: str
) -> None:
    came = line(books, "600")
    matched(books, came, document)
    with books.write("closer") as change:
        periods.close(change, date(2023, 10, 1), reason="done")
    released = unmatched(books, came)
    with books.read() as session:
        mirror = journal.entry(session, released.entry_number)
        assert (mirror.effective_date, mirror.relates_to_period) == (date(2023, 11, 1), "2023-10")
    assert ties(books) == []
