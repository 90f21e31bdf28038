import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from feeshare.personal import PersonalCopy
from ledger.blocks import blocks_of
from support.statement_rows import row

HEADER = ("User", "Share")
CELLS = st.text() | st.text('u1,"\r\n ', max_size=3)


@given(st.lists(st.tuples(st.integers(0, 1), CELLS, CELLS)), st.integers(1, 4))
def test_a_record_is_written_once_whatever_block_its_rows_are_in(
    steps: list[tuple[int, str, str]], size: int
) -> None:
    """A record with several amounts gives several rows, under one number and with its cells."""
    records: list[tuple[str, str]] = []
    rows = []
    for step, *cells in steps:
        if step or not records:
            records.append((cells[0], cells[1]))
        rows.append(row(1 + len(records), "1", cells=records[-1]))
    copy = PersonalCopy(lambda cells: cells, "users.csv", HEADER)  # type: ignore[arg-type]
    hidden = [cells for block in blocks_of(rows, size) for cells in copy.hide(block)]
    copy._text.flush()
    expected = io.StringIO(newline="")
    csv.writer(expected, lineterminator="\n").writerows([HEADER, *records])
    assert copy._bytes.getvalue().decode() == expected.getvalue()
    assert hidden == [each.cells for each in rows]
