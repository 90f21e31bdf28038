"""The tracker's other tabs: allocations, bounties, purchases, supply and wallets."""

from datetime import date, timedelta
from decimal import Decimal
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from chains.tables import ChainProof, WalletWatch
from ledger import parties, policies
from ledger.accounts import Chart, add_wallet_account
from ledger.bank_tables import BankAccount
from ledger.journal import post_one
from ledger.revenue.bounty_states import Gate
from ledger.revenue.bounty_tables import Bounty, BountyEnd, BountyGate
from ledger.sealing import head
from payouts import settlement
from reports import (
    catalogue,
    tracker_allocations,
    tracker_bounties,
    tracker_purchases,
    tracker_supply,
    tracker_wallets,
)
from reports.query import Asked
from reports.report import Cell, Report
from support import sample_books, sample_payouts, sample_tracker
from support.books import Books
from support.payout_endings import keep
from support.payouts import BOB, TODAY, exported_batch, left_the_wallet
from support.sample_entries import MADE_AT, add_each, entry, move

HBOT = "0xE5097D9baeAFB89f9bcB78C9290d545dB5f9e9CB"
SECOND = "0x60D581aEa0644e74df60c7555e5166d32665d6b6"
TINY = Decimal("1000.000000000000000001")


def report(books: Books, module: ModuleType, asked: Asked | None = None) -> Report:
    with books.read() as session:
        made: Report = module.build(session, asked or Asked(), MADE_AT)
    return made


def records(books: Books, module: ModuleType, asked: Asked | None = None) -> list[dict[str, Cell]]:
    of = report(books, module, asked)
    names = [column.name for column in of.columns]
    return [dict(zip(names, row, strict=True)) for row in of.rows]


@pytest.fixture
def filled(books: Books) -> Books:
    sample_books.fill(books)
    sample_tracker.fill(books)
    return books


def test_every_tab_ties(filled: Books) -> None:
    for module in (
        tracker_allocations,
        tracker_bounties,
        tracker_purchases,
        tracker_supply,
        tracker_wallets,
    ):
        assert {tie.difference for tie in report(filled, module).tie_outs} == {Decimal(0)}


def test_an_allocation_adds_up_what_was_fixed_and_paid_under_its_proposal(filled: Books) -> None:
    first, second = records(filled, tracker_allocations)

    assert (first["approved_amount"], first["allocated"]) == (Decimal(5000), TINY)
    assert (first["distributed"], first["awaiting_payment"]) == (Decimal(0), TINY)
    assert first["remaining"] == Decimal("3999.999999999999999999")
    assert (second["allocated"], second["recipients"]) == (Decimal(0), 0)
    sample_payouts.settle_distribution(filled)
    (paid, _) = records(filled, tracker_allocations)
    assert (paid["distributed"], paid["awaiting_payment"]) == (TINY, Decimal(0))
    october = Asked(period=date(2023, 10, 1))
    assert records(filled, tracker_allocations, october)[0]["distributed"] == Decimal(0)
    assert records(filled, tracker_allocations, Asked(as_of=date(2023, 10, 4))) == []


def test_bounties_are_those_of_the_books_and_the_history_that_counts(filled: Books) -> None:
    books_, first, second = records(filled, tracker_bounties)

    assert (books_["origin"], books_["bounty_id"], books_["status"]) == ("books", "b-1", "Open")
    assert (books_["sponsor_source"], books_["connector"]) == ("Binance", "=A connector")
    assert str(books_["issue_link"]).endswith("issues/9")
    assert (first["origin"], first["row"], first["paid"]) == ("history", 1, None)
    assert (second["row"], second["amount"]) == (2, Decimal(0))
    facts = dict(report(filled, tracker_bounties).facts)
    assert facts == {"history_accepted": "2", "history_waiting": "0", "history_rejected": "0"}
    with filled.read() as session:
        before = catalogue.build(session, "tracker-bounties", Asked(known_at=2), MADE_AT)
    assert before.rows == []


