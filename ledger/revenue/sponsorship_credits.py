"""What is credited towards a sponsorship: the fee of a bounty that its exchange paid for.

Law: the fee is the Foundation's part of a bounty that was released, credited once, in the
commodity that it was earned in. The database refuses a second time and more than was earned.
"""

from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.accounts import Chart
from ledger.errors import Conflict
from ledger.journal import Posting
from ledger.money import CONTEXT, plain
from ledger.revenue import bounties, bounty_standing
from ledger.revenue.prepaid import Prepaid
from ledger.revenue.sponsorship_tables import Sponsorship, SponsorshipCredit
from ledger.tables import PostingRow

FEE = "bounty-fee"
RENEWAL_LEFT = "renewal"
"""Kinds of credits."""


class CreditUnfounded(Conflict):
    """Something that a sponsorship is not credited with: `why` says why."""

    code = "sponsorship_credit_unfounded"

    def __init__(self, sponsorship: str, document: str, why: str) -> None:
        super().__init__(
            f"Sponsorship {sponsorship!r} is not credited with {document!r}: {why}.",
            mend="Name a released bounty, or a live renewal, of the same exchange and commodity "
            "that was not credited before; or leave it out.",
        )


def fee_of(session: Session, sponsorship: Sponsorship, bounty: str) -> Decimal:
    """Return the fee of a bounty that a sponsorship can be credited with, at most its amount.

    Raises:
        UnknownReference: there is no such bounty.
        CreditUnfounded: it is another exchange's or commodity's, was not released, left no fee, or
            is credited already.
    """
    found = bounties.named(session, bounty)
    end = bounty_standing.end_of(session, found)
    fee = CONTEXT.minus(
        session.scalar(
            select(func.coalesce(func.sum(PostingRow.amount), 0)).where(
                PostingRow.account == Chart.INCOME_BOUNTY.value, PostingRow.document == bounty
            )
        )
        or Decimal(0)
    )
    known = session.get(SponsorshipCredit, (FEE, bounty))
    why = ""
    if found.exchange != sponsorship.exchange:
        why = f"it is {found.exchange}'s"
    elif found.commodity != sponsorship.commodity:
        why = f"it is in {found.commodity}, the sponsorship in {sponsorship.commodity}"
    elif known is not None:
        why = f"{plain(known.amount)} of it is credited to {known.sponsorship!r}"
    elif end is None or end.kind != "released":
        why = "it was not released"
    elif fee <= 0:
        why = "its release left no fee"
    if why:
        raise CreditUnfounded(sponsorship.id, bounty, why)
    return min(fee, sponsorship.amount)


def fee_postings(session: Session, year: Prepaid, amount: Decimal) -> list[Posting]:
    """Return the postings that move an amount of credited fees, a debit positive, by bounty."""
    left, made = amount.copy_abs(), []
    fees = session.scalars(
        select(SponsorshipCredit)
        .where(SponsorshipCredit.sponsorship == year.id, SponsorshipCredit.kind == FEE)
        .order_by(SponsorshipCredit.document)
    )
    for each in fees if left else ():
        part = min(left, each.amount)
        left = CONTEXT.subtract(left, part)
        made.append(fee_posting(year, each.document, part.copy_sign(amount)))
    return made


def fee_posting(year: Prepaid, bounty: str, amount: Decimal) -> Posting:
    """Return the posting of a part of a bounty's fee; a debit takes it out of its income."""
    return Posting(Chart.INCOME_BOUNTY, amount, year.commodity, year.exchange, bounty)
