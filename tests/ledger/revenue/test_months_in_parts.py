import itertools
from decimal import Decimal

import pytest
from sqlalchemy import select

from ledger.balances import document_balance
from ledger.errors import Conflict, NeedsReview, ReferenceReused
from ledger.revenue import months_in_parts, restatements, review, statements, warnings
from ledger.revenue.mapping import load_mapping
from ledger.revenue.rows import SetAside, StatementRow
from ledger.revenue.staging_tables import StatementReading
from ledger.revenue.standings import accruals_of
from ledger.revenue.stated import all_stated
from ledger.revenue.tables import Statement
from support.books import Books
from support.fee_shares import accrue, agree, open_exchange, pay
from support.staged import stage_rows
from support.statement_rows import aside, row

RECEIVABLE = "assets:receivable:fee-share"

DAILY = load_mapping(
    """
name: daily
version: 1
kind: statement
exchange: Gate
encoding: utf-8
delimiter: ","
decimal_mark: "."
date_format: YYYY-MM-DD
in_parts: true
header: [Day, Pair, Share, Volume, Fees, Coin]
columns: {period: Day, fee_share: Share, volume: Volume, trading_fees: Fees, currency: Coin}
""",
    "daily.yaml",
)


@pytest.fixture
def stream(books: Books) -> str:
    open_exchange(books)
    return agree(books, {"Ada": "1"})


def day(number: int, stream: str, on: str, amount: str) -> StatementRow:
    cells = (f"2023-10-{on}", "BTC", amount, "100", "5", "USDT")
    return row(number, amount, cells=cells, stream=stream, volume="100", trading_fees="5")


def part(books: Books, *rows: StatementRow | SetAside, file: str, restates: bool = False) -> str:
    """Stage a file of a month; return the statement's id."""
    with books.write() as change:
        (staged,) = stage_rows(
            change, DAILY, rows, file=file.encode(), in_parts=True, restates=restates
        )
        return staged.statement.id


def accept(books: Books, identity: str) -> None:
    with books.write() as change:
        restatements.accept(change, identity)


def receivable(books: Books) -> Decimal:
    with books.read() as session:
        (stated,) = all_stated(session)
        balance = document_balance(session, RECEIVABLE, stated.document, "USDT")
        assert balance == stated.amount
        return balance


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_parts_of_a_month_add_up_in_any_order(
    books: Books, stream: str, order: tuple[int, ...]
) -> None:
    rows = [day(2, stream, f"{10 * at + 1:02}", str(at + 1)) for at in range(3)]
    for at in order:
        staged = part(books, rows[at], file=f"file {at}")
        accept(books, staged)
    assert receivable(books) == 6


def test_parts_may_wait_together_and_be_accepted_in_any_order(books: Books, stream: str) -> None:
    first = part(books, day(2, stream, "01", "1"), file="a")
    second = part(books, day(2, stream, "02", "2"), file="b")
    accept(books, second)
    assert receivable(books) == 2
    accept(books, first)
    assert receivable(books) == 3
    with books.read() as session:
        (stated,) = all_stated(session)
        assert (stated.document, set(stated.in_force)) == (second, {first, second})


def test_a_row_that_another_part_has_is_skipped_and_a_true_repeat_stays(
    books: Books, stream: str
) -> None:
    same = [day(number, stream, "01", "1") for number in (2, 3)]
    accept_all(books, part(books, *same, file="a"))
    staged = part(books, *same, day(4, stream, "01", "1"), day(5, stream, "02", "4"), file="b")
    with books.read() as session:
        reading = session.get_one(StatementReading, staged)
        counted = (reading.rows_in, reading.rows_skipped, reading.rows_quarantined)
        assert counted == (4, 2, 0)
        assert (reading.volume, reading.trading_fees) == (Decimal(200), Decimal(10))
    accept_all(books, staged)
    assert receivable(books) == 7


def accept_all(books: Books, identity: str) -> None:
    """Accept a part whatever it warns of."""
    with books.write() as change:
        warnings.acknowledge(change, identity, code=None, reason="seen")
        restatements.accept(change, identity)


def test_another_file_with_rows_that_are_known_stages_nothing(books: Books, stream: str) -> None:
    first = part(books, day(2, stream, "01", "1"), day(3, stream, "02", "1"), file="a")
    with books.write() as change:
        rows = [day(2, stream, "02", "1")]
        (again,) = stage_rows(change, DAILY, rows, file=b"b", in_parts=True)
        assert (again.statement.id, again.new) == (first, False)
    with books.read() as session:
        assert session.scalars(select(Statement.id)).all() == [first]


def test_a_file_with_nothing_new_changes_nothing(books: Books, stream: str) -> None:
    part(books, day(2, stream, "01", "1"), day(3, stream, "02", "1"), file="a")
    digest = books.digest()
    with books.write() as change:
        rows = [day(2, stream, "02", "1")]
        (again,) = stage_rows(change, DAILY, rows, file=b"a", in_parts=True)
        assert again.new is False
    assert books.digest() == digest


def test_a_row_with_other_amounts_than_another_part_has_is_quarantined(
    books: Books, stream: str
) -> None:
    accept(books, part(books, day(2, stream, "01", "1"), file="a"))
    staged = part(books, day(2, stream, "01", "9"), day(3, stream, "02", "4"), file="b")
    with books.read() as session:
        (held,) = review.in_quarantine(session, staged)
        assert (held.row, held.codes) == (2, "row_restated")
        assert "row 2 of" in held.told


def x_and_y(stream: str) -> list[StatementRow]:
    return [day(2, stream, "01", "10"), day(3, stream, "02", "1")]


