"""The gates of a bounty: what must have happened before its release, and what shows it."""

from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import ReferenceReused
from ledger.revenue.bounties import require_not_ended
from ledger.revenue.bounty_tables import Bounty, BountyGate
from ledger.sealing import Change
from ledger.validation import require_evidence


class Gate(StrEnum):
    """What must have happened before a release, in whatever order it comes."""

    DELIVERED = "delivered"
    APPROVED = "approved"
    QA_PASSED = "qa-passed"
    PROPOSAL_PASSED = "proposal-passed"
    MERGED = "merged"
    RELEASED = "released"


def pass_gate(change: Change, bounty: Bounty, gate: Gate, *, evidence: str, on: date) -> bool:
    """Record that a bounty passed a gate, and what shows it; say whether that is new.

    Raises:
        BadInput: nothing shows it.
        BountyEnded: it was released or refunded.
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
    require_not_ended(change.session, bounty)
    change.add(BountyGate(bounty=bounty.id, gate=gate.value, evidence=evidence, on=on))
    return True


def gates_missing(session: Session, bounty: Bounty, on: date) -> list[Gate]:
    """Return the gates that a bounty had not passed by the end of a day, in their usual order."""
    passed = set(
        session.scalars(
            select(BountyGate.gate).where(BountyGate.bounty == bounty.id, BountyGate.on <= on)
        )
    )
    return [gate for gate in Gate if gate.value not in passed]
