from datetime import date
from decimal import Decimal

import pytest

from ledger import dues, obligations, parties
from ledger.accounts import Chart
from ledger.balances import document_balance
from ledger.errors import DatabaseRefused, UnbalancedEntry, UnknownReference
from ledger.journal import JournalEntry, Posting, entry, post_one
from ledger.obligation_tables import Obligation
from support.books import Books

ACCRUED = Chart.ACCRUED_MAINTAINER_SHARE.value
PAYABLE = Chart.PAYABLE_MAINTAINER.value


def accrue(books: Books, identity: str = "share", amount: str = "100") -> None:
    """Owe a payee an amount that is not due yet."""
    with books.write() as change:
        parties.add(change, name="Ada", kind="payee")
        posted = post_one(
            change,
            JournalEntry(
                reference=identity,
                effective_date=date(2023, 10, 31),
                kind="accrual",
                narration="",
                postings=[
                    Posting("expenses:maintainer-share", Decimal(amount), "USD", "ada", "paper"),
                    Posting(ACCRUED, -Decimal(amount), "USD", "ada", identity),
                ],
            ),
        )
        change.add(
            Obligation(
                id=identity,
                kind="maintainer-share",
                payee="ada",
                commodity="USD",
                amount=Decimal(amount),
                document="paper",
                period="2023-10",
                entry_number=posted.number,
                payable_account=PAYABLE,
            )
        )


def make_due(
    books: Books, amount: str, *, identity: str = "share", on: date = date(2023, 11, 2)
) -> str:
    """Make an amount due; return the id of what may now be paid."""
    with books.write() as change:
        made = dues.make_due(
            change,
            obligations.named(change.session, identity),
            Decimal(amount),
            accrued_account=ACCRUED,
            on=on,
            cause="a receipt",
            relates_to_period="2023-10",
        )
        return made.id


def ids(books: Books) -> tuple[list[str], list[str]]:
    """Return what is due and what is not."""
    with books.read() as session:
        return (
            [each.id for each in dues.due(session)],
            [each.id for each in obligations.not_due(session)],
        )


def amount_due(books: Books) -> Decimal:
    with books.read() as session:
        return dues.amount_due(session, obligations.named(session, "share"))


def balance(books: Books, account: str, document: str) -> Decimal:
    with books.read() as session:
        return document_balance(session, account, document, "USD")


def test_an_obligation_falls_due_whole(books: Books) -> None:
    accrue(books)
    assert (ids(books), amount_due(books)) == (([], ["share"]), Decimal(0))
    assert make_due(books, "100") == "share"
    assert (ids(books), amount_due(books)) == ((["share"], []), Decimal(100))
    assert balance(books, ACCRUED, "share") == 0
    assert balance(books, PAYABLE, "share") == -100


def test_an_obligation_falls_due_in_parts_that_are_obligations(books: Books) -> None:
    accrue(books)
    assert make_due(books, "30") == "share/1"
    assert (ids(books), amount_due(books)) == ((["share/1"], ["share"]), Decimal(30))
    assert make_due(books, "70") == "share/2"
    assert (ids(books), amount_due(books)) == ((["share/1", "share/2"], []), Decimal(100))
    assert balance(books, ACCRUED, "share") == 0
    assert balance(books, PAYABLE, "share/2") == -70
    with books.read() as session:
        part = obligations.named(session, "share/2")
        posted = entry(session, part.entry_number)
        assert [each.id for each in obligations.of_document(session, "paper")] == ["share"]
    assert (part.split_from, part.amount, part.document) == ("share", Decimal(70), "paper")
    assert part.explanation == "part 2 of share: a receipt"
    assert (posted.kind, posted.effective_date, posted.relates_to_period) == (
        "due",
        date(2023, 11, 2),
        "2023-10",
    )


@pytest.mark.parametrize(("first", "then"), [("100", "1"), ("60", "40.01"), ("60", "100")])
def test_the_database_lets_no_more_fall_due_than_is_owed(
    books: Books, first: str, then: str
) -> None:
    accrue(books)
    make_due(books, first)
    digest = books.digest()
    with pytest.raises(DatabaseRefused):
        make_due(books, then)
    assert books.digest() == digest


@pytest.mark.parametrize("amount", ["-1", "0"])
def test_a_part_of_nothing_or_less_is_refused(books: Books, amount: str) -> None:
    accrue(books)
    digest = books.digest()
    with pytest.raises((DatabaseRefused, UnbalancedEntry)):
        make_due(books, amount)
    assert books.digest() == digest


def test_what_is_due_comes_oldest_first(books: Books) -> None:
    for identity, day in (("a", 3), ("b", 1), ("c", 3)):
        accrue(books, identity)
        make_due(books, "100", identity=identity, on=date(2023, 11, day))
    accrue(books, "z")
    assert ids(books) == (["b", "a", "c"], ["z"])


def test_an_obligation_that_is_not_there_is_unknown(books: Books) -> None:
    with books.read() as session, pytest.raises(UnknownReference, match="'nothing'"):
        obligations.named(session, "nothing")
