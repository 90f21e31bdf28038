from datetime import date
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from feeshare.database import (
    SERVICE_ROLE,
    NoBooks,
    make_engine,
    owner_url,
    reading,
    service_url,
    writing,
)
from feeshare.settings import Settings
from ledger import parties
from ledger.errors import (
    BadInput,
    Conflict,
    DatabaseRefused,
    Interrupted,
    Refusal,
    Unavailable,
)
from ledger.requests import Request, fingerprint
from ledger.sealing import head
from support.books import Books

URL = "postgresql://app:hunter2@db/books"


def raised_in(books: Books, error: Exception) -> Refusal:
    """Return what an error inside a session becomes for the caller."""
    with pytest.raises(Refusal) as refused, books.read():
        raise error
    return refused.value


def database_error(state: str | None) -> DBAPIError:
    said = psycopg.Error("what the server says\nand its details")
    said.sqlstate = state
    return OperationalError("SELECT 1", {}, said)


WRITES = (
    "INSERT INTO parties VALUES ('x', 'payee', 'x', '', 99)",
    "UPDATE parties SET name = 'x'",
    "DELETE FROM parties",
    "CREATE TABLE x (y int)",
)


@pytest.mark.parametrize("statement", WRITES)
def test_a_session_for_reading_refuses_to_write(books: Books, statement: str) -> None:
    digest = books.digest()
    with pytest.raises(DatabaseRefused, match="read-only transaction"), books.read() as session:
        session.execute(text(statement))
    assert books.digest() == digest


def test_a_session_for_reading_sees_one_moment(books: Books) -> None:
    with books.read() as session:
        before = head(session)
        with books.write() as change:
            parties.add(change, name="Ada", kind="payee")
        assert head(session) == before
    with books.read() as session:
        assert head(session).number == before.number + 1


def test_what_is_written_is_sealed_and_stays(books: Books) -> None:
    digest = books.digest()
    asked = Request("r-1", fingerprint(["add", "Ada"]))
    with writing(books.engine, actor="ada", reason="why", at=books.at, request=asked) as change:
        parties.add(change, name="Ada", kind="payee")
    assert books.digest() != digest
    with books.read() as session:
        row = session.execute(
            text("SELECT actor, reason, request_id, recorded_at FROM changes WHERE number = 2")
        ).one()
    assert tuple(row) == ("ada", "why", "r-1", books.at)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_while_writing_leaves_nothing(books: Books, error: type[BaseException]) -> None:
    digest = books.digest()
    with pytest.raises(error):  # noqa: PT012, SIM117 - the error comes after a write
        with books.write() as change:
            parties.add(change, name="Ada", kind="payee")
            raise error
    assert books.digest() == digest


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("42P01", NoBooks),
        (None, Unavailable),
        ("08006", Interrupted),
        ("25P03", Interrupted),
        ("40001", Interrupted),
        ("40P01", Interrupted),
        ("53100", Unavailable),
        ("53300", Interrupted),
        ("55P03", Interrupted),
        ("57014", Unavailable),
        ("57P01", Interrupted),
        ("57P02", Interrupted),
        ("57P03", Interrupted),
        ("FS010", DatabaseRefused),
        ("23505", DatabaseRefused),
    ],
)
def test_a_state_of_the_database_has_its_refusal(
    books: Books, state: str | None, expected: type[Refusal]
) -> None:
    refusal = raised_in(books, database_error(state))
    assert type(refusal) is expected
    assert "and its details" not in refusal.message
    assert refusal.mend


def test_a_connection_that_is_lost_without_a_word_interrupts(books: Books) -> None:
    lost = psycopg.OperationalError("server closed the connection unexpectedly")
    assert type(raised_in(books, lost)) is Interrupted


def test_other_errors_pass_as_they_are(books: Books) -> None:
    with pytest.raises(ValueError, match="mine"), books.read():
        raise ValueError("mine")


def test_a_database_without_books_says_what_to_run(books: Books) -> None:
    engine = make_engine(books.owner.set(database="postgres"))
    with pytest.raises(Conflict, match="no books yet") as refused, reading(engine) as session:
        head(session)
    assert refused.value.mend == "Run: feeshare init"
    engine.dispose()


def test_a_server_that_is_not_there_is_unavailable(books: Books) -> None:
    engine = make_engine(books.owner.set(database="nowhere"))
    with pytest.raises(Unavailable, match="does not answer"), reading(engine):
        pass
    engine.dispose()


def test_quantities_of_a_session_are_exact_and_days_are_days(books: Books) -> None:
    with books.read() as session:
        row = session.execute(
            text(
                "SELECT 0.000000000000000001::quantity, '2023-10-31'::date,"
                " current_setting('TimeZone')"
            )
        ).one()
    assert tuple(row) == (Decimal("0.000000000000000001"), date(2023, 10, 31), "UTC")


def test_ones_own_database_is_used_as_owner_only_where_named() -> None:
    settings = Settings(database_url=SecretStr(URL), database_owner_url=None)
    assert service_url(settings) == owner_url(settings)
    assert service_url(settings).drivername == "postgresql+psycopg"
    apart = Settings(
        database_url=SecretStr(URL), database_owner_url=SecretStr(URL.replace("app", "owner"))
    )
    assert (service_url(apart).username, owner_url(apart).username) == ("app", "owner")


def test_the_embedded_database_is_used_without_a_url(books: Books) -> None:
    assert books.engine.url.username == SERVICE_ROLE
    assert books.owner.username != SERVICE_ROLE


@pytest.mark.parametrize("url", ["hunter2", "postgresql://app:hunter2@db:port/books"])
def test_a_url_that_is_none_is_refused_without_showing_it(tmp_path: Path, url: str) -> None:
    settings = Settings(home=tmp_path, database_url=SecretStr(url))
    with pytest.raises(BadInput, match="config_invalid: FEESHARE_DATABASE_URL") as refused:
        service_url(settings)
    assert "hunter2" not in str(refused.value)
