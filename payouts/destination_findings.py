"""Findings: what a chain has at a destination's address, as it was looked at."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from ledger.sealing import Change
from payouts import destination_risks
from payouts.destination_risks import CONTRACT, Risk
from payouts.destination_tables import DestinationFinding
from payouts.errors import RecipientContract
from payouts.tables import Destination

ACCOUNT, DELEGATED, SAFE, CODE, ELSEWHERE = (
    "account",
    "delegated",
    "safe",
    "contract",
    "elsewhere",
)
"""An account with a key; one whose key handed its calls to a contract (EIP-7702); a Safe; another
contract; nothing on this chain and a contract on another one."""

UNPAYABLE = (CODE, ELSEWHERE)
"""Nobody is paid there but by an override of two persons."""


def record(
    change: Change, destination: Destination, kind: str, detail: str, found_at: datetime
) -> bool:
    """Record what was found; say if it differs from what was found before."""
    session = change.session
    known = newest(session, [destination.id]).get(destination.id)
    if known is not None and (known.kind, known.detail) == (kind, detail):
        return False
    change.add(
        DestinationFinding(
            destination=destination.id,
            number=1 + (known.number if known else 0),
            kind=kind,
            detail=detail,
            found_at=found_at,
        )
    )
    return True


def newest(
    session: Session, destinations: Collection[str] | None = None
) -> dict[str, DestinationFinding]:
    """Return the newest finding of each destination that has one, of these or of all."""
    rows = session.scalars(
        select(DestinationFinding)
        .where(
            true()
            if destinations is None
            else DestinationFinding.destination == func.any(list(destinations))
        )
        .order_by(DestinationFinding.destination, DestinationFinding.number)
    )
    return {row.destination: row for row in rows}


def unpayable(session: Session) -> dict[str, str]:
    """Return what was found at each destination where nobody is to be paid, by its id."""
    kept = {it.destination: it for it in newest(session).values() if it.kind in UNPAYABLE}
    found = {}
    for identity, finding in kept.items():
        destination = session.get_one(Destination, identity)
        risk = Risk(risk=CONTRACT, other=finding.kind)
        if not destination_risks.is_overridden(
            session, destination.payee, destination.address, risk
        ):
            found[identity] = finding.detail
    return found


def require_payable(session: Session, destination: Destination) -> None:
    """Refuse a destination that was found to be a contract, unless two persons override that.

    Raises:
        RecipientContract: so it is.
    """
    detail = unpayable(session).get(destination.id)
    if detail is not None:
        raise RecipientContract(destination.id, destination.payee, destination.address, detail)
