from datetime import date

from ledger.revenue.expectations import Expected, expected, payment_due
from support.books import Books
from support.fee_shares import agree, open_exchange, state


def test_a_statement_is_late_until_it_comes_and_money_is_due_by_the_terms(books: Books) -> None:
    open_exchange(books)
    stream = agree(books, {"Ada": "1"})
    month = date(2023, 10, 1)

    def found() -> Expected:
        with books.read() as session:
            (each,) = expected(session, month)
            return each

    assert (found().state, found().days_late(date(2023, 11, 12))) == ("missing", 2)
    assert found().days_late(date(2023, 11, 10)) == 0
    document = state(books, stream, "10")
    assert (found().state, found().statement) == ("accepted", document)
    # It came on 3 November, a week before it was expected.
    assert found().days_late(date(2024, 1, 1)) == 0
    with books.read() as session:
        due = payment_due(session)
        assert due(f"gate:{stream}:usdt", "2023-10") == date(2023, 11, 30)
        assert due("nobody", "2023-10") == date(2023, 10, 31)


def test_what_was_waived_is_never_late() -> None:
    waived = Expected(
        agreement="a",
        exchange="x",
        period="2023-10",
        expected_by=date(2023, 11, 10),
        state="waived",
    )
    assert waived.days_late(date(2024, 1, 1)) == 0
