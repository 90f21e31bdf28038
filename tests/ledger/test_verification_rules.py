from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from ledger import periods
from ledger.journal import post_one
from ledger.sealing import Change
from ledger.verification_rules import check_rules
from support.books import Books
from support.sample_entries import entry, move

JANUARY, FEBRUARY = date(2023, 1, 1), date(2023, 2, 1)
DURING, AFTER = 3, 4
"""Entries posted while February was open again, and after it was closed again."""


@pytest.fixture
def reopened(books: Books) -> Books:
    """Give books whose February was closed, reopened for an entry, and closed again."""

    def posts(reference: str, on: date) -> Callable[[Change], object]:
        postings = move("assets:suspense", "equity:opening", "1", "USDT")
        return lambda change: post_one(change, entry(reference, on, postings))

    for actor, act in (
        ("maker", posts("a", date(2023, 1, 5))),
        ("maker", posts("b", date(2023, 2, 5))),
        ("closer", lambda change: periods.close(change, JANUARY, reason="done")),
        ("closer", lambda change: periods.close(change, FEBRUARY, reason="done")),
        ("other", lambda change: periods.reopen(change, FEBRUARY, reason="a fee lacks")),
        ("maker", posts("c", date(2023, 2, 6))),
        ("closer", lambda change: periods.close(change, FEBRUARY, reason="done again")),
        ("maker", posts("d", date(2023, 3, 1))),
    ):
        with books.write(actor) as change:
            act(change)
    return books


def problems(books: Books, number: int, day: str) -> list[str]:
    """Return what is found once an entry has another date, behind the triggers."""
    engine = create_engine(books.owner)
    found: list[str] = []
    with Session(engine) as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(
            text("UPDATE journal_entries SET effective_date = :day WHERE number = :number"),
            {"day": day, "number": number},
        )
        check_rules(session, found)
        session.rollback()
    engine.dispose()
    return found


def test_an_entry_of_a_month_that_was_open_again_breaks_no_rule(reopened: Books) -> None:
    assert problems(reopened, DURING, "2023-02-06") == []


@pytest.mark.parametrize(
    ("number", "day", "month"),
    [
        (DURING, "2023-01-31", "2023-01"),
        (AFTER, "2023-02-28", "2023-02"),
        (AFTER, "2023-01-31", "2023-02"),
    ],
)
def test_an_entry_dated_in_a_month_that_was_closed_is_named(
    reopened: Books, number: int, day: str, month: str
) -> None:
    (problem,) = problems(reopened, number, day)
    assert problem.endswith(f"it is dated {day}, but {month} was closed")
    assert problem.startswith(f"entry {number} (")
