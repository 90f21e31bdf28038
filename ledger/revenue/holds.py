"""Performance holds: while maintenance does not perform well, shares are accrued but not due.

Law: from its day on a hold lets no maintainer's share of its agreement fall due, of one payee or
of all; what fell due before stays due. What was earned meanwhile falls due when it is released.
The database refuses a due share under a live hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from ledger import parties
from ledger.errors import BadInput, Conflict, Problem, UnknownReference
from ledger.revenue.tables import Agreement
from ledger.revenue.terms_tables import PerformanceHold, PerformanceHoldRelease
from ledger.sealing import Change
from ledger.validation import require_evidence

COUNTS = ("open_bugs", "oldest_bug_days", "api_breakages", "oldest_breakage_days")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What shows that maintenance does not perform well: a link, counts, and ages in days."""

    link: str
    open_bugs: int | None = None
    oldest_bug_days: int | None = None
    api_breakages: int | None = None
    oldest_breakage_days: int | None = None


def place(
    change: Change,
    agreement: str,
    payee: str | None,
    *,
    effective_from: date,
    reason: str,
    evidence: Evidence,
) -> tuple[PerformanceHold, bool]:
    """Hold an agreement's shares, or one payee's, from a day on; say whether that is new.

    The same hold again, while it lives, is the one that is there.

    Raises:
        UnknownReference: no agreement has this id, or no payee this name.
        BadInput: without reason or evidence, or with a count below zero.
        Conflict: another hold of the same shares is live.
    """
    session = change.session
    if session.get(Agreement, agreement) is None:
        raise UnknownReference("agreement", agreement, mend="feeshare agreement list")
    who = None if payee is None else parties.named(session, payee, kind="payee").id
    _require_shown(reason, evidence)
    known = session.scalars(
        select(PerformanceHold).where(PerformanceHold.agreement == agreement)
    ).all()
    for hold in known:
        if hold.payee == who and session.get(PerformanceHoldRelease, hold.id) is None:
            if (hold.effective_from, hold.reason) == (effective_from, reason):
                return hold, False
            raise Conflict(
                f"{hold.id} holds these shares since {hold.effective_from} already.",
                mend=f"Release it first: feeshare agreement release-hold {hold.id} --reason …",
            )
    hold = PerformanceHold(
        id=f"hold:{agreement}:{1 + len(known)}",
        agreement=agreement,
        payee=who,
        effective_from=effective_from,
        reason=reason,
        evidence=evidence.link,
        placed_by=change.actor,
        **{name: getattr(evidence, name) for name in COUNTS},
    )
    change.add(hold)
    return hold, True


def release(
    change: Change, identity: str, *, on: date, reason: str
) -> tuple[PerformanceHold, bool]:
    """Release a hold; say whether that is new. `due_shares.catch_up` then makes due what it held.

    Raises:
        UnknownReference: no hold has this id.
        BadInput: without a reason.
    """
    session = change.session
    hold = session.get(PerformanceHold, identity)
    if hold is None:
        raise UnknownReference("hold", identity, mend="feeshare agreement holds")
    require_evidence(reason, "--reason")
    if session.get(PerformanceHoldRelease, identity) is not None:
        return hold, False
    change.add(
        PerformanceHoldRelease(
            hold=identity, released_on=on, reason=reason, released_by=change.actor
        )
    )
    return hold, True


def all_of(session: Session) -> Sequence[tuple[PerformanceHold, PerformanceHoldRelease | None]]:
    """Return every hold with its release, if any, by id."""
    rows = session.execute(
        select(PerformanceHold, PerformanceHoldRelease)
        .outerjoin(PerformanceHoldRelease, PerformanceHoldRelease.hold == PerformanceHold.id)
        .order_by(PerformanceHold.id)
    )
    return [(hold, released) for hold, released in rows]


def is_held(session: Session, agreement: str, payee: str, on: date) -> bool:
    """Return whether a live hold keeps a payee's share from falling due by a day."""
    held = session.scalar(
        select(func.count())
        .select_from(PerformanceHold)
        .outerjoin(PerformanceHoldRelease, PerformanceHoldRelease.hold == PerformanceHold.id)
        .where(
            PerformanceHold.agreement == agreement,
            or_(PerformanceHold.payee.is_(None), PerformanceHold.payee == payee),
            PerformanceHold.effective_from <= on,
            PerformanceHoldRelease.hold.is_(None),
        )
    )
    return bool(held)


def _require_shown(reason: str, evidence: Evidence) -> None:
    require_evidence(reason, "--reason")
    require_evidence(evidence.link, "--evidence")
    below = [
        Problem(code="evidence_missing", place=name, value=str(count), expected="0 or more")
        for name in COUNTS
        if (count := getattr(evidence, name)) is not None and count < 0
    ]
    if below:
        raise BadInput(below)
