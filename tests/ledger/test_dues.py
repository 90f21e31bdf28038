"""What fell due goes back and falls due again, never more than it was, nor what is claimed."""

from datetime import date
from decimal import Decimal

import pytest

from ledger import dues, journal, obligations
from ledger.accounts import Chart
from ledger.dues import Payable
from ledger.errors import DatabaseRefused, EntryDependedOn
from ledger.journal import JournalEntry, Posting, post_one
from ledger.obligation_tables import DueAdjustment
from support.books import Books
from support.payouts import freeze, furnish, usual_debts

DAY = date(2023, 11, 2)
SHARE = "share:a1"
PAYABLE = Chart.PAYABLE_MAINTAINER.value
ACCRUED = Chart.ACCRUED_MAINTAINER_SHARE.value


@pytest.fixture
def owing(books: Books) -> Books:
    """Give books in which 100.5 USDC are due to Alice, among others."""
    furnish(books)
    usual_debts(books)
    return books


def payable(books: Books, identity: str = SHARE) -> Payable:
    with books.read() as session:
        (found,) = dues.payables_of(session, obligations.named(session, identity))
        return found


def move(books: Books, amount: str) -> None:
    found = payable(books)
    with books.write() as change:
        dues.move(
            change, found, Decimal(amount), accrued_account=ACCRUED, on=DAY, cause="restated"
        )


def adjust(books: Books, amount: str, posted: str, *, document: str = SHARE) -> int:
    """Adjust what is due by an amount, with an entry of another; return the entry's number."""
    with books.write() as change:
        made = post_one(
            change,
            JournalEntry(
                reference="by hand",
                effective_date=DAY,
                kind="due",
                narration="",
                postings=[
                    Posting(ACCRUED, Decimal(posted), "USDC", "alice", SHARE),
                    Posting(PAYABLE, -Decimal(posted), "USDC", "alice", document),
                ],
            ),
        )
        change.add(
            DueAdjustment(
                obligation=SHARE,
                number=1,
                amount=Decimal(amount),
                entry_number=made.number,
                cause="by hand",
            )
        )
        return made.number


def test_what_went_back_may_fall_due_again(owing: Books) -> None:
    move(owing, "-60.5")
    found = payable(owing)
    assert (found.amount, found.may_go_back, found.may_return) == (
        Decimal(40),
        Decimal(40),
        Decimal("60.5"),
    )
    assert found.moved_on == DAY
    move(owing, "-40")
    with owing.read() as session:
        assert SHARE not in [each.id for each in dues.due(session)]
    move(owing, "100.5")
    assert payable(owing).amount == Decimal("100.5")
    with owing.read() as session:
        assert SHARE in [each.id for each in dues.due(session)]


@pytest.mark.parametrize("amount", ["-100.500001", "0.000001"])
def test_no_more_goes_back_than_is_due_and_no_more_falls_due_than_went_back(
    owing: Books, amount: str
) -> None:
    with owing.write() as change:
        # Accrued holds enough, so that only the obligation itself is in the way.
        post_one(
            change,
            JournalEntry(
                reference="accrued",
                effective_date=DAY,
                kind="accrual",
                narration="",
                postings=[
                    Posting("expenses:maintainer-share", Decimal(1), "USDC", "alice", SHARE),
                    Posting(ACCRUED, Decimal(-1), "USDC", "alice", SHARE),
                ],
            ),
        )
    digest = owing.digest()
    with pytest.raises(DatabaseRefused, match="cannot go back or fall due again"):
        move(owing, amount)
    assert owing.digest() == digest


def test_what_a_batch_has_claimed_does_not_go_back(owing: Books) -> None:
    freeze(owing)
    assert payable(owing).may_go_back == payable(owing).may_return == 0
    digest = owing.digest()
    with pytest.raises(DatabaseRefused, match="share:a1 is claimed by a batch"):
        move(owing, "-1")
    assert owing.digest() == digest


@pytest.mark.parametrize(("posted", "document"), [("-2", SHARE), ("-1", "share:a2")])
def test_what_goes_back_is_what_its_entry_says(owing: Books, posted: str, document: str) -> None:
    digest = owing.digest()
    with pytest.raises(DatabaseRefused, match="does not move -1 of share:a1"):
        adjust(owing, "-1", posted, document=document)
    assert owing.digest() == digest


def test_the_entry_by_which_something_went_back_is_not_reversed(owing: Books) -> None:
    number = adjust(owing, "-1", "-1")
    digest = owing.digest()
    with (
        pytest.raises(EntryDependedOn, match="what is due of share:a1"),
        owing.write() as change,
    ):
        journal.reverse(change, number, reason="wrong", on=DAY)
    assert owing.digest() == digest
