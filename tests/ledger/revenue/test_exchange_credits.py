from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from ledger.accounts import Chart
from ledger.bank_tables import BankLine
from ledger.errors import BadInput, Conflict, DatabaseRefused, EntryDependedOn
from ledger.journal import reverse
from ledger.revenue import exchange_credits
from ledger.revenue.credit_tables import CreditUse
from support.books import Books
from support.fee_shares import accrue, agree, due, open_exchange, state
from support.matching import matched, unmatched
from support.receipts import CREDIT, OWED, held, line, ties

DAY = date(2023, 11, 2)


@pytest.fixture
def documents(books: Books) -> tuple[str, str]:
    """Give two statements of 1000, of which the first was paid with 1100."""
    open_exchange(books)
    stream = agree(books, {"Ada": "1"})
    first, second = state(books, stream, "1000", period="2023-09"), state(books, stream, "1000")
    accrue(books)
    accrue(books, "2023-09")
    matched(books, line(books, "1100"), first, difference="overpaid")
    return first, second


def use(books: Books, document: str, used_for: str, amount: str | None = None) -> list[str]:
    with books.write() as change:
        part = None if amount is None else Decimal(amount)
        made = exchange_credits.use(change, document, used_for, part, on=DAY, reason="agreed")
        return [each.id for each in made.became_due]


def test_a_credit_pays_the_next_statement_and_the_share_falls_due(
    books: Books, documents: tuple[str, str]
) -> None:
    first, second = documents
    with books.read() as session:
        (credit,) = exchange_credits.all_of(session)
        assert (credit.stated.document, credit.credit) == (first, Decimal(100))
    assert use(books, first, second, "60") == [f"share:{second}:ada/1"]
    assert use(books, first, second) == [f"share:{second}:ada/2"]
    assert due(books, second) == {"ada": Decimal(20)}
    assert (held(books)[OWED], held(books).get(CREDIT)) == (Decimal(900), None)
    assert ties(books) == []


def test_a_credit_goes_back_as_an_obligation_that_is_due(
    books: Books, documents: tuple[str, str]
) -> None:
    first, _ = documents
    with books.write() as change:
        made = exchange_credits.give_back(change, first, None, on=DAY, reason="asked for it")
        (owed,) = made.became_due
        assert (owed.payee, owed.amount, made.use.refund) == ("gate", Decimal(100), owed.id)
    assert held(books)[Chart.PAYABLE_REFUND.value] == Decimal(-100)
    assert ties(books) == []


@pytest.mark.parametrize("amount", ["0", "-1", "100.01"])
def test_no_more_is_used_or_returned_than_there_is(
    books: Books, documents: tuple[str, str], amount: str
) -> None:
    first, second = documents
    digest = books.digest()
    with pytest.raises(BadInput, match="credit_invalid"):
        use(books, first, second, amount)
    with pytest.raises(BadInput, match="credit_invalid"), books.write() as change:
        exchange_credits.give_back(change, first, Decimal(amount), on=DAY, reason="r")
    with pytest.raises(BadInput, match="evidence_missing"), books.write() as change:
        exchange_credits.give_back(change, first, None, on=DAY, reason="")
    assert books.digest() == digest


def test_a_credit_pays_nothing_in_another_commodity(
    books: Books, documents: tuple[str, str]
) -> None:
    first, _ = documents
    other = state(books, agree(books, {"Ada": "1"}, commodity="USDC"), "10", commodity="USDC")
    with pytest.raises(BadInput, match="a statement of gate in USDT"):
        use(books, first, other)


def test_the_match_whose_credit_was_used_is_taken_back_once_other_money_covers_it(
    books: Books, documents: tuple[str, str]
) -> None:
    first, second = documents
    use(books, first, second)
    digest = books.digest()
    with books.read() as session:
        came = session.scalar(select(BankLine.id).order_by(BankLine.id).limit(1))
    with pytest.raises(Conflict, match=r"100 USDT that .+ was used for something else"):
        unmatched(books, str(came))
    assert books.digest() == digest
    matched(books, line(books, "1100"), first, difference="overpaid")
    unmatched(books, str(came))
    assert ties(books) == []


def test_the_database_lets_no_credit_pay_another_exchanges_or_its_own_statement(
    books: Books, documents: tuple[str, str]
) -> None:
    first, second = documents
    use(books, first, second)
    digest = books.digest()
    with pytest.raises(DatabaseRefused, match="of another exchange"), books.write() as change:
        change.add(
            CreditUse(
                document=first,
                number=2,
                used_for=first,
                refund=None,
                commodity="USDT",
                amount=Decimal(1),
                reason="r",
                entry_number=1,
            )
        )
    with books.read() as session:
        (row,) = session.scalars(select(CreditUse))
        number = row.entry_number
    with pytest.raises((EntryDependedOn, DatabaseRefused)), books.write() as change:
        reverse(change, number, reason="r", on=DAY)
    assert books.digest() == digest
