"""Proposals that passed, and the HBOT that each authorises.

Law: a proposal is its Snapshot space and hash: labels such as HGP-70 were used twice. One whose
vote was seen authorises by that vote and its rule (`votes`); any other by its source alone.
"""

from datetime import date
from decimal import Decimal

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ledger.errors import BadInput, NeedsReview, Problem, UnknownReference
from ledger.money import plain
from ledger.sealing import Change
from ledger.validation import bad_input, require_payable, require_same
from payouts import votes
from payouts.distribution_tables import Proposal

_KNOWN = text("""
    SELECT proposal, hash, label, title, CAST(starts_at AT TIME ZONE 'UTC' AS date) AS day
        FROM votes
    UNION ALL SELECT id, hash, label, title, passed_on FROM proposals
    ORDER BY day, proposal
""")


def add(
    change: Change,
    *,
    space: str,
    proposal_hash: str,
    label: str,
    title: str,
    passed_on: date,
    amount: Decimal,
    commodity: str = "HBOT",
    source: str = "",
) -> tuple[Proposal, bool]:
    """Record a proposal that passed and what it authorises; say whether it is new.

    Raises:
        BadInput: space or hash are none, the amount is not payable, or the proposal's vote was
            seen and did not pass, or asked for another amount.
        ReferenceReused: the space and hash are there with other content.
    """
    session = change.session
    space, key = identified(space, proposal_hash)
    identity = f"{space}/{key}"
    require_payable(session, amount, commodity, f"proposal {identity}")
    wanted = Proposal(
        id=identity,
        space=space,
        hash=key,
        label=label,
        title=title,
        passed_on=passed_on,
        commodity=commodity,
        amount=amount,
        source=source,
    )
    known = session.get(Proposal, identity)
    if known is not None:
        require_same("Proposal", known, wanted, without={"source"})
        return known, False
    _require_passed(session, wanted)
    change.add(wanted)
    return wanted, True


def identified(space: str, proposal_hash: str) -> tuple[str, str]:
    """Return a Snapshot space and hash as the books write them.

    Raises:
        BadInput: one of them is none.
    """
    space, key = _key(space, proposal_hash)
    _require_identity(space, key)
    return space, key


def headline(proposal: Proposal) -> str:
    """Return a proposal's label and title; on Snapshot the title often begins with the label."""
    begins = proposal.title.startswith(proposal.label)
    return proposal.title if begins else f"{proposal.label}: {proposal.title}"


def identity_of(space: str, proposal_hash: str) -> str:
    """Return the id of the proposal that a Snapshot space and hash stand for."""
    return "/".join(_key(space, proposal_hash))


def named(session: Session, name: str) -> Proposal:
    """Return the proposal that an id or hash stands for, or a label that only one of them has.

    Raises:
        UnknownReference: there is none.
        NeedsReview: the label was used for several.
        BadInput: its vote was seen, and it authorises nothing.
    """
    return authorised(session, identity_named(session, name))


def is_known(session: Session, identity: str) -> bool:
    """Return whether a proposal of this id is recorded, or a vote on it was seen."""
    return (
        session.get(Proposal, identity) is not None or votes.newest(session, identity) is not None
    )


def authorised(session: Session, identity: str) -> Proposal:
    """Return the proposal of an id.

    Raises:
        UnknownReference: there is none.
        BadInput: its vote was seen, and it authorises nothing.
    """
    found = session.get(Proposal, identity)
    if found is not None:
        return found
    vote = votes.newest(session, identity)
    if vote is None:
        raise UnknownReference("proposal", identity, mend="feeshare proposal list")
    decision = votes.decision_of(session, vote)
    raise bad_input(
        code="proposal_invalid",
        place=f"proposal {identity}",
        expected="one that says how much it authorises; import it again with --amount"
        if decision.has_passed
        else f"a proposal that passed; this one: {decision.told}",
    )


def identity_named(session: Session, name: str) -> str:
    """Return the id of the proposal or vote that an id, a hash or a label stands for.

    Raises:
        UnknownReference: there is none.
        NeedsReview: it stands for several.
    """
    found: dict[str, str] = {}
    for identity, hashed, label, title, day in session.execute(_KNOWN):
        if name == label or name.lower() in (identity.lower(), hashed.lower()):
            found[identity] = f"{identity} ({title}, {day})"
    if not found:
        raise UnknownReference("proposal", name, mend="feeshare proposal list")
    if len(found) > 1:
        raise NeedsReview(
            f"{name} stands for {len(found)} proposals: {', '.join(found.values())}.",
            mend="Name the one that is meant by its space and hash.",
        )
    return next(iter(found))


def all_of(session: Session) -> list[Proposal]:
    """Return every proposal, oldest first."""
    return list(session.scalars(select(Proposal).order_by(Proposal.passed_on, Proposal.id)))


def _require_passed(session: Session, wanted: Proposal) -> None:
    found = votes.newest(session, wanted.id)
    if found is None:
        return
    decision = votes.decision_of(session, found)
    if not decision.has_passed:
        expected = f"a proposal that passed; this one: {decision.told}"
    elif found.amount is not None and (found.amount, found.commodity) != (
        wanted.amount,
        wanted.commodity,
    ):
        expected = f"what its vote was on, {plain(found.amount)} {found.commodity}"
    else:
        return
    raise bad_input(code="proposal_invalid", place=f"proposal {wanted.id}", expected=expected)


def _key(space: str, proposal_hash: str) -> tuple[str, str]:
    # Snapshot's hashes are hexadecimal since 2021 and in any case; older ones are not.
    hexadecimal = proposal_hash.startswith(("0x", "0X"))
    return space.lower(), proposal_hash.lower() if hexadecimal else proposal_hash


def _require_identity(space: str, key: str) -> None:
    problems = [
        Problem(
            code="proposal_invalid",
            place=place,
            value=text,
            expected="one word without spaces or slashes, as Snapshot writes it",
        )
        for place, text in (("proposal space", space), ("proposal hash", key))
        if not text or "/" in text or text.split() != [text]
    ]
    if problems:
        raise BadInput(problems)
