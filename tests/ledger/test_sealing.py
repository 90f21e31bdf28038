from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from feeshare.database import writing
from ledger.encoding import GENESIS, change_root
from ledger.errors import DatabaseRefused
from ledger.people_tables import User
from ledger.sealing import Head, head, header_hash, known_at, leaf_of, open_change
from ledger.tables import ChangeRow
from ledger.users import add
from support.books import Books


def test_a_change_is_linked_hashed_and_counted(books: Books) -> None:
    with books.read() as session:
        before = head(session)
    with books.write("maker", "two people") as change:
        add(change, "alice", "approver")
        add(change, "bob", "auditor")
    with books.read() as session:
        made = session.get_one(ChangeRow, before.number + 1)
        rows = session.scalars(select(User)).all()
        assert made.previous_hash == before.hash
        assert made.hash == header_hash(made) == head(session).hash
        assert (made.actor, made.reason, made.row_count) == ("maker", "two people", 2)
        assert made.root == change_root([], [leaf_of(row) for row in rows])


def test_an_error_leaves_nothing_behind(books: Books) -> None:
    digest = books.digest()
    with pytest.raises(RuntimeError, match="half way"), books.write() as change:  # noqa: PT012
        add(change, "alice", "approver")
        raise RuntimeError("half way")
    assert books.digest() == digest


def test_times_never_go_back(books: Books) -> None:
    with books.write() as change:
        add(change, "alice", "approver")
    earlier = books.at - timedelta(days=1)
    with writing(books.engine, actor="a", reason="r", at=earlier) as change:
        add(change, "bob", "auditor")
    with books.read() as session:
        assert head(session).recorded_at == books.at


def test_a_moment_in_the_future_is_refused(books: Books) -> None:
    later = datetime(2999, 1, 1, tzinfo=UTC)
    with (
        pytest.raises(DatabaseRefused, match="in the future"),
        writing(books.engine, actor="a", reason="r", at=later) as change,
    ):
        add(change, "alice", "approver")


def test_the_books_are_read_as_known_at_a_change(books: Books) -> None:
    with books.write() as change:
        add(change, "alice", "approver")
    with books.read() as session:
        newest = head(session)
        assert known_at(session, None) == known_at(session, newest.number + 5) == newest
        assert known_at(session, newest.number - 1).number == newest.number - 1


def test_the_first_change_follows_32_zero_bytes(books: Books) -> None:
    owner = create_engine(books.owner)
    with Session(owner) as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text("DELETE FROM changes"))
        none = head(session)
        first = open_change(session, actor="a", reason="r", at=books.at)
        session.rollback()
    owner.dispose()
    assert none == Head(number=0, hash=bytes(32), recorded_at=None, entry_last=0)
    assert (first.number, first.previous, first.at) == (1, none, books.at)
    assert none.hash == GENESIS


def test_no_change_is_opened_but_through_psycopg(books: Books) -> None:
    elsewhere = create_engine("sqlite://")
    with Session(elsewhere) as session, pytest.raises(TypeError, match="kept through psycopg"):
        open_change(session, actor="a", reason="r", at=books.at)
    elsewhere.dispose()
