"""The report of purchases: what was spent and bought, by which vote, and what is left to spend."""

from datetime import date
from decimal import Decimal

from ledger.bank_tables import Match, MatchRelease
from ledger.journal import reverse
from reports import purchases
from reports.query import Asked
from reports.report import Cell, Report
from support import sample_books, sample_governance
from support.books import Books
from support.sample_entries import MADE_AT


def report(books: Books, asked: Asked | None = None) -> Report:
    with books.read() as session:
        return purchases.build(session, asked or Asked(), MADE_AT)


def records(of: Report) -> list[dict[str, Cell]]:
    names = [column.name for column in of.columns]
    return [dict(zip(names, row, strict=True)) for row in of.rows]


def fill(books: Books) -> None:
    sample_books.fill_until_settled(books)
    sample_governance.vote(books)
    sample_governance.buy(books)


def test_a_purchase_shows_what_allowed_it_and_what_is_left(books: Books) -> None:
    fill(books)

    found = report(books)
    (row,) = records(found)

    assert (row["proposal_id"], row["exchange"]) == ("hbot.eth/0x3", "binance")
    assert (row["votes_for"], row["quorum_required"]) == (
        Decimal("100.000000000000000001"),
        Decimal(100),
    )
    assert row["snapshot_url"] == "https://snapshot.org/#/hbot.eth/proposal/0x3"
    assert (row["fee_share_received"], row["may_be_spent"]) == (Decimal(30), Decimal(15))
    assert (row["spent"], row["spent_fee"]) == (Decimal("10.5"), Decimal("0.5"))
    assert (row["bought"], row["bought_asset"]) == (Decimal("2500.000000000000000001"), "HBOT")
    assert row["left_to_spend"] == Decimal("4.5")
    assert {tie.check: (tie.left, tie.difference) for tie in found.tie_outs} == {
        "spent beyond what may be spent": (Decimal(0), Decimal(0)),
        "spent = journal entries": (Decimal("10.5"), Decimal(0)),
        "bought = journal entries": (Decimal("2500.000000000000000001"), Decimal(0)),
    }


def test_a_month_has_its_purchases_alone(books: Books) -> None:
    fill(books)

    assert len(report(books, Asked(period=date(2023, 11, 1))).rows) == 1
    assert report(books, Asked(period=date(2023, 10, 1))).rows == []


def test_a_receipt_that_was_taken_back_since_shows_as_spent_beyond(books: Books) -> None:
    fill(books)
    with books.write(actor="treasurer") as change:
        receipt = change.session.get_one(Match, ("eth:0xpaid:1", 1))
        mirror = reverse(change, receipt.entry_number, reason="not theirs", on=date(2023, 11, 9))
        change.add(
            MatchRelease(
                bank_line=receipt.bank_line,
                number=1,
                reason="not theirs",
                entry_number=mirror.number,
            )
        )

    beyond = report(books).tie_outs[0]

    assert (beyond.commodity, beyond.difference) == ("USDT", Decimal("10.5"))