def test_a_bounty_of_the_books_stands_as_its_money_does() -> None:
    def stands(**told: Any) -> str:  # noqa: ANN401
        usual = {"ended": None, "deposited": None, "owed": None, "paid": None, "moves": None}
        return tracker_bounties.status(SimpleNamespace(**(usual | told)))  # type: ignore[arg-type]

    assert stands() == "Open"
    assert stands(deposited=Decimal(5)) == "Deposited"
    assert stands(ended="refunded") == "Refunded"
    assert stands(moves=["withdraw", "cancel"]) == "Cancelled"
    assert stands(moves=["pay-directly"]) == "Paid by its exchange"
    assert stands(ended="released", owed=Decimal(5), paid=Decimal(3)) == "Released"
    assert stands(ended="released", owed=Decimal(5), paid=Decimal(5)) == "Paid"


def test_a_bounty_shows_what_was_paid_for_it_with_its_transaction(books: Books) -> None:
    identity, transaction = "statement:share:b1", "0x" + "ab" * 32
    batch = exported_batch(books)
    with books.write() as change:
        posted = post_one(
            change,
            entry("end", TODAY, move(Chart.EXPENSE_NETWORK_FEES, Chart.OPENING, "1", "USDC")),
        )
        parties.add(change, name="Quillon", kind="exchange")
        add_each(
            change,
            Bounty(
                id=identity,
                title="a connector",
                exchange="quillon",
                commodity="USDC",
                amount=Decimal(400),
                developer="bob",
                source="a letter",
            ),
            *(
                BountyGate(bounty=identity, gate=gate.value, evidence="link", on=TODAY)
                for gate in Gate
            ),
            BountyEnd(
                bounty=identity,
                kind="released",
                on=TODAY,
                reason="",
                amount=Decimal(400),
                entry_number=posted.number,
            ),
        )
    (released,) = records(books, tracker_bounties)
    assert (released["status"], released["paid"], released["transactions"]) == (
        *("Released", Decimal(0)),
        None,
    )
    left_the_wallet(books, [(f"{transaction}/log:3", "300", BOB, "")])
    with books.write() as change:
        settlement.settle(change, batch.id)

    (paid,) = records(books, tracker_bounties)
    assert (paid["status"], paid["paid"]) == ("Paid", Decimal(300))
    assert paid["transactions"] == f"{transaction}/log:3"
    assert paid["transaction_links"] == f"https://etherscan.io/tx/{transaction}"
    assert (paid["issue_link"], paid["source"]) == (None, "a letter")
    ties = {tie.check: tie for tie in report(books, tracker_bounties).tie_outs}
    assert ties["paid = journal entries of the settlements"].left == Decimal(300)
    assert {tie.difference for tie in ties.values()} == {Decimal(0)}


def test_a_purchase_is_a_conversion_into_our_token(filled: Books) -> None:
    (bought,) = records(filled, tracker_purchases)

    assert (bought["conversion"], bought["sold_on"]) == ("buy-1", date(2023, 11, 7))
    assert (bought["sold"], bought["sold_asset"]) == (Decimal(40), "USDT")
    assert bought["bought"] == Decimal("9000.000000000000000001")
    assert (bought["transactions"], bought["transaction_links"]) == ("0x50:1 0x60:1", None)
    assert bought["proposal"] is None
    assert records(filled, tracker_purchases, Asked(period=date(2023, 10, 1))) == []


def watch(books: Books, units: str, block: int) -> None:
    """Have a second wallet watched, and its HBOT proved at a block."""
    with books.write() as change:
        if change.session.get(BankAccount, "second") is None:
            add_wallet_account(change, "assets:wallet:second", "second")
            add_each(
                change,
                BankAccount(
                    id="second",
                    kind="wallet",
                    account="assets:wallet:second",
                    purpose="vesting",
                    chain="ethereum",
                    address=SECOND,
                ),
                WalletWatch(
                    bank_account="second",
                    chain="ethereum",
                    address=SECOND.lower(),
                    kind="account",
                    first_block=1,
                    since=date(2023, 11, 3),
                ),
            )
    keep(
        books,
        ChainProof(
            bank_account="second",
            contract=HBOT.lower(),
            block=block,
            block_hash=f"0x{block}",
            expected=Decimal(units),
            on_chain=Decimal(units),
            recorded_at=books.at,
        ),
    )


