from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from ledger.balances import balances
from ledger.errors import (
    Conflict,
    DatabaseRefused,
    ReferenceReused,
    UnbalancedEntry,
    UnknownReference,
)
from ledger.journal import JournalEntry, Posting, post, post_one, reverse
from ledger.sealing import head
from ledger.tables import JournalEntryRow
from support.books import Books

RENT = "expenses:network-fees"
CASH = "equity:opening"


def entry(
    reference: str = "fee:1", amount: str = "12.5", on: date = date(2023, 10, 5)
) -> JournalEntry:
    return JournalEntry(
        reference=reference,
        effective_date=on,
        kind="manual",
        narration="network fee",
        postings=[
            Posting(RENT, Decimal(amount), "USDT"),
            Posting(CASH, -Decimal(amount), "USDT"),
        ],
    )


def test_a_posted_entry_changes_the_balances_and_seals_one_change(books: Books) -> None:
    with books.read() as session:
        before = head(session)
    with books.write() as change:
        posted = post_one(change, entry())
    with books.read() as session:
        after = head(session)
        assert posted.number == 1
        assert (after.number, after.entry_last) == (before.number + 1, 1)
        assert {(row.account, row.balance) for row in balances(session)} == {
            (RENT, Decimal("12.5")),
            (CASH, Decimal("-12.5")),
        }


def test_an_entry_that_does_not_balance_cannot_be_made() -> None:
    with pytest.raises(UnbalancedEntry, match="off by 0\\.01 USDT"):
        JournalEntry(
            reference="x",
            effective_date=date(2023, 10, 1),
            kind="manual",
            narration="",
            postings=[
                Posting(RENT, Decimal("1.01"), "USDT"),
                Posting(CASH, Decimal(-1), "USDT"),
            ],
        )


def test_an_entry_balanced_only_across_commodities_cannot_be_made() -> None:
    with pytest.raises(UnbalancedEntry, match="-1 USDC, 1 USDT"):
        JournalEntry(
            reference="x",
            effective_date=date(2023, 10, 1),
            kind="manual",
            narration="",
            postings=[Posting(RENT, Decimal(1), "USDT"), Posting(CASH, Decimal(-1), "USDC")],
        )


@pytest.mark.parametrize("amount", ["0", "100000000000000000000"])
def test_an_entry_of_nothing_or_of_too_much_cannot_be_made(amount: str) -> None:
    with pytest.raises(UnbalancedEntry, match=f"an amount of {amount}"):
        entry(amount=amount)


def test_an_entry_with_one_posting_or_none_cannot_be_made() -> None:
    with pytest.raises(UnbalancedEntry, match="0 postings"):
        replace(entry(), postings=[])


def test_the_same_reference_and_content_is_the_same_entry(books: Books) -> None:
    with books.write() as change:
        first = post_one(change, entry())
    digest = books.digest()
    with books.write() as change:
        again = post_one(change, entry(amount="12.50"))
    assert first.new
    assert not again.new
    assert again.number == first.number
    assert books.digest() == digest


def test_the_same_reference_with_other_content_is_refused(books: Books) -> None:
    with books.write() as change:
        post_one(change, entry())
    digest = books.digest()
    with pytest.raises(ReferenceReused), books.write() as change:
        post_one(change, entry(amount="13"))
    assert books.digest() == digest


def test_a_reversal_cancels_its_entry_once(books: Books) -> None:
    with books.write() as change:
        post_one(change, entry())
    with books.write() as change:
        reversal = reverse(change, 1, reason="wrong account", on=date(2023, 10, 6))
    with books.read() as session:
        assert balances(session) == []
    with books.write() as change:
        assert reverse(change, 1, reason="wrong account", on=date(2023, 10, 7)).new is False
    with pytest.raises(Conflict, match="reversed already"), books.write() as change:
        reverse(change, 1, reason="another reason", on=date(2023, 10, 7))
    with pytest.raises(Conflict, match="itself the reversal"), books.write() as change:
        reverse(change, reversal.number, reason="no", on=date(2023, 10, 7))


def test_an_entry_that_is_not_there_is_not_reversed(books: Books) -> None:
    digest = books.digest()
    with pytest.raises(UnknownReference, match="'7'"), books.write() as change:
        reverse(change, 7, reason="wrong account", on=date(2023, 10, 6))
    assert books.digest() == digest


def test_an_unknown_account_is_refused_by_the_database(books: Books) -> None:
    digest = books.digest()
    wrong = JournalEntry(
        reference="x",
        effective_date=date(2023, 10, 1),
        kind="manual",
        narration="",
        postings=[
            Posting("assets:nowhere", Decimal(1), "USDT"),
            Posting(CASH, Decimal(-1), "USDT"),
        ],
    )
    with pytest.raises(DatabaseRefused, match="account_balances_account_fkey"):  # noqa: SIM117
        with books.write() as change:
            post_one(change, wrong)
    assert books.digest() == digest


def test_text_with_tabs_quotes_and_newlines_arrives_as_it_is(books: Books) -> None:
    narration = 'tab\there, "quoted", back\\slash\nsecond line \\N'
    with books.write() as change:
        post(
            change,
            [
                JournalEntry(
                    reference="odd",
                    effective_date=date(2023, 10, 1),
                    kind="manual",
                    narration=narration,
                    postings=[
                        Posting(RENT, Decimal("0.000000000000000001"), "USDT"),
                        Posting(CASH, Decimal("-0.000000000000000001"), "USDT"),
                    ],
                )
            ],
        )
    with books.read() as session:
        assert session.scalar(select(JournalEntryRow.narration)) == narration


def test_nothing_written_seals_nothing(books: Books) -> None:
    with books.read() as session:
        before = head(session)
    with books.write():
        pass
    with books.read() as session:
        assert head(session) == before
        assert session.scalar(select(func.count()).select_from(JournalEntryRow)) == 0
