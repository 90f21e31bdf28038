"""Policies: the versions of the rules of the house, as dated rows that two persons change.

Law: a rule in force on a day is the newest confirmed version that begins on or before it. The
defaults that `init` loads need no second person; every later version does, and the database
refuses the proposer's own word. `ledger.rules` has the rules themselves.
"""

import json
from datetime import date
from typing import Any

from sqlalchemy import bindparam, exists, or_, select
from sqlalchemy.orm import Session

from ledger.errors import BadInput, Problem, UnknownReference
from ledger.people_tables import Policy, PolicyConfirmation
from ledger.rules import RULES
from ledger.sealing import Change
from ledger.users import require_second_person

DEFAULTS = "defaults"
"""Who proposed the policies that `init` loads."""

_IN_FORCE = (  # made once: it is asked more often than any other question
    select(Policy)
    .where(Policy.name == bindparam("policy"), Policy.effective_from <= bindparam("day"))
    .where(
        or_(
            Policy.proposed_by == DEFAULTS,
            exists().where(
                PolicyConfirmation.name == Policy.name,
                PolicyConfirmation.version == Policy.version,
            ),
        )
    )
    .order_by(Policy.effective_from.desc(), Policy.version.desc())
    .limit(1)
)


def default_policies() -> list[Policy]:
    """Return the policies that every set of books starts with."""
    return [
        Policy(
            name=name,
            version=version,
            effective_from=day,
            value=canonical(value),
            reason="default",
            proposed_by=DEFAULTS,
        )
        for name, rule in RULES.items()
        for version, (day, value) in enumerate(rule.defaults, start=1)
    ]


def canonical(value: object) -> str:
    """Return a policy's value as the one JSON text it is stored and hashed as."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def in_force(session: Session, name: str, on: date) -> Any:  # noqa: ANN401 - JSON of many shapes
    """Return a policy's value in force on a day, decoded from its JSON.

    Raises:
        UnknownReference: no policy has this name, or none is in force on that day.
    """
    row = version_in_force(session, name, on)
    if row is None:
        raise UnknownReference("policy", name, mend="See: feeshare policy list")
    return json.loads(row.value)


def version_in_force(session: Session, name: str, on: date) -> Policy | None:
    """Return the version of a policy in force on a day; nothing if none is."""
    return session.scalars(_IN_FORCE, {"policy": name, "day": on}).one_or_none()


def propose(
    change: Change, name: str, value: object, *, effective_from: date, reason: str
) -> Policy:
    """Propose a new version of a policy; it is in force once another person confirms it.

    Raises:
        UnknownReference: no policy has this name.
        BadInput: the value is none that the policy can have.
    """
    rule = RULES.get(name)
    if rule is None:
        raise UnknownReference("policy", name, mend="See: feeshare policy list")
    if not rule.fits(value):
        raise BadInput(
            [
                Problem(
                    code="policy_invalid",
                    place=f"policy {name}",
                    value=canonical(value),
                    expected=rule.expected,
                )
            ]
        )
    rows = change.session.scalars(select(Policy).where(Policy.name == name)).all()
    for row in rows:
        same = (row.value, row.effective_from) == (canonical(value), effective_from)
        if same and row.version == max(other.version for other in rows):
            return row
    policy = Policy(
        name=name,
        version=1 + max((row.version for row in rows), default=0),
        effective_from=effective_from,
        value=canonical(value),
        reason=reason,
        proposed_by=change.actor,
    )
    change.add(policy)
    return policy


def confirm(change: Change, name: str, version: int) -> tuple[Policy, bool]:
    """Put a proposed policy in force, as another person than proposed it; say if that is new.

    Raises:
        UnknownReference: there is no such version.
        SelfConfirmation: the proposer asks.
        Denied: the actor's role only reads.
    """
    policy = change.session.get(Policy, (name, version))
    if policy is None:
        raise UnknownReference("policy", f"{name} version {version}")
    require_second_person(change.session, change.actor, policy.proposed_by, "proposed this policy")
    confirmed = change.session.get(PolicyConfirmation, (name, version)) is not None
    if confirmed or policy.proposed_by == DEFAULTS:
        return policy, False
    change.add(PolicyConfirmation(name=name, version=version, confirmed_by=change.actor))
    return policy, True
