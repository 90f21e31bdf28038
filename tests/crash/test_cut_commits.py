"""The line to the server is cut in the middle of a commit: the service finds out what became."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from socket import socket

import pytest
from sqlalchemy import Engine

from feeshare import database
from feeshare.database import make_engine, writing
from feeshare.retrying import retried
from ledger import parties
from ledger.errors import Interrupted, OutcomeUnknown
from ledger.sealing import head
from support.books import Books
from support.proxies import (
    Cut,
    after_the_commit,
    before_the_commit,
    cut_line,
    during_the_commit,
)


@contextmanager
def cut_engine(books: Books, cut: Cut, *, for_good: bool = False) -> Iterator[Engine]:
    with cut_line(books.engine.url, cut, for_good=for_good) as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


def write(books: Books, engine: Engine, name: str = "Ada") -> None:
    with writing(engine, actor="ada", reason="why", at=books.at) as change:
        parties.add(change, name=name, kind="payee")


def newest(books: Books) -> int:
    with books.read() as session:
        return head(session).number


@pytest.mark.parametrize("cut", [after_the_commit, during_the_commit])
def test_a_commit_whose_answer_was_lost_is_found(books: Books, cut: Cut) -> None:
    before = newest(books)
    with cut_engine(books, cut) as engine:
        write(books, engine)
        assert newest(books) == before + 1
        write(books, engine, "Bob")
    assert newest(books) == before + 2


def test_a_commit_that_did_not_arrive_interrupts(books: Books) -> None:
    digest = books.digest()
    with cut_engine(books, before_the_commit) as engine, pytest.raises(Interrupted):
        write(books, engine)
    assert books.digest() == digest


@pytest.mark.parametrize("cut", [after_the_commit, before_the_commit, during_the_commit])
def test_a_change_is_written_once_however_its_commit_is_cut(books: Books, cut: Cut) -> None:
    before = newest(books)
    with cut_engine(books, cut) as engine:
        retried(partial(write, books, engine))
    assert newest(books) == before + 1


@pytest.mark.parametrize(("cut", "kept"), [(after_the_commit, 1), (before_the_commit, 0)])
def test_where_nobody_can_say_the_outcome_is_unknown_and_not_retried(
    books: Books, cut: Cut, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "SETTLE_ATTEMPTS", 3)
    before = newest(books)
    with (
        cut_engine(books, cut, for_good=True) as engine,
        pytest.raises(OutcomeUnknown, match=f"while change {before + 1} was committed") as unknown,
    ):
        retried(partial(write, books, engine))
    assert unknown.value.exit_status == 6
    assert newest(books) == before + kept


def test_what_was_not_sealed_needs_no_commit(books: Books) -> None:
    digest = books.digest()
    with (
        cut_engine(books, before_the_commit) as engine,
        writing(engine, actor="ada", reason="why", at=books.at),
    ):
        pass
    assert books.digest() == digest


def test_another_change_in_its_place_is_not_taken_for_it(books: Books) -> None:
    """The commit is lost, and somebody else writes the change of that number."""

    before = newest(books)

    def overtaken(client: socket, server: socket, message: bytes) -> None:
        server.close()
        write(books, books.engine, "Bob")
        before_the_commit(client, server, message)

    with cut_engine(books, overtaken) as engine, pytest.raises(Interrupted):
        write(books, engine)
    assert newest(books) == before + 1
