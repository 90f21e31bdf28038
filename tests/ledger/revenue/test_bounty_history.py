from decimal import Decimal
from typing import Any

import pytest

from ledger import parties, users
from ledger.errors import BadInput, Denied
from ledger.revenue import bounty_history
from ledger.revenue.bounty_history import HistoryStanding, Recorded, Standing
from ledger.revenue.bounty_history_findings import HistoryRow
from support.books import Books
from support.sample_tracker import history_row


def told(number: int, amount: str = "10000", **differs: object) -> HistoryRow:
    return history_row(number, amount, **differs)


def load(
    books: Books, *rows: HistoryRow, content: bytes = b"first", actor: str = "treasurer"
) -> Recorded:
    with books.write(actor) as change:
        placed = [(at, row, "site@1") for at, row in enumerate(rows, start=2)]
        return bounty_history.record(change, placed, content, "tracker.csv")


def decide(books: Books, rows: set[int], verdict: Standing, actor: str = "carol") -> list[int]:
    with books.write(actor) as change:
        found = bounty_history.decide(change, rows, verdict, reason="seen")
        return [each.row for each in found]


def standings(books: Books) -> dict[int, HistoryStanding]:
    with books.read() as session:
        return {each.history.row: each for each in bounty_history.standings(session)}


def stands(books: Books) -> dict[int, str]:
    return {row: each.standing.value for row, each in standings(books).items()}


def refused(books: Books, error: type[Exception], match: str, *asked: Any) -> None:  # noqa: ANN401
    digest = books.digest()
    with pytest.raises(error, match=match):
        decide(books, *asked)
    assert books.digest() == digest


def test_a_row_without_a_fault_counts_and_one_with_a_fault_waits(books: Books) -> None:
    assert load(books, told(1), told(2, "0")) == Recorded(new=2, restated=0, known=0, absent=[])

    assert stands(books) == {1: "accepted", 2: "waiting"}
    assert standings(books)[1].funded_by == "foundation"
    with books.sql() as connection:
        assert connection.execute("SELECT count(*) FROM postings").fetchone() == (0,)


def test_the_same_file_again_is_nothing_new_even_after_another_restated_it(books: Books) -> None:
    load(books, told(1), told(2))
    again = load(books, told(1, "9000"), content=b"second")
    digest = books.digest()

    assert again == Recorded(new=0, restated=1, known=0, absent=[2])
    assert load(books, told(1), told(2)) == Recorded(new=0, restated=0, known=2, absent=[])
    assert books.digest() == digest


def test_a_restated_row_is_another_version_and_waits_with_what_it_said_before(
    books: Books,
) -> None:
    load(books, told(1))
    assert load(books, told(1, "9000"), content=b"second").restated == 1

    found = standings(books)[1]
    assert (found.history.version, found.standing) == (2, Standing.WAITING)
    assert [each.says for each in found.findings] == [
        "told otherwise before: amount was 10000, amount_as_written was 10000"
    ]
    decide(books, {1}, Standing.ACCEPTED)
    assert load(books, told(1), content=b"third").restated == 1
    assert stands(books) == {1: "waiting"}
    with books.read() as session:
        told_so_far = [each.amount for each in bounty_history.all_of(session)]
    assert told_so_far == [Decimal(10000), Decimal(9000), Decimal(10000)]


def test_another_person_settles_rows_and_may_change_their_mind(books: Books) -> None:
    load(books, told(1), told(2, "0"))

    assert decide(books, {1, 2}, Standing.ACCEPTED) == [2]
    assert stands(books) == {1: "accepted", 2: "accepted"}
    assert decide(books, {1, 2}, Standing.REJECTED) == [1, 2]
    decision = standings(books)[2].decision
    assert decision is not None
    assert (decision.number, decision.decided_by, decision.reason) == (2, "carol", "seen")
    digest = books.digest()
    assert decide(books, {1, 2}, Standing.REJECTED) == []
    assert books.digest() == digest


def test_whoever_loaded_a_row_or_only_reads_does_not_settle_it(books: Books) -> None:
    with books.write() as change:
        users.add(change, "dora", "auditor")
    load(books, told(2, "0"))

    refused(books, Denied, "treasurer loaded row 2", {2}, Standing.ACCEPTED, "treasurer")
    refused(books, Denied, "dora is auditor", {2}, Standing.ACCEPTED, "dora")
    assert decide(books, set(), Standing.ACCEPTED, "treasurer") == []


def test_rows_that_are_not_there_and_blank_reasons_are_refused(books: Books) -> None:
    load(books, told(2, "0"))

    refused(books, BadInput, "'3'.*\n.*'4'", {2, 3, 4}, Standing.ACCEPTED)
    with books.write("carol") as change, pytest.raises(BadInput, match="evidence_missing"):
        bounty_history.decide(change, {2}, Standing.ACCEPTED, reason=" ")


def test_an_exchange_funds_by_any_of_its_names(books: Books) -> None:
    load(books, told(1, funder="DYDX"))
    assert (standings(books)[1].funded_by, stands(books)) == ("", {1: "waiting"})
    with books.write() as change:
        parties.add(change, name="dYdX", kind="exchange")
        parties.add(change, name="Ada", kind="payee")

    assert (standings(books)[1].funded_by, stands(books)) == ("dydx", {1: "accepted"})
    load(books, told(2, funder="Ada"), content=b"second")
    assert stands(books)[2] == "waiting"


def test_sums_are_by_commodity_and_only_paid_is_paid(books: Books) -> None:
    load(books, told(1), told(2, "0.5", commodity="USDC"), told(3, "7", status="Closed"))

    found = standings(books).values()
    assert bounty_history.sums(found) == {"HBOT": Decimal(10007), "USDC": Decimal("0.5")}
    assert [each.is_paid for each in found] == [True, True, False]
