from datetime import date

import pytest
from sqlalchemy import event

from ledger.errors import BadInput, DatabaseRefused
from reports import query
from reports.query import Asked, Scope
from support import sample_books
from support.books import Books

OCTOBER = date(2023, 10, 1)


def scope(books: Books, asked: Asked) -> Scope:
    with books.read() as session:
        return query.scope(session, asked)


def test_a_month_is_read_from_its_first_day_to_its_last(books: Books) -> None:
    limits = scope(books, Asked(period=OCTOBER))

    assert (limits.since, limits.until) == (OCTOBER, date(2023, 10, 31))
    assert (limits.day_before, limits.month) == (date(2023, 9, 30), "2023-10")


def test_an_as_of_day_ends_a_month_early_and_never_late(books: Books) -> None:
    assert scope(books, Asked(period=OCTOBER, as_of=date(2023, 10, 7))).until == date(2023, 10, 7)
    assert scope(books, Asked(period=OCTOBER, as_of=date(2024, 1, 1))).until == date(2023, 10, 31)


def test_without_a_month_everything_is_read(books: Books) -> None:
    limits = scope(books, Asked())

    assert (limits.since, limits.until, limits.day_before) == (date.min, date.max, None)
    assert dict(limits.filters) == {"period": "all", "as_of": "all", "known_at": "1"}


def test_filters_say_what_was_settled_not_what_was_typed(books: Books) -> None:
    sample_books.open_books(books)
    asked = Asked(period=OCTOBER, payee="ada")

    limits = scope(books, asked)

    assert limits.filters == (
        *(("period", "2023-10"), ("as_of", "2023-10-31"), ("known_at", "2"), ("payee", "ada")),
    )
    assert len(limits.head_hash) == 64
    assert scope(books, Asked(period=OCTOBER, payee="ada", known_at=2)).filters == limits.filters


def test_everything_wrong_with_a_question_is_said_at_once(books: Books) -> None:
    with pytest.raises(BadInput) as refusal:
        scope(books, Asked(period=OCTOBER, as_of=date(2023, 9, 30), known_at=0))

    assert [problem.code for problem in refusal.value.problems] == [
        *("change_unknown", "as_of_before_period"),
    ]


def test_a_change_that_is_not_sealed_yet_cannot_be_asked_for(books: Books) -> None:
    with pytest.raises(BadInput, match="1 to 1"):
        scope(books, Asked(known_at=2))


def test_very_many_rows_come_in_chunks(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "CHUNK", 3)
    with books.read() as session:
        rows = query.stream(session, "SELECT n FROM generate_series(1, CAST(:n AS int)) n", n=10)

        assert [row.n for row in rows] == list(range(1, 11))


def test_a_report_cannot_write(books: Books) -> None:
    with pytest.raises(DatabaseRefused, match="read-only"), books.read() as session:
        query.fetch(session, "INSERT INTO changes DEFAULT VALUES RETURNING 1")


def test_names_that_a_query_does_not_use_are_not_sent(books: Books) -> None:
    sent: list[object] = []
    event.listen(books.engine, "before_cursor_execute", lambda *told: sent.append(told[3]))
    with books.read() as session:
        query.fetch(session, "SELECT CAST(:one AS int) AS n", one=1, other=2)

    assert sent[-1] == {"one": 1}
