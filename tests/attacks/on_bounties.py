"""Attacks on the lives of bounties: after an end, past a gate, beyond what was agreed."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from attacks.steps import ROW, Attacks
from ledger.base import Sealed
from ledger.revenue.bounty_tables import Bounty, BountyGate, BountyMove, BountyStage

DAY = date(2023, 10, 5)


def _bounty(identity: str) -> Bounty:
    return Bounty(
        id=identity,
        title="",
        exchange="payee",
        commodity="USDT",
        amount=Decimal(3),
        developer=None,
        source="",
    )


def _stage(number: int, gates: str) -> BountyStage:
    return BountyStage(
        bounty="bounty-2", stage=number, title="", amount=Decimal(number), gates=gates, wait_days=0
    )


def attacked() -> Iterator[Sealed]:
    """Yield a bounty with stages and one gate passed, and one that was cancelled."""
    yield _bounty("bounty-2")
    yield _stage(1, "delivered")
    yield _stage(2, "")
    yield BountyGate(bounty="bounty-2", gate="merged", evidence="link", on=DAY)
    yield _bounty("bounty-3")
    yield BountyMove(
        bounty="bounty-3", number=1, move="cancel", gate=None, on=DAY, evidence="mail"
    )


ON_BOUNTIES: Attacks = {
    "a gate passed by a bounty that ended": (
        ["INSERT INTO bounty_gates VALUES ('bounty-1', 'merged', 'x', '2023-10-05', {n})"],
        "FS261 bounty_move: bounty bounty-1 is over",
    ),
    "a developer named for a bounty that was cancelled": (
        [
            "INSERT INTO bounty_assignments VALUES "
            "('bounty-3', 'developer', 1, 'payee', '2023-10-05', 'x', {n})"
        ],
        "FS261 bounty_move: bounty bounty-3 is over",
    ),
    "a bounty released that was cancelled": (
        ["INSERT INTO bounty_ends VALUES ('bounty-3', 'released', '2023-10-06', '', 1, 11, {n})"],
        "FS261 bounty_move: bounty bounty-3 is over",
    ),
    "a bounty released without its gates": (
        ["INSERT INTO bounty_ends VALUES ('bounty-2', 'released', '2023-10-06', '', 1, 11, {n})"],
        "FS262 bounty_release: bounty bounty-2 lacks approved, delivered, proposal-passed, qa-pa",
    ),
    "a stage released without its gates": (
        ["INSERT INTO bounty_stage_releases VALUES ('bounty-2', 1, '2023-10-06', 1, 11, {n})"],
        "FS262 bounty_release: stage 1 of bounty bounty-2 lacks delivered",
    ),
    "a stage released before the one before it": (
        ["INSERT INTO bounty_stage_releases VALUES ('bounty-2', 2, '2023-10-06', 1, 11, {n})"],
        "FS262 bounty_release: a stage before 2 of bounty bounty-2",
    ),
    "a gate failed that was passed": (
        [
            "INSERT INTO bounty_moves VALUES "
            "('bounty-2', 1, 'fail', 'merged', '2023-10-06', 'x', {n})"
        ],
        "FS261 bounty_move: bounty bounty-2 passed merged",
    ),
    "funders who put up less than the bounty": (
        ["INSERT INTO bounty_funders VALUES ('bounty-2', 1, NULL, 2, {n})", ROW],
        "FS263 bounty_parts: bounty_funders of bounty bounty-2 sum to 2, not to 3",
    ),
    "a division of more than the whole": (
        [
            "INSERT INTO bounty_terms VALUES ('bounty-2', 1, '2023-10-05', 'deposit', 'x', NULL, "
            "'', '', 1, 0.9, 0.2, 0, {n})"
        ],
        "23514 bounty_terms_shares_check",
    ),
    "an escrow that nobody signed": (
        [
            "INSERT INTO bounty_terms VALUES ('bounty-2', 1, '2023-10-05', 'escrow', 'x', NULL, "
            "'', '', 1, NULL, NULL, NULL, {n})"
        ],
        "23514 bounty_terms_escrow_check",
    ),
}
