"""Files that went wrong somewhere: whatever they say, nothing raises and no row is lost."""

import pytest

from fuzz import reading as search
from fuzz.reading import (
    ENDS,
    OLD_WORKBOOKS,
    content,
    declared,
    require_accounted,
    samples,
    try_many,
)
from ledger.revenue.reading import read_all

FILES = 500


def test_mutated_statements_are_taken_set_aside_or_refused_without_a_loss() -> None:
    ends = try_many(range(FILES))
    assert ends.total() == FILES
    assert ends.keys() == set(ENDS)


def test_every_sample_is_drawn_and_an_old_workbook_rarely() -> None:
    usual, old = samples()
    assert len(old) == 1
    rare = [seed for seed in range(FILES) if seed % OLD_WORKBOOKS == 0]
    assert len(rare) < len(usual)
    assert {seed % len(usual) for seed in range(FILES) if seed not in rare} == {*range(len(usual))}


def test_every_sample_as_it_is_comes_to_a_draft() -> None:
    for path in [path for paths in samples() for path in paths]:
        assert require_accounted(declared(path), content(path), path.name) == "accepted"


def test_the_search_sees_a_lost_row(monkeypatch: pytest.MonkeyPatch) -> None:
    path = samples()[0][0]
    whole = read_all

    def losing(*given: object, **named: object) -> object:
        reading, rows = whole(*given, **named)  # type: ignore[arg-type]
        return reading, rows[1:]

    monkeypatch.setattr(search, "read_all", losing)
    with pytest.raises(AssertionError, match="a row was lost"):
        require_accounted(declared(path), content(path), path.name)


def test_a_failure_names_the_seed_that_repeats_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "mutated", lambda *_: None)
    with pytest.raises(AssertionError, match=r"seed 7: .*make fuzz FIRST=7 FILES=1"):
        try_many([7])
