"""Proofs of a bounty's gates: a record of GitHub is kept as it came, and the gate stands on it.

Law: a gate is passed on the day that the record states. What a record says besides, such as an
address in a text, changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import evidence, policies
from ledger.errors import ReferenceReused
from ledger.revenue.bounty_gates import pass_gate
from ledger.revenue.bounty_states import Gate
from ledger.revenue.bounty_tables import Bounty
from ledger.revenue.github_records import Accepted, Record
from ledger.revenue.proof_tables import BountyProof
from ledger.sealing import Change
from ledger.validation import bad_input, require_not_later

FILE, API = "file", "api"
"""How a record came: saved by a person, or asked for by the service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A record with its bytes as they came: by what name they are kept, and how they came."""

    record: Record
    raw: bytes
    file_name: str
    source: str


def accepted(session: Session, web: str, on: date) -> Accepted:
    """Return where evidence may come from by the policy of a day, on the site at `web`."""
    rule = policies.in_force(session, "github-evidence", on)
    return Accepted(
        web=web,
        repositories=tuple(rule["repositories"]),
        boards=tuple(rule["boards"]),
        status_field=rule["status_field"],
        qa_passed=tuple(rule["qa_passed"]),
    )


def prove(
    change: Change,
    bounty: Bounty,
    found: Shown,
    *,
    gate: Gate | None = None,
    on: date | None = None,
) -> tuple[BountyProof, bool]:
    """Pass a gate by what a record shows, and keep its bytes; say whether that is new.

    A record that says of the same gate what it said before is the same one, whatever else its
    bytes have now.

    Args:
        change: the open change.
        bounty: the bounty whose gate it is.
        found: the record and its bytes.
        gate: the gate; else the one that the record is for.
        on: the day (UTC); it must be the one that the record states.

    Raises:
        BadInput: the record does not show the gate, or not on that day, or not yet.
        BountyEnded: the bounty was released or refunded.
        ReferenceReused: the gate was passed on other evidence.
    """
    record = found.record
    shown = gate or next(map(Gate, record.gates), None)
    if shown is None or shown.value not in record.gates:
        raise bad_input(
            code="evidence_shows_no_gate",
            place=record.url,
            value=record.says,
            expected=f"what shows the gate {shown.value}" if shown else EXPECTED,
        )
    day = record.gates[shown.value]
    if on not in {None, day}:
        expected = f"{day}, the day that the evidence states"
        raise bad_input(code="date_invalid", place="--on", value=str(on), expected=expected)
    require_not_later(day, change.at.date(), record.url)
    known = _known(change.session, bounty, shown)
    if known is not None and (known.url, known.says) == (record.url, record.says):
        return known, False
    if known is not None:
        raise ReferenceReused("Gate", f"{bounty.id} {shown.value}", f"passed on {known.says}")
    digest = evidence.keep(change, found.raw, found.file_name)
    pass_gate(change, bounty, shown, evidence=f"{record.url} (sha256 {digest})", on=day)
    made = BountyProof(
        bounty=bounty.id,
        gate=shown.value,
        evidence=digest,
        url=record.url,
        says=record.says,
        source=found.source,
        fetched_at=change.at,
    )
    change.add(made)
    return made, True


def proofs(session: Session) -> Sequence[BountyProof]:
    """Return every proof, by bounty and gate, the oldest first."""
    return session.scalars(
        select(BountyProof).order_by(BountyProof.bounty, BountyProof.gate, BountyProof.change_no)
    ).all()


EXPECTED = (
    "a pull request that is open or merged, a release that is published, an approval by somebody "
    "of the repository's team, or an item of a board that passed its tests"
)


def _known(session: Session, bounty: Bounty, gate: Gate) -> BountyProof | None:
    """Return the newest proof of a gate."""
    return session.scalars(
        select(BountyProof)
        .where(BountyProof.bounty == bounty.id, BountyProof.gate == gate.value)
        .order_by(BountyProof.change_no.desc())
        .limit(1)
    ).one_or_none()
