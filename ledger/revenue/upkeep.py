"""Upkeep of connectors: who keeps each maintained on a day, and what falls due; pure.

Law: the first year is the bounty's; every later year begins on the day of the release and is
decided then, not before. What covers a day is found in this order: first year, sponsorship,
renewal or its waiver, poll, the exchange itself; what nothing covers has lapsed.
"""

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

FIRST_YEAR = "first year"
SPONSORSHIP = "sponsorship"
RENEWAL = "renewal"
WAIVED = "waived"
POLL = "poll"
EXCHANGE = "exchange"
LAPSED = "lapsed"
UNRELEASED = "not released"
ORDER = (FIRST_YEAR, SPONSORSHIP, RENEWAL, WAIVED, POLL, EXCHANGE)
"""What covers a connector, the strongest first."""

NOTICE = "renewal-notice"
DECISION = "renewal-decision"
SPONSORSHIP_ENDS = "sponsorship-ends"
POLL_ENDS = "poll-ends"
"""Kinds of due dates."""

HALF_A_YEAR = timedelta(days=183)
"""An invoice within so many days of a year's beginning is that year's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What keeps a connector maintained from a day to another, both included, and by what."""

    kind: str
    since: date
    until: date
    document: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """A connector with all that is known of its upkeep.

    `notices` and `decisions` are the beginnings of the years that they are of.
    """

    connector: str
    exchange: str
    released_on: date | None
    covers: tuple[Cover, ...] = ()
    notices: frozenset[date] = frozenset()
    decisions: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Who keeps a connector maintained, to what day, by which document; blank if nobody."""

    word: str
    until: date | None = None
    document: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpkeepDue:
    """A day by which somebody does something: what, about which connector, and the command."""

    kind: str
    on: date
    exchange: str
    subject: str
    next_action: str


def anniversary(day: date, years: int) -> date:
    """Return the same day so many years later; 29 February becomes 28 in other years."""
    year = day.year + years
    return day.replace(year=year, day=min(day.day, calendar.monthrange(year, day.month)[1]))


def last_of_year(first: date) -> date:
    """Return the last day of the year that begins on a day."""
    return anniversary(first, 1) - timedelta(days=1)


def quarter_of(text: str) -> tuple[date, date]:
    """Return the first and the last day of a quarter written `2026-Q1`.

    Raises:
        ValueError: it is not written so.
    """
    year, mark, number = text.partition("-Q")
    if not mark or len(year) != len("2026") or number not in {"1", "2", "3", "4"}:
        raise ValueError(f"not a quarter such as 2026-Q1: {text!r}")
    month = 3 * int(number)
    first = date(int(year), month - 2, 1)
    return first, date(int(year), month, calendar.monthrange(int(year), month)[1])


def year_on(released_on: date, day: date) -> date:
    """Return when the year began that a day is in; the release if in the first, or before."""
    years = day.year - released_on.year
    years -= anniversary(released_on, years) > day
    return anniversary(released_on, max(years, 0))


def is_year(released_on: date, first: date) -> bool:
    """Return whether a later year than the first begins on a day."""
    return first > released_on and year_on(released_on, first) == first


def next_year(released_on: date, day: date) -> date:
    """Return when the next year begins after a day, the second year being the first of them."""
    began = year_on(released_on, day)
    return anniversary(released_on, began.year - released_on.year + 1)


def state_on(upkeep: Upkeep, day: date) -> State:
    """Return who keeps a connector maintained on a day."""
    released_on = upkeep.released_on
    if released_on is None or day < released_on:
        return State(word=UNRELEASED)
    first = Cover(kind=FIRST_YEAR, since=released_on, until=last_of_year(released_on))
    covers = [each for each in (first, *upkeep.covers) if each.since <= day <= each.until]
    if not covers:
        return State(word=LAPSED)
    best = min(covers, key=lambda each: (ORDER.index(each.kind), each.since, each.document))
    until = None if best.until == date.max else best.until
    return State(word=best.kind, until=until, document=best.document)


def is_settled(upkeep: Upkeep, first: date) -> bool:
    """Return whether it is settled who keeps a connector in the year that begins on a day.

    It was decided or invoiced, or something else than an invoice covers its first day.
    """
    return first in upkeep.decisions or any(
        each.since - HALF_A_YEAR <= first <= each.since + HALF_A_YEAR
        if each.kind in (RENEWAL, WAIVED)
        else each.since <= first <= each.until
        for each in upkeep.covers
    )


def due_dates(
    upkeeps: Sequence[Upkeep], today: date, until: date, *, notice_days: int
) -> list[UpkeepDue]:
    """Return what is due of connectors' upkeep until a day, what is late included, by day.

    Args:
        upkeeps: the connectors, as known today.
        today: the day from which one looks; a year that began before the one it is in is past.
        until: the last day that counts.
        notice_days: how many days before a year its notice is due.
    """
    found = {each for upkeep in upkeeps for each in _due(upkeep, today, notice_days)}
    return sorted(
        (each for each in found if each.on <= until),
        key=lambda each: (each.on, each.kind, each.exchange, each.subject),
    )


def _due(upkeep: Upkeep, today: date, notice_days: int) -> Iterator[UpkeepDue]:
    yield from _ends(upkeep, today)
    if upkeep.released_on is None:
        return
    name, current = upkeep.connector, year_on(upkeep.released_on, today)
    coming = next_year(upkeep.released_on, today)
    if is_year(upkeep.released_on, current) and not is_settled(upkeep, current):
        yield UpkeepDue(
            kind=DECISION,
            on=current,
            exchange=upkeep.exchange,
            subject=name,
            next_action=f"feeshare renewal decide {name} --year {current}",
        )
    if is_settled(upkeep, coming):
        return
    if coming not in upkeep.notices:
        yield UpkeepDue(
            kind=NOTICE,
            on=coming - timedelta(days=notice_days),
            exchange=upkeep.exchange,
            subject=name,
            next_action=f"feeshare renewal notice {name} --to WHOM --evidence …",
        )
    yield UpkeepDue(
        kind=DECISION,
        on=coming,
        exchange=upkeep.exchange,
        subject=name,
        next_action=f"feeshare renewal decide {name} --year {coming}, on that day",
    )


def _ends(upkeep: Upkeep, today: date) -> Iterator[UpkeepDue]:
    for each in upkeep.covers:
        if each.kind == SPONSORSHIP and each.until >= today:
            yield UpkeepDue(
                kind=SPONSORSHIP_ENDS,
                on=each.until,
                exchange=upkeep.exchange,
                subject=each.document,
                next_action=f"ask {upkeep.exchange}; feeshare sponsorship add",
            )
        elif each.kind == POLL and each.until >= today:
            yield UpkeepDue(
                kind=POLL_ENDS,
                on=each.until,
                exchange=upkeep.exchange,
                subject=upkeep.connector,
                next_action=f"feeshare connector poll {upkeep.connector} QUARTER --evidence …",
            )
