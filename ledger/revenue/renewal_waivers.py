"""Waivers: a renewal that an exchange does not pay, because its fee share pays for the upkeep.

Law: a waiver rests on a decision whose basis proves it, or on two persons' word; nobody's claim is
enough. The database holds that, too.
"""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import Conflict, ReferenceReused, UnknownReference
from ledger.revenue.bounty_tables import Renewal, RenewalEnd
from ledger.revenue.prepaid_ends import WAIVED, earlier_end, reverse_invoice
from ledger.revenue.waiver_tables import (
    RenewalDecision,
    WaiverOverride,
    WaiverOverrideConfirmation,
)
from ledger.sealing import Change
from ledger.users import require_second_person
from ledger.validation import require_evidence


class WaiverUnproven(Conflict):
    """A waiver that no decision proves and no two persons stand for."""

    code = "waiver_unproven"

    def __init__(self, renewal: Renewal) -> None:
        super().__init__(
            f"Nothing proves that renewal {renewal.id!r} is waived: no decision on the year of "
            f"{renewal.connector} from {renewal.year_from} rests on its fee share.",
            mend=f"Let the fee share decide: feeshare renewal decide {renewal.connector}; or let "
            f"two persons answer for it: feeshare renewal override {renewal.id} --reason …",
        )


def waive(change: Change, renewal: Renewal, *, evidence: str, on: date) -> tuple[RenewalEnd, bool]:
    """Waive a renewal by reversing its invoice; say whether that is new.

    Raises:
        WaiverUnproven: no decision proves it, and no two persons stand for it.
        BadInput, Conflict, PeriodClosed: see `prepaid_ends.reverse_invoice`.
    """
    session = change.session
    earlier = earlier_end(session, renewal, WAIVED, on, evidence)
    if earlier is None and not is_proved(session, renewal):
        require_evidence(evidence, f"waiver of renewal {renewal.id}")
        raise WaiverUnproven(renewal)
    return reverse_invoice(change, renewal, evidence=evidence, on=on)


def is_proved(session: Session, renewal: Renewal) -> bool:
    """Return whether a decision proves that a renewal is waived, or two persons stand for it."""
    decided = select(RenewalDecision.outcome).where(RenewalDecision.renewal == renewal.id)
    confirmed = session.get(WaiverOverrideConfirmation, renewal.id)
    return session.scalar(decided) == WAIVED or confirmed is not None


def override(change: Change, renewal: Renewal, *, reason: str) -> tuple[WaiverOverride, bool]:
    """Propose to waive a renewal without proof; say whether that is new.

    Raises:
        BadInput: no reason is given.
        ReferenceReused: it was proposed for another reason.
    """
    require_evidence(reason, f"override for renewal {renewal.id}")
    known = change.session.get(WaiverOverride, renewal.id)
    if known is not None:
        if known.reason != reason:
            raise ReferenceReused("Override", renewal.id, f"reason is {known.reason}")
        return known, False
    made = WaiverOverride(renewal=renewal.id, reason=reason, proposed_by=change.actor)
    change.add(made)
    return made, True


def confirm(change: Change, renewal: Renewal) -> tuple[WaiverOverrideConfirmation, bool]:
    """Confirm, as another person, that a renewal may be waived without proof; say if it is new.

    Raises:
        UnknownReference: nobody proposed it.
        SelfConfirmation: the same person proposed it.
        Denied: the actor's role only reads.
    """
    proposed = change.session.get(WaiverOverride, renewal.id)
    if proposed is None:
        raise UnknownReference(
            "override for renewal",
            renewal.id,
            mend=f"feeshare renewal override {renewal.id} --reason …",
        )
    known = change.session.get(WaiverOverrideConfirmation, renewal.id)
    if known is not None:
        return known, False
    require_second_person(
        change.session,
        change.actor,
        proposed.proposed_by,
        f"proposed to waive {renewal.id}",
        mend=f"feeshare --as SOMEBODY renewal confirm {renewal.id}",
    )
    made = WaiverOverrideConfirmation(renewal=renewal.id, confirmed_by=change.actor)
    change.add(made)
    return made, True
