"""Files of points: who takes part in a pool, with points, votes or a place; read for one proposal.

Law: each payee stands once; points are above zero, and places are 1, 2, 3 without a gap.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from sqlalchemy.orm import Session

from feeshare.records import Record, records_in
from ledger import parties

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsFile:
    """A file as it came: its name and its bytes."""

    path: Path
    content: bytes


def points(
    session: Session, file: PointsFile, ballot: Mapping[str, Decimal] | None = None
) -> dict[str, Decimal]:
    """Return the points of each payee's id: from the file, or those of a poll's `choice`.

    Args:
        session: the books, which know the payees.
        file: its columns are payee, and points or choice.
        ballot: what each choice of a poll got; then points come from there alone.

    Raises:
        BadInput: with everything that is wrong with the file.
    """
    column = "points" if ballot is None else "choice"
    records, faults = records_in(file.content, file.path, required=("payee", column))
    found: dict[str, Decimal] = {}
    for record in records:
        payee = _payee(session, record, found)
        told = _points(record) if ballot is None else _votes(record, ballot)
        if payee is not None and told is not None:
            found[payee] = told
    faults.raise_if_any()
    return found


def places(session: Session, file: PointsFile) -> Sequence[str]:
    """Return payees' ids by their place, the first place first.

    Raises:
        BadInput: with everything that is wrong with the file.
    """
    records, faults = records_in(file.content, file.path, required=("payee", "place"))
    found: dict[str, Decimal] = {}
    for record in records:
        payee, place = _payee(session, record, found), record.quantity("place")
        if place is not None and (place in found.values() or not 1 <= place <= len(records)):
            record.fault("value_unknown", "place", f"each of 1 to {len(records)} once")
        elif payee is not None and place is not None:
            found[payee] = place
    faults.raise_if_any()
    return sorted(found, key=found.__getitem__)


def _payee(session: Session, record: Record, found: Mapping[str, Decimal]) -> str | None:
    name = record.text("payee")
    party = parties.find(session, name) if name else None
    if party is None:
        if name:
            record.fault("reference_unknown", "payee", "a known payee or alias")
        return None
    if party.id in found:
        record.fault("id_taken", "payee", f"each payee once: {party.id} stands above")
        return None
    return party.id


def _points(record: Record) -> Decimal | None:
    told = record.quantity("points")
    if told is not None and told <= ZERO:
        record.fault("amount_invalid", "points", "a number above 0")
        return None
    return told


def _votes(record: Record, ballot: Mapping[str, Decimal]) -> Decimal | None:
    choice = record.text("choice")
    if choice and choice not in ballot:
        record.fault("value_unknown", "choice", f"one of {', '.join(ballot)}")
    return ballot.get(choice)
