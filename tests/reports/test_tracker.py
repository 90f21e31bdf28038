from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

from payouts import proposals
from reports import tracker
from reports.query import Asked
from reports.report import Cell, Report
from support import sample_books, sample_payouts, votes
from support.books import Books
from support.sample_entries import MADE_AT


def report(books: Books, asked: Asked | None = None) -> Report:
    with books.read() as session:
        return tracker.build(session, asked or Asked(), MADE_AT)


def records(of: Report) -> list[dict[str, Cell]]:
    names = [column.name for column in of.columns]
    return [dict(zip(names, row, strict=True)) for row in of.rows]


def test_a_distribution_shows_its_proposal_and_what_remains_of_it(books: Books) -> None:
    sample_books.open_books(books)
    sample_payouts.authorise(books)

    first, second = records(report(books))

    assert (first["proposal_id"], first["recipient"]) == ("hbot.eth/0x1", "ada")
    assert first["distributed_to_date"] == Decimal("1000.000000000000000001")
    assert first["remaining"] == Decimal("3999.999999999999999999")
    assert (first["paid"], first["payment_reference"]) == (Decimal(0), None)
    assert (second["proposal_id"], second["recipient"]) == ("hbot.eth/0x2", None)
    assert (second["amount"], second["remaining"]) == (None, Decimal(5000))


def test_what_was_settled_shows_as_paid_with_its_transfer(books: Books) -> None:
    sample_books.fill(books)
    sample_payouts.settle_distribution(books)

    (first, _) = records(report(books))

    assert first["paid"] == first["amount"] == Decimal("1000.000000000000000001")
    assert (first["chain"], first["payment_reference"]) == ("ethereum", "0xbeef:2")
    assert {tie.difference for tie in report(books).tie_outs} == {Decimal(0)}
    before = records(report(books, Asked(as_of=date(2023, 11, 20))))
    assert before[0]["paid"] == Decimal(0)


def test_distributions_tie_to_the_books(books: Books) -> None:
    sample_books.fill(books)

    found = report(books)

    assert {tie.difference for tie in found.tie_outs} == {Decimal(0)}
    assert {tie.check: tie.left for tie in found.tie_outs}["distributed = journal entries"] == (
        Decimal("1000.000000000000000001")
    )


def test_a_month_shows_what_was_distributed_or_passed_in_it(books: Books) -> None:
    sample_books.fill(books)

    assert len(report(books, Asked(period=date(2023, 10, 1))).rows) == 2
    assert report(books, Asked(period=date(2023, 11, 1))).rows == []
    assert report(books, Asked(as_of=date(2023, 10, 4))).rows == []
    assert report(books, Asked(known_at=2)).rows == []


def test_more_than_was_approved_does_not_tie() -> None:
    row = SimpleNamespace(
        commodity="HBOT",
        approved=Decimal(10),
        to_date=Decimal("10.5"),
        amount=Decimal("10.5"),
        booked_owed=Decimal("10.5"),
        paid=None,
        booked=None,
    )

    off = [tie for tie in tracker.tie_outs([cast("Any", row)]) if tie.difference]

    assert [(tie.check, tie.difference) for tie in off] == [
        ("distributed beyond what was approved", Decimal("0.5"))
    ]


def test_a_distribution_shows_the_vote_that_authorised_it_where_one_was_seen(
    books: Books,
) -> None:
    votes.passed(books)
    with books.write() as change:
        proposals.add(
            change,
            space="hbot.eth",
            proposal_hash="0x2",
            label="HGP-1",
            title="by its source alone",
            passed_on=date(2023, 10, 20),
            amount=Decimal(1),
            source="the forum",
        )

    first, second = records(report(books))

    assert first["rule_version"] == "governance-hgp version 7, from 2023-07-18"
    assert (first["votes_for"], first["votes_against"]) == (
        Decimal(25_000_000),
        Decimal(4_000_000),
    )
    assert (first["quorum_required"], first["quorum_met"]) == (Decimal(30_000_000), True)
    assert (first["votes_in"], first["snapshot_url"]) == ("HBOT", None)
    assert {second[name] for name in ("rule_version", "votes_for", "votes_in", "quorum_met")} == {
        None
    }
