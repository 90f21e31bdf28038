from datetime import date
from decimal import Decimal

import pytest

from ledger import policies
from ledger.errors import BadInput, UnknownReference
from ledger.revenue import exceptions, statements
from ledger.revenue.expectations import months_until
from support.books import Books
from support.fee_shares import agree, open_exchange, stage, state
from support.matching import matched
from support.receipts import line

DAY = date(2023, 12, 20)


@pytest.fixture
def waiting(books: Books) -> tuple[str, str, str]:
    """Give a statement that nobody paid, one paid too much, and two lines that nobody knows."""
    open_exchange(books)
    stream = agree(books, {"Ada": "1"})
    overdue = state(books, stream, "1000")
    over = state(books, agree(books, {"Ada": "1"}), "10")
    matched(books, line(books, "15"), over, difference="overpaid")
    strange = line(books, "7", "Nobody")
    line(books, "-3", "")
    return overdue, over, strange


def found(books: Books, day: date = DAY) -> dict[str, exceptions.OpenException]:
    with books.read() as session:
        return {each.id: each for each in exceptions.open_exceptions(session, day)}


def test_everything_that_waits_is_an_exception_with_an_age_and_a_next_action(
    books: Books, waiting: tuple[str, str, str]
) -> None:
    overdue, over, strange = waiting
    all_of_it = found(books)
    kinds = {each.id: each.kind for each in all_of_it.values()}
    assert kinds[f"line:{strange}"] == "unmatched-receipt"
    assert kinds[f"receivable:{overdue}"] == "receivable-overdue"
    assert kinds[f"credit:{over}"] == "credit-unused"
    assert sorted(kinds.values()).count("unmatched-payment") == 1
    late = [each for each in all_of_it.values() if each.kind == "statement-late"]
    assert [each.id.rpartition(":")[2] for each in late] == ["2023-11", "2023-11"]
    receipt = all_of_it[f"line:{strange}"]
    assert (receipt.amount, receipt.age(DAY), receipt.bucket(DAY)) == (Decimal(7), 61, "61-90")
    assert receipt.next_action == f"feeshare match {strange} DOCUMENT"
    assert receipt.bucket(date(2024, 12, 1)) == "91+"
    assert receipt.age(date(2023, 1, 1)) == 0
    opened = [each.opened_on for each in all_of_it.values()]
    assert opened == sorted(opened)


def test_an_exception_is_closed_by_the_fact_itself(
    books: Books, waiting: tuple[str, str, str]
) -> None:
    overdue, _, strange = waiting
    matched(books, strange, overdue)
    matched(books, line(books, "993"), overdue)
    assert not {f"line:{strange}", f"receivable:{overdue}"} & set(found(books))


def test_a_statement_that_waits_is_an_exception_until_somebody_looked_at_it(
    books: Books,
) -> None:
    open_exchange(books)
    stream = agree(books, {"Ada": "1"})
    staged = stage(books, stream, "10")
    (waits,) = [each for each in found(books).values() if each.kind == "statement-waiting"]
    assert (waits.opened_on, waits.next_action) == (
        date(2023, 11, 3),
        f"feeshare review accept {staged}",
    )
    with books.write() as change:
        statements.reject(change, staged, reason="wrong file")
    assert found(books)[waits.id].kind == "statement-late"


def test_an_owner_and_notes_stay_with_the_id(books: Books, waiting: tuple[str, str, str]) -> None:
    identity = f"line:{waiting[2]}"
    with books.write() as change:
        assert exceptions.assign(change, identity, "ada", day=DAY)
    with books.write() as change:
        assert not exceptions.assign(change, identity, "ada", day=DAY)
        assert exceptions.assign(change, identity, "bob", day=DAY)
    with books.write("carol") as change:
        assert exceptions.note(change, identity, "asked Gate", day=DAY) == 1
        assert exceptions.note(change, identity, "no answer", day=DAY) == 2
    assert (found(books)[identity].owner, found(books)[identity].notes) == ("bob", 2)
    with books.read() as session:
        told = exceptions.notes_of(session, identity)
        assert [(each.written_by, each.text) for each in told] == [
            ("carol", "asked Gate"),
            ("carol", "no answer"),
        ]


def test_nothing_is_said_about_what_is_not_open_or_without_words(
    books: Books, waiting: tuple[str, str, str]
) -> None:
    digest = books.digest()
    for refused in ("line:none", f"receivable:{waiting[1]}"):
        with pytest.raises(UnknownReference, match="open exception"), books.write() as change:
            exceptions.note(change, refused, "text", day=DAY)
    identity = f"line:{waiting[2]}"
    with pytest.raises(BadInput, match="evidence_missing"), books.write() as change:
        exceptions.note(change, identity, " ", day=DAY)
    with pytest.raises(BadInput, match="evidence_missing"), books.write() as change:
        exceptions.assign(change, identity, "", day=DAY)
    assert books.digest() == digest


def test_what_lines_leave_open_is_held_against_a_limit_by_commodity(
    books: Books, waiting: tuple[str, str, str]
) -> None:
    del waiting
    with books.read() as session:
        assert exceptions.beyond_limit(session, DAY) == {"USDT": Decimal(10)}
        assert exceptions.beyond_limit(session, date(2023, 1, 1)) == {}
    with books.write("maker") as change:
        policies.propose(
            change,
            "exception-limit",
            {"USDT": "10"},
            effective_from=date(2023, 10, 1),
            reason="small change",
        )
    with books.write("checker") as change:
        policies.confirm(change, "exception-limit", 2)
    with books.read() as session:
        assert exceptions.beyond_limit(session, DAY) == {}


def test_books_without_statements_know_of_no_month(books: Books) -> None:
    with books.read() as session:
        assert list(months_until(session, DAY)) == []
        assert exceptions.open_exceptions(session, DAY) == []
