"""What goes back is paid by nobody; what is frozen keeps its share until it is given up."""

from decimal import Decimal

import pytest

from ledger import dues, obligations
from ledger.accounts import Chart
from ledger.revenue import restatements
from payouts import batches, exports, plans, settlement
from payouts.batches import State
from payouts.claims import ObligationState, obligation_state
from payouts.errors import NothingToPay, PlanChanged
from payouts.planned import Plan
from reports import payout_batch
from reports.query import Asked
from support.books import Books
from support.claimed_shares import open_payable_exchange, restate, share_of_alice
from support.payouts import (
    ALICE,
    PERIOD,
    TODAY,
    WALLET,
    approve,
    cancel,
    export,
    freeze,
    left_the_wallet,
)
from support.receipts import held
from support.receipts import ties as loose_ends
from support.sample_entries import MADE_AT


@pytest.fixture
def exchange(books: Books) -> Books:
    open_payable_exchange(books)
    return books


def planned(books: Books) -> Plan:
    with books.read() as session:
        return plans.plan(session, PERIOD, on=TODAY)


def pays(books: Books) -> dict[str, Decimal]:
    """Return what the plan pays of each obligation."""
    return {
        each.obligation: each.amount
        for batch in planned(books).batches
        for line in batch.lines
        for each in line.obligations
    }


def due(books: Books, document: str) -> Decimal:
    with books.read() as session:
        return dues.amount_due(session, obligations.named(session, f"share:{document}:alice"))


def state_of(books: Books, identity: str) -> ObligationState:
    with books.read() as session:
        return obligation_state(session, [identity])[identity]


def ties(books: Books) -> list[str]:
    with books.read() as session:
        report = payout_batch.build(session, Asked(), MADE_AT)
        assert {each.difference for each in report.tie_outs} <= {Decimal(0)}
    return loose_ends(books)


def test_a_plan_pays_what_is_due_after_something_went_back(exchange: Books) -> None:
    stream, document = share_of_alice(exchange, "1000")
    restate(exchange, stream, "500")
    assert pays(exchange) == {f"share:{document}:alice": Decimal(100)}
    restate(exchange, stream, "1000")
    assert pays(exchange) == {f"share:{document}:alice": Decimal(200)}


def test_what_went_back_whole_is_in_no_plan(exchange: Books) -> None:
    _, document = share_of_alice(exchange, "600")
    with exchange.write() as change:
        restatements.withdraw(change, document, reason="wrong file")
    assert pays(exchange) == {}
    assert state_of(exchange, f"share:{document}:alice/1") is ObligationState.ACCRUED
    with exchange.read() as session:
        hashed = plans.plan(session, PERIOD, on=TODAY).hash
    with pytest.raises(NothingToPay), exchange.write("treasurer") as change:
        batches.submit(change, hashed, PERIOD, on=TODAY, nonces={})


def test_a_plan_from_before_a_restatement_is_not_frozen(exchange: Books) -> None:
    stream, _ = share_of_alice(exchange, "1000")
    hashed = planned(exchange).hash
    restate(exchange, stream, "500")
    digest = exchange.digest()
    with pytest.raises(PlanChanged), exchange.write("treasurer") as change:
        batches.submit(change, hashed, PERIOD, on=TODAY, nonces={WALLET: 7})
    assert exchange.digest() == digest
    restate(exchange, stream, "1000")
    assert planned(exchange).hash == hashed


def test_what_is_left_due_is_claimed_exported_and_settled(exchange: Books) -> None:
    stream, document = share_of_alice(exchange, "1000")
    share = f"share:{document}:alice"
    restate(exchange, stream, "500")
    batch = freeze(exchange)
    restate(exchange, stream, "1000")
    assert state_of(exchange, share) is ObligationState.CLAIMED
    assert state_of(exchange, f"{share}/1") is ObligationState.DUE
    approve(exchange, batch, "carol")
    assert export(exchange, batch).new
    left_the_wallet(exchange, [("0x1", "100", ALICE, "")])
    with exchange.write() as change:
        assert settlement.settle(change, batch.id).state is State.SETTLED
    assert state_of(exchange, share) is ObligationState.PAID
    assert pays(exchange) == {f"{share}/1": Decimal(100)}
    restate(exchange, stream, "500")
    assert pays(exchange) == {}
    assert due(exchange, document) == 100
    assert ties(exchange) == []


def test_a_share_that_a_cancelled_batch_gives_up_goes_back_as_the_restatement_said(
    exchange: Books,
) -> None:
    stream, document = share_of_alice(exchange, "1000")
    batch = freeze(exchange)
    restate(exchange, stream, "500")
    assert due(exchange, document) == 200
    cancel(exchange, batch)
    assert due(exchange, document) == 100
    assert pays(exchange) == {f"share:{document}:alice": Decimal(100)}
    assert ties(exchange) == []
    assert Chart.RECEIVABLE_PAYEE_OVERPAID.value not in held(exchange)


def test_an_approved_batch_is_exported_as_frozen_though_the_month_was_restated(
    exchange: Books,
) -> None:
    stream, _ = share_of_alice(exchange, "1000")
    batch = freeze(exchange)
    approve(exchange, batch, "carol")
    restate(exchange, stream, "500")
    with exchange.write() as change:
        assert exports.export(change, batch.id).new
