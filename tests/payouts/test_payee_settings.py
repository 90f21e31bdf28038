"""Settings of payees: holds, forms and minimums keep amounts waiting, and say until when."""

from datetime import date
from decimal import Decimal

import pytest

from ledger import policies
from ledger.errors import BadInput, Denied, UnknownReference
from payouts import destination_freezes, destinations, exports, payee_settings, plans
from payouts.errors import PayoutBlocked
from payouts.planned import Held, HoldReason
from support.books import Books
from support.payouts import (
    PERIOD,
    TODAY,
    approve,
    freeze,
    furnish,
    owe,
    usual_debts,
)


def held(books: Books, on: date = TODAY) -> list[Held]:
    with books.read() as session:
        return list(plans.plan(session, PERIOD, on=on).held)


def hold(books: Books, payee: str = "bob", until: date | None = None) -> None:
    with books.write() as change:
        payee_settings.add_hold(change, payee, "a dispute", TODAY, until)


def test_a_hold_keeps_a_payee_waiting_until_the_day_after_its_last(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    hold(books, until=date(2023, 11, 9))
    [found] = held(books)
    assert (found.payee, found.reason, found.until) == (
        "bob",
        HoldReason.PAYEE_ON_HOLD,
        date(2023, 11, 10),
    )
    assert "a dispute" in found.detail
    assert found.amount == Decimal(300)
    assert held(books, date(2023, 11, 10)) == []


def test_another_person_lifts_a_hold_and_the_payee_does_not(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    hold(books, "alice")
    for who in ("treasurer", "alice"):
        with pytest.raises(Denied), books.write(who) as change:
            payee_settings.lift_hold(change, "alice", 1, "settled")
    with books.write("erin") as change:
        assert payee_settings.lift_hold(change, "alice", 1, "settled")
        assert not payee_settings.lift_hold(change, "alice", 1, "settled")
        with pytest.raises(UnknownReference):
            payee_settings.lift_hold(change, "alice", 2, "settled")
    assert held(books) == []


def test_what_is_below_a_minimum_is_carried_forward_whole(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    with books.write() as change:
        for new in (True, False):
            said = payee_settings.set_minimum(
                change, "bob", "safe", "USDC", amount=Decimal("300.01"), since=date(2023, 11, 1)
            )
            assert said is new
    [found] = held(books)
    assert (found.payee, found.reason, found.amount) == (
        "bob",
        HoldReason.BELOW_MINIMUM,
        Decimal(300),
    )
    with books.write() as change:
        owe(change, "share:b9", "bob", "0.01")
    assert held(books) == []


def test_a_form_gates_payouts_once_a_policy_says_so(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    with books.write() as change:
        payee_settings.set_form(change, "bob", "tax", "approved", date(2023, 11, 30))
        payee_settings.set_form(change, "alice", "tax", "received")
        policies.propose(
            change, "payee-form-gates", ["tax"], effective_from=date(2023, 11, 1), reason="law"
        )
    assert held(books) == []
    with books.write("erin") as change:
        policies.confirm(change, "payee-form-gates", 2)
    assert [(it.payee, it.reason) for it in held(books)] == [("alice", HoldReason.FORM_MISSING)]
    assert {it.payee for it in held(books, date(2023, 12, 1))} == {"alice", "bob"}


def test_what_is_no_hold_form_or_minimum_is_refused(books: Books) -> None:
    furnish(books)
    digest = books.digest()
    with pytest.raises(BadInput, match="hold_invalid"), books.write() as change:
        payee_settings.add_hold(change, "bob", "r", TODAY, date(2023, 11, 1))
    with pytest.raises(BadInput, match="form_invalid"), books.write() as change:
        payee_settings.set_form(change, "bob", "visa", "approved")
    with pytest.raises(BadInput, match="amount_invalid"), books.write() as change:
        payee_settings.set_minimum(
            change, "bob", "safe", "USDC", amount=Decimal("0.0000001"), since=TODAY
        )
    with pytest.raises(Denied), books.write("alice") as change:
        payee_settings.set_form(change, "alice", "tax", "approved")
    assert books.digest() == digest


def test_a_frozen_address_is_in_no_plan_and_a_batch_that_pays_it_is_not_exported(
    books: Books,
) -> None:
    furnish(books)
    usual_debts(books)
    batch = freeze(books)
    approve(books, batch, "carol")
    with books.write("auditor") as change:
        found = destinations.named(change.session, "bob:safe:1")
        destination_freezes.freeze(change, found, "the key was stolen")
    hold(books, "alice")
    with pytest.raises(PayoutBlocked) as refused, books.write() as change:
        exports.export(change, batch.id)
    assert refused.value.reasons == (
        "line 1: alice is on hold: a dispute",
        "line 2: bob:safe:1 is frozen",
    )
    with books.write() as change:
        owe(change, "share:b9", "bob", "7")
    assert [it.reason for it in held(books)] == [HoldReason.FROZEN]
