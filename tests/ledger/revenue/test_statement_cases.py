"""The catalogue of bad statements, read without books: each gets its code at its level."""

from pathlib import Path

import pytest

from errors.statement_cases import (
    CASE_MAPPINGS,
    CASES,
    NEEDS_THE_BOOKS,
    NEVER_REACHES_A_FILE,
    TODAY,
    Case,
)
from ledger.revenue.mapping import Mapping, load_mappings
from ledger.revenue.reading import read_all
from ledger.revenue.recognition import recognise
from ledger.revenue.rows import SetAside
from support.mappings import COMMODITIES, codes

EXAMPLES = Path(__file__).parents[3] / "examples" / "mappings"
MAPPINGS = load_mappings(
    [(path.name, path.read_text("utf-8")) for path in sorted(EXAMPLES.glob("*.yaml"))]
    + list(CASE_MAPPINGS.items())
)


def found_in(case: Case) -> dict[str, list[str]]:
    """Return the codes that a file gets, by level."""
    data = case.make()
    mapping = recognise(MAPPINGS, data, case.file_name)
    if not isinstance(mapping, Mapping):
        return {"F": codes(mapping), "Q": [], "W": []}
    assert mapping.name == case.mapping
    reading, rows = read_all(mapping, data, case.file_name, commodities=COMMODITIES, today=TODAY)
    aside = [row for row in rows if isinstance(row, SetAside)]
    if not reading.problems:
        assert len({row.row for row in rows}) == reading.rows_in
    for row in aside:
        for problem in row.problems:
            assert (problem.place, problem.row) == (case.file_name, row.row)
    return {
        "F": codes(reading.problems),
        "Q": [problem.code for row in aside for problem in row.problems],
        "W": codes(reading.warnings),
    }


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_bad_statement_gets_its_code_at_its_level(case: Case) -> None:
    found = found_in(case)
    if case.level == "ok":
        assert found == {"F": [], "Q": [], "W": []}
        return
    assert case.code in found[case.level], found
    graver = {"F": (), "Q": ("F",), "W": ("F", "Q")}[case.level]
    assert [found[level] for level in graver] == [[] for _ in graver]


def test_every_number_of_the_catalogue_is_tried_or_has_its_reason() -> None:
    tried = {case.number for case in CASES}
    assert tried | NEEDS_THE_BOOKS.keys() | NEVER_REACHES_A_FILE.keys() == set(range(1, 57))
    assert not tried & (NEEDS_THE_BOOKS.keys() | NEVER_REACHES_A_FILE.keys())
