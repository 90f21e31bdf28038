from datetime import date
from decimal import Decimal

import pytest

from reports import payables_ageing
from reports.query import Asked
from support import sample_books
from support.books import Books
from support.fee_shares import accrue, agree, open_exchange, pay, state
from support.sample_entries import MADE_AT


@pytest.fixture
def due(books: Books) -> Books:
    open_exchange(books)
    document = state(books, agree(books, {"Ada": "0.6", "Bob": "0.4"}), "1000")
    accrue(books)
    pay(books, document, Decimal(600))
    return books


def test_what_is_due_and_not_paid_stands_in_the_bucket_of_its_age(due: Books) -> None:
    with due.read() as session:
        report = payables_ageing.build(session, Asked(as_of=date(2023, 12, 15)), MADE_AT)
        of_bob = payables_ageing.build(session, Asked(payee="bob"), MADE_AT)
        before = payables_ageing.build(session, Asked(as_of=date(2023, 10, 19)), MADE_AT)
    names = [column.name for column in report.columns]
    first = dict(zip(names, report.rows[0], strict=True))
    assert (first["payee_id"], first["amount"], first["age_days"]) == ("ada", 72, 45)
    assert (first["d31_60"], first["d1_30"]) == (72, None)
    assert [row[0] for row in of_bob.rows] == ["bob"]
    assert before.rows == []
    for each in (report, of_bob, before):
        assert {tie.difference for tie in each.tie_outs} <= {Decimal(0)}


def test_what_was_settled_is_owed_no_more_and_ties(books: Books) -> None:
    sample_books.fill(books)
    with books.read() as session:
        for day in (date(2023, 10, 31), date(2023, 11, 30)):
            report = payables_ageing.build(session, Asked(as_of=day), MADE_AT)
            assert {tie.difference for tie in report.tie_outs} <= {Decimal(0)}
