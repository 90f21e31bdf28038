"""`calendar`: a list of what is due, and a feed that the same books give byte by byte."""

import csv
import io
import json

from icalendar import Calendar

from support.books import Books
from support.command_line import Answer, feeshare
from support.fee_shares import agree, open_exchange, stage

WELL, BAD_INPUT = 0, 2


def calendar(books: Books, *more: str, at: str = "2023-11-11T09:00:00Z") -> Answer:
    answer = feeshare(books, "calendar", *more, at=at)
    assert answer.status == WELL, answer
    return answer


def rows(books: Books, *more: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(calendar(books, "--csv", *more).out)))


def expect_statements(books: Books) -> str:
    open_exchange(books)
    stream = agree(books, {"Ada": "1"})
    stage(books, stream, "10", period="2023-09")
    return f"gate:{stream}:usdt"


def test_what_is_overdue_is_listed_before_what_is_due(books: Books) -> None:
    agreement = expect_statements(books)
    listed = rows(books)
    assert [(row["subject"], row["day"], row["act_by"], row["state"]) for row in listed] == [
        (f"{agreement}:2023-09", "2023-10-10", "2023-10-10", "overdue"),
        (f"{agreement}:2023-10", "2023-11-10", "2023-11-10", "overdue"),
        (f"{agreement}:2023-11", "2023-12-10", "2023-12-08", "due"),
        (f"{agreement}:2023-12", "2024-01-10", "2024-01-10", "due"),
        (f"{agreement}:2024-01", "2024-02-10", "2024-02-09", "due"),
    ]
    assert json.loads(calendar(books, "--json").out)[0]["kind"] == "statement"
    assert "2023-12-08" in calendar(books).out
    some = rows(books, "--from", "2023-11-01", "--to", "2023-12-31")
    assert [row["day"] for row in some] == ["2023-11-10", "2023-12-10"]
    assert rows(books, "--known-at", "1") == []


def test_the_feed_is_the_same_whenever_the_same_books_are_asked(books: Books) -> None:
    agreement = expect_statements(books)
    feed = calendar(books, "--ics").out
    assert calendar(books, "--ics", at="2023-12-24T23:00:00Z").out == feed
    events = Calendar.from_ical(feed).walk("VEVENT")
    assert [str(event["description"]).splitlines()[0] for event in events] == [
        f"{agreement}:{month}" for month in ("2023-09", "2023-10", "2023-11", "2023-12", "2024-01")
    ]
    assert {str(event.decoded("dtstamp")) for event in events} == {"2023-11-03 09:00:00+00:00"}
    assert "\r\n" in feed


def test_a_day_that_is_none_is_refused(books: Books) -> None:
    answer = feeshare(books, "calendar", "--from", "2023-11-05", "--to", "2023-11-04")
    assert answer.status == BAD_INPUT
    assert "date_invalid: --to" in answer.err
