"""The pure rule of what a transaction moved, by examples."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import pytest

from chains.movements import NATIVE
from chains.solana_addresses import WRAPPED_SOL
from chains.solana_answers import Transaction
from chains.solana_movements import HANDED_OVER, UNEXPLAINED, movements_of
from support.solana_told import BLOCK, MINT, PEOPLE, address, moved, transaction


def tokens(
    found: Transaction,
    wallets: Iterable[str] = PEOPLE,
    made_for: Mapping[str, str] | None = None,
) -> list[tuple[str, str, str, int, str]]:
    """Return what a transaction moved of tokens: part, sender, recipient, units, doubt."""
    return [
        (each.part, each.sender, each.recipient, each.units, each.doubt)
        for each in moved(found, wallets, made_for)
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
    given_away = transaction({"d": (("ada", 5), ("bob", 8))})
    assert tokens(given_away, made_for={"d": "ada"}) == [
        ("handed:d", "ada", "bob", 8, HANDED_OVER),
        ("token:d:out", "ada", "", 5, ""),
    ]
    assert tokens(given_away, made_for={"d": "bob"}) == [
        ("handed:d", "ada", "bob", 5, HANDED_OVER),
        ("token:d", "", "bob", 8, ""),
    ]
    assert tokens(given_away, made_for={"d": "cy"}) == [("handed:d", "ada", "bob", 8, HANDED_OVER)]


def test_a_payment_to_an_account_that_was_handed_over_is_real_for_its_payer_alone() -> None:
    found = transaction({"a": (("ada", 5), ("ada", 0)), "d": (("bob", 1), ("bob", 6))})
    assert tokens(found, made_for={"d": "thief"}) == [
        ("handed:d", "", "bob", 5, HANDED_OVER),
        ("token:a", "ada", "", 5, ""),
    ]


def test_an_account_that_is_not_associated_names_its_owner_to_nobody_else() -> None:
    paid = transaction({"a": (("ada", 5), ("ada", 0)), "d": (("bob", 1), ("bob", 6))})
    assert tokens(paid, made_for={"d": "bob"}) == [
        ("token:a", "ada", "", 5, ""),
        ("token:d", "", "bob", 5, ""),
    ]
    got = transaction({"a": (("ada", 0), ("ada", 5)), "d": (("bob", 6), ("bob", 1))})
    assert tokens(got, made_for={"d": "bob"}) == [
        ("token:a", "", "ada", 5, ""),
        ("token:d", "bob", "", 5, ""),
    ]


def test_beside_an_account_that_is_not_associated_the_associated_ones_still_pay() -> None:
    states = {
        "a": (("ada", 9), ("ada", 0)),
        "b": (None, ("bob", 2)),
        "d": (None, ("cy", 3)),
        "e": (None, ("ada", 4)),
    }
    assert tokens(transaction(states)) == [
        ("token:a", "ada", "", 3, ""),
        ("token:b", "ada", "bob", 2, ""),
        ("token:d", "", "cy", 3, ""),
        ("token:e", "ada", "ada", 4, ""),
    ]
    back = {name: (new, old) for name, (old, new) in states.items()}
    assert tokens(transaction(back)) == [
        ("token:a", "", "ada", 3, ""),
        ("token:b", "bob", "ada", 2, ""),
        ("token:d", "cy", "", 3, ""),
        ("token:e", "ada", "ada", 4, ""),
    ]


def test_who_paid_is_not_said_where_an_account_that_changed_hands_lost_too() -> None:
    found = transaction(
        {
            "a": (("ada", 5), ("ada", 0)),
            "b": (("bob", 0), ("bob", 4)),
            "c": (("cy", 0), ("cy", 4)),
            "d": (("thief", 3), ("bob", 0)),
        }
    )
    assert tokens(found, made_for={"d": "thief"}) == [
        ("token:a", "ada", "", 5, ""),
        ("token:b", "", "bob", 4, ""),
        ("token:c", "", "cy", 4, ""),
    ]


@pytest.mark.parametrize(
    ("kind", "doubt"), [("mintTo", ""), ("mintToChecked", ""), ("transfer", UNEXPLAINED)]
)
def test_units_out_of_nothing_in_a_new_account_have_to_be_explained(kind: str, doubt: str) -> None:
    made = [{"program": "spl-token", "parsed": {"type": kind, "info": {"mint": MINT}}}]
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
    return [(each.part, each.sender, each.recipient, each.units) for each in moved(found)]


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
    told["meta"]["loadedAddresses"] = {"writable": [address("x")], "readonly": [address("ada")]}
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
        "mint": MINT,
        "owner": address("ada"),
        "uiTokenAmount": {"amount": "5"},
    }
    if "postTokenBalances" in change:
        change = {"postTokenBalances": [whole | each for each in change["postTokenBalances"]]}
    found = transaction({"a": (("ada", 5), ("ada", 5))}, **change)
    with pytest.raises(ValueError, match=said):
        movements_of(found, BLOCK, PEOPLE, {})
