"""Who works on a bounty: one or several developers, a reviewer, and in what each is paid."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import commodities, parties
from ledger.errors import Conflict, UnknownReference
from ledger.revenue.bounties import DIVISIONS
from ledger.revenue.bounty_standing import developer_of, last_assignment, require_move
from ledger.revenue.bounty_states import Move
from ledger.revenue.bounty_tables import Bounty, BountyAssignment, BountyChoice, BountyMember
from ledger.sealing import Change
from ledger.validation import bad_input, require_evidence

ROLES = ("developer", "reviewer")
"""Who may have a part of a bounty."""

WHOLE = Decimal(1)


def assign(
    change: Change,
    bounty: Bounty,
    payees: str | Mapping[str, Decimal],
    *,
    role: str = "developer",
    on: date,
    evidence: str,
) -> bool:
    """Name who develops or reviews a bounty from now on; say whether that is new.

    Args:
        change: the open change.
        bounty: whose.
        payees: one, by any alias, or several with the weights of their parts.
        role: `developer` or `reviewer`.
        on: the day.
        evidence: where they were named.

    Raises:
        BountyEnded: it was released or refunded.
        MoveRefused: it was cancelled or paid directly.
        Conflict: the same party would do both; nobody reviews their own work.
        BadInput: a weight is not positive.
    """
    session = change.session
    require_move(session, bounty, Move.ASSIGN)
    team = _team(session, bounty, payees)
    if team_of(session, bounty, role) == team:
        return False
    other = "reviewer" if role == "developer" else "developer"
    for party in sorted(set(team) & set(team_of(session, bounty, other))):
        raise Conflict(f"{party} is the {other} of bounty {bounty.id!r}; another is its {role}.")
    number = 1 + (
        session.scalar(
            select(func.max(BountyAssignment.number)).where(
                BountyAssignment.bounty == bounty.id, BountyAssignment.role == role
            )
        )
        or 0
    )
    change.add(
        BountyAssignment(
            bounty=bounty.id,
            role=role,
            number=number,
            payee=next(iter(team)),
            on=on,
            evidence=evidence,
        )
    )
    if len(team) > 1:
        change.add(
            *(
                BountyMember(
                    bounty=bounty.id, role=role, number=number, payee=party, weight=weight
                )
                for party, weight in team.items()
            )
        )
    return True


def assigned(
    session: Session, bounty: Bounty, role: str, *, until: date | None = None
) -> str | None:
    """Return the party that has a role (`developer`, `reviewer`) in a bounty; nothing if none.

    The first of several. With `until`, who had it at the end of that day.
    """
    if role == "developer":
        return developer_of(session, bounty, until=until)
    last = last_assignment(session, bounty, role, until=until)
    return last.payee if last else None


def team_of(
    session: Session, bounty: Bounty, role: str, *, until: date | None = None
) -> dict[str, Decimal]:
    """Return all who share a role in a bounty with the weights of their parts; none if nobody."""
    first = assigned(session, bounty, role, until=until)
    if first is None:
        return {}
    last = last_assignment(session, bounty, role, until=until)
    members = last and session.execute(
        select(BountyMember.payee, BountyMember.weight)
        .where(
            BountyMember.bounty == bounty.id,
            BountyMember.role == role,
            BountyMember.number == last.number,
        )
        .order_by(BountyMember.payee != last.payee, BountyMember.payee)
    )
    return {row.payee: row.weight for row in members or ()} or {first: WHOLE}


def choose(
    change: Change, bounty: Bounty, payee: str, commodity: str, *, on: date, evidence: str
) -> bool:
    """Record in which commodity a payee wants their part; say whether that is new.

    Raises:
        UnknownReference: the payee has no role in the bounty.
        BadInput: no evidence is given, or the commodity is none that bounties are paid in.
        BountyEnded: it was released or refunded.
        MoveRefused: it was cancelled or paid directly.
    """
    session = change.session
    require_move(session, bounty, Move.CHOOSE)
    require_evidence(evidence, f"choice of {payee} for bounty {bounty.id}")
    party = parties.named(session, payee, kind="payee").id
    if not any(party in team_of(session, bounty, role) for role in ROLES):
        raise UnknownReference(
            f"developer or reviewer of bounty {bounty.id!r}", payee, mend="feeshare bounty assign"
        )
    if commodity not in DIVISIONS or commodity not in commodities.scales(session):
        raise bad_input(
            code="commodity_undivided",
            place=f"choice of {payee} for bounty {bounty.id}",
            value=commodity,
            expected=f"one of {', '.join(DIVISIONS)}",
        )
    earlier = choices_of(session, bounty).get(party)
    if (earlier.commodity if earlier else bounty.commodity) == commodity:
        return False
    change.add(
        BountyChoice(
            bounty=bounty.id,
            payee=party,
            number=1 + (earlier.number if earlier else 0),
            commodity=commodity,
            on=on,
            evidence=evidence,
        )
    )
    return True


def choices_of(session: Session, bounty: Bounty) -> dict[str, BountyChoice]:
    """Return the newest choice of each payee who made one."""
    rows: Sequence[BountyChoice] = session.scalars(
        select(BountyChoice).where(BountyChoice.bounty == bounty.id).order_by(BountyChoice.number)
    ).all()
    return {row.payee: row for row in rows}


def assignments_of(
    session: Session, bounty: Bounty, *, until: date | None = None
) -> Sequence[BountyAssignment]:
    """Return who was named for a bounty, until a day, in order."""
    return session.scalars(
        select(BountyAssignment)
        .where(BountyAssignment.bounty == bounty.id)
        .where(*([] if until is None else [BountyAssignment.on <= until]))
        .order_by(BountyAssignment.on, BountyAssignment.role, BountyAssignment.number)
    ).all()


def _team(
    session: Session, bounty: Bounty, payees: str | Mapping[str, Decimal]
) -> dict[str, Decimal]:
    named = {payees: WHOLE} if isinstance(payees, str) else payees
    team: dict[str, Decimal] = {}
    for name, weight in named.items():
        party = parties.named(session, name, kind="payee").id
        if weight <= 0 or party in team:
            raise bad_input(
                code="split_invalid",
                place=f"bounty {bounty.id}",
                value=name,
                expected="each payee once, with a weight above 0",
            )
        team[party] = weight
    return team if len(team) > 1 else dict.fromkeys(team, WHOLE)
