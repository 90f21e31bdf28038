from datetime import date
from decimal import Decimal

from ledger.revenue import statements
from reports import statement_completeness
from reports.query import Asked
from reports.report import Cell, Report
from support.books import Books
from support.fee_shares import agree, open_exchange, stage, state
from support.sample_entries import MADE_AT


def report(books: Books, asked: Asked) -> Report:
    with books.read() as session:
        return statement_completeness.build(session, asked, MADE_AT)


def column(of: Report, name: str) -> list[Cell]:
    names = [each.name for each in of.columns]
    return [row[names.index(name)] for row in of.rows]


def test_each_agreement_has_a_row_of_the_month_here_missing_or_waived(books: Books) -> None:
    open_exchange(books)
    here, waits, late, waived = (agree(books, {"Ada": "1"}) for _ in range(4))
    state(books, here, "10")
    stage(books, waits, "10")
    with books.write() as change:
        statements.waive(change, f"gate:{waived}:usdt", "2023-10", reason="no fees")
    found = report(books, Asked(period=date(2023, 10, 1)))
    by_agreement = dict(zip(column(found, "agreement_id"), column(found, "status"), strict=True))
    assert by_agreement == {
        f"gate:{here}:usdt": "accepted",
        f"gate:{waits}:usdt": "staged",
        f"gate:{late}:usdt": "missing",
        f"gate:{waived}:usdt": "waived",
    }
    (tie,) = found.tie_outs
    assert (tie.left, tie.difference) == (Decimal(4), Decimal(0))


def test_days_late_count_to_the_day_asked_for(books: Books) -> None:
    open_exchange(books)
    stream = agree(books, {"Ada": "1"})
    state(books, stream, "10", period="2023-09")
    found = report(books, Asked(as_of=date(2023, 12, 12)))
    assert column(found, "period") == ["2023-09", "2023-10", "2023-11"]
    # September's came on 3 November and was expected by 10 October.
    assert column(found, "days_late") == [24, 32, 2]
