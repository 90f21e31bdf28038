from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from ledger import journal_copy
from ledger.accounts import Chart
from ledger.encoding import GENESIS
from ledger.journal import JournalEntry, Posting, fingerprint, post
from ledger.sealing import Change, Head
from ledger.tables import JournalEntryRow, PostingRow
from support.books import Books

ENTRIES = journal_copy.COPY_CHUNK + 2


def fee(number: int) -> JournalEntry:
    amount = Decimal(number + 1)
    return JournalEntry(
        reference=f"fee:{number}",
        effective_date=date(2023, 10, 1 + number % 31),
        kind="manual",
        narration=f"the fee of row {number}",
        postings=[
            Posting(Chart.EXPENSE_NETWORK_FEES, amount, "USDT", memo=f"memo {number}"),
            Posting(Chart.OPENING, -amount, "USDT", memo=f"other memo {number}"),
        ],
    )


def test_more_entries_than_one_write_carries_are_stored_as_they_are_hashed(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_copy, "SPELLINGS_KEPT", 10)
    wanted = [fee(number) for number in range(ENTRIES)]
    with books.write() as change:
        posted = post(change, wanted)
    assert [each.number for each in posted] == list(range(1, ENTRIES + 1))
    with books.read() as session:
        entries = session.scalars(select(JournalEntryRow).order_by(JournalEntryRow.number)).all()
        lines = session.scalars(
            select(PostingRow).order_by(PostingRow.entry_number, PostingRow.line)
        ).all()
    assert [(each.reference, each.effective_date, each.fingerprint) for each in entries] == [
        (each.reference, each.effective_date, fingerprint(each)) for each in wanted
    ]
    assert [(line.account, line.amount, line.effective_date, line.memo) for line in lines] == [
        (posting.account, posting.amount, each.effective_date, posting.memo)
        for each in wanted
        for posting in each.postings
    ]


def test_no_entry_is_written_but_through_psycopg(books: Books) -> None:
    elsewhere = create_engine("sqlite://")
    before = Head(number=0, hash=GENESIS, recorded_at=None, entry_last=0)
    with Session(elsewhere) as session:
        change = Change(
            session=session,
            number=1,
            actor="a",
            reason="r",
            at=books.at,
            previous=before,
            entry_last=0,
        )
        with pytest.raises(TypeError, match="kept through psycopg"):
            journal_copy.copy_in(change, [fee(1)])
    elsewhere.dispose()
