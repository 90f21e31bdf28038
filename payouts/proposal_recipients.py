"""Recipients: a proposal's own list of who gets how much at most; without one anybody may.

Law: the list stays within what the proposal authorises, and its rows are never changed; the
database refuses both, and a part for who is not in it.
"""

from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import parties
from ledger.money import CONTEXT, plain, total
from ledger.sealing import Change
from ledger.validation import bad_input, require_payable, require_same
from payouts.distribution_tables import DistributionPart, Proposal, ProposalRecipient


def add(
    change: Change, proposal: Proposal, payee: str, amount: Decimal, *, source: str = ""
) -> tuple[ProposalRecipient, bool]:
    """Add a recipient to a proposal's list; say whether that is new.

    Args:
        change: the open change.
        proposal: whose list it is.
        payee: the recipient, by id, name or alias.
        amount: the most that they get, over all tranches, in the proposal's commodity.
        source: where the list stands.

    Raises:
        UnknownReference: the recipient is not recorded.
        BadInput: the amount is not payable, more than the proposal leaves for others, or less
            than what the recipient has already.
        ReferenceReused: the recipient is in the list with another amount.
    """
    session = change.session
    party = parties.named(session, payee, kind="payee").id
    place = f"recipient {party} of {proposal.id}"
    require_payable(session, amount, proposal.commodity, place)
    wanted = ProposalRecipient(proposal=proposal.id, payee=party, amount=amount, source=source)
    known = session.get(ProposalRecipient, (proposal.id, party))
    if known is not None:
        require_same("Recipient", known, wanted, without={"source"})
        return known, False
    left = CONTEXT.subtract(proposal.amount, total(listed(session, proposal).values()))
    has = total(
        session.scalars(
            select(DistributionPart.amount).where(
                DistributionPart.proposal == proposal.id, DistributionPart.payee == party
            )
        )
    )
    if not has <= amount <= left:
        raise bad_input(
            code="proposal_invalid",
            place=place,
            value=plain(amount),
            expected=f"from {plain(has)}, fixed for {party} already, to {plain(left)}, what "
            f"{proposal.label} authorises beyond the others in its list",
        )
    change.add(wanted)
    return wanted, True


def listed(session: Session, proposal: Proposal) -> dict[str, Decimal]:
    """Return the most that each recipient in a proposal's list gets; none where it has no list."""
    rows = session.execute(
        select(ProposalRecipient.payee, ProposalRecipient.amount)
        .where(ProposalRecipient.proposal == proposal.id)
        .order_by(ProposalRecipient.payee)
    )
    return {row.payee: row.amount for row in rows}
