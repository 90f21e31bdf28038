"""The life of a bounty: its states, the moves between them, and which move is allowed where.

Law: quoted, signed, funded, assigned, then the gates in whatever order they come, released, paid;
refunded or cancelled from where the contract allows it. What the table does not allow is refused.
A state is worked out from what was recorded, never kept.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Gate(StrEnum):
    """What must have happened before a release, in whatever order it comes."""

    DELIVERED = "delivered"
    APPROVED = "approved"
    QA_PASSED = "qa-passed"
    PROPOSAL_PASSED = "proposal-passed"
    MERGED = "merged"
    RELEASED = "released"


class State(StrEnum):
    """Where a bounty stands."""

    QUOTED = "quoted"
    SIGNED = "signed"
    FUNDED = "funded"
    ASSIGNED = "assigned"
    RELEASED = "released"
    PAID = "paid"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


class Move(StrEnum):
    """What may happen to a bounty."""

    SIGN = "sign"
    DEPOSIT = "deposit"
    PLEDGE = "pledge"
    ASSIGN = "assign"
    WITHDRAW = "withdraw"
    CHOOSE = "choose"
    PASS = "pass"  # noqa: S105 - a gate is passed
    FAIL = "fail"
    OVERRUN = "overrun"
    RELEASE = "release"
    REFUND = "refund"
    CANCEL = "cancel"
    PAY_DIRECTLY = "pay-directly"


PREPARING = frozenset(
    {Move.SIGN, Move.DEPOSIT, Move.PLEDGE, Move.ASSIGN, Move.WITHDRAW, Move.CHOOSE}
)
ENDING = frozenset({Move.REFUND, Move.CANCEL})

ALLOWED: Mapping[State, frozenset[Move]] = {
    State.QUOTED: PREPARING | ENDING,
    State.SIGNED: PREPARING | ENDING,
    State.FUNDED: PREPARING | ENDING | {Move.PASS, Move.FAIL},
    State.ASSIGNED: PREPARING
    | ENDING
    | {Move.PASS, Move.FAIL, Move.OVERRUN, Move.RELEASE, Move.PAY_DIRECTLY},
    State.RELEASED: frozenset({Move.OVERRUN}),
    State.PAID: frozenset(),
    State.REFUNDED: frozenset(),
    State.CANCELLED: frozenset(),
}
"""Which move is allowed in which state; what a move needs besides is checked where it is made."""

ELSEWHERE = frozenset({Move.DEPOSIT, Move.PLEDGE, Move.RELEASE, Move.REFUND, Move.OVERRUN})
"""The moves of our own money, which a bounty that its exchange pays directly never makes."""

WITHOUT_DEVELOPER = frozenset({Gate.PROPOSAL_PASSED})
"""The gates that a bounty may pass before anybody develops it: its vote may come first."""

EVIDENCE: Mapping[Move, str] = {
    Move.SIGN: "the signed agreement",
    Move.DEPOSIT: "the bank line that came in",
    Move.PLEDGE: "who decided to pay for it, and where it stands",
    Move.ASSIGN: "where the developer was named",
    Move.WITHDRAW: "where the developer gave it back",
    Move.CHOOSE: "where the payee asked for it",
    Move.PASS: "a link or document that shows it",
    Move.FAIL: "a link or document that shows it",
    Move.OVERRUN: "why it cost more, and who agreed",
    Move.RELEASE: "every gate",
    Move.REFUND: "the reason",
    Move.CANCEL: "the reason",
    Move.PAY_DIRECTLY: "the exchange's proof of payment",
}
"""What has to show a move."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What was recorded of a bounty, as far as its state depends on it."""

    signed: bool = False
    funded: bool = False
    has_developer: bool = False
    is_cancelled: bool = False
    was_paid_directly: bool = False
    end: str | None = None
    owes_nothing: bool = False

    @property
    def state(self) -> State:
        """Return where the bounty stands."""
        if self.is_cancelled:
            return State.CANCELLED
        if self.was_paid_directly:
            return State.PAID
        if self.end == State.RELEASED:
            return State.PAID if self.owes_nothing else State.RELEASED
        if self.end == State.REFUNDED:
            return State.REFUNDED
        if self.funded:
            return State.ASSIGNED if self.has_developer else State.FUNDED
        return State.SIGNED if self.signed else State.QUOTED


def may(state: State, move: Move, gate: Gate | None = None) -> bool:
    """Return whether a move, of a gate where it is one's, is allowed in a state."""
    if move not in ALLOWED[state]:
        return False
    return gate is None or state is State.ASSIGNED or gate in WITHOUT_DEVELOPER


def belongs(move: Move, *, is_direct: bool) -> bool:
    """Return whether a move is one of a bounty that is paid directly, or of one that is not."""
    return move not in ELSEWHERE if is_direct else move is not Move.PAY_DIRECTLY


def allowed_in(state: State) -> list[Move]:
    """Return the moves that are allowed in a state, in the order of a bounty's life."""
    return [move for move in Move if move in ALLOWED[state]]


def missing(needed: Collection[Gate], passed: Collection[Gate]) -> list[Gate]:
    """Return the gates that are needed and were not passed, in their usual order."""
    return [gate for gate in Gate if gate in needed and gate not in passed]
