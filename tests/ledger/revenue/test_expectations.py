from datetime import date

from ledger.revenue import restatements, statements, warnings
from ledger.revenue.expectations import Expected, expected, payment_due
from support.books import Books
from support.fee_shares import MAPPING, agree, open_exchange, state
from support.staged import stage_rows
from support.statement_rows import row


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
        assert due(f"gate:{stream}:usdt", "2020-01") == date(2020, 1, 31)


def test_what_was_waived_is_never_late() -> None:
    waived = Expected(
        agreement="a",
        exchange="x",
        period="2023-10",
        expected_by=date(2023, 11, 10),
        state="waived",
    )
    assert waived.days_late(date(2024, 1, 1)) == 0


def standing(books: Books) -> str:
    with books.read() as session:
        (each,) = expected(session, date(2023, 10, 1))
        return each.state


def test_a_first_part_that_states_nothing_came_like_any_other(books: Books) -> None:
    open_exchange(books)
    stream = agree(books, {"Ada": "1"})
    with books.write() as change:
        nothing = row(2, "0", cells=("2023-10-01", "0", "USDT"), stream=stream)
        (staged,) = stage_rows(change, MAPPING, [nothing], in_parts=True)
        document = staged.statement.id
    assert standing(books) == "held"
    with books.write() as change:
        warnings.acknowledge(change, document, code=None, reason="a day without trades")
    assert standing(books) == "staged"
    with books.write() as change:
        restatements.accept(change, document)
    assert standing(books) == "accepted"


def test_what_was_taken_back_is_missing_until_the_month_is_waived(books: Books) -> None:
    open_exchange(books)
    stream = agree(books, {"Ada": "1"})
    document = state(books, stream, "10")
    assert standing(books) == "accepted"
    with books.write() as change:
        statements.withdraw(change, document, reason="of another partner")
    assert standing(books) == "missing"
    with books.write() as change:
        statements.waive(change, f"gate:{stream}:usdt", "2023-10", reason="none will come")
    assert standing(books) == "waived"
    state(books, stream, "11")
    assert standing(books) == "accepted"


def test_terms_that_say_no_day_share_the_policys(books: Books) -> None:
    open_exchange(books)
    for _ in range(2):
        agree(books, {"Ada": "1"})
    with books.read() as session:
        days = [each.expected_by for each in expected(session, date(2023, 10, 1))]
    assert days == [date(2023, 11, 10)] * 2
