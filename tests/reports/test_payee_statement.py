from datetime import date
from decimal import Decimal

import pytest

from ledger.accounts import Chart
from ledger.errors import BadInput, UnknownReference
from ledger.journal import Posting, post_one, reverse
from ledger.periods import close
from reports import payee_statement
from reports.query import Asked
from reports.report import Cell, Report
from support import sample_books, sample_entries
from support.books import Books
from support.sample_entries import MADE_AT, entry
from support.sample_shares import share_of

OCTOBER = date(2023, 10, 1)
NOVEMBER = date(2023, 11, 1)


def report(books: Books, asked: Asked) -> Report:
    with books.read() as session:
        return payee_statement.build(session, asked, MADE_AT)


def records(of: Report) -> list[dict[str, Cell]]:
    names = [column.name for column in of.columns]
    return [dict(zip(names, row, strict=True)) for row in of.rows]


def told(of: Report) -> list[tuple[Cell, ...]]:
    return [(row["entry_type"], row["asset"], row["amount"]) for row in records(of)]


def test_a_payee_sees_what_was_earned_and_what_was_paid(books: Books) -> None:
    sample_books.fill(books)

    found = report(books, Asked(payee="ada"))

    assert told(found) == [
        ("earned", "HBOT", Decimal("1000.000000000000000001")),
        ("earned", "USDT", Decimal("140.001402")),
        ("paid", "USDT", Decimal("-140.001402")),
    ]
    assert found.notes[:2] == (
        "HBOT: opening 0, earned 1000.000000000000000001, adjustments 0, paid 0, "
        "closing 1000.000000000000000001.",
        "USDT: opening 0, earned 140.001402, adjustments 0, paid 140.001402, closing 0.",
    )


def test_what_was_earned_is_derived_in_its_line(books: Books) -> None:
    sample_books.fill(books)

    line = records(report(books, Asked(payee="ada", period=OCTOBER)))[1]

    assert (line["connector"], line["sponsor_public_name"]) == ("binance:spot", "Binance")
    basis, rate, split = line["basis_amount"], line["rate"], line["split"]
    assert (basis, rate, split) == (Decimal("1000.01"), Decimal("0.2"), Decimal("0.7"))
    assert line["rounding"] == Decimal("0.000002")
    assert Decimal("1000.01") * Decimal("0.2") * Decimal("0.7") + Decimal("0.000002") == Decimal(
        str(line["amount"])
    )
    assert (line["payable"], line["due_on"]) == (Decimal(0), None)
    assert line["explanation"] == "20 % of 1000.01 USDT"


def test_a_payment_shows_the_reference_by_which_it_can_be_found(books: Books) -> None:
    sample_books.fill(books)

    line = records(report(books, Asked(payee="ada", period=NOVEMBER)))[-1]

    assert (line["entry_type"], line["date"]) == ("paid", date(2023, 11, 20))
    assert line["payment_reference"] == "0xfeed:1"


def test_a_month_begins_with_the_balance_brought_forward(books: Books) -> None:
    sample_books.fill(books)

    found = report(books, Asked(payee="ada", period=NOVEMBER))

    assert told(found) == [
        ("opening", "HBOT", Decimal("1000.000000000000000001")),
        ("opening", "USDT", Decimal("140.001402")),
        ("paid", "USDT", Decimal("-140.001402")),
    ]
    assert {tie.difference for tie in found.tie_outs} == {Decimal(0)}
    assert {tie.commodity: tie.right for tie in found.tie_outs} == {
        "HBOT": Decimal("1000.000000000000000001"),
        "USDT": Decimal(0),
    }


def test_what_falls_due_in_part_is_no_movement_but_shows_as_payable(books: Books) -> None:
    sample_books.fill(books)

    (line,) = records(report(books, Asked(payee="bob")))

    assert (line["amount"], line["payable"]) == (Decimal("60.000598"), Decimal(20))
    assert line["due_on"] == date(2023, 11, 2)


