"""What whoever may switch the guards off can do, and that verification names where."""

import re
from collections.abc import Iterator, Sequence

import psycopg
import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from attacks.on_the_guards import ON_GUARDS
from attacks.past_the_guards import BEYOND_THE_BOOKS, ON_CONTENT, ON_RULES
from attacks.prepared import prepared_books
from attacks.steps import Seal, Step, filled, insert_header, places_of
from feeshare.verifying import verify_books
from ledger import anchors
from ledger.sealing import head
from support.payouts import pem_of


@pytest.fixture(scope="module")
def owner(template: URL) -> Iterator[Engine]:
    with prepared_books(template) as books:
        engine = create_engine(books.owner)
        yield engine
        engine.dispose()


def problems_after(owner: Engine, steps: Sequence[Step]) -> tuple[str, ...]:
    """Return what verification says of the books after an attack, which is undone."""
    with Session(owner) as session:
        connection = session.connection().connection.driver_connection
        assert isinstance(connection, psycopg.Connection)
        places = places_of(connection) | {"database": str(owner.url.database)}
        for step in steps:
            if isinstance(step, Seal):
                insert_header(connection, step)
            else:
                connection.execute(filled(step, places))
        found = verify_books(session).problems
        session.rollback()
    return found


def test_books_that_nobody_attacked_are_clean(owner: Engine) -> None:
    assert problems_after(owner, []) == ()


@pytest.mark.parametrize("name", ON_CONTENT)
def test_content_changed_past_the_guards_is_named(owner: Engine, name: str) -> None:
    steps, says = ON_CONTENT[name]
    found = problems_after(owner, steps)
    assert any(re.match(says, problem) for problem in found), found


@pytest.mark.parametrize("name", ON_RULES)
def test_what_was_sealed_while_the_guards_slept_is_named(owner: Engine, name: str) -> None:
    steps, says = ON_RULES[name]
    found = problems_after(owner, steps)
    assert any(re.match(says, problem) for problem in found), found


@pytest.mark.parametrize("name", ON_GUARDS)
def test_a_guard_that_was_taken_away_is_named(owner: Engine, name: str) -> None:
    steps, says = ON_GUARDS[name]
    found = problems_after(owner, steps)
    assert any(re.match(says, problem) for problem in found), found
    # What was sealed is untouched, so the guards alone are spoken of.
    assert not [problem for problem in found if re.match(r"change |entry ", problem)]


@pytest.mark.parametrize("name", BEYOND_THE_BOOKS)
def test_what_still_fits_is_named_by_the_anchor_alone(template: URL, name: str) -> None:
    attack, says = BEYOND_THE_BOOKS[name]
    with prepared_books(template) as books:
        with books.read() as session:
            kept = anchors.read(anchors.make(head(session), pem_of("auditor")))
            assert anchors.compare(session, kept) == []
        attack(books)
        with books.read() as session:
            assert verify_books(session).problems == ()
            [problem] = anchors.compare(session, kept)
    assert says in problem
