"""Recognition: which mapping a file is read by. Its header decides, and nothing is guessed."""

import dataclasses
import functools
from collections import Counter
from collections.abc import Sequence

from ledger.errors import SHOWN_VALUE_LENGTH, Problem
from ledger.revenue.containers import container_of
from ledger.revenue.headers import (
    PREAMBLE_MAX,
    Header,
    header_among,
    header_difference,
    nearness,
)
from ledger.revenue.mapping import Mapping
from ledger.revenue.mapping_rules import invalid
from ledger.revenue.sources import table_of
from ledger.revenue.text_tables import DELIMITER_LINE, DELIMITERS, cells_of, first_lines

NEAR_ENOUGH = 0.5
"""A header that shares this part of its names with a mapping's is that header, changed."""


def recognise(
    mappings: Sequence[Mapping], data: bytes, place: str
) -> Mapping | tuple[Problem, ...]:
    """Return the one mapping whose header the file has, or why there is none.

    `place` is the file's name; it is looked at as well.
    """
    container = container_of(data, place)
    if not isinstance(container, str):
        return tuple(dataclasses.replace(problem, place=place) for problem in container)
    candidates = [mapping for mapping in mappings if mapping.container == container]
    headers = [header_in(mapping, data) for mapping in candidates]
    fitting = [
        mapping
        for mapping, header in zip(candidates, headers, strict=True)
        if header.cells == mapping.header
    ]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        labels = ", ".join(mapping.label for mapping in fitting)
        return (invalid(place, None, f"one mapping for this header, not several: {labels}"),)
    return _why_none(mappings, candidates, data, place)


def _why_none(
    mappings: Sequence[Mapping], candidates: Sequence[Mapping], data: bytes, place: str
) -> tuple[Problem, ...]:
    """Return why no mapping has a file's header: the file is broken, or the header is another."""
    near = [_nearness(mapping, data) for mapping in candidates]
    best = max(range(len(near)), key=near.__getitem__, default=None)
    if best is not None and near[best] >= NEAR_ENOUGH:
        broken = table_problems(candidates[best], data, place)
        return broken or header_problems(candidates[best], data, place)
    all_broken = [table_problems(mapping, data, place) for mapping in candidates]
    if all_broken and all(all_broken):
        # A mapping that looks for another sheet says less than one that found the sheet broken.
        return min(all_broken, key=lambda problems: problems[0].code == "sheet_ambiguous")
    known = ", ".join(sorted(mapping.label for mapping in mappings)) or "none is declared"
    problem = Problem(
        code="mapping_unknown",
        value=data[:SHOWN_VALUE_LENGTH].decode("utf-8", "replace"),
        expected=f"the header of a declared format ({known})",
        place=place,
        mend=f"Declare this format in a mapping: feeshare mapping propose {place}",
    )
    return (problem,)


def table_problems(mapping: Mapping, data: bytes, place: str) -> tuple[Problem, ...]:
    """Return what keeps a file from being a table at all, as a mapping would read it."""
    table = table_of(mapping, data)
    table.first_rows(PREAMBLE_MAX + 1)
    return tuple(dataclasses.replace(problem, place=place) for problem in table.problems)


def header_in(mapping: Mapping, data: bytes) -> Header:
    """Return the header of a file where a mapping expects it."""
    rows = _first_rows(mapping, data, mapping.delimiter)
    return header_among(rows, mapping.header, mapping.preamble_lines)


def header_problems(mapping: Mapping, data: bytes, place: str) -> tuple[Problem, ...]:
    """Return how a file's header differs from the one that a mapping declares."""
    header = header_in(mapping, data)
    if header.cells == mapping.header:
        return ()
    refused = functools.partial(Problem, place=place, row=header.row)
    if other := _other_delimiter(mapping, data):
        expected = f"{mapping.delimiter!r} between cells, as {mapping.label} declares"
        return (refused(code="delimiter_mismatch", value=other, expected=expected),)
    elsewhere = header_among(_first_rows(mapping, data, mapping.delimiter), mapping.header, None)
    if elsewhere.cells == mapping.header:
        expected = f"the header in row {header.row}, as {mapping.label} declares"
        shown = f"the header in row {elsewhere.row}"
        return (refused(code="layout_unknown", value=shown, expected=expected),)
    names = Counter(header.cells).items()
    doubled = [name for name, times in names if times > 1 or not name.strip()]
    difference = header_difference(mapping.header, header.cells)
    return (
        *(
            refused(code="header_duplicate", value=name, expected="a name once and not blank")
            for name in doubled
        ),
        refused(
            code="header_changed",
            value=mapping.delimiter.join(header.cells),
            expected=f"the header of {mapping.label}; the file's is {difference}",
            mend="Ask the exchange what changed, then declare it: "
            f"feeshare mapping propose {place} --like {mapping.name}",
        ),
    )


def _other_delimiter(mapping: Mapping, data: bytes) -> str | None:
    """Return what parts a file's cells instead of the declared delimiter, if that is all."""
    if mapping.container != "csv":
        return None
    lines = first_lines(data, mapping.encoding, 1)
    if lines and (line := DELIMITER_LINE.fullmatch(lines[0])):
        return line[0]
    for delimiter in DELIMITERS:
        rows = _first_rows(mapping, data, delimiter)
        if header_among(rows, mapping.header, mapping.preamble_lines).cells == mapping.header:
            return delimiter
    return None


def _nearness(mapping: Mapping, data: bytes) -> float:
    """Return which part of the names a file shares with a mapping, under any delimiter."""
    delimiters = DELIMITERS if mapping.container == "csv" else (mapping.delimiter,)
    return max(
        nearness(mapping.header, row)
        for delimiter in delimiters
        for row in [(), *_first_rows(mapping, data, delimiter)]
    )


def _first_rows(mapping: Mapping, data: bytes, delimiter: str) -> Sequence[Sequence[str]]:
    if mapping.container == "csv":
        lines = first_lines(data, mapping.encoding, PREAMBLE_MAX + 1)
        return [cells_of(line, delimiter) for line in lines]
    return table_of(mapping, data).first_rows(PREAMBLE_MAX + 1)
