from datetime import date
from decimal import Decimal

import pytest

from feeshare.matching import reconcile_month
from ledger import bank, evidence, parties
from ledger.accounts import Chart
from ledger.balances import account_balance
from ledger.errors import NeedsReview, ReferenceReused, UnknownReference
from ledger.receipts import CommodityDiffers
from ledger.revenue import bounties, bounty_refund, renewals
from ledger.revenue.bounty_standing import BountyEnded
from support.books import Books
from support.matching import matched

OCTOBER = date(2023, 10, 1)
PAID = date(2023, 10, 10)


def open_books(books: Books) -> None:
    with books.write() as change:
        parties.add(change, name="Gate.io", kind="exchange")
        bank.add_account(change, "mercury", kind="bank", purpose="wires")
        for identity in ("bounty-7", "bounty-8"):
            bounties.add(
                change,
                identity=identity,
                title="a connector",
                exchange="Gate.io",
                commodity="USDC",
                amount=Decimal(100),
            )
        renewals.invoice(
            change,
            identity="renewal-1",
            exchange="Gate.io",
            connector="gate_io",
            year_from=OCTOBER,
        )


def came(books: Books, name: str, amount: str, memo: str, commodity: str = "USDC") -> str:
    with books.write() as change:
        movement = bank.BankMovement(
            bank_account="mercury",
            external_id=name,
            on=PAID,
            commodity=commodity,
            amount=Decimal(amount),
            counterparty="Gate.io",
            memo=memo,
            row=1,
        )
        bank.record(change, movement, evidence.keep(change, b"a bank's file", "bank.csv"))
    return f"mercury/{name}"


def reconciled(books: Books) -> tuple[dict[str, str], dict[str, str]]:
    """Reconcile and return the documents placed and the reasons of the rest, by line."""
    with books.write() as change:
        placed, unmatched = reconcile_month(change, OCTOBER)
        return (
            {each.line: each.document for each in placed},
            {each.line.id: each.reason for each in unmatched},
        )


def match(books: Books, line: str, document: str, amount: str | None = None) -> bool:
    return matched(books, line, document, amount).new


def test_what_a_memo_names_is_placed_once(books: Books) -> None:
    open_books(books)
    deposit = came(books, "1", "100", "deposit bounty-7")
    payment = came(books, "2", "2000", "renewal-1", "USD")
    assert reconciled(books) == ({deposit: "bounty-7", payment: "renewal-1"}, {})
    digest = books.digest()
    assert reconciled(books) == ({}, {})
    assert books.digest() == digest
    with books.read() as session:
        assert account_balance(session, Chart.BOUNTY_DEPOSITS, "USDC") == -100
        assert account_balance(session, Chart.RECEIVABLE_RENEWAL, "USD") == 0


def test_a_line_in_another_commodity_waits_and_the_rest_is_placed(books: Books) -> None:
    open_books(books)
    other = came(books, "1", "100", "bounty-7", "USDT")
    good = came(books, "2", "100", "bounty-8")
    placed, held = reconciled(books)
    assert placed == {good: "bounty-8"}
    assert list(held) == [other]
    assert held[other].startswith("memo names bounty-7. Bank line mercury/1 is in USDT;")
    assert "Send the USDT back" in held[other]
    digest = books.digest()
    assert reconciled(books) == ({}, held)
    with pytest.raises(CommodityDiffers):
        match(books, other, "bounty-7")
    assert books.digest() == digest


def test_money_for_an_ended_bounty_waits(books: Books) -> None:
    open_books(books)
    came(books, "1", "100", "bounty-7")
    reconciled(books)
    with books.write() as change:
        bounty = bounties.named(change.session, "bounty-7")
        bounty_refund.refund(change, bounty, reason="no developer", on=PAID)
    late = came(books, "2", "5", "bounty-7")
    digest = books.digest()
    placed, held = reconciled(books)
    assert placed == {}
    assert "'bounty-7' was refunded on 2023-10-10" in held[late]
    with pytest.raises(BountyEnded):
        match(books, late, "bounty-7")
    assert books.digest() == digest


def test_an_overpaid_renewal_waits_until_its_part_is_matched_by_hand(books: Books) -> None:
    open_books(books)
    line = came(books, "1", "2500", "renewal-1", "USD")
    digest = books.digest()
    placed, held = reconciled(books)
    assert placed == {}
    assert "2500 USD is more than the 2000 owed" in held[line]
    with pytest.raises(NeedsReview, match="more than the 2000 owed"):
        match(books, line, "renewal-1")
    assert books.digest() == digest
    assert match(books, line, "renewal-1", "2000")
    digest = books.digest()
    placed, held = reconciled(books)
    assert placed == {}
    assert "is recorded already with other content: amount is 2000" in held[line]
    with pytest.raises(ReferenceReused):
        match(books, line, "renewal-1")
    assert books.digest() == digest


def test_a_memo_that_names_two_waits_for_both_parts(books: Books) -> None:
    open_books(books)
    line = came(books, "1", "200", "bounty-7 and bounty-8")
    assert reconciled(books) == (
        {},
        {line: "memo names bounty-7 and bounty-8; match each with its part"},
    )
    assert match(books, line, "bounty-7", "100")
    digest = books.digest()
    assert not match(books, line, "bounty-7", "100")
    assert books.digest() == digest
    assert match(books, line, "bounty-8", "100")
    assert reconciled(books) == ({}, {})


def test_half_a_line_matched_by_hand_is_not_placed_again_and_again(books: Books) -> None:
    open_books(books)
    line = came(books, "1", "200", "bounty-7")
    assert match(books, line, "bounty-7", "100")
    digest = books.digest()
    expected = {line: "memo names bounty-7, which has as much of this line already"}
    assert reconciled(books) == ({}, expected)
    assert books.digest() == digest


def test_money_for_a_bounty_is_not_taken_for_a_fee_share(books: Books) -> None:
    open_books(books)
    line = came(books, "1", "100", "bounty-7 2023-10", "USDT")
    with books.write() as change:
        _, unmatched = reconcile_month(change, OCTOBER)
        assert [(each.line.id, each.proposals) for each in unmatched] == [(line, ())]


def test_a_document_that_nobody_knows_is_refused_by_hand(books: Books) -> None:
    open_books(books)
    line = came(books, "1", "100", "")
    digest = books.digest()
    with pytest.raises(UnknownReference, match="bounty-9"):
        match(books, line, "bounty-9")
    assert books.digest() == digest