def y_and_z(stream: str) -> list[StatementRow]:
    return [day(2, stream, "02", "1"), day(3, stream, "03", "5")]


@pytest.mark.parametrize("accepted_first", [True, False])
def test_rows_left_out_for_a_part_that_is_gone_come_back_with_their_file(
    books: Books, stream: str, *, accepted_first: bool
) -> None:
    first = part(books, *x_and_y(stream), file="a")
    second = part(books, *y_and_z(stream), file="b")
    if accepted_first:
        accept(books, first)
        accept_all(books, second)
        assert receivable(books) == 16
        with books.write() as change:
            restatements.withdraw(change, first, reason="wrong")
    else:
        with books.write() as change:
            statements.reject(change, first, reason="wrong")
        with pytest.raises(NeedsReview, match=f"1 rows that {second} leaves out") as refusal:
            accept_all(books, second)
        assert "feeshare import file.csv" in (refusal.value.mend or "")
    with books.read() as session:
        assert months_in_parts.missing_in(session, "2023-10") == {second: 1}
    third = part(books, *y_and_z(stream), file="b")
    assert third not in {first, second}
    with books.read() as session:
        assert months_in_parts.missing_in(session, "2023-10") == {}
    for each in (third, second):
        accept_all(books, each)
    assert receivable(books) == 6
    assert part(books, *y_and_z(stream), file="b") in {second, third}


def test_true_repeats_left_out_for_a_part_that_is_gone_are_counted(
    books: Books, stream: str
) -> None:
    same = [day(number, stream, "01", "1") for number in (2, 3, 4)]
    first = part(books, *same[:2], file="a")
    second = part(books, *same, file="b")
    accept_all(books, first)
    accept_all(books, second)
    with books.write() as change:
        restatements.withdraw(change, first, reason="wrong")
    with books.read() as session:
        assert months_in_parts.missing_in(session, "2023-10") == {second: 2}
    accept_all(books, part(books, *same, file="b"))
    assert receivable(books) == 3


def test_a_row_that_another_part_has_in_quarantine_is_held_once(books: Books, stream: str) -> None:
    cells = ("2023-10-01", "BTC", "x", "100", "5", "USDT")
    first = part(books, aside(2, cells=cells), day(3, stream, "02", "1"), file="a")
    again, repeat = aside(2, cells=cells), aside(3, cells=cells)
    second = part(books, again, repeat, day(4, stream, "03", "4"), file="b")
    with books.read() as session:
        held = [len(review.in_quarantine(session, each)) for each in (first, second)]
    assert held == [1, 1]


def test_a_row_restated_once_is_held_once(books: Books, stream: str) -> None:
    accept(books, part(books, day(2, stream, "01", "1"), file="a"))
    second = part(books, day(2, stream, "01", "9"), day(3, stream, "02", "4"), file="b")
    third = part(books, day(2, stream, "01", "9"), day(3, stream, "03", "4"), file="c")
    with books.read() as session:
        held = [len(review.in_quarantine(session, each)) for each in (second, third)]
    assert held == [1, 0]


def test_a_month_sent_again_whole_replaces_its_parts(books: Books, stream: str) -> None:
    for at in (1, 2):
        accept(books, part(books, day(2, stream, f"0{at}", "3"), file=str(at)))
    whole = part(
        books, day(2, stream, "01", "3"), day(3, stream, "02", "5"), file="whole", restates=True
    )
    accept(books, whole)
    assert receivable(books) == 8


def test_a_part_is_taken_back_by_itself(books: Books, stream: str) -> None:
    names = [part(books, day(2, stream, f"0{at}", str(at)), file=str(at)) for at in (1, 2, 3)]
    for name in names:
        accept(books, name)
    with books.write() as change:
        statements.withdraw(change, names[1], reason="of another exchange")
    assert receivable(books) == 4
    # The same file again is staged anew: it was taken back.
    assert part(books, day(2, stream, "02", "2"), file="2") not in names


def test_what_a_whole_replaced_is_neither_taken_back_nor_accepted(
    books: Books, stream: str
) -> None:
    first = part(books, day(2, stream, "01", "3"), file="a")
    late = part(books, day(2, stream, "02", "3"), file="b")
    accept(books, first)
    with books.write() as change:
        statements.reject(change, late, reason="wait")
    late = part(books, day(2, stream, "03", "3"), file="c")
    with pytest.raises(ReferenceReused, match="from another file"):
        part(books, day(2, stream, "01", "9"), file="whole", restates=True)
    accept(books, late)
    whole = part(books, day(2, stream, "01", "9"), file="whole", restates=True)
    accept(books, whole)
    digest = books.digest()
    with pytest.raises(Conflict, match="not in force"), books.write() as change:
        statements.withdraw(change, first, reason="r")
    assert books.digest() == digest
    assert receivable(books) == 9


def test_shares_follow_the_parts(books: Books, stream: str) -> None:
    first = part(books, day(2, stream, "01", "100"), file="a")
    accept(books, first)
    accrue(books)
    accept(books, part(books, day(2, stream, "02", "50"), file="b"))
    pay(books, first, Decimal(150))
    with books.read() as session:
        (stated,) = all_stated(session)
        (accrual,) = accruals_of(session, stated)
    assert (accrual.amount, accrual.due) == (Decimal(30), Decimal(30))


def test_another_file_that_says_only_what_is_known_is_the_statement_it_repeats(
    books: Books, stream: str
) -> None:
    rows = [day(2, stream, "01", "1"), day(3, stream, "02", "1")]
    first = part(books, *rows, file="a")
    assert part(books, rows[1], file="b") == first
    # One row of another amount has to be seen by a person.
    assert part(books, day(2, stream, "02", "9"), file="c") != first
