"""Risks of addresses: look-alikes, shared ones, frozen ones, contracts; two persons override.

Law: an address that resembles a known one or is another payee's is not even asked for until two
persons said why it is right; one that was frozen is refused until two persons lift that. The
database finds the risks, so that no way in goes round them (`address_risks`).
"""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import parties
from ledger.errors import BadInput, Denied, Problem, UnknownReference
from ledger.people_tables import User
from ledger.sealing import Change
from ledger.users import require_second_person
from payouts.destination_tables import DestinationOverride, DestinationOverrideConfirmation

SHARED, LOOKALIKE, CONTRACT = "address_shared", "address_lookalike", "recipient_contract"


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """What speaks against an address, and the address, payee or finding it was compared with."""

    risk: str
    other: str


def risks_of(session: Session, payee: str, address: str) -> list[Risk]:
    """Return what speaks against paying a payee at an address, overridden or not."""
    found = func.address_risks(payee, address).table_valued("risk", "other")
    rows = session.execute(select(found.c.risk, found.c.other))
    return sorted(
        (Risk(risk=row.risk, other=row.other) for row in rows), key=lambda it: (it.risk, it.other)
    )


def is_overridden(session: Session, payee: str, address: str, risk: Risk) -> bool:
    """Return whether two persons said that an address is right in spite of a risk."""
    return bool(session.scalar(select(func.is_overridden(payee, address, risk.risk, risk.other))))


def is_frozen(session: Session, address: str) -> bool:
    """Return whether an address is frozen, whoever was to be paid there."""
    return bool(session.scalar(select(func.is_frozen(address))))


def risk_problems(session: Session, payee: str, address: str) -> list[Problem]:
    """Return what speaks against asking for an address and is not overridden."""
    problems = [
        _risk_problem(payee, address, each)
        for each in risks_of(session, payee, address)
        if not is_overridden(session, payee, address, each)
    ]
    if is_frozen(session, address):
        problems.append(
            Problem(
                code="address_risk",
                column="address",
                value=address,
                expected="an address that was not frozen",
                mend="Ask the payee for another one; or two persons lift it: "
                "feeshare payee destination lift ID --reason …",
            )
        )
    return problems


def _risk_problem(payee: str, address: str, found: Risk) -> Problem:
    mend = (
        "Compare every character with what the payee says. If it is right, two persons say so: "
        f"feeshare payee destination override {payee} {address} --reason …"
    )
    if found.risk == SHARED:
        return Problem(
            code="address_risk",
            column="address",
            value=address,
            expected=f"an address that is not {found.other}'s, too",
            mend=mend,
        )
    return Problem(
        code="address_lookalike",
        column="address",
        value=address,
        expected=f"an address that cannot be taken for {found.other}",
        mend=mend,
    )


def override(
    change: Change, payee: str, address: str, reason: str, *, finding: str | None = None
) -> list[DestinationOverride]:
    """Say, as a first person, that an address is right in spite of each of its risks.

    Args:
        change: the open change.
        payee: the party's id, name or alias.
        address: the address, spelt as it is kept.
        reason: why it is right; what the payee said, and how.
        finding: what was found at it on its chain, where that is a contract.

    Raises:
        UnknownReference: there is no such payee.
        BadInput: nothing speaks against it, or no reason is given.
    """
    session = change.session
    party = parties.named(session, payee, kind="payee")
    risks = risks_of(session, party.id, address)
    if finding is not None:
        risks.append(Risk(risk=CONTRACT, other=finding))
    wanted = [it for it in risks if not is_overridden(session, party.id, address, it)]
    if not wanted or not reason.strip():
        raise BadInput(
            [
                Problem(
                    code="override_invalid",
                    place="override",
                    value=address,
                    expected="a reason, and an address that a risk speaks against",
                )
            ]
        )
    known = {
        (it.risk, it.other): it
        for it in session.scalars(
            select(DestinationOverride).where(
                DestinationOverride.payee == party.id, DestinationOverride.address == address
            )
        )
    }
    first = 1 + (session.scalar(select(func.max(DestinationOverride.number))) or 0)
    made = [
        DestinationOverride(
            number=number,
            payee=party.id,
            address=address,
            risk=each.risk,
            other=each.other,
            reason=reason,
            proposed_by=change.actor,
        )
        for number, each in enumerate(
            (it for it in wanted if (it.risk, it.other) not in known), start=first
        )
    ]
    change.add(*made)
    return [*(known[it.risk, it.other] for it in wanted if (it.risk, it.other) in known), *made]


def confirm_override(change: Change, number: int) -> tuple[DestinationOverride, bool]:
    """Say, as a second person, that an override is right; say if that is new.

    Raises:
        UnknownReference: there is none of this number.
        Denied: whoever proposed it, or is paid by it, asks.
    """
    session = change.session
    found = session.get(DestinationOverride, number)
    if found is None:
        raise UnknownReference("override", str(number))
    if session.get(DestinationOverrideConfirmation, number) is not None:
        return found, False
    require_second(session, change.actor, found.proposed_by, found.payee, f"override {number}")
    change.add(DestinationOverrideConfirmation(override=number, confirmed_by=change.actor))
    return found, True


def require_second(session: Session, actor: str, first: str, payee: str, what: str) -> None:
    """Refuse the second word of whoever said the first, only reads, or is paid by it.

    Raises:
        SelfConfirmation: it is the same person.
        Denied: it is the payee, or the actor's role only reads.
    """
    require_second_person(session, actor, first, f"said the first word for {what}")
    require_no_payee(session, actor, payee, what)


def require_no_payee(session: Session, actor: str, payee: str, what: str) -> None:
    """Refuse the word of whoever is paid.

    Raises:
        Denied: it is the payee's own.
    """
    user = session.get(User, actor)
    if user is not None and user.party == payee:
        raise Denied(f"{actor} is {payee}; another person has a word in {what}.")
