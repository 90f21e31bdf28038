from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from ledger.encoding import entry_leaf
from ledger.errors import UnknownReference
from ledger.journal import fingerprint, post_one, reverse
from reports import general_ledger
from reports.query import Asked, scope
from reports.report import Cell, Report
from support import sample_books
from support.books import Books
from support.sample_entries import MADE_AT, NASTY, WALLET, entry, move

OCTOBER = date(2023, 10, 1)


def report(books: Books, asked: Asked | None = None) -> Report:
    with books.read() as session:
        return general_ledger.build(session, asked or Asked(), MADE_AT)


def records(of: Report) -> list[dict[str, Cell]]:
    names = [column.name for column in of.columns]
    return [dict(zip(names, row, strict=True)) for row in of.rows]


def of_account(of: Report, account: str, commodity: str) -> list[dict[str, Cell]]:
    return [
        row
        for row in records(of)
        if (row["gl_account_number"], row["amount_currency"]) == (account, commodity)
    ]


def test_the_balance_runs_from_the_opening_in_the_order_of_days(books: Books) -> None:
    sample_books.open_books(books)
    sample_books.post_months(books)

    rows = of_account(report(books, Asked(period=OCTOBER)), WALLET, "HBOT")

    assert [
        (row["effective_date"], row["journal_id"], row["running_balance"]) for row in rows
    ] == [
        (date(2023, 10, 1), 9, Decimal("9999999999999999999.000000000000000001")),
        (date(2023, 10, 3), 6, Decimal("9999999999999999998.900000000000000001")),
    ]


def test_it_ties_to_the_trial_balance_and_its_numbers_have_no_gap(books: Books) -> None:
    sample_books.fill(books)

    for asked in (
        Asked(),
        Asked(period=OCTOBER),
        Asked(as_of=date(2023, 11, 2), known_at=5),
        Asked(period=OCTOBER, account=WALLET),
        Asked(period=date(2023, 12, 1)),
    ):
        found = report(books, asked)
        assert {tie.difference for tie in found.tie_outs} == {Decimal(0)}
    checks = {tie.check for tie in found.tie_outs}
    assert "entries = last entry number" in checks


def test_an_entry_says_who_sealed_it_when_and_its_leaf(books: Books) -> None:
    sample_books.open_books(books)
    fee = entry("fee", date(2023, 10, 5), move("expenses:network-fees", WALLET, "2.5", "HBOT"))
    with books.write(actor="nora") as change:
        post_one(change, fee)
    with books.read() as session:
        head = scope(session, Asked()).head

    row = of_account(report(books), WALLET, "HBOT")[0]

    assert (row["entered_by"], row["posted_by"]) == ("nora", "nora")
    assert (row["entered_date"], row["entered_time"]) == (date(2023, 11, 3), "09:00:00Z")
    assert row["entry_hash"] == entry_leaf(1, head.number, fingerprint(fee)).hex()
    assert (row["change_number"], row["change_hash"]) == (head.number, head.hash.hex())
    assert (row["amount"], row["amount_credit_debit_indicator"]) == (Decimal("2.5"), "C")
    assert (row["debit"], row["credit"]) == (Decimal(0), Decimal("2.5"))
    assert (row["fiscal_year"], row["period"]) == (2023, "2023-10")
    assert not isinstance(row["effective_date"], datetime)


def test_a_reversal_names_what_it_reverses(books: Books) -> None:
    sample_books.open_books(books)
    sample_books.post_months(books)
    with books.write() as change:
        reverse(change, 6, reason="wrong", on=date(2023, 10, 9))

    rows = [row for row in records(report(books)) if row["reversal_indicator"]]

    assert [(row["journal_id"], row["reversal_journal_id"]) for row in rows] == [(10, 6)] * 2
    assert {row["source"] for row in rows} == {"reversal"}


def test_text_stands_as_it_was_written(books: Books) -> None:
    sample_books.open_books(books)
    sample_books.post_months(books)

    (row,) = of_account(report(books), "expenses:network-fees", "USDC.e")

    assert (row["je_header_description"], row["je_line_description"]) == (NASTY, NASTY)


def test_an_account_that_is_not_there_is_refused(books: Books) -> None:
    with pytest.raises(UnknownReference, match="assets:nowhere"):
        report(books, Asked(account="assets:nowhere"))


def test_rows_come_in_the_order_that_is_documented(books: Books) -> None:
    sample_books.fill(books)
    found = report(books)

    keys: list[Any] = [row[:5] for row in found.rows]

    assert found.sorted_by == tuple(column.name for column in found.columns[:5])
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)
