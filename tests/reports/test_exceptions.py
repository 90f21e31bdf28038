from datetime import date

from ledger.revenue import exceptions
from reports.exceptions import build
from reports.query import Asked
from support.books import Books
from support.fee_shares import agree, open_exchange, state
from support.matching import matched
from support.receipts import line
from support.sample_entries import MADE_AT


def test_what_is_open_has_its_age_and_owner_and_what_was_looked_after_is_closed(
    books: Books,
) -> None:
    open_exchange(books)
    document = state(books, agree(books, {"Ada": "1"}), "1000")
    came = line(books, "900")
    other = line(books, "7", "Nobody", on=date(2023, 10, 21))
    day = date(2023, 11, 3)
    with books.write() as change:
        exceptions.assign(change, f"line:{came}", "ada", day=day)
        exceptions.note(change, f"line:{came}", "October's", day=day)
    with books.read() as session:
        before = build(session, Asked(as_of=day), MADE_AT)
    matched(books, came, document)
    with books.read() as session:
        after = build(session, Asked(as_of=day), MADE_AT)
    names = [column.name for column in after.columns]

    def told(rows: object, *wanted: str) -> list[tuple[object, ...]]:
        assert isinstance(rows, list)
        return [tuple(row[names.index(name)] for name in wanted) for row in rows]

    columns = ("exception_id", "status", "owner", "last_note", "value_at_risk")
    assert told(before.rows, *columns) == [
        (f"line:{came}", "open", "ada", "October's", 900),
        (f"line:{other}", "open", None, None, 7),
    ]
    assert told(after.rows, *columns) == [
        (f"line:{other}", "open", None, None, 7),
        (f"line:{came}", "closed", "ada", "October's", None),
    ]
    for report in (before, after):
        assert {tie.difference for tie in report.tie_outs} == {0}
