"""The database breaks off a change: nothing of it is kept, and the next attempt succeeds."""

import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from feeshare.database import make_engine
from feeshare.retrying import retried
from ledger import parties, sealing
from ledger.errors import Interrupted
from ledger.sealing import BOOKS_LOCK, Change
from support.books import Books
from support.command_line import feeshare
from support.proxies import Cut, after_the_commit, before_the_commit, cut_line


def add(change: Change, name: str = "Ada") -> None:
    parties.add(change, name=name, kind="payee")


def end_connection_of(books: Books, change: Change) -> None:
    """Have the server end the connection of a change, as it does when it goes down."""
    process = change.session.scalar(text("SELECT pg_backend_pid()"))
    with books.sql(as_owner=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 10000)", [process])


@pytest.mark.parametrize("written", [0, 1])
def test_a_connection_that_ends_in_the_middle_leaves_nothing(
    books: Books, written: int, caplog: pytest.LogCaptureFixture
) -> None:
    digest = books.digest()
    with pytest.raises(Interrupted), books.write() as change:  # noqa: PT012 - it ends in between
        if written:
            add(change)
        end_connection_of(books, change)
        add(change, "Bob")
    assert books.digest() == digest
    assert caplog.records == []


def test_work_is_done_again_on_a_new_connection(books: Books) -> None:
    runs = []

    def work() -> None:
        with books.write() as change:
            runs.append(change.number)
            if len(runs) == 1:
                end_connection_of(books, change)
            add(change)

    retried(work)
    assert runs == [2, 2]


def test_whoever_waits_too_long_for_the_books_tries_again(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "LOCK_WAIT_MS", 50)
    digest = books.digest()

    def work() -> None:
        with books.write() as change:
            add(change)

    with books.sql() as holder:
        holder.execute(f"SELECT pg_advisory_xact_lock({BOOKS_LOCK})")
        with pytest.raises(Interrupted, match="lock timeout"):
            work()
        assert books.digest() == digest
        released = threading.Timer(0.3, holder.rollback)
        released.start()
        retried(work)
        released.join()
    assert books.digest() != digest


def test_a_process_that_stops_with_the_lock_loses_it(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "IDLE_MS", 100)
    digest = books.digest()
    with pytest.raises(Interrupted), books.write() as change:  # noqa: PT012 - it sleeps in between
        add(change)
        time.sleep(0.5)
        add(change, "Bob")
    assert books.digest() == digest
    with books.write() as change:
        add(change)


@pytest.mark.parametrize("cut", [after_the_commit, before_the_commit])
def test_a_command_whose_commit_was_cut_off_answers_as_if_nothing_had_been(
    books: Books, cut: Cut, tmp_path: Path
) -> None:
    file = tmp_path / "fee.csv"
    file.write_text(
        "reference,date,narration,account,amount,commodity\n"
        "fee,2023-10-05,a fee,expenses:bank-fees,1,USD\n"
        "fee,2023-10-05,a fee,equity:opening,-1,USD\n"
    )
    with cut_line(books.engine.url, cut) as url:
        engine = make_engine(url)
        through = books.through(engine)
        answer = feeshare(through, "entry", "post", str(file))
        engine.dispose()
    assert (answer.status, answer.err) == (0, "manual:fee: entry 1\n")
    again = feeshare(books, "entry", "post", str(file))
    assert "entry 1 (posted before)" in again.err


def test_a_command_without_a_server_gives_up(books: Books) -> None:
    digest = books.digest()
    engine = make_engine(books.engine.url.set(database="nowhere"))
    nowhere = books.through(engine)
    start = time.monotonic()
    answer = feeshare(nowhere, "user", "add", "ada", "--role", "auditor")
    assert answer.status == 6
    assert answer.err.startswith("unavailable: The database does not answer")
    assert time.monotonic() - start < 30
    engine.dispose()
    assert books.digest() == digest
