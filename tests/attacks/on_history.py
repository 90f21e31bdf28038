"""Attacks on the history of bounties: versions out of order, faults settled by whoever loaded."""

from attacks.steps import PROOF, ROW, Attacks


def told(version: int = 1, who: str = "maker", amount: str = "10") -> str:
    return (
        f"INSERT INTO bounty_history VALUES (1, {version}, '5', 'Bug', 'Foundation', '', "
        f"{amount}, '10', 'USDT', 'Paid', '', 1, 'site', '{PROOF}', 2, '{who}', {{n}})"
    )


def decision(who: str = "carol", version: int = 1, number: int = 1, reason: str = "r") -> str:
    return (
        f"INSERT INTO bounty_history_decisions VALUES (1, {version}, {number}, 'accepted', "
        f"'{reason}', '{who}', {{n}})"
    )


ON_HISTORY: Attacks = {
    "a row of history restated before it was told": (
        [told(version=2)],
        "FS261 history: version 2 of row 1 does not follow",
    ),
    "a row of history in another's name": (
        [told(who="carol"), ROW],
        "FS005 actor: bounty_history names carol",
    ),
    "a row of history below zero": ([told(amount="-10")], "23514"),
    "a row of history settled by whoever loaded it": (
        [told(), decision("maker")],
        "FS005 segregation: maker loaded row 1",
    ),
    "a row of history settled by an auditor": (
        [told(), decision("auditor")],
        "FS005 segregation: auditor has a role that only reads",
    ),
    "a row of history settled that nobody told": (
        [decision()],
        "FS261 history: version 1 of row 1 is not its newest",
    ),
    "a row of history settled without a reason": ([told(), decision(reason="")], "23514"),
    "a decision on history that passes one over": (
        [told(), decision(number=2)],
        "FS261 history: decision 2 of row 1 does not follow",
    ),
}
