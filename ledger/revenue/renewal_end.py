"""The early end of a renewal: waived or cancelled, once.

Law: a waiver reverses an invoice of which nothing was earned or paid; a cancellation gives up
what is not earned: first what the exchange still owes, then money back.
"""

from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from ledger import commodities, periods
from ledger.accounts import Chart
from ledger.errors import Conflict, NeedsReview, ReferenceReused
from ledger.journal import JournalEntry, Posting, post_one, reverse
from ledger.months import last_day, month_of
from ledger.obligation_tables import Obligation, ObligationDue
from ledger.revenue.bounty_tables import Renewal, RenewalEnd
from ledger.revenue.renewal_earning import earned, earned_by_month, parts_of
from ledger.revenue.renewals import end_of, owed, paid
from ledger.sealing import Change
from ledger.validation import require_evidence

WAIVED = "waived"
CANCELLED = "cancelled"


class RenewalEnded(Conflict):
    """A renewal that was waived or cancelled otherwise."""

    code = "renewal_ended"

    def __init__(self, end: RenewalEnd) -> None:
        super().__init__(
            f"Renewal {end.renewal!r} was {end.kind} on {end.on} by entry {end.entry_number}.",
            mend="Invoice another renewal for what comes after.",
        )


def waive(change: Change, renewal: Renewal, *, evidence: str, on: date) -> tuple[RenewalEnd, bool]:
    """Waive a renewal by reversing its invoice; say whether that is new.

    Raises:
        BadInput: no evidence is given.
        Conflict: a part of it was earned or paid.
        RenewalEnded: it was cancelled.
        ReferenceReused: it was waived on another day or other evidence.
        PeriodClosed: the day is in a closed month.
    """
    session = change.session
    earlier = _earlier_end(session, renewal, WAIVED, on, evidence)
    if earlier is not None:
        return earlier, False
    require_evidence(evidence, f"waiver of renewal {renewal.id}")
    if earned(session, renewal) or paid(session, renewal):
        raise Conflict(
            f"A part of renewal {renewal.id!r} was earned or paid, so it cannot be waived.",
            mend=f"Give up what is left of it: feeshare renewal cancel {renewal.id}",
        )
    periods.require_open(session, on, f"The waiver of renewal {renewal.id}")
    entry = reverse(change, renewal.entry_number, reason=f"renewal waived: {evidence}", on=on)
    end = RenewalEnd(
        renewal=renewal.id,
        kind=WAIVED,
        on=on,
        evidence=evidence,
        relieved=renewal.amount,
        refunded=Decimal(0),
        entry_number=entry.number,
    )
    change.add(end)
    return end, True


def cancel(
    change: Change, renewal: Renewal, *, evidence: str, on: date
) -> tuple[RenewalEnd, bool]:
    """Give up the part of a renewal that is not earned; say whether that is new.

    What the exchange still owes is relieved first, the rest of it is owed back, due at once.

    Raises:
        BadInput: no evidence is given.
        NeedsReview: a month that is over was not earned yet.
        Conflict: it was earned whole.
        RenewalEnded: it was waived.
        ReferenceReused: it was cancelled on another day or other evidence.
        PeriodClosed: the day is in a closed month.
    """
    session = change.session
    earlier = _earlier_end(session, renewal, CANCELLED, on, evidence)
    if earlier is not None:
        return earlier, False
    require_evidence(evidence, f"cancellation of renewal {renewal.id}")
    _require_earned_until(session, renewal, on)
    unearned = renewal.amount - earned(session, renewal)
    if not unearned:
        raise Conflict(f"Renewal {renewal.id!r} was earned whole; nothing is left to cancel.")
    periods.require_open(session, on, f"The cancellation of renewal {renewal.id}")
    relieved = min(unearned, owed(session, renewal))
    return _cancel(change, renewal, (relieved, unearned - relieved), evidence, on), True


def _cancel(
    change: Change, renewal: Renewal, given_up: tuple[Decimal, Decimal], evidence: str, on: date
) -> RenewalEnd:
    relieved, refunded = given_up
    party, money = renewal.exchange, renewal.commodity
    refund = f"renewal-refund:{renewal.id}"
    relief = (
        Posting(Chart.RECEIVABLE_RENEWAL, -relieved, money, party, renewal.id),
        Posting(Chart.PAYABLE_REFUND, -refunded, money, party, refund),
    )
    entry = post_one(
        change,
        JournalEntry(
            reference=f"renewal-cancelled:{renewal.id}",
            effective_date=on,
            kind="renewal-cancelled",
            narration=f"renewal {renewal.id} cancelled: {evidence}",
            postings=[
                Posting(Chart.DEFERRED_RENEWAL, relieved + refunded, money, party, renewal.id),
                *(posting for posting in relief if posting.amount),
            ],
        ),
    )
    if refunded:
        change.add(
            Obligation(
                id=refund,
                kind="renewal-refund",
                payee=party,
                commodity=money,
                amount=refunded,
                document=renewal.id,
                period=month_of(on),
                entry_number=entry.number,
                payable_account=Chart.PAYABLE_REFUND.value,
                explanation=f"paid for months not earned: {evidence}",
            )
        )
        change.add(
            ObligationDue(
                obligation=refund, due_on=on, entry_number=entry.number, cause="cancelled"
            )
        )
    end = RenewalEnd(
        renewal=renewal.id,
        kind=CANCELLED,
        on=on,
        evidence=evidence,
        relieved=relieved,
        refunded=refunded,
        entry_number=entry.number,
    )
    change.add(end)
    return end


def _require_earned_until(session: Session, renewal: Renewal, on: date) -> None:
    done = earned_by_month(session, renewal)
    scale = commodities.scale_of(session, renewal.commodity)
    left = [
        month_of(first)
        for first, amount in parts_of(renewal, scale)
        if last_day(first) < on and amount and month_of(first) not in done
    ]
    if left:
        raise NeedsReview(
            f"Renewal {renewal.id!r} is not earned yet for {', '.join(left)}.",
            mend=f"Earn what is over first: feeshare accrue {left[-1]}",
        )


def _earlier_end(
    session: Session, renewal: Renewal, kind: str, on: date, evidence: str
) -> RenewalEnd | None:
    end = end_of(session, renewal)
    if end is not None and end.kind != kind:
        raise RenewalEnded(end)
    if end is not None and (end.on, end.evidence) != (on, evidence):
        raise ReferenceReused("Renewal", renewal.id, f"{end.kind} on {end.on}: {end.evidence}")
    return end
