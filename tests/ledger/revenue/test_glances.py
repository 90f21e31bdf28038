"""What a glance takes is what a close look takes: the same rows, problems, warnings and totals."""

from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.mutations import mutated
from fuzz.reading import content, declared, samples
from ledger.errors import Problem
from ledger.money import MAX_SCALE
from ledger.revenue.cells import key_parser
from ledger.revenue.glances import Glances
from ledger.revenue.mapping import Mapping, load_mapping
from ledger.revenue.quantities import Marks, number_parser
from ledger.revenue.reading import read_all
from ledger.revenue.rows import Row, StatementRow
from support.mappings import COMMODITIES

FILES = 400

MAPPING = """
name: users
version: 1
kind: statement
exchange: Gate
encoding: utf-8
delimiter: ","
decimal_mark: "."
date_format: YYYY-MM-DD
header: [Day, Venue, User, Coin, Fees, Rate, Share, Status, Note]
columns:
  {period: Day, exchange: Venue, user: User, currency: Coin, trading_fees: Fees, rate: Rate,
   fee_share: Share, memo: Note}
rate_unit: fraction
row_tolerance: "0.05"
skip:
  - {column: Status, text: cancelled, reason: cancelled by the exchange}
footer_total: {label_column: Day, label: Total, amount_column: Share}
footer_lines: ["--"]
"""

HEADER_LIKE_A_ROW = """
name: odd
version: 1
kind: statement
exchange: Gate
encoding: utf-8
delimiter: ","
decimal_mark: "."
date_format: YYYY-MM-DD
header: ["2023-10-01", "1"]
columns: {period: "2023-10-01", fee_share: "1"}
constants: {currency: USDT}
"""

USUAL = ("2023-10-05", "Gate", "u1", "USDT", "10", "0.4", "4", "paid", "")
LAST = ("Total", *[""] * 5, "{total}", "", "")

ODDITIES = (
    *((0, text) for text in ("2023-11-05", "2099-10-05", "5 October", "", "--", "Total")),
    *((1, text) for text in ("KuCoin", " Gate", "G\u200bate")),
    *((2, text) for text in ("u2", " u3 ", "=u4", "\N{CYRILLIC SMALL LETTER A}dam", "a<b", "")),
    *((3, text) for text in ("USDC", "usdt", "XYZ")),
    *((4, text) for text in ("10.000001", "1e1", "", "11")),
    *((5, text) for text in ("0.5", "40%")),
    *((6, text) for text in ("0", "4.0000001", "4.01", "4.1", "-4", "4,0", '"4"')),
    (7, "cancelled"),
    *((8, text) for text in ("a note", "=note", "\t")),
)

Seen = tuple[list[Row], list[Problem], list[Problem], dict[str, object], int]


def seen(mapping: Mapping, data: bytes) -> Seen:
    reading, rows = read_all(
        mapping, data, "users.csv", commodities=COMMODITIES, today=date(2024, 1, 1)
    )
    totals: dict[str, object] = {**reading.control_totals}
    return rows, reading.problems, reading.warnings, totals, reading.rows_in


def closely(mapping: Mapping, data: bytes) -> Seen:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Glances, "rows", lambda *_: None)
        return seen(mapping, data)


def at_a_glance(mapping: Mapping, data: bytes, size: int) -> tuple[Seen, int]:
    """Return what is read in blocks of a size, and how many rows were taken at a glance."""
    taken: list[Row] = []
    glance = Glances.rows

    def counting(self: Glances, first: int, block: list[list[str]]) -> object:
        rows = glance(self, first, block)
        taken.extend(rows or ())
        return rows

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ledger.revenue.reading.RECORDS_AT_ONCE", size)
        patch.setattr(Glances, "rows", counting)
        return seen(mapping, data), len(taken)


def changed(changes: list[tuple[int, str] | str]) -> Iterator[str]:
    """Yield lines: usual ones, each with one cell changed, or a text instead."""
    for change in changes:
        if isinstance(change, str):
            yield change
        else:
            cells = [*USUAL]
            cells[change[0]] = change[1]
            yield ",".join(cells)


