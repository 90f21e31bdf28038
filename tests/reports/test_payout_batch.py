from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ledger.errors import UnknownReference
from reports import payout_batch
from reports.query import Asked
from reports.report import Cell, Report
from support import sample_books
from support.books import Books
from support.sample_entries import MADE_AT
from support.sample_shares import share_of


def report(books: Books, asked: Asked | None = None) -> Report:
    with books.read() as session:
        return payout_batch.build(session, asked or Asked(), MADE_AT)


def records(of: Report) -> list[dict[str, Cell]]:
    names = [column.name for column in of.columns]
    return [dict(zip(names, row, strict=True)) for row in of.rows]


def test_a_line_shows_what_it_pays_where_and_who_stood_for_it(books: Books) -> None:
    sample_books.fill(books)

    first, second = records(report(books, Asked(batch="2023-10-1")))

    assert (first["obligation_ids"], first["payee_id"]) == (share_of("ada"), "ada")
    assert (first["rail"], first["chain"], first["chain_id"]) == ("safe", "ethereum", 1)
    assert (first["decimals"], first["amount_base_units"]) == (6, Decimal(140001402))
    assert second["amount_base_units"] == Decimal(10**21 + 1)
    assert (first["recipient"], first["prepared_by"]) == ("0xA11CE", "treasurer")
    assert first["address_verified_at"] == datetime(2023, 11, 3, 9, tzinfo=UTC)
    assert (first["approved_by_1"], first["approved_by_2"]) == ("carol", None)


def test_a_line_is_settled_once_a_bank_line_paid_it(books: Books) -> None:
    sample_books.fill(books)

    first, second = records(report(books))

    assert (first["is_settled"], first["settled_on"]) == (True, date(2023, 11, 20))
    assert first["payment_reference"] == "0xfeed:1"
    assert (second["is_settled"], second["settled_on"], second["journal_id"]) == (
        *(False, None, None),
    )
    assert {first["batch_status"], second["batch_status"]} == {"exported"}


def test_lines_are_their_obligations_and_what_settled_them(books: Books) -> None:
    sample_books.fill(books)

    found = report(books)

    assert {tie.difference for tie in found.tie_outs} == {Decimal(0)}
    left = {(tie.check, tie.commodity): tie.left for tie in found.tie_outs}
    whole = Decimal("1000.000000000000000001")
    assert left["lines and what they net = obligations that they pay", "HBOT"] == whole
    assert left["settled lines = bank lines", "USDT"] == Decimal("140.001402")


def test_a_batch_as_known_earlier_has_no_approval_and_no_settlement(books: Books) -> None:
    sample_books.fill_until_settled(books)
    head = report(books).head_number

    (frozen, _) = records(report(books, Asked(known_at=head - 2)))

    assert (frozen["batch_status"], frozen["approved_by_1"]) == ("frozen", None)
    assert report(books, Asked(known_at=head - 3)).rows == []


def test_a_month_shows_its_own_batches_and_no_effective_day(books: Books) -> None:
    sample_books.fill(books)

    assert len(report(books, Asked(period=date(2023, 10, 1))).rows) == 2
    found = report(books, Asked(period=date(2023, 11, 1)))
    assert found.rows == []
    assert [name for name, _ in found.filters] == ["period", "known_at"]


def test_a_batch_that_is_not_there_is_refused(books: Books) -> None:
    with pytest.raises(UnknownReference, match="nothing"):
        report(books, Asked(batch="nothing"))


def test_a_settled_batch_with_an_unsettled_line_does_not_tie() -> None:
    line = SimpleNamespace(
        commodity="USDT",
        amount=Decimal(2),
        claimed=Decimal(2),
        owed=Decimal(3),
        owed_in="USDT",
        owed_net=Decimal(2),
        entry_number=None,
        netted=Decimal(0),
        failed=False,
        returned=False,
        state="settled",
    )

    off = {
        tie.check: tie.difference
        for tie in payout_batch.tie_outs([cast("Any", line)])
        if tie.difference
    }

    assert off == {
        "obligations that lines pay = obligations as owed": Decimal(-1),
        "lines of settled batches that are open": Decimal(1),
    }
