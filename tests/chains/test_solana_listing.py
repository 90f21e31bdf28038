"""Pages of signatures: they join to the whole history, or there is a fault; never a part."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.solana_answers import Listed
from chains.solana_listing import MARGIN, Ask, listed

slots = st.lists(st.integers(0, 400), max_size=40)


def rows_in(found: Sequence[int]) -> list[Listed]:
    """Return rows in these slots, newest first."""
    ordered = sorted(found, reverse=True)
    return [Listed(signature=f"s{place}", slot=slot) for place, slot in enumerate(ordered)]


def pages(rows: Sequence[Listed], limit: int) -> Ask:
    """Return how a node lists these rows, so many at once."""

    def ask(before: str | None) -> Sequence[Listed]:
        names = [row.signature for row in rows]
        start = 0 if before is None else names.index(before) + 1
        return rows[start : start + limit]

    return ask


@given(slots, st.integers(1, 12), st.integers(0, 400))
def test_every_row_from_the_first_slot_on_is_listed_once(
    found: list[int], limit: int, first: int
) -> None:
    rows = rows_in(found)
    assert listed(pages(rows, limit), first) == [row for row in rows if row.slot >= first]


@given(slots, st.integers(2, 12), st.randoms(use_true_random=False))
def test_the_order_inside_a_slot_may_be_another_one_at_each_page(
    found: list[int], limit: int, chance: object
) -> None:
    rows = rows_in(found)

    def ask(before: str | None) -> Sequence[Listed]:
        cursor = next((row for row in rows if row.signature == before), None)
        older = [row for row in rows if cursor is None or row.slot < cursor.slot]
        same = [row for row in rows if cursor is not None and row.slot == cursor.slot]
        chance.shuffle(same)  # type: ignore[attr-defined]
        return [*same, *older][: limit + len(same)]

    try:
        seen = listed(ask, 0)
    except ValueError:
        return
    assert {row.signature for row in seen} == {row.signature for row in rows}


@given(st.sets(st.integers(0, 400), max_size=40), st.sets(st.integers(1, 40), min_size=1))
def test_a_later_page_that_is_empty_by_mistake_shows_or_costs_nothing(
    found: set[int], wrong: set[int]
) -> None:
    rows, whole = rows_in(list(found)), pages(rows_in(list(found)), 3)
    asked = 0

    def ask(before: str | None) -> Sequence[Listed]:
        nonlocal asked
        asked += 1
        return [] if before is not None and asked in wrong else whole(before)

    try:
        seen = listed(ask, 0)
    except ValueError as fault:
        assert "gap" in str(fault)  # noqa: PT017
        return
    assert seen == rows


def test_a_listing_that_goes_in_circles_is_a_fault() -> None:
    rows = rows_in(range(500, 0, -50))
    with pytest.raises(ValueError, match="circles"):
        listed(lambda _: rows[:4], 0)


def test_a_page_that_lost_the_slot_before_it_is_a_fault() -> None:
    rows = rows_in(range(500, 0, -50))
    ask = pages(rows, 4)
    with pytest.raises(ValueError, match="gap"):
        listed(lambda before: ask(before)[1 if before else 0 :], 0)


def test_paging_ends_a_margin_before_the_first_slot() -> None:
    rows = rows_in(range(0, 400, 10))
    asked = []
    whole = pages(rows, 4)

    def ask(before: str | None) -> Sequence[Listed]:
        asked.append(before)
        return whole(before)

    assert [row.slot for row in listed(ask, 300)] == list(range(390, 299, -10))
    assert len(asked) < 2 + (400 - 300 + MARGIN) / 10 / 3


def test_an_address_without_any_row_is_asked_once() -> None:
    asked = []
    assert listed(lambda before: asked.append(before) or [], 0) == []  # type: ignore[func-returns-value]
    assert asked == [None]
