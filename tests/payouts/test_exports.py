"""Export: everything is checked again before a byte is handed out."""

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256

import pytest
from sqlalchemy import select

from ledger.accounts import Chart
from ledger.errors import UnknownReference
from ledger.journal import JournalEntry, Posting, post_one
from ledger.prices import add as add_price
from payouts import destinations
from payouts.batches import Action, record
from payouts.errors import ApprovalsMissing, BatchState, PayoutBlocked, SignatureInvalid
from payouts.tables import Approval, BatchEvent
from support.books import Books
from support.payouts import (
    BANK,
    CAROL,
    WALLET,
    approve,
    confirm_change,
    export,
    exported_batch,
    freeze,
    fund,
    furnish,
    public_key,
    usual_debts,
)


def forfeit(books: Books, obligation: str, amount: str) -> None:
    quantity = Decimal(amount)
    with books.write() as change:
        post_one(
            change,
            JournalEntry(
                reference=f"forfeit:{obligation}",
                effective_date=date(2023, 11, 3),
                kind="forfeit",
                narration="maintenance ended",
                postings=[
                    Posting(Chart.PAYABLE_MAINTAINER, quantity, "USDC", "bob", obligation),
                    Posting(Chart.EXPENSE_MAINTAINER_SHARE, -quantity, "USDC"),
                ],
            ),
        )


def test_files_are_dated_when_the_batch_was_frozen_and_their_hashes_recorded(
    books: Books,
) -> None:
    batch = exported_batch(books)
    frozen_at = books.at
    books.at += timedelta(days=3)
    digest = books.digest()
    again = export(books, batch)
    assert not again.new
    assert books.digest() == digest
    builder = json.loads(again.files[0].content)
    assert builder["createdAt"] == int(frozen_at.timestamp()) * 1000
    assert batch.content_hash in builder["meta"]["description"]
    with books.read() as session:
        event = session.scalars(select(BatchEvent).where(BatchEvent.action == "export")).one()
        assert json.loads(event.files or "") == {
            file.name: sha256(file.content).hexdigest() for file in again.files
        }


def test_a_batch_is_exported_after_its_approval_only(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    batch = freeze(books)
    with pytest.raises(BatchState, match="frozen: it cannot export"):
        export(books, batch)
    with pytest.raises(UnknownReference):
        export(books, replace(batch, id="none"))


def test_a_forged_approval_that_the_database_took_is_worth_nothing(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    batch = freeze(books)
    with books.write("carol") as change:
        change.add(
            Approval(
                batch=batch.id,
                approver="carol",
                public_key=public_key("carol"),
                content_hash=batch.content_hash,
                signature="00" * 64,
            )
        )
        record(change, batch.id, Action.APPROVE, reason="forged")
    digest = books.digest()
    with pytest.raises(SignatureInvalid):
        export(books, batch)
    assert books.digest() == digest


def test_a_price_that_lifts_the_total_into_a_higher_band_asks_for_more_checkers(
    books: Books,
) -> None:
    furnish(books)
    usual_debts(books)
    batch = freeze(books)
    approve(books, batch, "carol")
    with books.write() as change:
        add_price(
            change,
            commodity="USDC",
            quote="USD",
            on=date(2023, 11, 2),
            price=Decimal(100),
            source="restated",
        )
    with pytest.raises(ApprovalsMissing, match="1 valid approvals of the 2"):
        export(books, batch)


def test_every_reason_not_to_pay_is_said_at_once(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    batch = freeze(books)
    approve(books, batch, "carol")
    forfeit(books, "share:b1", "100")
    with books.write() as change:
        destinations.request(change, "alice", "safe", CAROL, chain="ethereum")
    confirm_change(books, "alice:safe:2")
    fund(books, "-9700")
    digest = books.digest()
    with pytest.raises(PayoutBlocked) as refused:
        export(books, batch)
    assert refused.value.reasons == (
        "line 2: share:b1: the books owe 200 of 300",
        "line 1: alice:safe:1 is not where alice is paid",
        f"{WALLET} may spend 300 USDC of the 420.5 that the batch pays",
    )
    assert books.digest() == digest


def test_a_longer_hold_counts_for_batches_already_approved(books: Books) -> None:
    from ledger import policies

    furnish(books)
    usual_debts(books)
    batch = freeze(books)
    approve(books, batch, "carol")
    with books.write() as change:
        policies.propose(
            change, "destination-hold-days", 30, effective_from=date(2023, 11, 1), reason="breach"
        )
    with books.write("dave") as change:
        policies.confirm(change, "destination-hold-days", 2)
    with pytest.raises(PayoutBlocked, match="payable from 2023-11-19"):
        export(books, batch)


def test_money_of_other_accounts_does_not_pay(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    batch = freeze(books)
    approve(books, batch, "carol")
    fund(books, "-9700")
    fund(books, "9700", where=BANK)
    with pytest.raises(PayoutBlocked, match="may spend 300 USDC"):
        export(books, batch)
