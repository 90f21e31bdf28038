from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.revenue.upkeep import (
    DECISION,
    EXCHANGE,
    LAPSED,
    NOTICE,
    POLL,
    POLL_ENDS,
    RENEWAL,
    SPONSORSHIP,
    SPONSORSHIP_ENDS,
    UNRELEASED,
    WAIVED,
    Cover,
    Upkeep,
    anniversary,
    due_dates,
    is_settled,
    is_year,
    last_of_year,
    next_year,
    quarter_of,
    state_on,
    year_on,
)
from ledger.revenue.waiver_basis import window

RELEASED = date(2024, 9, 10)
SECOND = date(2025, 9, 10)
THIRD = date(2026, 9, 10)


def cover(kind: str, since: date, until: date | None = None, document: str = "d") -> Cover:
    return Cover(kind=kind, since=since, until=until or last_of_year(since), document=document)


def gate(
    *covers: Cover,
    notices: set[date] | None = None,
    decisions: set[date] | None = None,
    released_on: date | None = RELEASED,
) -> Upkeep:
    return Upkeep(
        connector="gate_io",
        exchange="Gate",
        released_on=released_on,
        covers=covers,
        notices=frozenset(notices or ()),
        decisions=frozenset(decisions or ()),
    )


def due(upkeep: Upkeep, today: date, days: int = 0) -> list[tuple[str, date]]:
    found = due_dates([upkeep], today, today + timedelta(days=days), notice_days=60)
    return [(each.kind, each.on) for each in found]


@given(
    released_on=st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    days=st.integers(0, 4000),
)
def test_every_day_since_the_release_is_in_one_year_that_begins_on_its_day(
    released_on: date, days: int
) -> None:
    day = released_on + timedelta(days=days)
    began, coming = year_on(released_on, day), next_year(released_on, day)
    assert began <= day < coming
    assert last_of_year(began) >= day or released_on.day == 29
    assert (began.month, began.day) in {
        (released_on.month, released_on.day),
        (released_on.month, 28),
    }
    assert is_year(released_on, coming)
    assert is_year(released_on, began) == (began != released_on)


def test_a_year_from_the_29th_of_february_begins_on_the_28th_in_other_years() -> None:
    leap = date(2024, 2, 29)
    assert [anniversary(leap, years) for years in (1, 4)] == [date(2025, 2, 28), date(2028, 2, 29)]
    assert year_on(leap, date(2025, 2, 28)) == date(2025, 2, 28)
    assert not is_year(leap, date(2025, 3, 1))


@pytest.mark.parametrize("text", ["2026", "2026-Q5", "26-Q1", "2026-q1", "2026-Q", "2026-Q12"])
def test_what_is_no_quarter_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=text):
        quarter_of(text)


def test_a_quarter_is_its_first_and_last_day() -> None:
    assert quarter_of("2026-Q1") == (date(2026, 1, 1), date(2026, 3, 31))
    assert quarter_of("2026-Q4") == (date(2026, 10, 1), date(2026, 12, 31))


def test_what_covers_a_day_is_found_in_the_order_of_strength() -> None:
    covers = [
        cover(SPONSORSHIP, SECOND),
        cover(RENEWAL, SECOND),
        cover(WAIVED, SECOND),
        cover(POLL, date(2025, 7, 1), date(2025, 9, 30)),
        cover(EXCHANGE, SECOND, date.max),
    ]
    day = date(2025, 9, 12)
    assert state_on(gate(*covers), RELEASED).word == "first year"
    for at, each in enumerate(covers):
        state = state_on(gate(*covers[at:]), day)
        assert (state.word, state.document) == (each.kind, "d")
    assert state_on(gate(covers[-1]), day).until is None
    assert state_on(gate(), last_of_year(RELEASED)).word == "first year"
    assert state_on(gate(), SECOND).word == LAPSED
    assert state_on(gate(), date(2024, 9, 9)).word == UNRELEASED
    assert state_on(gate(released_on=None), day).word == UNRELEASED


def test_a_notice_is_due_sixty_days_before_and_a_decision_when_the_year_begins() -> None:
    assert due(gate(), date(2025, 7, 11)) == []
    assert due(gate(), date(2025, 7, 12)) == [(NOTICE, date(2025, 7, 12))]
    assert due(gate(), date(2025, 8, 1), 40) == [(NOTICE, date(2025, 7, 12)), (DECISION, SECOND)]
    assert due(gate(notices={SECOND}), date(2025, 8, 1), 40) == [(DECISION, SECOND)]
    assert due(gate(notices={SECOND}), date(2025, 10, 1)) == [(DECISION, SECOND)]
    assert due(gate(decisions={SECOND}), date(2025, 10, 1)) == []
    assert due(gate(), date(2026, 9, 11)) == [(DECISION, THIRD)]
    assert due(gate(released_on=None), date(2025, 10, 1), 999) == []


def test_a_year_that_something_else_covers_asks_for_nothing() -> None:
    invoiced = gate(cover(RENEWAL, SECOND + timedelta(days=20)))
    assert is_settled(invoiced, SECOND)
    assert not is_settled(invoiced, THIRD)
    sponsored = gate(cover(SPONSORSHIP, date(2025, 8, 1)))
    assert due(sponsored, date(2025, 10, 1)) == []
    assert due(sponsored, date(2026, 6, 1), 61) == [
        (NOTICE, date(2026, 7, 12)),
        (SPONSORSHIP_ENDS, date(2026, 7, 31)),
    ]
    polled = gate(cover(POLL, date(2025, 7, 1), date(2025, 9, 30)))
    assert due(polled, date(2025, 9, 20), 10) == [(POLL_ENDS, date(2025, 9, 30))]
    own = gate(cover(EXCHANGE, RELEASED, date.max))
    assert due(own, date(2025, 8, 1), 400) == []
    cancelled = gate(cover(RENEWAL, SECOND, date(2026, 1, 1)))
    assert due(cancelled, date(2026, 3, 1)) == []
    assert state_on(cancelled, date(2026, 3, 1)).word == LAPSED


@pytest.mark.parametrize(
    ("released_on", "before", "since", "months"),
    [
        (RELEASED, SECOND, date(2024, 10, 1), 11),
        (date(2024, 9, 1), date(2025, 9, 1), date(2024, 9, 1), 12),
        (RELEASED, THIRD, date(2025, 9, 1), 12),
        (RELEASED, date(2024, 10, 31), date(2024, 10, 1), 0),
        (RELEASED, date(2024, 11, 1), date(2024, 10, 1), 1),
        (date(2024, 1, 31), date(2024, 2, 10), date(2024, 2, 1), 0),
    ],
)
def test_whole_months_since_the_release_count_and_twelve_at_most(
    released_on: date, before: date, since: date, months: int
) -> None:
    found = window(released_on, before, 12)
    assert (found.since, found.months) == (since, months)
    assert found.until == before.replace(day=1) - timedelta(days=1)
