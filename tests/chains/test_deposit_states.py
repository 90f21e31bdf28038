from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from chains.deposit_states import Arrival, Deposit, State, Wanted
from chains.deposit_states import deposits as stand
from feeshare.deposit_actions import next_action

DAY = datetime(2026, 10, 1, 12, tzinfo=UTC)
WINDOW = timedelta(days=30)
BOUNTY = Wanted(
    bounty="b1",
    exchange="gate",
    commodity="USDC",
    amount=Decimal(10_000),
    since=DAY,
    declared={"0xaa": "ethereum"},
)
UNDECLARED = replace(BOUNTY, declared={})
ARRIVAL = Arrival(
    line="w/0xaa/log:0",
    wallet="w",
    chain="ethereum",
    transaction="0xaa",
    contract="0xusdc",
    commodity="USDC",
    amount=Decimal(10_000),
    seen_at=DAY,
    is_final=True,
    booked_at=DAY + timedelta(minutes=20),
)


def only(wanted: Sequence[Wanted], arrivals: Sequence[Arrival]) -> Deposit:
    (found,) = stand(wanted, arrivals, WINDOW)
    return found


def another(line: str, transaction: str, **more: object) -> Arrival:
    return replace(ARRIVAL, line=line, transaction=transaction, **more)  # type: ignore[arg-type]


def test_a_bounty_without_a_declaration_or_an_arrival_is_no_deposit_yet() -> None:
    assert stand([UNDECLARED], [], WINDOW) == []


def test_a_declared_transaction_that_nobody_saw_is_declared() -> None:
    found = only([BOUNTY], [])
    assert (found.state, found.seen_at, found.arrived) == (State.DECLARED, None, Decimal(0))
    assert found.why == "nothing is seen of it yet"


@pytest.mark.parametrize("is_final", [False, True])
def test_what_is_seen_is_detected_until_it_is_booked(*, is_final: bool) -> None:
    found = only([BOUNTY], [replace(ARRIVAL, is_final=is_final, booked_at=None)])
    assert (found.state, found.confirmed_at, found.arrived) == (State.DETECTED, None, Decimal(0))


def test_the_declared_amount_is_confirmed_once_it_is_booked() -> None:
    found = only([BOUNTY], [ARRIVAL])
    assert (found.state, found.why) == (State.CONFIRMED, "declared")
    assert (found.seen_at, found.confirmed_at) == (DAY, ARRIVAL.booked_at)
    assert next_action(found) == "feeshare reconcile MONTH books it for the bounty"
    assert next_action(only([BOUNTY], [replace(ARRIVAL, document="b1")])) == ""


@pytest.mark.parametrize(
    ("amount", "state"), [("9999.999999", State.SHORT), ("10000.000001", State.OVER)]
)
def test_one_unit_less_is_short_and_one_more_is_over(amount: str, state: State) -> None:
    assert only([BOUNTY], [replace(ARRIVAL, amount=Decimal(amount))]).state is state


def test_two_halves_are_split_and_one_alone_is_short() -> None:
    both = replace(BOUNTY, declared={"0xaa": "ethereum", "0xbb": "ethereum"})
    half = replace(ARRIVAL, amount=Decimal(5000))
    other = another("w/0xbb/log:0", "0xbb", amount=Decimal(5000))
    assert only([both], [half]).state is State.SHORT
    assert only([both], [half, other]).state is State.SPLIT
    assert only([both], [half, replace(other, booked_at=None)]).state is State.DETECTED


def test_two_transfers_of_one_declared_transaction_belong_to_it_both() -> None:
    parts = [
        replace(ARRIVAL, line=f"w/0xaa/log:{number}", amount=Decimal(5000)) for number in (0, 1)
    ]
    assert only([BOUNTY], parts).state is State.SPLIT


def test_a_token_that_is_not_registered_is_the_wrong_one_whatever_it_calls_itself() -> None:
    fake = replace(ARRIVAL, commodity="", booked_at=None, contract="0xfake")
    assert only([BOUNTY], [fake]).state is State.WRONG_TOKEN
    assert only([BOUNTY], [replace(ARRIVAL, commodity="USDT")]).state is State.WRONG_TOKEN
    assert stand([UNDECLARED], [fake], WINDOW) == []


def test_a_deposit_on_another_chain_than_declared_is_on_the_wrong_one() -> None:
    assert only([BOUNTY], [replace(ARRIVAL, chain="bsc")]).state is State.WRONG_CHAIN


def test_what_is_in_doubt_is_quarantined_declared_or_not() -> None:
    doubtful = replace(ARRIVAL, booked_at=None, doubt="handed over")
    assert only([BOUNTY], [doubtful]).state is State.QUARANTINED
    lone = only([UNDECLARED], [doubtful])
    assert (lone.state, lone.wanted, lone.why) == (State.QUARANTINED, None, "handed over")


def test_an_undeclared_deposit_is_known_by_its_exact_amount_within_the_window() -> None:
    assert only([UNDECLARED], [ARRIVAL]).why == "amount and day"
    for late in (
        replace(ARRIVAL, seen_at=DAY - timedelta(seconds=1)),
        replace(ARRIVAL, seen_at=DAY + WINDOW + timedelta(seconds=1)),
        replace(ARRIVAL, amount=Decimal("9999.999999")),
        replace(ARRIVAL, commodity="USDT"),
    ):
        found = only([UNDECLARED], [late])
        assert (found.state, found.wanted) == (State.UNIDENTIFIED, None)


def test_two_bounties_of_one_amount_leave_an_undeclared_arrival_to_a_person() -> None:
    other = replace(UNDECLARED, bounty="b2")
    found = only([UNDECLARED, other], [ARRIVAL])
    assert (found.state, found.wanted) == (State.UNIDENTIFIED, None)
    assert found.why == "nobody declared it; b1 and b2 expect as much"
    arrivals = [ARRIVAL, another("w/0xbb/log:0", "0xbb")]
    assert {each.state for each in stand([UNDECLARED], arrivals, WINDOW)} == {State.UNIDENTIFIED}


def test_a_declaration_takes_its_bounty_out_of_the_guessing() -> None:
    declared, other = BOUNTY, replace(UNDECLARED, bounty="b2")
    second = another("w/0xbb/log:0", "0xbb")
    found = stand([declared, other], [ARRIVAL, second], WINDOW)
    assert [(each.wanted and each.wanted.bounty, each.why) for each in found] == [
        ("b1", "declared"),
        ("b2", "amount and day"),
    ]


def test_a_bounty_with_a_declaration_waits_for_it_and_takes_no_other_of_its_amount() -> None:
    found = stand([BOUNTY], [another("w/0xbb/log:0", "0xbb")], WINDOW)
    assert [each.state for each in found] == [State.DECLARED, State.UNIDENTIFIED]


def test_a_transaction_that_two_bounties_declared_is_left_to_a_person() -> None:
    found = stand([BOUNTY, replace(BOUNTY, bounty="b2")], [ARRIVAL], WINDOW)
    assert [each.state for each in found] == [State.DECLARED, State.DECLARED, State.UNIDENTIFIED]


def test_what_is_matched_belongs_to_its_document_alone() -> None:
    found = stand([UNDECLARED], [replace(ARRIVAL, document="b1")], WINDOW)
    assert [(each.state, each.why) for each in found] == [(State.CONFIRMED, "matched")]
    assert stand([UNDECLARED], [replace(ARRIVAL, document="statement:x")], WINDOW) == []
