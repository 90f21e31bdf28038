"""The pure rule of what a transaction moved: it adds up, and does not depend on who asks."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.movements import NATIVE, Block, Movement
from chains.solana_addresses import TOKEN_PROGRAM, WRAPPED_SOL
from chains.solana_answers import Transaction
from chains.solana_movements import HANDED_OVER, UNEXPLAINED, movements_of

BLOCK = Block(number=7, hash="hash", at=datetime(2026, 11, 1, tzinfo=UTC))
OWNERS = ("ada", "bob", "cy")
PEOPLE = frozenset(OWNERS)

State = tuple[str, int] | None
"""Who owns a token account and what is in it; nothing where there is none."""


def transaction(
    accounts: Mapping[str, tuple[State, State]],
    lamports: Mapping[str, tuple[int, int]] | None = None,
    *,
    fee: int = 0,
    mint: str = "mint",
    instructions: list[dict[str, Any]] | None = None,
    **meta: object,
) -> Transaction:
    """Return a transaction after which accounts and lamports are what they are told to be."""
    coins = dict(lamports or {}) or {"payer": (fee, 0)}
    rent = {
        name: (int(old is not None), int(new is not None)) for name, (old, new) in accounts.items()
    }
    keys = [*coins, *rent]

    def balances(side: int) -> list[dict[str, object]]:
        return [
            {
                "accountIndex": keys.index(name),
                "mint": mint,
                "owner": state[0],
                "programId": TOKEN_PROGRAM,
                "uiTokenAmount": {"amount": str(state[1])},
            }
            for name, states in accounts.items()
            if (state := states[side]) is not None
        ]

    told = {
        "slot": 7,
        "transaction": {
            "signatures": ["signature"],
            "message": {
                "accountKeys": [{"pubkey": key} for key in keys],
                "instructions": instructions or [],
            },
        },
        "meta": {
            "fee": fee,
            "err": None,
            "preBalances": [each[0] for each in (coins | rent).values()],
            "postBalances": [each[1] for each in (coins | rent).values()],
            "preTokenBalances": balances(0),
            "postTokenBalances": balances(1),
        }
        | meta,
    }
    return msgspec.json.decode(msgspec.json.encode(told), type=Transaction)


def tokens(
    found: Transaction,
    wallets: frozenset[str] = PEOPLE,
    made_for: Mapping[str, str] | None = None,
) -> list[tuple[str, str, str, int, str]]:
    """Return what a transaction moved of tokens: part, sender, recipient, units, doubt."""
    return [
        (each.part, each.sender, each.recipient, each.units, each.doubt)
        for each in movements_of(found, BLOCK, wallets, made_for or {})
        if each.contract != NATIVE
    ]


def test_the_only_loser_pays_the_only_gainer() -> None:
    found = transaction({"a": (("ada", 9), ("ada", 2)), "b": (None, ("bob", 7))})
    assert tokens(found) == [("token:b", "ada", "bob", 7, "")]


def test_what_a_token_keeps_of_a_transfer_leaves_the_loser() -> None:
    found = transaction({"a": (("ada", 100), ("ada", 0)), "b": (("bob", 0), ("bob", 99))})
    assert tokens(found) == [("token:a", "ada", "", 1, ""), ("token:b", "ada", "bob", 99, "")]
    assert tokens(found, frozenset({"bob"})) == [("token:b", "ada", "bob", 99, "")]


def test_one_loser_pays_each_of_many_and_many_pay_the_only_gainer() -> None:
    states = {"a": (("ada", 5), ("ada", 0)), "b": (None, ("bob", 2)), "c": (None, ("cy", 3))}
    assert tokens(transaction(states)) == [
        ("token:b", "ada", "bob", 2, ""),
        ("token:c", "ada", "cy", 3, ""),
    ]
    back = {name: (new, old) for name, (old, new) in states.items()}
    assert tokens(transaction(back)) == [
        ("token:b", "bob", "ada", 2, ""),
        ("token:c", "cy", "ada", 3, ""),
    ]


def test_where_nobody_can_say_who_paid_whom_the_other_side_is_blank() -> None:
    found = transaction(
        {
            "a": (("ada", 5), ("ada", 0)),
            "a2": (("ada", 5), ("ada", 0)),
            "b": (("bob", 0), ("bob", 6)),
            "c": (("cy", 0), ("cy", 4)),
        }
    )
    assert tokens(found, frozenset({"ada", "bob"})) == [
        ("token:a", "ada", "", 5, ""),
        ("token:a2", "ada", "", 5, ""),
        ("token:b", "", "bob", 6, ""),
    ]


def test_an_account_that_changes_hands_is_a_loss_to_its_first_owner_and_doubtful() -> None:
    given_away = transaction({"a": (("ada", 5), ("bob", 8))})
    assert tokens(given_away, made_for={"a": "ada"}) == [
        ("handed:a", "ada", "bob", 8, HANDED_OVER),
        ("token:a:out", "ada", "", 5, ""),
    ]
    assert tokens(given_away, made_for={"a": "bob"}) == [
        ("handed:a", "ada", "bob", 5, HANDED_OVER),
        ("token:a", "", "bob", 8, ""),
    ]
    assert tokens(given_away, made_for={"a": "cy"}) == [("handed:a", "ada", "bob", 8, HANDED_OVER)]


def test_a_payment_to_an_account_that_was_handed_over_is_real_for_its_payer_alone() -> None:
    found = transaction({"a": (("ada", 5), ("ada", 0)), "b": (("bob", 1), ("bob", 6))})
    assert tokens(found, made_for={"a": "ada", "b": "thief"}) == [
        ("handed:b", "", "bob", 5, HANDED_OVER),
        ("token:a", "ada", "", 5, ""),
    ]


@pytest.mark.parametrize(
    ("kind", "doubt"), [("mintTo", ""), ("mintToChecked", ""), ("transfer", UNEXPLAINED)]
)
def test_units_out_of_nothing_in_a_new_account_have_to_be_explained(kind: str, doubt: str) -> None:
    made = [{"program": "spl-token", "parsed": {"type": kind, "info": {"mint": "mint"}}}]
    fresh = {"a": (None, ("ada", 5))}
    assert tokens(transaction(fresh, instructions=made)) == [("token:a", "", "ada", 5, doubt)]
    inner = [{"index": 0, "instructions": made}]
    assert tokens(transaction(fresh, innerInstructions=inner)) == [
        ("token:a", "", "ada", 5, doubt)
    ]
    known = transaction({"a": (("ada", 1), ("ada", 5))}, instructions=made)
    assert tokens(known) == [("token:a", "", "ada", 4, "")]


def test_wrapped_coins_need_no_explanation() -> None:
    found = transaction({"a": (None, ("ada", 5))}, mint=WRAPPED_SOL)
    assert tokens(found) == [("token:a", "", "ada", 5, "")]


@pytest.mark.parametrize(
    "parsed",
    ["a memo", {"type": 7}, {"type": "mintTo", "info": 3}, {"type": "mintTo", "info": {}}, None],
)
def test_an_instruction_of_any_shape_explains_nothing_and_breaks_nothing(parsed: object) -> None:
    odd: list[dict[str, Any]] = [
        {"program": "spl-token", "parsed": parsed},
        {"programId": "x", "accounts": []},
    ]
    found = transaction({"a": (None, ("ada", 5))}, instructions=odd)
    assert tokens(found)[0][4] == UNEXPLAINED


def test_an_account_without_lamports_is_closed_whatever_is_told_of_its_tokens() -> None:
    found = transaction({"a": (("ada", 5), ("ada", 5)), "b": (("bob", 0), ("bob", 5))})
    found.meta.post_balances[1] = 0
    assert tokens(found) == [("token:b", "ada", "bob", 5, "")]


def natively(found: Transaction) -> list[tuple[str, str, str, int]]:
    return [
        (each.part, each.sender, each.recipient, each.units)
        for each in movements_of(found, BLOCK, PEOPLE, {})
    ]


def test_the_payer_pays_the_fee_beside_what_it_sends() -> None:
    found = transaction({}, {"ada": (100, 65), "bob": (0, 30)}, fee=5)
    assert natively(found) == [("fee", "ada", "", 5), ("lamports:bob", "ada", "bob", 30)]


def test_rents_beside_a_payment_stay_in_one_movement_of_the_payer() -> None:
    found = transaction({}, {"ada": (100, 45), "bob": (0, 30), "account": (0, 20)}, fee=5)
    assert natively(found) == [
        ("fee", "ada", "", 5),
        ("lamports:ada", "ada", "", 50),
        ("lamports:bob", "", "bob", 30),
    ]


def test_a_transaction_that_failed_is_its_fee_alone() -> None:
    states = {"a": (("ada", 5), ("ada", 0)), "b": (None, ("bob", 5))}
    found = transaction(
        states, {"ada": (100, 95)}, fee=5, err={"InstructionError": [0, {"Custom": 1}]}
    )
    assert natively(found) == [("fee", "ada", "", 5)]
    assert tokens(found) == []


def test_accounts_of_lookup_tables_that_are_told_beside_the_keys_count_like_the_others() -> None:
    found = transaction({}, {"payer": (100, 70), "x": (1, 1), "ada": (0, 30)})
    del found.transaction.message.account_keys[1:]
    told = msgspec.json.decode(msgspec.json.encode(found), type=dict[str, Any])
    told["meta"]["loadedAddresses"] = {"writable": ["x"], "readonly": ["ada"]}
    again = msgspec.json.decode(msgspec.json.encode(told), type=Transaction)
    assert natively(again) == [("lamports:ada", "payer", "ada", 30)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"preBalances": [1]}, "accounts without balances"),
        ({"postTokenBalances": [{"owner": ""}]}, "without an owner"),
        ({"postTokenBalances": [{"accountIndex": 9}]}, "without an account"),
        ({"postTokenBalances": [{"uiTokenAmount": {"amount": "-1"}}]}, "below zero"),
        ({"postTokenBalances": [{"uiTokenAmount": {"amount": "many"}}]}, "invalid literal"),
    ],
)
def test_balances_that_contradict_themselves_are_refused(
    change: dict[str, Any], said: str
) -> None:
    whole = {
        "accountIndex": 1,
        "mint": "mint",
        "owner": "ada",
        "uiTokenAmount": {"amount": "5"},
    }
    if "postTokenBalances" in change:
        change = {"postTokenBalances": [whole | each for each in change["postTokenBalances"]]}
    found = transaction({"a": (("ada", 5), ("ada", 5))}, **change)
    with pytest.raises(ValueError, match=said):
        movements_of(found, BLOCK, PEOPLE, {})


states = st.none() | st.tuples(st.sampled_from(OWNERS), st.integers(0, 5))
accounts = st.dictionaries(st.sampled_from("abcdef"), st.tuples(states, states), min_size=1)
makers = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from((*OWNERS, "thief", "")))


def held(
    found: Mapping[str, tuple[State, State]], origins: Mapping[str, str], side: int
) -> Counter[str]:
    """Return what each holds, before or after, in accounts that were made for them."""
    sums: Counter[str] = Counter()
    for name, states in found.items():
        state = states[side]
        if state is not None and origins.get(name, state[0]) == state[0]:
            sums[state[0]] += state[1]
    return sums


@given(accounts, makers)
def test_what_moved_without_a_doubt_is_what_the_balances_changed(
    found: dict[str, tuple[State, State]], made_for: dict[str, str]
) -> None:
    origins = _complete(found, made_for)
    told = [
        each
        for each in movements_of(transaction(found, mint=WRAPPED_SOL), BLOCK, PEOPLE, origins)
        if each.contract != NATIVE
    ]
    assert len({each.part for each in told}) == len(told)
    assert all(each.units > 0 for each in told)
    before, after = held(found, origins, 0), held(found, origins, 1)
    for owner in OWNERS:
        came = sum(each.units for each in told if each.recipient == owner and not each.doubt)
        went = sum(each.units for each in told if each.sender == owner and not each.doubt)
        assert came - went == after[owner] - before[owner]


@given(accounts, makers, st.frozensets(st.sampled_from(OWNERS)))
def test_what_is_told_does_not_depend_on_whose_wallets_are_asked_for(
    found: dict[str, tuple[State, State]], made_for: dict[str, str], asked: frozenset[str]
) -> None:
    whole, origins = transaction(found), _complete(found, made_for)
    everything = movements_of(whole, BLOCK, PEOPLE, origins)
    assert movements_of(whole, BLOCK, asked, origins) == _of(everything, asked)


def _of(told: list[Movement], wallets: frozenset[str]) -> list[Movement]:
    return [each for each in told if {each.sender, each.recipient} & wallets]


def _complete(
    found: Mapping[str, tuple[State, State]], made_for: Mapping[str, str]
) -> dict[str, str]:
    """Return whom accounts were made for: of one that is not told, whose it is first."""
    first = {
        name: next((state[0] for state in states if state is not None), "")
        for name, states in found.items()
    }
    return first | {name: made_for[name] for name in found if name in made_for}
