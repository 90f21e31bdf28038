"""The content hash covers everything that decides who gets what from where."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy.orm import make_transient

from payouts.contents import Contents, contents_of
from support.books import Books
from support.payouts import freeze, furnish, usual_debts


def read(books: Books, batch: str) -> Contents:
    with books.read() as session:
        contents = contents_of(session, batch)
        for row in (contents.batch, contents.source, *contents.lines, *contents.obligations):
            make_transient(row)
        return contents


def test_any_change_of_a_batch_changes_its_hash(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    batch = freeze(books)
    changes: dict[str, dict[str, object]] = {
        "batch": {
            "maker": "x",
            "rail": "x",
            "chain": None,
            "nonce": 8,
            "checkers": 2,
            "plan_hash": "x",
            "frozen_at": books.at + timedelta(seconds=1),
        },
        "source": {"address": "x"},
        "line": {
            "payee": "x",
            "payee_name": "x",
            "destination": "x",
            "address": "x",
            "commodity": "x",
            "amount": Decimal(1),
            "reference": "x",
        },
        "obligation": {"obligation": "x", "amount": Decimal(1), "line": 2},
    }
    hashes = [batch.content_hash]
    for row, fields in changes.items():
        for name, value in fields.items():
            contents = read(books, batch.id)
            rows = {
                "batch": contents.batch,
                "source": contents.source,
                "line": contents.lines[0],
                "obligation": contents.obligations[0],
            }
            setattr(rows[row], name, value)
            hashes.append(contents.hash())
    assert len(set(hashes)) == len(hashes)
    assert read(books, batch.id).hash() == batch.content_hash


def test_an_instruction_says_what_the_batch_says(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    batch = freeze(books)
    told = read(books, batch.id).instruction()
    assert (told.batch, told.content_hash, told.nonce) == (batch.id, batch.content_hash, 7)
    assert told.created_at == books.at
    assert [(it.payee_name, it.token and it.token.decimals) for it in told.payments] == [
        ("Alice", 6),
        ("Bob", 6),
    ]
