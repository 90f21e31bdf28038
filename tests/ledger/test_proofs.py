import json
from decimal import Decimal

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from ledger.errors import NeedsReview, UnknownReference
from ledger.journal import post_one
from ledger.merkle import root_from
from ledger.proofs import canonical, prove
from ledger.sealing import head
from support import sample_books
from support.books import Books
from support.machine import load_tables
from support.sample_entries import BANK, WALLET, entry, move


@pytest.fixture(autouse=True)
def _tables() -> None:
    load_tables()


def test_a_proof_has_the_entry_its_path_and_the_way_to_the_head(books: Books) -> None:
    sample_books.open_books(books)
    sample_books.post_months(books)
    with books.read() as session:
        newest = head(session)
        proof = prove(session, 3)
    assert (proof.entry["number"], proof.entry["reference"]) == (3, "open:3")
    assert [line["amount"] for line in proof.entry["postings"]] == ["2000.5", "-2000.5"]
    assert root_from(proof.leaf, proof.path).hex() == proof.change["root"]
    assert proof.change["number"] == newest.number - 1
    assert [header["number"] for header in proof.later] == [newest.number]
    assert proof.later[0]["previous_hash"] == proof.change["hash"]
    assert proof.head == newest


def test_a_proof_is_canonical_json(books: Books) -> None:
    sample_books.open_books(books)
    sample_books.post_months(books)
    with books.read() as session:
        proof = prove(session, 5)
        again = prove(session, 5)
    assert proof == again
    told = json.loads(proof.to_json())
    assert canonical(told) == proof.to_json()
    assert "\n" not in proof.to_json()
    assert told["format"] == "proof-1"
    assert told["head"] == {"number": proof.head.number, "hash": proof.head.hash.hex()}
    assert [step["side"] for step in told["path"]] == [step.side for step in proof.path]


def test_a_proof_goes_on_to_the_new_head_when_the_books_go_on(books: Books) -> None:
    sample_books.open_books(books)
    sample_books.post_months(books)
    with books.read() as session:
        before = prove(session, 1)
    with books.write() as change:
        post_one(change, entry("more", books.at.date(), move(WALLET, BANK, "1", "USDT")))
    with books.read() as session:
        after = prove(session, 1)
    assert (after.entry, after.path, after.change) == (before.entry, before.path, before.change)
    assert after.later[:-1] == before.later
    assert after.head.number == before.head.number + 1


def test_an_entry_that_is_not_there_is_refused(books: Books) -> None:
    with books.read() as session, pytest.raises(UnknownReference, match="'1'"):
        prove(session, 1)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE postings SET memo = 'other' WHERE entry_number = 2 AND line = 1",
        "UPDATE journal_entries SET narration = 'other' WHERE number = 2",
        "UPDATE journal_entries SET change_no = change_no - 1 WHERE number = 2",
        "UPDATE journal_entries SET change_no = 9999 WHERE number = 2",
        "UPDATE journal_entries SET fingerprint = sha256('') WHERE number = 1",
        "UPDATE changes SET root = sha256('') WHERE entry_last >= 2",
        "UPDATE changes SET entry_last = 1 WHERE entry_last >= 2",
    ],
)
def test_nothing_is_proved_that_is_not_what_was_sealed(books: Books, statement: str) -> None:
    sample_books.open_books(books)
    sample_books.post_months(books)
    owner = create_engine(books.owner)
    with Session(owner) as session:
        prove(session, 2)
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text(statement))
        with pytest.raises(NeedsReview, match=r"Nothing is proved: .* is not what was sealed"):
            prove(session, 2)
        session.rollback()
    owner.dispose()


def test_the_amounts_of_a_proof_are_exact(books: Books) -> None:
    sample_books.open_books(books)
    sample_books.post_months(books)
    with books.read() as session:
        lines = prove(session, 2).entry["postings"]
    assert [Decimal(line["amount"]) for line in lines] == [Decimal("1e-18"), Decimal("-1e-18")]
