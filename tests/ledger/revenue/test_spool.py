from ledger.revenue.spool import ROWS_AT_ONCE, Spool


def test_a_spool_gives_back_what_it_took_as_often_as_asked() -> None:
    spool = Spool()
    assert list(spool) == []
    rows = [(number, str(number), None) for number in range(2 * ROWS_AT_ONCE + 3)]
    for row in rows:
        spool.add(row)
    assert list(spool) == rows
    assert list(spool) == rows


def test_rows_added_together_are_kept_as_those_added_alone() -> None:
    spool = Spool()
    rows = [(number,) for number in range(ROWS_AT_ONCE + 2)]
    spool.add(rows[0])
    spool.add(*rows[1:-1])
    spool.add(rows[-1])
    assert list(spool) == rows


def test_a_few_rows_need_no_file() -> None:
    spool = Spool()
    spool.add((1, "a"))
    assert spool._file is None
    assert list(spool) == [(1, "a")]