ODD_LINES = (
    "2023-10-05,Gate,u1,USDT,0,0.4,0,paid,",
    *("", ",,,,,,,,", "2023-10-05,Gate", "Day", "Total,,,,,,8,,"),
)

LINES = st.just((7, "paid")) | st.sampled_from([*ODDITIES, *ODD_LINES])


@given(
    changes=st.lists(LINES, min_size=1, max_size=12),
    size=st.integers(1, 4),
    has_total=st.booleans(),
)
def test_a_glance_takes_what_a_close_look_takes(
    *, changes: list[tuple[int, str] | str], size: int, has_total: bool
) -> None:
    mapping = load_mapping(MAPPING, "users.yaml")
    header = ",".join(mapping.header)
    total = ",".join(LAST).format(total=4 * len(changes)) if has_total else ""
    data = "\n".join([header, *changed(changes), total, ""]).encode()
    assert at_a_glance(mapping, data, size)[0] == closely(mapping, data)


@pytest.mark.parametrize("odd", [*ODDITIES, *ODD_LINES], ids=repr)
def test_one_odd_row_is_seen_among_usual_ones(odd: tuple[int, str] | str) -> None:
    mapping = load_mapping(MAPPING, "users.yaml")
    usual = (7, "paid")
    lines = [",".join(mapping.header), *changed([usual, usual, odd, usual])]
    for end in ("", ",".join(LAST).format(total=16)):
        data = "\n".join([*lines, end, ""]).encode()
        for size in (1, 2, 3):
            assert at_a_glance(mapping, data, size)[0] == closely(mapping, data)


def test_a_header_that_could_be_a_row_is_none() -> None:
    mapping = load_mapping(HEADER_LIKE_A_ROW, "odd.yaml")
    data = b"2023-10-01,1\n2023-10-02,5\n2023-10-01,1\n2023-10-03,5\n"
    rows = at_a_glance(mapping, data, 1)[0][0]
    assert [isinstance(row, StatementRow) for row in rows] == [True, False, True]


def test_files_that_went_wrong_are_read_the_same_at_a_glance_and_closely() -> None:
    usual = [path for path in samples()[0] if declared(path).container == "csv"]
    count = 0
    for seed in range(FILES):
        path = usual[seed % len(usual)]
        data = mutated(content(path), seed)
        found, taken = at_a_glance(declared(path), data, 1 + seed % 3)
        assert found == closely(declared(path), data), f"seed {seed}"
        count += taken
    assert count > FILES


def test_usual_rows_are_taken_at_a_glance_and_odd_ones_are_not() -> None:
    mapping = load_mapping(MAPPING, "users.yaml")
    row = ",".join(USUAL)
    lines = [",".join(mapping.header), *[row] * 6, row.replace("Gate", " Gate"), *[row] * 3]
    data = "\n".join([*lines, ",".join(LAST).format(total=40), ""]).encode()
    (rows, problems, warnings, _, _), taken = at_a_glance(mapping, data, 2)
    assert (len(rows), problems, len(warnings), taken) == (10, [], 1, 8)


KEYS = st.text(st.characters(min_codepoint=32, max_codepoint=126)) | st.text()


@given(st.lists(KEYS, min_size=1, max_size=3))
def test_a_key_at_a_glance_is_the_key(texts: list[str]) -> None:
    read = key_parser()
    column = read.column(texts)
    assert [*map(read, texts)] == [*map(read.look, texts)]
    assert column in (None, [*map(read.look, texts)])


@pytest.mark.parametrize("mark", [".", ","])
@given(texts=st.lists(st.text("0123456789.,- ", min_size=1), min_size=1, max_size=3))
def test_a_number_at_a_glance_is_the_number(mark: str, texts: list[str]) -> None:
    marks = Marks(decimal=mark, grouping=None)
    read = number_parser(marks=marks, scale=MAX_SCALE, signed=False)
    assert [*map(read, texts)] == [*map(read.look, texts)]
    assert read.column(texts) in (None, [*map(read.look, texts)])
