"""Raw SQL against the guarantees: each attempt is refused and leaves every row as it was."""

import re
import threading
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy.engine import URL

from attacks.as_owner import AS_OWNER
from attacks.catalogue import AS_SERVICE
from attacks.prepared import prepared_books
from attacks.steps import (
    FEES,
    ONE,
    Attack,
    Seal,
    balanced,
    entry,
    filled,
    insert_header,
    part,
    places_of,
    policy,
    run,
)
from support.books import Books


@pytest.fixture(scope="module")
def books(template: URL) -> Iterator[Books]:
    with prepared_books(template) as books:
        yield books


def require_refused(books: Books, attack: Attack, *, as_owner: bool) -> None:
    steps, refusal = attack
    state, _, words = refusal.partition(" ")
    digest = books.digest()
    with pytest.raises(psycopg.Error) as said:
        run(books, steps, as_owner=as_owner)
    assert said.value.sqlstate == state, said.value
    assert re.search(words, str(said.value)), said.value
    assert books.digest() == digest


@pytest.mark.parametrize("name", AS_SERVICE)
def test_the_services_role_is_refused(books: Books, name: str) -> None:
    require_refused(books, AS_SERVICE[name], as_owner=False)


@pytest.mark.parametrize("name", AS_OWNER)
def test_the_owner_with_triggers_is_refused(books: Books, name: str) -> None:
    require_refused(books, AS_OWNER[name], as_owner=True)


def test_what_is_right_is_not_refused(books: Books) -> None:
    with books.sql() as connection:
        places = places_of(connection)
        for sql in [entry(), *balanced(), policy(3)]:
            connection.execute(filled(str(sql), places))
        insert_header(connection, Seal(1, 2, 1))
        connection.rollback()


def test_what_nothing_stands_on_is_reversed(books: Books) -> None:
    with books.sql() as connection:
        places = places_of(connection)
        # The share that stands on this statement is reversed first, by another entry.
        for reference, number in (("share:1", "{e}"), ("statement:shared", "{e} + 1")):
            for sql in (
                f"INSERT INTO journal_entries SELECT {number}, {{n}}, '2023-11-02', 'reversal',"
                " '', 'undo ' || reference, sha256('x'), number, NULL, NULL FROM journal_entries"
                f" WHERE reference = '{reference}'",
                f"INSERT INTO postings SELECT {number}, p.line, p.account, p.party, p.document,"
                " p.commodity, -p.amount, '2023-11-02', NULL FROM postings p"
                " JOIN journal_entries e ON e.number = p.entry_number"
                f" WHERE e.reference = '{reference}'",
            ):
                connection.execute(filled(sql, places))
        insert_header(connection, Seal(2, 4))
        connection.rollback()


def test_rows_that_are_copied_in_are_checked_like_any(books: Books) -> None:
    digest = books.digest()
    with pytest.raises(psycopg.Error, match="sealed: a posting names"):  # noqa: PT012, SIM117
        with books.sql() as connection, connection.cursor() as cursor:
            with cursor.copy("COPY postings FROM STDIN") as copy:
                copy.write(f"1\t3\t{FEES}\t\\N\t\\N\tUSDT\t1\t2023-01-05\t\\N\n")
    assert books.digest() == digest


def test_a_posting_comes_into_no_entry_that_another_transaction_sealed(books: Books) -> None:
    """The second transaction began before the entry was there, and writes after."""
    with books.sql() as first, books.sql() as second:
        second.execute("SELECT 1")
        places = places_of(first)
        for sql in [entry(reference="raced"), *balanced()]:
            first.execute(filled(str(sql), places))
        insert_header(first, ONE)
        first.commit()
        digest = books.digest()
        with pytest.raises(psycopg.Error, match="sealed: a posting names"):
            second.execute(
                filled(
                    "INSERT INTO postings SELECT {e}, 3, account, party, document,"
                    " commodity, amount, effective_date, memo FROM postings"
                    " WHERE entry_number = {e} AND line = 1",
                    places,
                )
            )
        second.rollback()
    assert books.digest() == digest


def test_a_check_never_looks_at_books_that_are_about_to_change(books: Books) -> None:
    """Two parts of 60 of an obligation of 100, the second written while the first commits."""
    digest = books.digest()
    refused: list[str] = []
    with books.sql() as first, books.sql() as second:
        number = int(places_of(first)["n"])
        first.execute(part("60", "race1", change=str(number)))

        def slip_in() -> None:
            try:
                second.execute(part("60", "race2", change=str(number + 1)))
            except psycopg.Error as error:
                refused.append(str(error))

        thread = threading.Thread(target=slip_in)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive(), "the second writer waits for the books' lock"
        insert_header(first, Seal(rows=1))
        first.commit()
        thread.join()
        second.rollback()
    assert refused
    assert "obligation: race2 is no part of o1" in refused[0]
    assert books.digest() != digest
