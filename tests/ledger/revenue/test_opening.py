from datetime import date
from decimal import Decimal

import pytest

from ledger import bank, evidence
from ledger.accounts import Chart
from ledger.errors import ReferenceReused, UnknownReference
from ledger.obligation_tables import Obligation
from ledger.revenue.opening import open_obligation, open_receivable
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


def test_what_was_owed_to_a_payee_is_due_once(books: Books) -> None:
    open_exchange(books)

    def opened(amount: str) -> bool:
        with books.write() as change:
            return open_obligation(
                change,
                Obligation(
                    id="opening:ada:7",
                    kind="opening",
                    payee="ada",
                    commodity="USDT",
                    amount=Decimal(amount),
                    document="7",
                    period="2023-06",
                    entry_number=0,
                    payable_account=Chart.PAYABLE_MAINTAINER.value,
                ),
                on=date(2023, 10, 1),
                evidence=evidence.keep(change, b"a list", "opening.csv"),
            )[1]

    assert opened("75.5") is True
    assert held(books) == {
        Chart.PAYABLE_MAINTAINER.value: Decimal("-75.5"),
        Chart.OPENING.value: Decimal("75.5"),
    }
    assert ties(books) == []
    digest = books.digest()
    assert opened("75.5") is False
    with pytest.raises(ReferenceReused, match=r"amount is 75\.5"):
        opened("76")
    assert books.digest() == digest
