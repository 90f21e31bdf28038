"""Due dates as iCalendar, read back with the library and looked at byte by byte."""

from datetime import UTC, date, datetime
from typing import Any

from icalendar import Calendar

from ledger.business_days import works
from ledger.due_dates import DueDate
from reports.render.ics import render

SEALED_AT = datetime(2023, 11, 3, 9, 0, 0, 123456, tzinfo=UTC)
WEEKDAYS = works({"country": "none", "subdivision": "none", "extra_days": []})
ODD = 'Q;u,i\\llon "№" ' + "ü" * 70


def due(**more: Any) -> DueDate:  # noqa: ANN401 - any field of it
    told: dict[str, Any] = {
        "kind": "payment",
        "subject": "binance:spot:usdt:2023-10:1",
        "day": date(2023, 11, 25),
        "what": ODD,
        "next_command": "feeshare reconcile 2023-11",
    }
    return DueDate(**(told | more))


def made(*found: DueDate, books: str = "b") -> bytes:
    return render(found, books=books, sealed_at=SEALED_AT, works=WEEKDAYS)


def events(raw: bytes) -> list[Any]:
    return list(Calendar.from_ical(raw).walk("VEVENT"))


def test_a_due_date_is_an_all_day_event_with_what_to_do() -> None:
    (event,) = events(made(due()))
    assert event.decoded("dtstart") == date(2023, 11, 25)
    assert event.decoded("dtend") == date(2023, 11, 26)
    assert event.decoded("dtstamp") == SEALED_AT.replace(microsecond=0)
    assert str(event["summary"]) == ODD
    assert str(event["description"]) == (
        "binance:spot:usdt:2023-10:1\nNo business day; act by 2023-11-24.\n"
        "Next: feeshare reconcile 2023-11"
    )
    assert event["categories"].cats == ["payment"]
    assert event["transp"] == "TRANSPARENT"


def test_what_is_done_or_comes_by_itself_asks_for_nothing() -> None:
    (done, hold) = events(made(due(done=True), due(by_itself=True, subject="s")))
    assert str(done["summary"]) == f"Done: {ODD}"
    assert str(done["description"]) == "binance:spot:usdt:2023-10:1"
    assert str(hold["description"]) == "s"


def test_the_bytes_are_those_of_the_standard() -> None:
    raw = made(due(), due(subject="another"))
    assert raw.startswith(b"BEGIN:VCALENDAR\r\n")
    assert raw.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    assert rb"SUMMARY:Q\;u\,i\\llon" in raw
    assert b"VERSION:2.0\r\n" in raw
    assert b"METHOD:PUBLISH\r\n" in raw


def test_the_same_due_dates_give_the_same_bytes() -> None:
    assert made(due(), due(subject="s")) == made(due(), due(subject="s"))
    assert events(made()) == []


def test_an_event_keeps_its_identity_when_its_day_and_words_change() -> None:
    first = {str(event["uid"]) for event in events(made(due()))}
    moved = {
        str(event["uid"]) for event in events(made(due(day=date(2024, 1, 1), what="x", done=True)))
    }
    others = {
        str(event["uid"])
        for raw in (made(due(subject="s")), made(due(kind="k")), made(due(), books="c"))
        for event in events(raw)
    }
    assert first == moved
    assert len(first | others) == 4


def test_a_line_break_in_a_text_begins_no_property() -> None:
    raw = made(due(what="x\r\nATTENDEE:mailto:a@b\x07", subject="y\nEND:VEVENT"))
    (event,) = events(raw)
    assert "attendee" not in event
    assert str(event["summary"]) == "xATTENDEE:mailto:a@b"
