"""Plans: who is paid, who is held and why, and what the hash covers."""

from datetime import date
from decimal import Decimal

import pytest

from ledger import bank
from ledger.accounts import Chart
from ledger.journal import JournalEntry, Posting, post_one
from payouts import destinations, plans
from payouts.planned import Held, HoldReason, Plan
from support.books import Books
from support.payouts import (
    ALICE,
    CAROL,
    PERIOD,
    TODAY,
    WALLET,
    address_of,
    cancel,
    confirm_change,
    freeze,
    fund,
    furnish,
    owe,
    usual_debts,
)


def planned(books: Books, *, on: date = TODAY, period: date = PERIOD) -> Plan:
    with books.read() as session:
        return plans.plan(session, period, on=on)


def held(books: Books, *, on: date = TODAY) -> list[tuple[str, HoldReason]]:
    return [(it.payee, it.reason) for it in planned(books, on=on).held]


def owing(books: Books, identity: str, payee: str, amount: str, **terms: str) -> None:
    with books.write() as change:
        owe(change, identity, payee, amount, **terms)  # type: ignore[arg-type] # texts only


def test_a_plan_pays_each_payee_once_a_commodity_and_writes_nothing(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    digest = books.digest()
    [batch] = planned(books).batches
    assert (batch.source_account, batch.rail, batch.chain) == (WALLET, "safe", "ethereum")
    assert next(
        (line.payee, line.address, line.amount, [it.obligation for it in line.obligations])
        for line in batch.lines
    ) == ("alice", ALICE, Decimal("120.5"), ["share:a1", "share:a2"])
    assert [line.payee for line in batch.lines] == ["alice", "bob"]
    assert planned(books).held == ()
    assert books.digest() == digest


def test_earlier_periods_come_along_and_later_ones_wait(books: Books) -> None:
    furnish(books)
    fund(books, "100")
    owing(books, "old", "bob", "1", period="2023-08")
    owing(books, "new", "bob", "2", period="2023-11")
    with books.write() as change:
        owe(change, "not-yet", "bob", "4", due_on=date(2023, 11, 4))
    [batch] = planned(books).batches
    assert [it.obligation for it in batch.lines[0].obligations] == ["old"]


def test_the_hash_changes_with_what_would_be_paid_and_with_nothing_else(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    first = planned(books).hash
    assert planned(books, on=date(2023, 11, 30)).hash == first
    owing(books, "share:b2", "bob", "0.000001")
    second = planned(books).hash
    with books.write() as change:
        destinations.request(change, "bob", "safe", CAROL, chain="ethereum", commodity="USDC")
    assert planned(books).hash == second
    confirm_change(books, "bob:safe:2")
    third = planned(books, on=date(2023, 11, 30)).hash
    assert len({first, second, third}) == 3


def test_a_plan_after_a_cancelled_one_has_another_hash(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    before = planned(books)
    batch = freeze(books)
    assert planned(books).batches == ()
    cancel(books, batch)
    after = planned(books)
    assert after.batches[0].lines[0].obligations[0].attempt == 2
    assert after.hash != before.hash


def test_a_changed_address_on_hold_holds_the_payee_until_the_day_it_is_over(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    with books.write() as change:
        destinations.request(change, "bob", "safe", CAROL, chain="ethereum")
    confirm_change(books, "bob:safe:2")
    [line] = planned(books, on=date(2023, 11, 9)).held
    assert (line.payee, line.reason, line.until) == (
        "bob",
        HoldReason.ON_HOLD,
        date(2023, 11, 10),
    )
    assert line.obligations == ("share:b1",)
    assert planned(books, on=date(2023, 11, 10)).held == ()


def test_what_cannot_be_paid_is_held_with_its_reason(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    owing(books, "finer", "bob", "0.0000001", commodity="HBOT")
    fund(books, "5", "HBOT")
    owing(books, "on-bsc", "bob", "1", commodity="BNB")
    owing(books, "dollars", "bob", "9000", commodity="USD")
    assert held(books) == [("bob", HoldReason.NO_TOKEN), ("bob", HoldReason.NO_TOKEN)]
    owing(books, "too-fine", "alice", "0.0000001")
    assert ("alice", HoldReason.TOO_PRECISE) in held(books)


def test_a_payee_without_a_destination_is_held(books: Books) -> None:
    furnish(books)
    with books.write() as change:
        from ledger import parties

        parties.add(change, name="Zoe", kind="payee")
        owe(change, "share:z", "zoe", "5")
    assert held(books) == [("zoe", HoldReason.NO_DESTINATION)]


def test_a_chain_without_a_treasury_wallet_is_no_source(books: Books) -> None:
    furnish(books)
    with books.write() as change:
        bank.add_account(
            change, "w", kind="wallet", purpose="bounty deposits", chain="bsc", address=CAROL
        )
        destinations.request(change, "bob", "safe", address_of("bob on bsc"), chain="bsc")
    confirm_change(books, "bob:safe:2")
    owing(books, "share:b1", "bob", "5", commodity="USDT")
    assert held(books, on=date(2023, 12, 1)) == [("bob", HoldReason.NO_SOURCE)]


@pytest.mark.parametrize(("deposits", "paid"), [("9579.5", ["alice", "bob"]), ("9580", ["alice"])])
def test_a_plan_never_spends_below_the_bounty_deposits(
    books: Books, deposits: str, paid: list[str]
) -> None:
    furnish(books)
    usual_debts(books)
    with books.write() as change:
        owed = Decimal(deposits)
        post_one(
            change,
            JournalEntry(
                reference="deposits",
                effective_date=date(2023, 10, 2),
                kind="opening",
                narration="deposits in the wallet",
                postings=[
                    Posting(Chart.OPENING, owed, "USDC"),
                    Posting(Chart.BOUNTY_DEPOSITS, -owed, "USDC", "bob", "bounty:1"),
                ],
            ),
        )
    plan = planned(books)
    assert [line.payee for line in plan.batches[0].lines] == paid
    assert len(plan.held) == 2 - len(paid)


def test_what_another_batch_claims_is_not_spent_twice(books: Books) -> None:
    furnish(books)
    fund(books, "500")
    owing(books, "share:b1", "bob", "300")
    batch = freeze(books)
    owing(books, "share:b2", "bob", "300")
    assert held(books) == [("bob", HoldReason.FUNDS)]
    cancel(books, batch)
    assert held(books) == [("bob", HoldReason.FUNDS)]
    fund(books, "100")
    assert held(books) == []


def test_who_waited_longest_is_paid_first_when_money_is_short(books: Books) -> None:
    furnish(books)
    fund(books, "300")
    owing(books, "a", "alice", "200")
    with books.write() as change:
        owe(change, "b", "bob", "200", due_on=date(2023, 9, 1), period="2023-08")
    plan = planned(books)
    assert [line.payee for line in plan.batches[0].lines] == ["bob"]
    [line] = plan.held
    assert isinstance(line, Held)
    assert (line.payee, line.detail) == ("alice", f"{WALLET} may spend 100 USDC")


def test_an_obligation_the_books_owe_less_of_is_held_and_one_they_owe_nothing_of_is_over(
    books: Books,
) -> None:
    furnish(books)
    usual_debts(books)
    for identity, amount in (("share:b1", "100"), ("share:a2", "20")):
        payee = "bob" if identity == "share:b1" else "alice"
        with books.write() as change:
            forfeited = Decimal(amount)
            post_one(
                change,
                JournalEntry(
                    reference=f"forfeit:{identity}",
                    effective_date=date(2023, 11, 1),
                    kind="forfeit",
                    narration="forfeited",
                    postings=[
                        Posting(Chart.PAYABLE_MAINTAINER, forfeited, "USDC", payee, identity),
                        Posting(Chart.EXPENSE_MAINTAINER_SHARE, -forfeited, "USDC", payee),
                    ],
                ),
            )
    plan = planned(books)
    assert [line.amount for line in plan.batches[0].lines] == [Decimal("100.5")]
    assert [(it.obligations, it.reason, it.detail) for it in plan.held] == [
        (("share:b1",), HoldReason.BOOKS_DIFFER, "the books owe 200 of 300")
    ]
