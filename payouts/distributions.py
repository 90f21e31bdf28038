"""HBOT distributions: parts fixed for recipients under proposals that passed.

Law: what is fixed under a proposal never exceeds what it authorises; the database refuses it too.
A part is fixed once for a recipient and tranche, and is due at once.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import parties, periods
from ledger.accounts import Chart
from ledger.errors import ReferenceReused
from ledger.journal import JournalEntry, Posting, post_one
from ledger.money import plain
from ledger.months import month_of
from ledger.obligation_tables import Obligation, ObligationDue
from ledger.sealing import Change
from ledger.validation import bad_input, require_payable
from payouts.distribution_tables import DistributionPart, Proposal
from payouts.errors import AuthorisationExceeded

KIND = "hbot-distribution"
"""Kind of the entry and of the obligation that a part gives rise to."""


def parts_of(session: Session, proposal: Proposal) -> Sequence[DistributionPart]:
    """Return the parts fixed under a proposal, by day, recipient and tranche."""
    return session.scalars(
        select(DistributionPart)
        .where(DistributionPart.proposal == proposal.id)
        .order_by(DistributionPart.on, DistributionPart.payee, DistributionPart.tranche)
    ).all()


def fixed(session: Session, proposal: Proposal, *, until: date | None = None) -> Decimal:
    """Return how much of a proposal was fixed for recipients so far, or until a day."""
    found = session.scalar(
        select(func.sum(DistributionPart.amount)).where(
            DistributionPart.proposal == proposal.id,
            *([] if until is None else [DistributionPart.on <= until]),
        )
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
