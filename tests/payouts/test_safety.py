"""Safety: what is to be looked at before a line is paid, how grave it is, what stops a line."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from payouts import destination_findings, destination_risks, destinations, plan_comparison, plans
from payouts.planned import HoldReason
from payouts.safety import LineFacts, checks, median
from payouts.safety_facts import Asked, facts_of
from support.books import Books
from support.payouts import (
    ALICE,
    PERIOD,
    TODAY,
    WALLET,
    address_of,
    confirm_change,
    exported_batch,
    fund,
    furnish,
    left_the_wallet,
    owe,
    usual_debts,
)

FINE = LineFacts(
    payee="bob",
    destination="bob:safe:1",
    commodity="USDC",
    amount=Decimal(100),
    confirmed_on=date(2023, 10, 20),
    is_change=False,
    is_proved=True,
    is_frozen=False,
    was_paid=True,
    earlier=(Decimal(90), Decimal(40), Decimal(110)),
    shared_with=(),
    looks_like=(),
    recipient="account",
    recipient_detail="",
    is_overridden=False,
)


def told(**facts: object) -> list[tuple[str, str]]:
    return [(it.level, it.code) for it in checks([replace(FINE, **facts)], TODAY)]  # type: ignore[arg-type]


def test_nothing_is_said_of_a_usual_line() -> None:
    assert told() == []


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"was_paid": False}, ("warn", "first_payment")),
        ({"amount": Decimal("270.01")}, ("warn", "amount_unusual")),
        ({"is_change": True}, ("warn", "address_changed")),
        ({"is_proved": False}, ("info", "address_unproved")),
        ({"is_frozen": True}, ("stop", "address_frozen")),
        ({"shared_with": ("alice",)}, ("warn", "address_shared")),
        ({"looks_like": (ALICE,)}, ("warn", "address_lookalike")),
        ({"recipient": "contract"}, ("stop", "recipient_contract")),
        ({"recipient": "elsewhere"}, ("stop", "recipient_contract")),
        ({"recipient": "contract", "is_overridden": True}, ("warn", "recipient_contract")),
        ({"recipient": "delegated"}, ("warn", "recipient_delegated")),
        ({"recipient": "safe"}, ("info", "recipient_safe")),
    ],
)
def test_each_fact_is_told_at_its_level(
    facts: dict[str, object], expected: tuple[str, str]
) -> None:
    assert told(**facts) == [expected]


def test_bounds_lie_where_they_are_said_to() -> None:
    assert told(amount=Decimal(270)) == []
    assert told(earlier=(), amount=Decimal(10**6)) == []
    long_ago = TODAY - timedelta(days=31)
    assert told(is_change=True, confirmed_on=long_ago) == []
    assert told(is_change=True, is_proved=False, confirmed_on=long_ago) == [
        ("warn", "address_unproved")
    ]


def test_the_gravest_comes_first() -> None:
    found = told(is_proved=False, is_frozen=True, was_paid=False)
    assert [level for level, _ in found] == ["stop", "warn", "info"]


def test_a_median_is_the_middle_or_the_mean_of_the_two() -> None:
    assert median([Decimal(3), Decimal(1), Decimal(2)]) == Decimal(2)
    assert median([Decimal(4), Decimal(1), Decimal(2), Decimal(3)]) == Decimal("2.5")


def facts(books: Books, destination: str = "bob:safe:1") -> LineFacts:
    with books.read() as session:
        asked = Asked(payee="bob", destination=destination, commodity="USDC", amount=Decimal(1000))
        [found] = facts_of(session, [asked])
        return found


def test_facts_come_from_settled_lines_proofs_and_other_addresses(books: Books) -> None:
    batch = exported_batch(books)
    assert not facts(books).was_paid
    left_the_wallet(books, [("0x1", "300", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359", "")])
    with books.write() as change:
        from payouts import settlement

        settlement.settle(change, batch.id)
    found = facts(books)
    assert (found.was_paid, found.earlier) == (True, (Decimal(300),))
    assert not found.is_proved
    assert (found.is_change, found.shared_with, found.looks_like) == (False, (), ())


def test_a_shared_and_resembling_address_is_told_though_two_persons_override_it(
    books: Books,
) -> None:
    furnish(books)
    with books.write() as change:
        numbers = [
            it.number for it in destination_risks.override(change, "bob", ALICE, "one household")
        ]
    with books.write("erin") as change:
        for number in numbers:
            destination_risks.confirm_override(change, number)
    with books.write() as change:
        destinations.request(change, "bob", "safe", ALICE, chain="ethereum")
    confirm_change(books, "bob:safe:2")
    found = facts(books, "bob:safe:2")
    assert (found.is_change, found.shared_with) == (True, ("alice",))


def test_a_contract_found_later_holds_its_lines(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    with books.write() as change:
        bob = destinations.named(change.session, "bob:safe:1")
        destination_findings.record(change, bob, "contract", "a contract on ethereum", change.at)
    with books.read() as session:
        [found] = plans.plan(session, PERIOD, on=TODAY).held
    assert (found.payee, found.reason) == ("bob", HoldReason.UNSAFE)


def test_a_plan_stands_beside_the_month_before_and_what_is_left(books: Books) -> None:
    batch = exported_batch(books)
    assert batch.id
    fund(books, "77")
    with books.write() as change:
        owe(change, "share:b2", "bob", "350", period="2023-11")
    with books.read() as session:
        plan = plans.plan(session, date(2023, 11, 1), on=date(2023, 12, 1))
        beside = plan_comparison.compared(session, plan)
        left = plan_comparison.balances(session, plan)
    assert [(it.payee, it.before, it.now, it.difference, it.word) for it in beside] == [
        ("alice", Decimal("120.5"), Decimal(0), Decimal("-120.5"), "gone"),
        ("bob", Decimal(300), Decimal(350), Decimal(50), "more"),
    ]
    [balance] = left
    assert (balance.account, balance.paid, balance.after) == (
        WALLET,
        Decimal(350),
        Decimal("9306.5"),
    )


def test_january_comes_after_december() -> None:
    assert plan_comparison.month_before(date(2024, 1, 1)) == date(2023, 12, 1)
    assert plan_comparison.month_before(date(2023, 11, 1)) == date(2023, 10, 1)


def test_an_address_that_is_no_like_is_not_told(books: Books) -> None:
    furnish(books)
    with books.write() as change:
        destinations.request(change, "bob", "safe", address_of("bob"), chain="ethereum")
    assert facts(books, "bob:safe:2").looks_like == ()
