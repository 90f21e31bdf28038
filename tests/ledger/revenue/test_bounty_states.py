"""The table of a bounty's moves, walked whole."""

from itertools import product

import pytest

from ledger.revenue.bounty_states import (
    EVIDENCE,
    Gate,
    Move,
    Standing,
    State,
    allowed_in,
    belongs,
    may,
    missing,
)

WORKING = {Move.SIGN, Move.DEPOSIT, Move.PLEDGE, Move.ASSIGN, Move.WITHDRAW, Move.CHOOSE}
ENDED = (State.PAID, State.REFUNDED, State.CANCELLED)


@pytest.mark.parametrize(("state", "move"), list(product(State, Move)))
def test_every_state_allows_the_moves_that_its_contract_allows(state: State, move: Move) -> None:
    expected = {
        State.QUOTED: WORKING | {Move.REFUND, Move.CANCEL},
        State.SIGNED: WORKING | {Move.REFUND, Move.CANCEL},
        State.FUNDED: WORKING | {Move.REFUND, Move.CANCEL, Move.PASS, Move.FAIL},
        State.ASSIGNED: set(Move),
        State.RELEASED: {Move.OVERRUN},
    }.get(state, set())
    assert may(state, move) is (move in expected)
    assert (move in allowed_in(state)) is (move in expected)


@pytest.mark.parametrize("move", Move)
def test_a_bounty_that_its_exchange_pays_moves_no_money_of_ours(move: Move) -> None:
    ours = {Move.DEPOSIT, Move.PLEDGE, Move.RELEASE, Move.REFUND, Move.OVERRUN}
    assert belongs(move, is_direct=True) is (move not in ours)
    assert belongs(move, is_direct=False) is (move is not Move.PAY_DIRECTLY)


@pytest.mark.parametrize("state", ENDED)
def test_nothing_follows_an_end(state: State) -> None:
    assert allowed_in(state) == []


@pytest.mark.parametrize(("state", "gate"), list(product(State, Gate)))
def test_a_gate_waits_for_money_and_a_developer_but_a_vote_only_for_money(
    state: State, gate: Gate
) -> None:
    is_vote = gate is Gate.PROPOSAL_PASSED
    expected = state is State.ASSIGNED or (state is State.FUNDED and is_vote)
    assert may(state, Move.PASS, gate) is expected
    assert may(state, Move.FAIL, gate) is expected


def test_every_move_says_what_has_to_show_it() -> None:
    assert set(EVIDENCE) == set(Move)
    assert all(EVIDENCE.values())


@pytest.mark.parametrize(
    ("standing", "state"),
    [
        (Standing(), State.QUOTED),
        (Standing(has_developer=True), State.QUOTED),
        (Standing(signed=True), State.SIGNED),
        (Standing(funded=True), State.FUNDED),
        (Standing(signed=True, funded=True, has_developer=True), State.ASSIGNED),
        (Standing(funded=True, has_developer=True, end="released"), State.RELEASED),
        (Standing(end="released", owes_nothing=True), State.PAID),
        (Standing(end="refunded"), State.REFUNDED),
        (Standing(signed=True, is_cancelled=True), State.CANCELLED),
        (Standing(signed=True, funded=True, was_paid_directly=True), State.PAID),
    ],
)
def test_a_state_follows_from_what_was_recorded(standing: Standing, state: State) -> None:
    assert standing.state is state


def test_gates_may_come_in_any_order_and_all_are_named_until_they_came() -> None:
    needed = frozenset(Gate)
    assert missing(needed, []) == list(Gate)
    assert missing(needed, [Gate.RELEASED, Gate.DELIVERED]) == [
        Gate.APPROVED,
        Gate.QA_PASSED,
        Gate.PROPOSAL_PASSED,
        Gate.MERGED,
    ]
    assert missing(needed, list(reversed(Gate))) == []
