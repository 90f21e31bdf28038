import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from ledger.errors import NeedsReview
from ledger.sealing import head
from ledger.verification import verify
from reports.books_export import VERIFIER, write_books
from support import sample_books
from support.books import Books
from support.machine import load_tables
from support.sample_entries import NASTY

NAMES = ("changes.jsonl", "entries.jsonl", "rows.jsonl", "verify_books.py")


@pytest.fixture(autouse=True)
def _tables() -> None:
    load_tables()


def export(books: Books, folder: Path) -> tuple[Path, ...]:
    with books.read() as session:
        return write_books(session, folder)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_everything_that_is_sealed_is_in_the_files(books: Books, tmp_path: Path) -> None:
    sample_books.fill(books)
    files = export(books, tmp_path / "new" / "folder")
    assert [path.name for path in files] == list(NAMES)
    changes, entries, rows = (lines(path) for path in files[:3])
    with books.read() as session:
        checked = verify(session)
        newest = head(session)
    assert checked.clean
    assert (len(changes), len(entries), len(rows)) == (
        checked.changes,
        checked.entries,
        checked.rows,
    )
    assert sum(len(entry["postings"]) for entry in entries) == checked.postings
    assert changes[-1]["hash"] == newest.hash.hex()
    assert [entry["number"] for entry in entries] == list(range(1, checked.entries + 1))
    assert sorted(path.name for path in files[0].parent.iterdir()) == sorted(NAMES)


def test_the_same_books_give_the_same_bytes(books: Books, tmp_path: Path) -> None:
    sample_books.fill(books)
    first = [path.read_bytes() for path in export(books, tmp_path)]
    again = [path.read_bytes() for path in export(books, tmp_path)]
    assert first == again
    assert first[3] == VERIFIER.read_bytes()


def test_values_are_canonical_text(books: Books, tmp_path: Path) -> None:
    sample_books.fill(books)
    _, entries, rows, _ = export(books, tmp_path)
    tiny = lines(entries)[1]["postings"][0]
    assert tiny["amount"] == "0.000000000000000001"
    assert lines(entries)[4]["narration"] == NASTY
    evidence = [row["columns"] for row in lines(rows) if row["table"] == "evidence"]
    assert evidence
    assert all(columns["content"] == columns["sha256"] for columns in evidence)
    account = next(row for row in lines(rows) if row["table"] == "accounts")
    assert account["columns"]["floor"] in {"true", "false"}
    assert account["columns"]["change_no"] == str(account["change_no"])
    values = [value for row in lines(rows) for value in row["columns"].values()]
    assert {type(value) for value in values} == {str, type(None)}


def test_rows_stand_in_the_order_of_change_table_and_key(books: Books, tmp_path: Path) -> None:
    sample_books.fill(books)
    rows = lines(export(books, tmp_path)[2])
    places = [(row["change_no"], row["table"]) for row in rows]
    assert places == sorted(places)
    codes = [
        row["columns"]["code"]
        for row in rows
        if row["table"] == "commodities" and row["change_no"] == 1
    ]
    assert codes == sorted(codes)


def test_books_without_a_change_of_their_own_are_exported(books: Books, tmp_path: Path) -> None:
    changes, entries, rows, _ = export(books, tmp_path)
    assert entries.read_bytes() == b""
    assert len(lines(changes)) == 1
    assert len(lines(rows)) == lines(changes)[0]["row_count"]


@pytest.mark.parametrize("number", [3, 99])
def test_an_export_that_fails_leaves_what_was_there(
    books: Books, tmp_path: Path, number: int
) -> None:
    sample_books.open_books(books)
    sample_books.post_months(books)
    before = {path.name: path.read_bytes() for path in export(books, tmp_path)}
    owner = create_engine(books.owner)
    with Session(owner) as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        if number == 3:
            session.execute(text("DELETE FROM journal_entries WHERE number = 3"))
        else:
            session.execute(text("UPDATE postings SET entry_number = 99 WHERE entry_number = 3"))
        with pytest.raises(NeedsReview, match=f"Posting {number}/1 has no entry"):
            write_books(session, tmp_path)
        session.rollback()
    owner.dispose()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
