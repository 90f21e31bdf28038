"""The whole way of a payout, and settlement's own rules."""

from datetime import date
from decimal import Decimal

import psycopg
import pytest

from ledger import balances, bank, periods
from ledger.accounts import Chart
from ledger.errors import BadInput
from ledger.journal import entry, postings
from ledger.obligation_tables import ObligationDue
from payouts import batches, plans, settlement
from payouts.batches import State
from payouts.claims import obligation_state
from payouts.errors import BatchState
from support.books import Books
from support.payouts import (
    ALICE,
    BOB,
    PERIOD,
    TODAY,
    WALLET,
    approve,
    export,
    exported_batch,
    freeze,
    fund,
    furnish,
    left_the_wallet,
    owe,
    usual_debts,
)


def settle(
    books: Books, batch: str, chosen: dict[int, str] | None = None
) -> settlement.Settlement:
    with books.write() as change:
        return settlement.settle(change, batch, chosen=chosen)


def test_a_payout_from_plan_to_settlement_and_each_step_again_changes_nothing(
    books: Books,
) -> None:
    furnish(books)
    usual_debts(books)
    with books.read() as session:
        plan = plans.plan(session, PERIOD, on=TODAY)
    batch = freeze(books)
    approve(books, batch, "carol")
    files = export(books, batch)
    left_the_wallet(
        books,
        [
            ("tx1:0", "120.5", ALICE.lower(), "tx1"),
            ("tx1:1", "300", BOB, "tx1"),
            ("tx1:fee", "0.004 ETH", "", f"network fee {batch.id}"),
        ],
    )
    done = settle(books, batch.id)

    assert done.state is State.SETTLED
    assert [(line.line, line.bank_line) for line in done.settled] == [
        (1, f"{WALLET}/tx1:0"),
        (2, f"{WALLET}/tx1:1"),
    ]
    assert (done.missing, done.unmatched, done.new) == ((), (), True)
    assert done.fees == (f"{WALLET}/tx1:fee",)
    with books.read() as session:
        assert balances.account_balance(session, Chart.PAYABLE_MAINTAINER, "USDC") == 0
        wallet = bank.account_named(session, WALLET).account
        assert balances.account_balance(session, wallet, "USDC") == Decimal("9579.5")
        fees = balances.account_balance(session, Chart.EXPENSE_NETWORK_FEES, "ETH")
        assert fees == Decimal("0.004")
        assert set(obligation_state(session, ["share:a1", "share:b1"]).values()) == {"paid"}
        first = done.settled[0].entry_number
        assert entry(session, first).reference == f"settlement:{batch.id}:1"
        assert [(it.account, it.amount, it.document) for it in postings(session, first)] == [
            (Chart.PAYABLE_MAINTAINER, Decimal("100.5"), "share:a1"),
            (Chart.PAYABLE_MAINTAINER, Decimal(20), "share:a2"),
            (wallet, Decimal("-120.5"), f"{batch.id}#1"),
        ]
        assert [it.kind for it in bank.live_matches(session, f"{batch.id}#1")] == ["payout-line"]

    digest = books.digest()
    with books.write() as change:
        again = batches.submit(change, plan.hash, PERIOD, on=TODAY, nonces={WALLET: 7})
        assert ([it.id for it in again.batches], again.new) == ([batch.id], False)
    approve(books, batch, "carol")
    assert export(books, batch).files == files.files
    assert not export(books, batch).new
    repeated = settle(books, batch.id)
    assert not repeated.new
    assert [line.entry_number for line in repeated.settled] == [
        line.entry_number for line in done.settled
    ]
    assert books.digest() == digest


