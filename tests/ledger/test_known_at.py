from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from sqlalchemy import select, text

from ledger import periods
from ledger.errors import BadInput
from ledger.known_at import KnownAt, as_known, change_at, parse
from ledger.parties import add
from ledger.people_tables import Party
from ledger.sealing import head
from support.books import Books


def at(*told: int) -> datetime:
    return datetime(*told, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("57", 57),
        ("20231104", 20231104),
        ("2023-11-04T09:00:00Z", at(2023, 11, 4, 9)),
        ("2023-11-04T09:00:00", at(2023, 11, 4, 9)),
        ("2023-11-04 09:00", at(2023, 11, 4, 9)),
        ("2023-11-04T09:00:00+02:00", at(2023, 11, 4, 7)),
        ("2023-11-04T00:30:00.000001-01:00", at(2023, 11, 4, 1, 30, 0, 1)),
        ("2023-11-04", at(2023, 11, 4, 23, 59, 59, 999999)),
        ("9999-12-31", at(9999, 12, 31, 23, 59, 59, 999999)),
    ],
)
def test_a_number_is_a_change_a_day_its_end_and_a_time_without_a_zone_in_utc(
    written: str, meant: KnownAt
) -> None:
    assert parse(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        *("", " 5", "-1", "+1", "1.5", "latest", "\u0665", "9" * 5000),
        *("2023-13-01", "2023-02-30", "2023-11-04T25:00", "2023-11-04T09:00:00X"),
        *("2023-W01-1", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_what_is_neither_a_change_nor_a_time_is_refused_with_what_it_may_be(
    written: str,
) -> None:
    with pytest.raises(BadInput) as refusal:
        parse(written)

    (problem,) = refusal.value.problems
    assert problem.code == "known_at_invalid"
    assert "2023-11-04T09:00:00Z" in problem.expected


@pytest.fixture
def hourly(books: Books) -> Books:
    """Give books with a change at 10, two at 11 and one at 12 o'clock, after those they have."""
    for name, hour in (("a", 10), ("b", 11), ("c", 11), ("d", 12)):
        books.at = at(2023, 11, 4, hour)
        with books.write() as change:
            add(change, name=name, kind="payee")
    return books


def meant(books: Books, known_at: KnownAt) -> int:
    with books.read() as session:
        return change_at(session, known_at).number


def test_a_time_is_the_last_change_recorded_at_or_before_it(hourly: Books) -> None:
    with hourly.read() as session:
        newest = head(session).number
    eleven = at(2023, 11, 4, 11)
    microsecond = timedelta(microseconds=1)

    assert meant(hourly, eleven - microsecond) == newest - 3
    assert meant(hourly, eleven) == newest - 1
    assert meant(hourly, eleven.astimezone(timezone(timedelta(hours=5)))) == newest - 1
    assert meant(hourly, at(2023, 11, 4, 12) - microsecond) == newest - 1
    assert meant(hourly, parse("2023-11-04")) == meant(hourly, newest) == newest
    assert meant(hourly, parse("2023-11-03")) == newest - 4


def test_what_no_change_is_known_at_is_refused_with_what_is(hourly: Books) -> None:
    with hourly.read() as session:
        newest = head(session).number
    for number in (0, -1, newest + 1):
        with pytest.raises(BadInput, match=f"change_unknown.* 1 to {newest}"):
            meant(hourly, number)
    with pytest.raises(BadInput, match=r"known_at_too_early.*from the first change on, 2023-01"):
        meant(hourly, at(2022, 12, 31, 23, 59))
    with pytest.raises(BadInput, match=r"change_unknown"):
        meant(hourly, parse("9" * 40))


def test_the_session_sees_later_changes_again_once_it_is_over(hourly: Books) -> None:
    with hourly.read() as session:
        newest = head(session)
        names = select(Party.name).where(Party.id.in_([*"abcd"]))
        everyone = {"a", "b", "c", "d"}
        assert set(session.scalars(names)) == everyone
        assert session.get(Party, "d") is not None
        with as_known(session, newest.number - 2):
            assert head(session).number == newest.number - 2
            assert set(session.scalars(names)) == {"a", "b"}
            # Not even what the session has seen before.
            assert session.get(Party, "d") is None
            with as_known(session, newest.number - 3):
                assert set(session.scalars(names)) == {"a"}
            assert set(session.scalars(names)) == {"a", "b"}
        assert (head(session), set(session.scalars(names))) == (newest, everyone)


def test_the_session_sees_later_changes_again_after_an_error(hourly: Books) -> None:
    with hourly.read() as session:
        newest = head(session)
        with pytest.raises(Exception, match="division by zero"), as_known(session, 1):
            session.execute(text("SELECT 1 / 0"))
        assert head(session) == newest


def test_a_month_that_was_closed_later_was_open(hourly: Books) -> None:
    with hourly.write("closer") as change:
        periods.close(change, date(2023, 9, 1), reason="done")
    with hourly.read() as session:
        assert periods.is_closed(session, date(2023, 9, 5))
        with as_known(session, head(session).number - 1):
            assert not periods.is_closed(session, date(2023, 9, 5))


def test_no_change_narrows_nothing(books: Books) -> None:
    with books.write() as change:
        add(change, name="Ada", kind="payee")
    with books.read() as session, as_known(session, None):
        assert session.scalars(select(Party.id)).all() == ["ada"]