def test_a_wallet_shows_the_books_and_the_chain_and_blank_for_what_neither_knows(
    filled: Books,
) -> None:
    watch(filled, "2500000000000000000001", 90)
    held = {(row["wallet"], row["asset"]): row for row in records(filled, tracker_wallets)}

    second = held["second", "HBOT"]
    assert (second["balance_by_books"], second["difference"]) == (None, None)
    assert second["balance_by_chain"] == Decimal("2500.000000000000000001")
    assert (second["block"], second["block_hash"]) == (90, "0x90")
    assert second["address_link"] == f"https://etherscan.io/address/{SECOND}"
    first = held["eth", "HBOT"]
    assert first["balance_by_books"] is not None
    assert (first["balance_by_chain"], first["block"]) == (None, None)
    with filled.write() as change:
        post_one(
            change,
            entry(
                "vesting",
                date(2023, 11, 3),
                move("assets:wallet:second", Chart.OPENING.value, "2400", "HBOT"),
            ),
        )
    held = {(row["wallet"], row["asset"]): row for row in records(filled, tracker_wallets)}
    assert held["second", "HBOT"]["difference"] == Decimal("100.000000000000000001")


def test_what_a_chain_said_later_is_not_known_at_an_earlier_change(filled: Books) -> None:
    watch(filled, "5000000000000000000", 90)
    with filled.read() as session:
        known = head(session).number
    then = report(filled, tracker_wallets, Asked(known_at=known))
    filled.at += timedelta(hours=1)
    with filled.write() as change:
        parties.add(change, name="Later", kind="payee")
    watch(filled, "7000000000000000000", 91)

    now = report(filled, tracker_wallets)
    assert report(filled, tracker_wallets, Asked(known_at=known)).rows == then.rows != now.rows
    assert report(filled, tracker_wallets, Asked(as_of=date(2023, 10, 1))).rows != now.rows


def supply(books: Books) -> dict[tuple[Cell, Cell], tuple[Cell, Cell]]:
    return {
        (row["component"], row["wallet"]): (row["amount"], row["known_by"])
        for row in records(books, tracker_supply)
    }


def test_what_circulates_is_unknown_while_anything_it_is_reckoned_from_is(filled: Books) -> None:
    by_books = supply(filled)["treasury", "eth"][0]
    assert isinstance(by_books, Decimal)
    assert supply(filled) == {
        ("total", None): (None, None),
        ("treasury", "eth"): (by_books, "books"),
        ("circulating", None): (None, None),
    }
    with filled.write() as change:
        value = {"total": "1000000000", "locked": ["second"]}
        policies.propose(
            change, "own-token-supply", value, effective_from=date(2023, 9, 1), reason="hbot.md"
        )
    with filled.write("second") as change:
        policies.confirm(change, "own-token-supply", 2)
    assert supply(filled)["locked", "second"] == (None, None)
    assert supply(filled)["circulating", None] == (None, None)

    watch(filled, "250000000000000000000000000", 90)
    assert supply(filled) == {
        ("total", None): (Decimal(1_000_000_000), "policy"),
        ("treasury", "eth"): (by_books, "books"),
        ("locked", "second"): (Decimal(250_000_000), "chain"),
        ("circulating", None): (Decimal(750_000_000) - by_books, None),
    }
    ties = {tie.check: tie.left for tie in report(filled, tracker_supply).tie_outs}
    assert ties["total = treasury + locked + circulating"] == Decimal(1_000_000_000)


def test_a_wallet_of_which_nothing_is_known_leaves_the_supply_unknown(filled: Books) -> None:
    with filled.write() as change:
        add_wallet_account(change, "assets:wallet:idle", "idle")
        change.add(
            BankAccount(
                id="idle",
                kind="wallet",
                account="assets:wallet:idle",
                purpose="",
                chain="ethereum",
                address="0x1D1E",
            )
        )

    assert supply(filled)["treasury", "idle"] == (None, None)
