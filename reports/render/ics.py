"""iCalendar (RFC 5545): due dates as all-day events, for calendars that people look at anyway.

Law: the same books give the same bytes. What depends on the day it is looked at, such as overdue,
is left to the reader's calendar; a due date whose day moves keeps its identity.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from ledger.business_days import Works, on_or_before
from ledger.due_dates import DueDate

if TYPE_CHECKING:
    from icalendar import Event

PRODUCT = "-//feeshare//due dates//EN"
NAME = "Due dates"


def render(found: Iterable[DueDate], *, books: str, sealed_at: datetime, works: Works) -> bytes:
    """Return due dates as a calendar.

    Args:
        found: the due dates, in the order of the events.
        books: what tells these books from others; it goes into each identity.
        sealed_at: when the newest change that was read was sealed: the stamp of every event.
        works: the house's business days.
    """
    from icalendar import Calendar

    calendar = Calendar()
    for name, value in (
        ("prodid", PRODUCT),
        ("version", "2.0"),
        ("method", "PUBLISH"),
        ("x-wr-calname", NAME),
    ):
        calendar.add(name, value)
    for each in found:
        calendar.add_component(_event(each, books, sealed_at, works))
    return bytes(calendar.to_ical())


def _event(each: DueDate, books: str, sealed_at: datetime, works: Works) -> "Event":
    from icalendar import Event

    event = Event()
    event.add("uid", f"{_identity(books, each)}@feeshare.invalid")
    event.add("dtstamp", sealed_at.replace(microsecond=0))
    event.add("dtstart", each.day)
    event.add("dtend", each.day + timedelta(days=1))
    event.add("summary", _text(f"Done: {each.what}" if each.done else each.what))
    event.add("description", "\n".join(_lines(each, works)))
    event.add("categories", [_text(each.kind)])
    event.add("transp", "TRANSPARENT")
    return event


def _lines(each: DueDate, works: Works) -> Iterable[str]:
    yield _text(each.subject)
    if each.done or each.by_itself:
        return
    act_by = on_or_before(each.day, works)
    if act_by != each.day:
        yield f"No business day; act by {act_by}."
    if each.next_command:
        yield _text(f"Next: {each.next_command}")


def _identity(books: str, each: DueDate) -> str:
    return sha256(f"{books}\n{each.kind}\n{each.subject}".encode()).hexdigest()


def _text(text: str) -> str:
    """Return a text without what no calendar may hold; the library escapes the rest."""
    return "".join(letter for letter in text if letter.isprintable())
