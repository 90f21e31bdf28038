"""HBOT distributions: parts fixed for recipients under proposals that passed.

Law: what is fixed under a proposal never exceeds what it authorises; the database refuses it too.
A proposal is its Snapshot space and hash: labels such as HGP-70 were used twice. A part is fixed
once for a recipient and tranche, and is due at once.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import parties, periods
from ledger.accounts import Chart
from ledger.errors import (
    BadInput,
    Conflict,
    NeedsReview,
    Problem,
    ReferenceReused,
    UnknownReference,
)
from ledger.journal import JournalEntry, Posting, post_one
from ledger.money import plain
from ledger.months import month_of
from ledger.revenue.bounties import bad_input, require_payable, require_same
from ledger.sealing import Change
from ledger.tables import Obligation, ObligationDue
from payouts.distribution_tables import DistributionPart, Proposal

KIND = "hbot-distribution"
"""Kind of the entry and of the obligation that a part gives rise to."""


class AuthorisationExceeded(Conflict):
    """A part beyond what its proposal authorises."""

    code = "authorisation_exceeded"

    def __init__(self, proposal: Proposal, payee: str, amount: Decimal, left: Decimal) -> None:
        self.left = left
        super().__init__(
            f"{plain(amount)} {proposal.commodity} for {payee} is more than the {plain(left)} "
            f"left of {plain(proposal.amount)} that {proposal.label} ({proposal.id}) authorises.",
            mend="Fix a smaller part, or record the proposal that authorises more.",
        )


def add_proposal(
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
        BadInput: space or hash are none, or the amount is not payable.
        ReferenceReused: the space and hash are there with other content.
    """
    session = change.session
    # Snapshot's hashes are hexadecimal since 2021 and in any case; older ones are not.
    key = proposal_hash.lower() if proposal_hash.startswith(("0x", "0X")) else proposal_hash
    space = space.lower()
    identity = f"{space}/{key}"
    _require_identity(space, key)
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
    change.add(wanted)
    return wanted, True


def named(session: Session, name: str) -> Proposal:
    """Return the proposal that an id stands for, or a label that only one of them has.

    Raises:
        UnknownReference: there is none.
        NeedsReview: the label was used for several.
    """
    found = session.get(Proposal, name)
    if found is not None:
        return found
    labelled = session.scalars(
        select(Proposal).where(Proposal.label == name).order_by(Proposal.id)
    ).all()
    if not labelled:
        raise UnknownReference("proposal", name, mend="feeshare proposal list")
    if len(labelled) > 1:
        raise NeedsReview(
            f"{name} stands for {len(labelled)} proposals: "
            f"{', '.join(f'{row.id} ({row.title}, {row.passed_on})' for row in labelled)}.",
            mend="Name the one that is meant by its space and hash.",
        )
    return labelled[0]


def all_of(session: Session) -> list[Proposal]:
    """Return every proposal, oldest first."""
    return list(session.scalars(select(Proposal).order_by(Proposal.passed_on, Proposal.id)))


def parts_of(session: Session, proposal: Proposal) -> Sequence[DistributionPart]:
    """Return the parts fixed under a proposal, by day, recipient and tranche."""
    return session.scalars(
        select(DistributionPart)
        .where(DistributionPart.proposal == proposal.id)
        .order_by(DistributionPart.on, DistributionPart.payee, DistributionPart.tranche)
    ).all()


def fixed(session: Session, proposal: Proposal) -> Decimal:
    """Return how much of a proposal was fixed for recipients so far."""
    found = session.scalar(
        select(func.sum(DistributionPart.amount)).where(DistributionPart.proposal == proposal.id)
    )
    return found or Decimal(0)


def fix_part(
    change: Change,
    proposal: Proposal,
    payee: str,
    amount: Decimal,
    *,
    on: date,
    tranche: str = "",
) -> tuple[DistributionPart, bool]:
    """Fix what a recipient gets under a proposal, due at once; say whether it is new.

    Args:
        change: the open change.
        proposal: what authorises it.
        payee: the recipient, by id, name or alias.
        amount: in the proposal's commodity.
        on: the day it was fixed, not before the proposal passed.
        tranche: tells several parts of one recipient apart, such as `2024-02`.

    Raises:
        UnknownReference: the recipient is not recorded.
        BadInput: the amount is not payable, or the proposal had not passed yet.
        AuthorisationExceeded: the parts would exceed what is authorised.
        ReferenceReused: this part is fixed already with another amount or day.
        PeriodClosed: the day is in a closed month.
    """
    session = change.session
    party = parties.named(session, payee, kind="payee").id
    identity = "/".join(filter(None, (proposal.id, party, tranche)))
    require_payable(session, amount, proposal.commodity, f"part {identity}")
    known = session.get(DistributionPart, identity)
    if known is not None:
        if (known.amount, known.on) != (amount, on):
            raise ReferenceReused(
                "Distribution part", identity, f"{plain(known.amount)} on {known.on}"
            )
        return known, False
    if on < proposal.passed_on:
        raise bad_input(
            code="date_invalid",
            place=f"part {identity}",
            value=on.isoformat(),
            expected=f"{proposal.passed_on} or later, when {proposal.label} passed",
        )
    left = proposal.amount - fixed(session, proposal)
    if amount > left:
        raise AuthorisationExceeded(proposal, party, amount, left)
    periods.require_open(session, on, f"part {identity}")
    return _fix(change, proposal, party, amount, on=on, tranche=tranche, identity=identity), True


def _fix(
    change: Change,
    proposal: Proposal,
    party: str,
    amount: Decimal,
    *,
    on: date,
    tranche: str,
    identity: str,
) -> DistributionPart:
    obligation = f"{KIND}:{identity}"
    entry = post_one(
        change,
        JournalEntry(
            reference=obligation,
            effective_date=on,
            kind=KIND,
            narration=f"{proposal.label} {tranche}: fixed for {party}".replace(" :", ":"),
            postings=[
                Posting(
                    Chart.EXPENSE_DISTRIBUTION, amount, proposal.commodity, party, proposal.id
                ),
                Posting(
                    Chart.PAYABLE_DISTRIBUTION, -amount, proposal.commodity, party, obligation
                ),
            ],
        ),
    )
    part = DistributionPart(
        id=identity,
        proposal=proposal.id,
        payee=party,
        tranche=tranche,
        amount=amount,
        on=on,
        entry_number=entry.number,
    )
    change.add(
        part,
        Obligation(
            id=obligation,
            kind=KIND,
            payee=party,
            commodity=proposal.commodity,
            amount=amount,
            document=proposal.id,
            period=month_of(on),
            entry_number=entry.number,
            payable_account=Chart.PAYABLE_DISTRIBUTION.value,
            explanation=f"{proposal.label}: {proposal.title}",
        ),
    )
    change.add(
        ObligationDue(
            obligation=obligation,
            due_on=on,
            entry_number=entry.number,
            cause=f"fixed under {proposal.id}",
        )
    )
    return part


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
