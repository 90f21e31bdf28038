"""Payees, as they are typed: proofs, freezes, overrides, holds, forms, minimums, notices."""

import json

from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data

from support.books import Books
from support.command_line import Answer, feeshare
from support.payouts import ALICE, PERIOD, furnish, usual_debts

MONTH = f"{PERIOD:%Y-%m}"
KEY = Account.from_key("0x" + "44" * 32)
OLD = Account.from_key("0x" + "55" * 32)


def typed(books: Books, command: str, *more: str, actor: str = "treasurer") -> Answer:
    answer = feeshare(books, *command.split(), *more, actor=actor)
    assert answer.status == 0, (command, answer)
    return answer


def rows(books: Books, command: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(typed(books, f"{command} --json").out)
    return found


def load(books: Books, folder: str, address: str, payee: str = "Zoe") -> None:
    path = f"{folder}/destinations.csv"
    with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123 - a test's own file
        file.write(f"payee,rail,chain,address\n{payee},safe,ethereum,{address}\n")
    typed(books, f"payee destination load {path}")


def test_a_change_is_proved_confirmed_frozen_and_thawed_by_typing(
    books: Books, tmp_path: object
) -> None:
    furnish(books)
    folder = str(tmp_path)
    with open(f"{folder}/payees.csv", "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write("name\nZoe\n")
    typed(books, f"payee load {folder}/payees.csv")
    load(books, folder, OLD.address)
    typed(books, "payee destination confirm --all", actor="erin")
    typed(books, "payee contact add zoe github zoe")
    load(books, folder, KEY.address)
    text = typed(books, "payee destination challenge zoe:safe:2").out.removesuffix("\n")
    data = json.loads(typed(books, "payee destination challenge zoe:safe:2 --typed").out)
    made = KEY.sign_message(encode_defunct(text=text)).signature.hex()
    said = typed(books, f"payee destination prove zoe:safe:2 --signature {made}")
    assert "eip-191" in said.err
    assert "still missing" in said.err
    old = OLD.sign_message(encode_typed_data(full_message=data)).signature.hex()
    said = typed(books, f"payee destination prove zoe:safe:2 --signature {old}")
    assert "eip-712" in said.err
    typed(books, "payee destination confirm zoe:safe:2", actor="erin")
    typed(books, "payee destination freeze zoe:safe:2 --reason stolen", actor="auditor")
    typed(books, "payee destination lift zoe:safe:2 --reason found")
    typed(books, "payee destination confirm-lift zoe:safe:2", actor="erin")
    events = [row["event"] for row in rows(books, "payee notices zoe")]
    assert events == ["request", "confirmation", "freeze"]


def test_two_persons_override_and_a_third_vouches_by_typing(
    books: Books, tmp_path: object
) -> None:
    furnish(books)
    folder = str(tmp_path)
    typed(books, f"payee destination override bob {ALICE} --reason household")
    typed(books, "payee destination confirm-override 1", actor="erin")
    load(books, folder, ALICE, "bob")
    typed(books, "payee destination vouch bob:safe:2 --reason call", actor="dave")
    typed(books, "payee destination confirm bob:safe:2", actor="erin")
    [listed] = [row for row in rows(books, "payee destination list") if row["id"] == "bob:safe:2"]
    assert listed["confirmed_by"] == "erin"


def test_settings_are_typed_and_listed(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    typed(books, "payee hold add bob --reason dispute --until 2023-12-31")
    assert rows(books, "payee hold list")[0]["until"] == "2023-12-31"
    held = typed(books, f"payout plan {MONTH}").err
    assert "held: bob 300 USDC: hold 1: dispute" in held
    typed(books, "payee hold lift bob 1 --reason settled", actor="erin")
    typed(books, "payee minimum set bob 300.5 USDC --rail safe")
    assert rows(books, "payee minimum list")[0]["amount"] == "300.5"
    assert "carried forward, below 300.5 USDC" in typed(books, f"payout plan {MONTH}").err
    typed(books, "payee form set bob --kind aml --status approved --until 2024-11-03")
    assert rows(books, "payee form list")[0]["status"] == "approved"
    refused = feeshare(books, "payee", "minimum", "set", "bob", "much", "USDC", "--rail", "safe")
    assert (refused.status, "amount_invalid" in refused.err) == (2, True)


def test_a_plan_is_shown_with_what_to_look_at_and_a_part_of_it_alone(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    shown = typed(books, f"payout plan {MONTH}").out
    for told in ("To look at", "first_payment", "Beside the month before", "Left after it"):
        assert told in shown
    assert {row["code"] for row in rows(books, f"payout plan {MONTH} --part checks")} == {
        "address_unproved",
        "first_payment",
    }
    [left] = rows(books, f"payout plan {MONTH} --part balances")
    assert (left["before"], left["paid"], left["after"]) == ("10000", "420.5", "9579.5")
    assert [row["is"] for row in rows(books, f"payout plan {MONTH} --part comparison")] == [
        "new",
        "new",
    ]
    assert feeshare(books, "payout", "plan", MONTH, "--part", "gossip").status == 2
