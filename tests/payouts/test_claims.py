"""How far obligations have come, whole and in parts."""

from datetime import date
from decimal import Decimal

from ledger import dues, obligations
from ledger.accounts import Chart
from ledger.journal import JournalEntry, Posting, post_one
from ledger.obligation_tables import Obligation
from payouts.claims import next_attempts, obligation_state
from support.books import Books
from support.payouts import approve, cancel, export, freeze, fund, furnish, usual_debts


def accrue(books: Books, identity: str, amount: str) -> None:
    quantity = Decimal(amount)
    with books.write() as change:
        posted = post_one(
            change,
            JournalEntry(
                reference=f"accrue:{identity}",
                effective_date=date(2023, 10, 31),
                kind="accrual",
                narration="accrued",
                postings=[
                    Posting(Chart.EXPENSE_MAINTAINER_SHARE, quantity, "USDC", "bob"),
                    Posting(Chart.ACCRUED_MAINTAINER_SHARE, -quantity, "USDC", "bob", identity),
                ],
            ),
        )
        change.add(
            Obligation(
                id=identity,
                kind="maintainer-share",
                payee="bob",
                commodity="USDC",
                amount=quantity,
                document="statement:1",
                period="2023-10",
                entry_number=posted.number,
                payable_account=Chart.PAYABLE_MAINTAINER.value,
            )
        )


def fall_due(books: Books, identity: str, amount: str, cause: str) -> None:
    with books.write() as change:
        dues.make_due(
            change,
            obligations.named(change.session, identity),
            Decimal(amount),
            accrued_account=Chart.ACCRUED_MAINTAINER_SHARE,
            on=date(2023, 11, 1),
            cause=cause,
        )


def states(books: Books, *identities: str) -> list[str]:
    with books.read() as session:
        found = obligation_state(session, identities)
        return [found[identity].value for identity in identities]


def test_an_obligation_due_in_parts_is_as_far_as_its_last_part(books: Books) -> None:
    furnish(books)
    fund(books, "100")
    accrue(books, "share:1", "10")
    assert states(books, "share:1") == ["accrued"]
    fall_due(books, "share:1", "4", "first receipt")
    assert states(books, "share:1", "share:1/1") == ["accrued", "due"]
    first = freeze(books)
    assert states(books, "share:1", "share:1/1") == ["accrued", "claimed"]
    fall_due(books, "share:1", "6", "second receipt")
    assert states(books, "share:1", "share:1/2") == ["due", "due"]
    approve(books, first, "carol")
    export(books, first)
    freeze(books, nonce=8)
    assert states(books, "share:1") == ["claimed"]


def test_attempts_count_on_after_a_release(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    batch = freeze(books)
    cancel(books, batch)
    with books.read() as session:
        assert next_attempts(session, ["share:b1", "never"]) == {"share:b1": 2, "never": 1}
        assert obligation_state(session, ["share:b1"]) == {"share:b1": "due"}