def test_a_forfeit_and_a_reversal_are_adjustments(books: Books) -> None:
    sample_books.fill(books)
    with books.write() as change:
        forfeit = entry(
            "forfeit",
            date(2023, 11, 10),
            [
                Posting(
                    Chart.ACCRUED_MAINTAINER_SHARE.value,
                    Decimal("40.000598"),
                    "USDT",
                    "bob",
                    share_of("bob"),
                ),
                Posting(
                    Chart.EXPENSE_MAINTAINER_SHARE.value, Decimal("-40.000598"), "USDT", "bob"
                ),
            ],
            "maintenance ended",
        )
        number = post_one(change, forfeit).number
    with books.write() as change:
        reverse(change, number, reason="it did not end", on=date(2023, 11, 11))

    found = report(books, Asked(payee="bob"))

    assert told(found)[1:] == [
        ("adjustment", "USDT", Decimal("-40.000598")),
        ("adjustment", "USDT", Decimal("40.000598")),
    ]
    assert records(found)[2]["adjustment_of"] == number
    assert records(found)[1]["explanation"] == "maintenance ended"
    assert {tie.difference for tie in found.tie_outs} == {Decimal(0)}


def test_money_that_came_back_is_a_payment_undone(books: Books) -> None:
    sample_books.fill(books)
    with books.write() as change:
        returned = entry(
            "returned",
            date(2023, 11, 25),
            [
                Posting(sample_entries.WALLET, Decimal("140.001402"), "USDT"),
                Posting(
                    Chart.PAYABLE_MAINTAINER.value,
                    Decimal("-140.001402"),
                    "USDT",
                    "ada",
                    share_of("ada"),
                ),
            ],
        )
        post_one(change, returned)

    found = report(books, Asked(payee="ada"))

    assert told(found)[-1] == ("paid", "USDT", Decimal("140.001402"))
    assert "paid 0, closing 140.001402." in found.notes[1]


def test_what_a_payee_owes_back_is_told_apart(books: Books) -> None:
    sample_books.open_books(books)
    with books.write() as change:
        overpaid = entry(
            "overpaid",
            OCTOBER,
            [
                Posting(Chart.RECEIVABLE_PAYEE_OVERPAID.value, Decimal("5.5"), "USDT", "bob"),
                Posting(Chart.EXPENSE_MAINTAINER_SHARE.value, Decimal("-5.5"), "USDT", "bob"),
            ],
        )
        post_one(change, overpaid)

    found = report(books, Asked(payee="bob"))

    assert found.rows == []
    assert found.notes[0] == "Besides, the payee owes back 5.5 USDT."


def test_nobody_sees_another_payees_lines(books: Books) -> None:
    sample_books.fill(books)

    found = report(books, Asked(payee="bob"))

    # Not in the whole report: the digits of a hash may spell her name.
    assert "ada" not in str([found.rows, found.notes, found.filters, found.facts])


def test_what_was_known_before_the_payment_does_not_show_it(books: Books) -> None:
    sample_books.fill_until_settled(books)
    head = report(books, Asked(payee="ada")).head_number

    assert "paid" not in str(told(report(books, Asked(payee="ada", known_at=head - 1))))


def test_a_payee_must_be_named_and_known(books: Books) -> None:
    sample_books.open_books(books)
    with pytest.raises(BadInput, match="payee_missing"):
        report(books, Asked())
    with pytest.raises(UnknownReference, match="nobody"):
        report(books, Asked(payee="nobody"))
    with pytest.raises(UnknownReference, match="ada"):
        report(books, Asked(payee="ada", known_at=1))


def test_a_closed_month_is_carried_forward_from_its_checkpoint(books: Books) -> None:
    sample_books.fill(books)
    before = report(books, Asked(payee="ada", period=NOVEMBER))
    for month in (date(2023, 9, 1), OCTOBER):
        with books.write() as change:
            close(change, month, reason="done")

    after = report(books, Asked(payee="ada", period=NOVEMBER))

    assert after.rows == before.rows
    assert {tie.difference for tie in after.tie_outs} == {Decimal(0)}
