from decimal import Decimal

import pytest

from ledger.errors import UnknownReference
from ledger.revenue import restatements, review, statements, warnings
from ledger.revenue.review import Correction
from ledger.revenue.tables import Statement
from reports import catalogue
from reports.query import Asked
from reports.report import Cell, Report
from support.books import Books
from support.fee_shares import MAPPING, accrue, agree, open_exchange, state
from support.sample_entries import MADE_AT
from support.staged import stage_rows
from support.statement_rows import aside, row


def report(books: Books, name: str, **asked: str | int) -> Report:
    with books.read() as session:
        return catalogue.build(session, name, Asked(**asked), MADE_AT)  # type: ignore[arg-type]


def records(of: Report) -> list[dict[str, Cell]]:
    assert {tie.difference for tie in of.tie_outs} <= {Decimal(0)}
    names = [column.name for column in of.columns]
    return [dict(zip(names, row, strict=True)) for row in of.rows]


@pytest.fixture
def exchange(books: Books) -> Books:
    open_exchange(books)
    return books


def stage(books: Books, stream: str, *amounts: str, file: str, held: bool = False) -> str:
    rows = [
        row(at, amount, stream=stream, cells=(f"2023-10-{at:02}", f"pair {at}", amount, "USDT"))
        for at, amount in enumerate(amounts, start=2)
    ]
    more = [aside(90)] if held else []
    with books.write() as change:
        (staged,) = stage_rows(change, MAPPING, [*rows, *more], file=file.encode())
        return staged.statement.id


def accept(books: Books, identity: str) -> None:
    with books.write() as change:
        warnings.acknowledge(change, identity, code=None, reason="seen")
        restatements.accept(change, identity)


def correct(books: Books, identity: str, number: int, amount: str) -> None:
    with books.write() as change:
        correction = Correction(row=number, fee_share=Decimal(amount), reason="asked them")
        review.correct(change, identity, [correction])


def test_the_register_says_what_became_of_every_statement(exchange: Books) -> None:
    stream = agree(exchange, {"Ada": "1"})
    first = stage(exchange, stream, "10", "5", file="a", held=True)
    (held,) = records(report(exchange, "statements"))
    assert (held["status"], held["rows_in"], held["rows_quarantined"]) == ("in quarantine", 3, 1)
    correct(exchange, first, 90, "2")
    accept(exchange, first)
    second = stage(exchange, stream, "10", file="b")
    with exchange.write() as change:
        statements.reject(change, second, reason="wrong file")
    third = stage(exchange, stream, "10", "6", file="c")
    accept(exchange, third)
    with exchange.write() as change:
        statements.withdraw(change, third, reason="a mistake")
    fourth = stage(exchange, stream, "10", "7", file="d")

    found = records(report(exchange, "statements"))

    assert [(each["statement_id"], each["status"]) for each in found] == [
        (first, "accepted"),
        (second, "rejected"),
        (third, "taken back"),
        (fourth, "staged"),
    ]
    assert [each["supersedes_id"] for each in found] == [None, first, second, third]
    assert (found[0]["total_parsed"], found[0]["corrections"]) == (Decimal(15), Decimal(2))
    assert (found[0]["rows_corrected"], found[0]["accepted_by"]) == (1, "treasurer")


def test_every_row_of_a_statement_is_told_as_it_came_and_as_it_counts(exchange: Books) -> None:
    stream = agree(exchange, {"Ada": "1"})
    statement = stage(exchange, stream, "10", "5", file="a", held=True)
    correct(exchange, statement, 90, "2")
    correct(exchange, statement, 3, "4")
    accept(exchange, statement)

    made = report(exchange, "statement-lines", statement=statement)

    told = [
        (each["source_row"], each["state"], each["fee_share"], each["counts_for"])
        for each in records(made)
    ]
    assert told == [
        (2, "posted", Decimal(10), Decimal(10)),
        (3, "posted", Decimal(5), Decimal(4)),
        (90, "quarantined", None, Decimal(2)),
    ]
    third, last = records(made)[1:]
    assert (third["corrected"], third["correction_reason"]) == (True, "asked them")
    assert str(last["why_aside"]).startswith("not_a_number")
    assert last["journal_id"] == 1
    assert dict(made.facts)["header"].startswith('["Month"')


def test_changes_of_a_statement_are_told_row_by_row_and_sum_to_the_difference(
    exchange: Books,
) -> None:
    stream = agree(exchange, {"Ada": "1"})
    first = stage(exchange, stream, "10", "5", "7", file="a")
    accept(exchange, first)
    accrue(exchange)
    rows = [
        row(2, "10", stream=stream, cells=("2023-10-02", "pair 2", "10", "USDT")),
        row(3, "6", stream=stream, cells=("2023-10-03", "pair 3", "6", "USDT")),
        row(4, "1", stream=stream, cells=("2023-10-09", "pair 9", "1", "USDT")),
    ]
    with exchange.write() as change:
        (staged,) = stage_rows(change, MAPPING, rows, file=b"b")
        second = staged.statement.id

    made = report(exchange, "statement-changes", statement=second)

    assert [
        (
            each["change"],
            each["row_old"],
            each["row_new"],
            each["columns"],
            each["effect_fee_share"],
        )
        for each in records(made)
    ] == [
        ("removed", 4, None, None, Decimal(-7)),
        ("changed", 3, 3, "Commission", Decimal(1)),
        ("added", None, 4, None, Decimal(1)),
    ]
    assert dict(made.facts) == {
        "fee_share_old": "22",
        "fee_share_new": "17",
        "maintainers_old": "4.4",
        "maintainers_new": "3.4",
    }


def test_a_version_that_says_the_same_changes_nothing(exchange: Books) -> None:
    stream = agree(exchange, {"Ada": "1"})
    accept(exchange, stage(exchange, stream, "10", file="a"))
    again = stage(exchange, stream, "10", file="b")
    assert records(report(exchange, "statement-changes", statement=again)) == []


@pytest.mark.parametrize("name", ["statement-lines", "statement-changes"])
def test_a_statement_that_is_not_there_is_refused(exchange: Books, name: str) -> None:
    with pytest.raises(UnknownReference, match="nothing"):
        report(exchange, name, statement="nothing")


def test_a_first_version_has_nothing_before_it(exchange: Books) -> None:
    statement = state(exchange, agree(exchange, {"Ada": "1"}), "10")
    with exchange.read() as session:
        assert session.get_one(Statement, statement).version == 1
    with pytest.raises(UnknownReference, match="with a version before it"):
        report(exchange, "statement-changes", statement=statement)
