from datetime import date
from hashlib import sha256

import pytest
from sqlalchemy import select, text

from ledger.journal import post
from ledger.tables import JournalEntryRow, PostingRow
from ledger.verification_entries import SPELT_ENTRIES, SpeltEntry, content_fingerprint
from ledger.verification_queries import table_of
from support import sample_books
from support.books import Books
from support.sample_entries import WALLET, entry, move

ODD_TEXTS = ("", " ", "~", "1:a", "é", "e\u0301", "\U0001f4b0 coin", "a\\b\tc\r\nd", "\u200f12")
AMOUNTS = ("1", "100", "1000000", "0.1", "1234567890123456789", "0.000000000000000001", "1.500")


def spelt(books: Books) -> list[SpeltEntry]:
    with books.read() as session:
        return [SpeltEntry(*row) for row in session.execute(text(SPELT_ENTRIES))]


def test_what_the_database_spells_out_is_what_was_hashed(books: Books) -> None:
    sample_books.fill(books)
    with books.write() as change:
        post(
            change,
            [
                entry(
                    f"odd:{number}{told}",
                    date(2023, 12, 1),
                    move("equity:opening", WALLET, amount, "HBOT", memo=told, document=told),
                    told,
                )
                for told in ODD_TEXTS
                for number, amount in enumerate(AMOUNTS)
            ],
        )

    entries = spelt(books)

    assert len(entries) > len(ODD_TEXTS) * len(AMOUNTS)
    with books.read() as session:
        for each in entries:
            stored = session.execute(
                select(table_of(JournalEntryRow)).where(
                    table_of(JournalEntryRow).c.number == each.number
                )
            ).one()
            lines = session.execute(
                select(table_of(PostingRow))
                .where(table_of(PostingRow).c.entry_number == each.number)
                .order_by(table_of(PostingRow).c.line)
            ).all()
            assert sha256(each.content).digest() == each.fingerprint
            assert content_fingerprint(stored, lines) == each.fingerprint
            assert (each.postings, each.numbered, each.dated) == (len(lines), True, True)


@pytest.mark.parametrize("style", ["German", "SQL, DMY", "Postgres, MDY"])
def test_the_servers_way_to_write_dates_does_not_matter(books: Books, style: str) -> None:
    sample_books.fill(books)
    before = spelt(books)
    with books.read() as session:
        session.execute(text("SELECT set_config('DateStyle', :style, true)"), {"style": style})
        assert [SpeltEntry(*row) for row in session.execute(text(SPELT_ENTRIES))] == before
