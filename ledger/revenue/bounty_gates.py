"""The gates of a bounty: what must have happened before its release, and what shows it."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import ReferenceReused
from ledger.revenue.bounty_standing import moves_of, require_move
from ledger.revenue.bounty_states import Gate, Move, missing
from ledger.revenue.bounty_tables import Bounty, BountyGate, BountyMove
from ledger.sealing import Change
from ledger.validation import bad_input, require_evidence

MAY_FAIL = frozenset({Gate.APPROVED, Gate.QA_PASSED, Gate.PROPOSAL_PASSED})
"""The gates that somebody decides, and may decide against; each may be tried again."""


def pass_gate(change: Change, bounty: Bounty, gate: Gate, *, evidence: str, on: date) -> bool:
    """Record that a bounty passed a gate, and what shows it; say whether that is new.

    Raises:
        BadInput: nothing shows it.
        BountyEnded: it was released or refunded.
        MoveRefused: it is not funded or nobody develops it, or it was cancelled.
        ReferenceReused: the gate was passed on another day or other evidence.
    """
    known = change.session.get(BountyGate, (bounty.id, gate.value))
    if known is not None:
        if (known.evidence, known.on) != (evidence, on):
            raise ReferenceReused(
                "Gate", f"{bounty.id} {gate}", f"passed on {known.on}: {known.evidence}"
            )
        return False
    require_evidence(evidence, f"bounty {bounty.id} gate {gate}")
    require_move(change.session, bounty, Move.PASS, gate)
    change.add(BountyGate(bounty=bounty.id, gate=gate.value, evidence=evidence, on=on))
    return True


def fail_gate(change: Change, bounty: Bounty, gate: Gate, *, evidence: str, on: date) -> bool:
    """Record that a bounty failed a gate, and what shows it; say whether that is new.

    A vote or a test may be tried again at no cost, and passed later.

    Raises:
        BadInput: nothing shows it, or the gate is none that somebody decides.
        BountyEnded: it was released or refunded.
        MoveRefused: it is not funded or nobody develops it, or it was cancelled.
        ReferenceReused: the gate was passed.
    """
    session = change.session
    place = f"bounty {bounty.id} gate {gate}"
    require_evidence(evidence, place)
    if gate not in MAY_FAIL:
        expected = f"one of {', '.join(sorted(MAY_FAIL))}: the others are late, not failed"
        raise bad_input(code="gate_invalid", place=place, value=gate.value, expected=expected)
    before = moves_of(session, bounty)
    if any((row.gate, row.on, row.evidence) == (gate, on, evidence) for row in before):
        return False
    known = session.get(BountyGate, (bounty.id, gate.value))
    if known is not None:
        raise ReferenceReused(
            "Gate", f"{bounty.id} {gate}", f"passed on {known.on}: {known.evidence}"
        )
    require_move(session, bounty, Move.FAIL, gate)
    change.add(
        BountyMove(
            bounty=bounty.id,
            number=len(before) + 1,
            move=Move.FAIL.value,
            gate=gate.value,
            on=on,
            evidence=evidence,
        )
    )
    return True


def passed(session: Session, bounty: Bounty, *, until: date | None = None) -> dict[Gate, date]:
    """Return the gates that a bounty passed, each with its day, until a day."""
    return {Gate(row.gate): row.on for row in gates_of(session, bounty, until=until)}


def gates_of(
    session: Session, bounty: Bounty, *, until: date | None = None
) -> Sequence[BountyGate]:
    """Return the gates that a bounty passed, with what shows them, until a day."""
    return session.scalars(
        select(BountyGate)
        .where(BountyGate.bounty == bounty.id)
        .where(*([] if until is None else [BountyGate.on <= until]))
        .order_by(BountyGate.on, BountyGate.gate)
    ).all()


def gates_missing(session: Session, bounty: Bounty, on: date) -> list[Gate]:
    """Return the gates that a bounty had not passed by the end of a day, in their usual order."""
    return missing(set(Gate), set(passed(session, bounty, until=on)))
