from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text

from ledger import parties, periods
from ledger.balances import account_balance, balances, document_balance
from ledger.journal import JournalEntry, Posting, post
from ledger.sealing import head
from support.books import Books

PAYABLE = "liabilities:payable:maintainer"
EXPENSE = "expenses:maintainer-share"


def owed(reference: str, on: date, amount: str, party: str = "alice") -> JournalEntry:
    return JournalEntry(
        reference=reference,
        effective_date=on,
        kind="manual",
        narration="share",
        postings=[
            Posting(EXPENSE, Decimal(amount), "USDT", party),
            Posting(PAYABLE, -Decimal(amount), "USDT", party, reference),
        ],
    )


@pytest.fixture
def shares(books: Books) -> Books:
    with books.write() as change:
        for name in ("Alice", "Bob"):
            parties.add(change, name=name, kind="payee")
        post(change, [owed("a", date(2023, 1, 10), "10"), owed("b", date(2023, 2, 10), "5")])
    with books.write() as change:
        post(change, [owed("c", date(2023, 1, 20), "0.000000000000000001", "bob")])
    return books


def on_payable(books: Books, **asked: object) -> dict[str, Decimal]:
    with books.read() as session:
        rows = balances(session, by_party=True, **asked)  # type: ignore[arg-type]
        return {row.party: row.balance for row in rows if row.account == PAYABLE}


def test_balances_count_up_to_a_day(shares: Books) -> None:
    assert on_payable(shares, as_of=date(2023, 1, 9)) == {}
    assert on_payable(shares, as_of=date(2023, 1, 10)) == {"alice": Decimal(-10)}
    assert on_payable(shares)["alice"] == Decimal(-15)


def test_balances_count_what_was_known_then(shares: Books) -> None:
    with shares.read() as session:
        newest = head(session).number
    assert "bob" not in on_payable(shares, known_at=newest - 1)
    assert on_payable(shares, known_at=newest)["bob"] == Decimal("-0.000000000000000001")
    assert on_payable(shares, known_at=newest - 2) == {}


def test_a_checkpoint_gives_what_all_postings_sum_to(shares: Books) -> None:
    before = {
        day: on_payable(shares, as_of=date(2023, *day)) for day in ((1, 31), (2, 9), (2, 28))
    }
    with shares.write() as change:
        periods.close(change, date(2023, 1, 1), reason="done")
    assert before == {day: on_payable(shares, as_of=date(2023, *day)) for day in before}
    with shares.read() as session:
        summed: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for account, party, amount in session.execute(
            text("SELECT account, coalesce(party, ''), amount FROM postings")
        ):
            summed[account, party] += amount
        found = balances(session, by_party=True)
        assert {(row.account, row.party): row.balance for row in found} == summed


def test_running_balances_are_by_document_and_by_party(shares: Books) -> None:
    with shares.read() as session:
        assert account_balance(session, PAYABLE, "USDT") == Decimal("-15.000000000000000001")
        assert document_balance(session, PAYABLE, "a", "USDT") == Decimal(-10)
        assert document_balance(session, PAYABLE, "a", "USDT", party="bob") == 0
        assert document_balance(session, PAYABLE, "nothing", "USDT") == 0


def test_the_balance_now_takes_the_newest_change_of_each_party_and_document(
    shares: Books,
) -> None:
    for number, paid in enumerate(("4", "1")):
        entry = JournalEntry(
            reference=f"paid:{number}",
            effective_date=date(2023, 3, 1),
            kind="manual",
            narration="paid in part",
            postings=[
                Posting(PAYABLE, Decimal(paid), "USDT", "alice", "a"),
                Posting(EXPENSE, -Decimal(paid), "USDT", "alice"),
            ],
        )
        with shares.write() as change:
            post(change, [entry])
    with shares.read() as session:
        assert account_balance(session, PAYABLE, "USDT") == Decimal("-10.000000000000000001")
        assert account_balance(session, PAYABLE, "USD") == 0
        assert document_balance(session, PAYABLE, "a", "USDT") == Decimal(-5)


def test_balances_of_a_commodity_sum_to_zero(shares: Books) -> None:
    with shares.read() as session:
        assert sum((row.balance for row in balances(session)), Decimal(0)) == 0
