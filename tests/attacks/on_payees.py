"""Attacks on payees: addresses that are not theirs, proofs of nobody, holds lifted alone."""

from attacks.on_payouts import approval, batch_of_mine, confirmed, destination, line, vouched
from attacks.steps import ROW, Attacks
from support.payouts import ALICE, SAFE


def asked(payee: str, address: str) -> str:
    return destination(payee, "maker").replace("'0x1'", f"'{address}'")


def frozen(identity: str = "bob:safe:1", who: str = "maker") -> str:
    return f"INSERT INTO destination_freezes VALUES ('{identity}', 1, '{who}', 'r', {{n}})"


def proof(key: str, signer: str) -> str:
    return (
        f"INSERT INTO destination_proofs VALUES ('new', '{key}', '{signer}', 'eip-191', 'm', 's', "
        "{n})"
    )


def override(who: str = "maker") -> str:
    return (
        "INSERT INTO destination_overrides VALUES (1, 'bob', 'x', 'address_shared', 'alice', 'r', "
        f"'{who}', {{n}})"
    )


def held(since: str = "2023-11-01", who: str = "maker") -> str:
    return (
        f"INSERT INTO payee_holds VALUES ('bob', 1, 'a dispute', '{since}', NULL, '{who}', {{n}})"
    )


CONTACT = (
    "INSERT INTO payee_contacts (payee, number, channel, address, added_by, change_no) "
    "VALUES ('bob', 1, 'github', 'bob', 'carol', {n})"
)

ON_PAYEES: Attacks = {
    "an address of our own asked for": ([asked("bob", SAFE)], "FS161 destination: .* our own"),
    "another payee's address asked for": (
        [asked("bob", ALICE.lower())],
        "FS163 address_risk: .* address_shared with alice",
    ),
    "an address that looks like another": (
        [asked("bob", ALICE[:6] + "0" * 32 + ALICE[-4:])],
        "FS163 address_risk: .* address_lookalike",
    ),
    "a frozen address asked for again": (
        [frozen("alice:safe:1"), asked("alice", ALICE)],
        "FS162 frozen_address:",
    ),
    "a line to a frozen address": (
        [frozen(), batch_of_mine(), line("50")],
        "FS162 frozen_address:",
    ),
    "a frozen address confirmed": (
        [asked("bob", "0x1"), frozen("new"), confirmed("carol")],
        "FS162 frozen_address:",
    ),
    "a changed address confirmed without a proof": (
        [asked("bob", "0x1"), confirmed("carol")],
        "FS164 proof: bob proved destination new by no signature",
    ),
    "a changed address vouched for by whoever confirms it": (
        [asked("bob", "0x1"), vouched("carol"), confirmed("carol")],
        "FS164 proof:",
    ),
    "a changed address vouched for by whoever asked for it": (
        [asked("bob", "0x1"), vouched("maker")],
        "FS005 segregation: maker asked",
    ),
    "a changed address vouched for by who is paid there": (
        [asked("alice", "0x1"), vouched("alice")],
        "FS005 segregation: alice asked",
    ),
    "a proof by an address that is not asked for": (
        [asked("bob", "0x1"), proof("new", "0x2")],
        "FS164 proof: 0x2 is not the new key",
    ),
    "a proof by an address that is not replaced": (
        [asked("bob", "0x1"), proof("old", ALICE)],
        "FS164 proof: .* is not the old key",
    ),
    "a proof of an address that is confirmed": (
        [proof("new", ALICE).replace("('new', 'new'", "('alice:safe:1', 'new'")],
        "FS164 proof:",
    ),
    "a contract confirmed": (
        [
            asked("bob", "0x1"),
            vouched("dave"),
            "INSERT INTO destination_findings VALUES ('new', 1, 'contract', 'd', now(), {n})",
            confirmed("carol"),
        ],
        "FS163 address_risk: 0x1 is a contract",
    ),
    "a deposit address said to be one later": (
        ["INSERT INTO destination_deposits VALUES ('bob:safe:1', 'Kraken', NULL, {n})"],
        "FS161 destination: whose deposit",
    ),
    "an override confirmed by whoever proposed it": (
        [
            override(),
            "INSERT INTO destination_override_confirmations VALUES (1, 'maker', {n})",
        ],
        "FS005 segregation: maker proposed override 1",
    ),
    "a freeze lifted by one person": (
        [
            frozen(),
            "INSERT INTO destination_lifts VALUES ('bob:safe:1', 1, 'maker', 'r', {n})",
            "INSERT INTO destination_lift_confirmations VALUES ('bob:safe:1', 1, 'maker', {n})",
        ],
        "FS005 segregation: maker lifts freeze 1",
    ),
    "a freeze in another's name": (
        [frozen(who="carol"), ROW],
        "FS005 actor: destination_freezes names carol",
    ),
    "a batch approved by whoever vouched for an address": (
        [
            "INSERT INTO destination_vouchers VALUES ('alice:safe:1', 'carol', 'r', NULL, {n})",
            approval("carol"),
        ],
        "FS005 segregation: carol vouched for",
    ),
    "a line to a payee on hold": ([held(), batch_of_mine(), line("50")], "FS166 payee_held: bob"),
    "a hold lifted by whoever added it": (
        [held(), "INSERT INTO payee_hold_lifts VALUES ('bob', 1, 'maker', 'r', {n})"],
        "FS005 segregation: maker holds",
    ),
    "a form approved by who is paid": (
        ["INSERT INTO payee_forms VALUES ('alice', 'tax', 1, 'approved', NULL, 'alice', {n})"],
        "FS005 segregation: alice is alice",
    ),
    "a contact added in another's name": (
        [CONTACT, ROW],
        "FS005 actor: payee_contacts names carol",
    ),
}
