"""The fingerprint beside the migrations is of what they make; without it no guard is missed."""

from dataclasses import replace
from pathlib import Path

from alembic import command
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from architecture import fingerprint
from feeshare import schema
from ledger import schema_guards
from ledger.schema_guards import Fingerprint
from support.books import Books
from support.databases import fresh_database


def test_the_fingerprint_is_of_what_the_migrations_make(template: URL) -> None:
    assert fingerprint.made(template) == fingerprint.PATH.read_text("utf-8"), "make fingerprint"


def test_it_is_read_as_it_was_written() -> None:
    read = schema_guards.fingerprint()
    assert list(read.revisions) == fingerprint.revisions()
    found = {revision: read.at(revision) for revision in read.revisions}
    whole = fingerprint.PATH.read_text("utf-8").splitlines()
    assert list(fingerprint.lines(found)) == whole[1:]


def test_it_is_where_the_program_looks_for_it() -> None:
    assert Path(schema.__file__).parents[1] / "migrations" / "fingerprint.txt" == fingerprint.PATH


def differences(url: URL, expected: Fingerprint | None = None) -> list[str]:
    engine = create_engine(url)
    with Session(engine) as session:
        wanted = expected or schema_guards.fingerprint()
        found = list(schema_guards.differences(session, wanted))
    engine.dispose()
    return found


def test_books_at_an_older_revision_are_compared_with_that_revision(template: URL) -> None:
    with fresh_database(template) as url:
        engine = create_engine(url, isolation_level="READ COMMITTED")
        with engine.connect() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
            connection.commit()
            config = schema._config()
            config.attributes["connection"] = connection
            command.upgrade(config, "0004")
        engine.dispose()
        assert differences(url) == []
        schema.upgrade(url)
        assert differences(url) == []


def test_a_revision_that_is_unknown_is_named_and_not_compared(books: Books) -> None:
    with books.sql(as_owner=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert differences(books.owner) == [
        "schema: revision 9999 is unknown here, so its guards were not compared"
    ]


def test_a_definition_that_another_version_prints_otherwise_is_named_with_both(
    books: Books,
) -> None:
    made = schema_guards.fingerprint()
    other = replace(made, major=made.major - 1)
    assert differences(books.owner, other) == []
    with books.sql(as_owner=True) as connection:
        connection.execute("ALTER TABLE matches ALTER COLUMN why DROP NOT NULL")
        connection.execute("DROP TRIGGER tally ON matches")
    said = "matches: its column why is not as the migrations made it"
    gone = "matches: its trigger tally is gone"
    assert differences(books.owner) == [said, gone]
    assert differences(books.owner, other) == [
        f"{said} (printed by PostgreSQL {made.major}, compared with {made.major - 1})",
        gone,
    ]
