"""Freezes: anyone stops payments to an address at once; two persons let them go on.

Law: a frozen address is in no plan, no export pays it and nobody can ask for it again, until a
second person confirmed that it is safe.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from ledger.errors import BadInput, Problem, UnknownReference
from ledger.sealing import Change
from payouts import destination_risks, payee_notices
from payouts.destination_tables import (
    DestinationFreeze,
    DestinationLift,
    DestinationLiftConfirmation,
)
from payouts.tables import Destination


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """Where a destination stands after a step, and whether the step changed anything."""

    destination: str
    is_frozen: bool
    told: int
    new: bool


def freeze(change: Change, destination: Destination, reason: str) -> Frozen:
    """Freeze a destination's address; frozen already, nothing changes.

    Raises:
        BadInput: no reason is given.
    """
    _require_reason(reason)
    session = change.session
    if live_freezes(session, [destination.id]):
        return Frozen(destination=destination.id, is_frozen=True, told=0, new=False)
    number = 1 + (
        session.scalar(select(func.count()).where(DestinationFreeze.destination == destination.id))
        or 0
    )
    change.add(
        DestinationFreeze(
            destination=destination.id, number=number, frozen_by=change.actor, reason=reason
        )
    )
    told = payee_notices.tell(change, destination, payee_notices.FREEZE)
    return Frozen(destination=destination.id, is_frozen=True, told=told, new=True)


def lift(change: Change, destination: Destination, reason: str) -> Frozen:
    """Say, as a first person, that a freeze is over; it is once another one confirms that.

    Raises:
        UnknownReference: it is not frozen.
        BadInput: no reason is given.
    """
    _require_reason(reason)
    found = _live(change.session, destination)
    new = change.session.get(DestinationLift, (destination.id, found.number)) is None
    if new:
        change.add(
            DestinationLift(
                destination=destination.id,
                number=found.number,
                lifted_by=change.actor,
                reason=reason,
            )
        )
    return Frozen(destination=destination.id, is_frozen=True, told=0, new=new)


def confirm_lift(change: Change, destination: Destination) -> Frozen:
    """Confirm, as a second person, that a freeze is over.

    Raises:
        UnknownReference: it is not frozen, or nobody lifts that.
        Denied: whoever lifts it, or is paid there, asks.
    """
    session = change.session
    found = _live(session, destination)
    lifted = session.get(DestinationLift, (destination.id, found.number))
    if lifted is None:
        raise UnknownReference(
            "lift of a freeze",
            destination.id,
            mend=f"First: feeshare payee destination lift {destination.id} --reason …",
        )
    destination_risks.require_second(
        session, change.actor, lifted.lifted_by, destination.payee, f"the lift of {destination.id}"
    )
    change.add(
        DestinationLiftConfirmation(
            destination=destination.id, number=found.number, confirmed_by=change.actor
        )
    )
    return Frozen(destination=destination.id, is_frozen=False, told=0, new=True)


def live_freezes(
    session: Session, destinations: Collection[str] | None = None
) -> dict[str, DestinationFreeze]:
    """Return the freeze of each destination that has one, of these or of all."""
    rows = session.scalars(
        select(DestinationFreeze)
        .outerjoin(
            DestinationLiftConfirmation,
            (DestinationLiftConfirmation.destination == DestinationFreeze.destination)
            & (DestinationLiftConfirmation.number == DestinationFreeze.number),
        )
        .where(
            DestinationLiftConfirmation.destination.is_(None),
            true()
            if destinations is None
            else DestinationFreeze.destination == func.any(list(destinations)),
        )
    )
    return {row.destination: row for row in rows}


def frozen_addresses(session: Session) -> frozenset[str]:
    """Return the addresses that are frozen, as `bare_address` spells them."""
    frozen = list(live_freezes(session))
    found = session.scalars(
        select(func.bare_address(Destination.address)).where(Destination.id == func.any(frozen))
    )
    return frozenset(found)


def _live(session: Session, destination: Destination) -> DestinationFreeze:
    found = live_freezes(session, [destination.id]).get(destination.id)
    if found is None:
        raise UnknownReference("frozen destination", destination.id)
    return found


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise BadInput(
            [Problem(code="reason_missing", place="--reason", expected="why, in a few words")]
        )
