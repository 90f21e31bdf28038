from datetime import date
from decimal import Decimal

import pytest

from ledger import bank, evidence
from ledger.accounts import Chart
from ledger.errors import ReferenceReused, UnknownReference
from ledger.revenue.opening import open_receivable
from ledger.revenue.receivables import owed_for
from ledger.revenue.tables import Agreement
from support.books import Books
from support.fee_shares import agree, open_exchange
from support.receipts import OWED, held, ties


def test_what_was_open_is_a_statement_of_its_month_against_opening_equity(books: Books) -> None:
    open_exchange(books)
    identity = f"gate:{agree(books, {'Ada': '1'})}:usdt"

    def opened(amount: str) -> tuple[str, bool]:
        with books.write() as change:
            statement, new = open_receivable(
                change,
                change.session.get_one(Agreement, identity),
                "2023-06",
                Decimal(amount),
                on=date(2023, 10, 1),
                evidence=evidence.keep(change, b"a list", "opening.csv"),
            )
            return statement.id, new

    assert opened("120.5") == (f"{identity}:2023-06:1", True)
    assert held(books) == {OWED: Decimal("120.5"), Chart.OPENING.value: Decimal("-120.5")}
    assert ties(books) == []
    digest = books.digest()
    assert opened("120.5") == (f"{identity}:2023-06:1", False)
    with pytest.raises(ReferenceReused):
        opened("121")
    assert books.digest() == digest


def test_a_statement_that_nobody_accepted_is_owed_nothing_for(books: Books) -> None:
    with books.read() as session, pytest.raises(UnknownReference, match="accepted statement"):
        owed_for(session, "gate:spot:usdt:2023-10:1")


def test_a_bank_line_that_nobody_knows_is_refused(books: Books) -> None:
    with books.read() as session, pytest.raises(UnknownReference, match="bank line"):
        bank.line_named(session, "nowhere/1")