def test_nothing_is_settled_before_export(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    batch = freeze(books)
    with pytest.raises(BatchState, match="frozen: it cannot settle"):
        settle(books, batch.id)


def test_a_part_that_left_is_settled_and_the_rest_is_named(books: Books) -> None:
    batch = exported_batch(books)
    left_the_wallet(
        books,
        [
            ("tx1:1", "300", BOB, ""),
            ("tx2:0", "5", "0x1111111111111111111111111111111111111111", "who is this"),
        ],
    )
    done = settle(books, batch.id)
    assert (done.state, done.missing) == (State.EXPORTED, (1,))
    assert done.unmatched == (f"{WALLET}/tx2:0",)
    left_the_wallet(books, [("tx3:0", "120.5", ALICE, "")])
    assert settle(books, batch.id).state is State.SETTLED


def test_a_wrong_amount_settles_nothing(books: Books) -> None:
    batch = exported_batch(books)
    left_the_wallet(books, [("tx1:1", "299.999999", BOB, f"{batch.id}/2")])
    done = settle(books, batch.id)
    assert (done.settled, done.missing) == ((), (1, 2))
    assert done.unmatched == (f"{WALLET}/tx1:1",)


def test_two_bank_lines_for_one_line_wait_for_a_person(books: Books) -> None:
    batch = exported_batch(books)
    left_the_wallet(books, [("tx1:1", "300", BOB, ""), ("tx2:1", "300", BOB, "")])
    done = settle(books, batch.id)
    assert (done.missing, done.ambiguous) == ((1, 2), (2,))
    with pytest.raises(BadInput, match="match_impossible"):
        settle(books, batch.id, {2: f"{WALLET}/nothing"})
    chosen = settle(books, batch.id, {2: f"{WALLET}/tx2:1"})
    assert [line.bank_line for line in chosen.settled] == [f"{WALLET}/tx2:1"]
    assert chosen.unmatched == (f"{WALLET}/tx1:1",)


def test_a_bank_line_of_a_closed_month_is_dated_in_the_next(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    batch = freeze(books)
    approve(books, batch, "carol")
    export(books, batch)
    left_the_wallet(books, [("tx1:1", "300", BOB, "")], on=date(2023, 11, 4))
    with books.write() as change:
        periods.close(change, date(2023, 10, 1), reason="done")
        periods.close(change, date(2023, 11, 1), reason="done")
    done = settle(books, batch.id)
    with books.read() as session:
        posted = entry(session, done.settled[0].entry_number)
        assert (posted.effective_date, posted.relates_to_period) == (date(2023, 12, 1), "2023-11")


def test_an_obligation_is_accrued_then_due_then_claimed(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    with books.write() as change:
        owe(change, "share:later", "bob", "7", period="2023-11")
    with books.read() as session:
        assert session.get(ObligationDue, "share:later") is not None
    batch = freeze(books)
    with books.read() as session:
        assert obligation_state(session, ["share:b1", "share:later", "none"]) == {
            "share:b1": "claimed",
            "share:later": "due",
        }
    assert batch.id == f"2023-10:{WALLET}:1"


def test_the_database_refuses_a_settlement_that_the_bank_line_or_entry_does_not_show(
    books: Books,
) -> None:
    batch = exported_batch(books)
    left_the_wallet(books, [("tx1:1", "300", BOB, ""), ("tx2:0", "1", BOB, "")])
    digest = books.digest()
    for bank_line, why in (("tx2:0", "does not pay line"), ("tx1:1", "does not pay what line")):
        with pytest.raises(psycopg.Error, match=why), books.sql() as sql:
            sql.execute(
                "INSERT INTO line_settlements (change_no, batch, line, bank_line, entry_number)"
                " SELECT max(number) + 1, %s, 2, %s, 1 FROM changes",
                [batch.id, f"{WALLET}/{bank_line}"],
            )
    with pytest.raises(psycopg.Error, match="not seen paid"), books.sql() as sql:
        sql.execute(
            "INSERT INTO batch_events (change_no, batch, number, action, state, actor, reason)"
            " SELECT max(number) + 1, %s, 3, 'settle', 'settled', 'x', 'x' FROM changes",
            [batch.id],
        )
    assert books.digest() == digest


def test_a_person_may_choose_a_bank_line_that_another_line_would_have_taken(books: Books) -> None:
    furnish(books)
    fund(books, "100")
    with books.write() as change:
        owe(change, "a", "alice", "10")
        owe(change, "b", "bob", "10")
    batch = freeze(books)
    approve(books, batch, "carol")
    export(books, batch)
    left_the_wallet(books, [("tx1:0", "10", ALICE, "")])
    done = settle(books, batch.id, {2: f"{WALLET}/tx1:0"})
    assert ([line.line for line in done.settled], done.missing) == ([2], (1,))


def test_a_fee_of_another_batch_or_in_another_coin_is_unmatched(books: Books) -> None:
    batch = exported_batch(books)
    left_the_wallet(
        books,
        [
            ("fee:1", "1 USDC", "", f"network fee {batch.id}"),
            ("fee:2", "0.1 ETH", "", f"network fee {batch.id}0"),
        ],
    )
    done = settle(books, batch.id)
    assert (done.fees, done.unmatched) == ((), (f"{WALLET}/fee:1", f"{WALLET}/fee:2"))
