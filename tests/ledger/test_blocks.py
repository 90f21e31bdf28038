import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from ledger.blocks import blocks_of, lines_of

CELLS = st.text() | st.text(',"\r\n ')


@given(st.lists(st.integers()), st.integers(1, 5))
def test_blocks_are_the_items_in_their_order(items: list[int], size: int) -> None:
    blocks = list(blocks_of(items, size))
    assert [item for block in blocks for item in block] == items
    assert all(len(block) == size for block in blocks[:-1])
    assert all(blocks)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1))
def test_lines_are_as_a_careful_writer_spells_them_or_left_to_it(
    rows: list[list[str]],
) -> None:
    careful = io.StringIO(newline="")
    csv.writer(careful, lineterminator="\n").writerows(rows)
    assert lines_of(rows, ",", "\n", escaped='"\r') in (None, careful.getvalue())


def test_plain_rows_are_lines() -> None:
    assert lines_of([("a", ""), ("b", "c d")], ",", "\n", escaped='"') == "a,\nb,c d\n"
    for sign in (",", "\n", '"'):
        assert lines_of([("a", "b"), ("c", sign)], ",", "\n", escaped='"') is None
