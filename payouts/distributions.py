"""HBOT distributions: parts fixed for recipients under proposals that passed.

Law: nothing is fixed under a proposal whose vote did not pass, more than it authorises, or past
its own list of recipients; the database refuses it too. A part is fixed once for a recipient and
tranche, and is due at once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import parties, periods
from ledger.accounts import Chart
from ledger.errors import BadInput, Problem, ReferenceReused
from ledger.journal import JournalEntry, Posting, post_one
from ledger.money import CONTEXT, plain
from ledger.months import month_of
from ledger.obligation_tables import Obligation, ObligationDue
from ledger.sealing import Change
from ledger.validation import require_payable
from payouts import proposal_recipients, votes
from payouts.distribution_tables import DistributionPart, Proposal
from payouts.proposals import headline

KIND = "hbot-distribution"
"""Kind of the entry and of the obligation that a part gives rise to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part that is to be fixed: for which payee (an id), how much, when, and why so much."""

    proposal: Proposal
    payee: str
    amount: Decimal
    on: date
    tranche: str
    explanation: str

    @property
    def identity(self) -> str:
        """Return the part's id: proposal, payee, and the tranche if it has one."""
        return "/".join(filter(None, (self.proposal.id, self.payee, self.tranche)))


def parts_of(session: Session, proposal: Proposal) -> Sequence[DistributionPart]:
    """Return the parts fixed under a proposal, by day, recipient and tranche."""
    return session.scalars(
        select(DistributionPart)
        .where(DistributionPart.proposal == proposal.id)
        .order_by(DistributionPart.on, DistributionPart.payee, DistributionPart.tranche)
    ).all()


def fixed(
    session: Session, proposal: Proposal, *, payee: str | None = None, until: date | None = None
) -> Decimal:
    """Return how much of a proposal was fixed: for all or a payee's id, so far or until a day."""
    found = session.scalar(
        select(func.sum(DistributionPart.amount)).where(
            DistributionPart.proposal == proposal.id,
            *([] if payee is None else [DistributionPart.payee == payee]),
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
    explanation: str = "",
) -> tuple[DistributionPart, bool]:
    """Fix what a recipient gets under a proposal, due at once; say whether it is new.

    Args:
        change: the open change.
        proposal: what authorises it.
        payee: the recipient, by id, name or alias.
        amount: in the proposal's commodity.
        on: the day it was fixed, not before the proposal passed.
        tranche: tells several parts of one recipient apart, such as `2024-02`.
        explanation: how the amount came about, told to the recipient after the proposal's title.

    Raises:
        UnknownReference: the recipient is not recorded.
        BadInput: the amount is not payable, the day is before the proposal passed, the vote did
            not pass, or this part is not authorised: with everything that speaks against it.
        ReferenceReused: this part is fixed already with another amount or day.
        PeriodClosed: the day is in a closed month.
    """
    session = change.session
    part = Part(
        proposal=proposal,
        payee=parties.named(session, payee, kind="payee").id,
        amount=amount,
        on=on,
        tranche=tranche,
        explanation=": ".join(filter(None, (headline(proposal), explanation))),
    )
    require_payable(session, amount, proposal.commodity, f"part {part.identity}")
    known = session.get(DistributionPart, part.identity)
    if known is not None:
        if (known.amount, known.on) != (amount, on):
            raise ReferenceReused(
                "Distribution part", part.identity, f"{plain(known.amount)} on {known.on}"
            )
        return known, False
    problems = list(_problems(session, part))
    if problems:
        raise BadInput(problems)
    periods.require_open(session, on, f"part {part.identity}")
    return _fix(change, part), True


def _problems(session: Session, part: Part) -> Iterator[Problem]:
    """Yield what speaks against a part: its day, the vote, what is left, the list."""
    proposal, place = part.proposal, f"part {part.identity}"
    if part.on < proposal.passed_on:
        yield Problem(
            code="date_invalid",
            place=place,
            value=part.on.isoformat(),
            expected=f"{proposal.passed_on} or later, when {proposal.label} passed",
        )
    vote = votes.newest(session, proposal.id)
    decision = None if vote is None else votes.decision_of(session, vote)
    if decision is not None and not decision.has_passed:
        expected = f"a proposal that passed; {proposal.label}: {decision.told}"
        yield Problem(code="proposal_invalid", place=place, expected=expected)
    left = CONTEXT.subtract(proposal.amount, fixed(session, proposal))
    if part.amount > left:
        yield _beyond(part, f"{plain(left)} or less, what is left of {proposal.label}")
    listed = proposal_recipients.listed(session, proposal)
    if listed and part.payee not in listed:
        expected = f"a recipient in the list of {proposal.label}: {', '.join(sorted(listed))}"
        yield Problem(code="proposal_invalid", place=place, value=part.payee, expected=expected)
    elif listed:
        rest = CONTEXT.subtract(listed[part.payee], fixed(session, proposal, payee=part.payee))
        if part.amount > rest:
            yield _beyond(part, f"{plain(rest)} or less, what the list leaves {part.payee}")


def _beyond(part: Part, expected: str) -> Problem:
    return Problem(
        code="proposal_invalid",
        place=f"part {part.identity}",
        value=plain(part.amount),
        expected=expected,
        mend="Fix a smaller part, or record the proposal that authorises more.",
    )


def _fix(change: Change, part: Part) -> DistributionPart:
    """Post a part as an expense, owe it, and let it fall due."""
    proposal, obligation = part.proposal, f"{KIND}:{part.identity}"
    payable, commodity = Chart.PAYABLE_DISTRIBUTION, proposal.commodity
    narration = f"{proposal.label} {part.tranche}: fixed for {part.payee}".replace(" :", ":")
    entry = post_one(
        change,
        JournalEntry(
            reference=obligation,
            effective_date=part.on,
            kind=KIND,
            narration=narration,
            postings=[
                Posting(
                    Chart.EXPENSE_DISTRIBUTION, part.amount, commodity, part.payee, proposal.id
                ),
                Posting(payable, -part.amount, commodity, part.payee, obligation),
            ],
        ),
    )
    row = DistributionPart(
        id=part.identity,
        proposal=proposal.id,
        payee=part.payee,
        tranche=part.tranche,
        amount=part.amount,
        on=part.on,
        entry_number=entry.number,
    )
    change.add(
        row,
        Obligation(
            id=obligation,
            kind=KIND,
            payee=part.payee,
            commodity=commodity,
            amount=part.amount,
            document=proposal.id,
            period=month_of(part.on),
            entry_number=entry.number,
            payable_account=payable.value,
            explanation=part.explanation,
        ),
    )
    change.add(
        ObligationDue(
            obligation=obligation,
            due_on=part.on,
            entry_number=entry.number,
            cause=f"fixed under {proposal.id}",
        )
    )
    return row
