"""Files that went wrong somewhere: whatever they say, nothing raises and no row is lost."""

import pytest

from fuzz import reading as search
from fuzz.reading import mappings, require_accounted, samples, try_many
from ledger.revenue.reading import read_all

FILES = 500


def test_mutated_statements_are_taken_set_aside_or_refused_without_a_loss() -> None:
    ends = try_many(range(FILES))
    assert sum(ends.values()) == FILES
    assert min(ends["recognised"], ends["not recognised"]) > 0


def test_the_search_sees_a_lost_row(monkeypatch: pytest.MonkeyPatch) -> None:
    name, data = samples()[0]
    (mapping,) = [it for it in mappings() if it.name == name.partition(".")[0]]
    whole = read_all

    def losing(*given: object, **named: object) -> object:
        reading, rows = whole(*given, **named)  # type: ignore[arg-type]
        return reading, rows[1:]

    monkeypatch.setattr(search, "read_all", losing)
    with pytest.raises(AssertionError, match="a row was lost"):
        require_accounted(mapping, data, name)
