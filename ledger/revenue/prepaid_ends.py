"""The early end of a prepaid year: waived, cancelled or moved to a sponsorship, once.

Law: a waiver reverses an invoice of which nothing was earned or paid. Any other end gives up what
is not earned: first what the exchange still owes, then a bounty's fee that was credited, which is
the bounty's income again, then what was paid: as money, or as a credit of the sponsorship.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from ledger import commodities, periods
from ledger.accounts import Chart
from ledger.errors import Conflict, NeedsReview, ReferenceReused
from ledger.journal import JournalEntry, Posting, post_one, reverse
from ledger.money import CONTEXT
from ledger.months import last_day, month_of
from ledger.obligation_tables import Obligation, ObligationDue
from ledger.revenue.bounty_tables import Renewal, RenewalEnd
from ledger.revenue.prepaid import End, Prepaid, credited, end_of, kind_of, owed, paid
from ledger.revenue.prepaid_earning import earned, earned_by_month, parts_of
from ledger.revenue.sponsorship_credits import FEE, fee_postings
from ledger.revenue.sponsorship_tables import Sponsorship, SponsorshipEnd
from ledger.sealing import Change
from ledger.validation import require_evidence

WAIVED = "waived"
CANCELLED = "cancelled"
MOVED = "moved"


class RenewalEnded(Conflict):
    """A renewal that was waived, cancelled or moved otherwise."""

    code = "renewal_ended"

    def __init__(self, renewal: str, end: End) -> None:
        super().__init__(
            f"Renewal {renewal!r} was {end.kind} on {end.on} by entry {end.entry_number}.",
            mend="Invoice another renewal for what comes after.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """What of a year is not earned any more, each part of its own; their sum is what was left."""

    relieved: Decimal
    returned: Decimal
    refunded: Decimal


def reverse_invoice(
    change: Change, renewal: Renewal, *, evidence: str, on: date
) -> tuple[RenewalEnd, bool]:
    """Waive a renewal by reversing its invoice; say whether that is new.

    Whether it may be waived is `renewal_waivers`' to say.

    Raises:
        BadInput: no evidence is given.
        Conflict: a part of it was earned or paid.
        RenewalEnded: it was cancelled.
        ReferenceReused: it was waived on another day or other evidence.
        PeriodClosed: the day is in a closed month.
    """
    session = change.session
    earlier = earlier_end(session, renewal, WAIVED, on, evidence)
    if isinstance(earlier, RenewalEnd):
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


def cancel(change: Change, year: Prepaid, *, evidence: str, on: date) -> tuple[End, bool]:
    """Give up the part of a year that is not earned; say whether that is new.

    What the exchange still owes is relieved first, the rest of it is owed back, due at once.

    Raises:
        BadInput: no evidence is given.
        NeedsReview: a month that is over was not earned yet.
        Conflict: it was earned whole.
        RenewalEnded: it was waived or moved.
        ReferenceReused: it was cancelled on another day or other evidence.
        PeriodClosed: the day is in a closed month.
    """
    earlier = earlier_end(change.session, year, CANCELLED, on, evidence)
    if earlier is not None:
        return earlier, False
    given_up = left_of(change.session, year, evidence=evidence, on=on)
    refund = f"{kind_of(year).name}-refund:{year.id}"
    back = Posting(
        Chart.PAYABLE_REFUND,
        CONTEXT.minus(given_up.refunded),
        year.commodity,
        year.exchange,
        refund,
    )
    end = unwind(change, year, given_up, back, kind=CANCELLED, evidence=evidence, on=on)
    if given_up.refunded:
        _owe_back(change, year, refund, end)
    return end, True


def left_of(session: Session, year: Prepaid, *, evidence: str, on: date) -> GivenUp:
    """Return what of a year would be given up on a day, and in what order.

    Raises:
        BadInput: no evidence is given.
        NeedsReview: a month that is over was not earned yet.
        Conflict: it was earned whole.
        PeriodClosed: the day is in a closed month.
    """
    name = kind_of(year).name
    require_evidence(evidence, f"end of {name} {year.id}")
    _require_earned_until(session, year, on)
    unearned = CONTEXT.subtract(year.amount, earned(session, year))
    if not unearned:
        raise Conflict(
            f"{name.capitalize()} {year.id!r} was earned whole; nothing is left to cancel."
        )
    periods.require_open(session, on, f"The end of {name} {year.id}")
    relieved = min(unearned, owed(session, year))
    rest = CONTEXT.subtract(unearned, relieved)
    returned = min(rest, credited(session, year, FEE))
    return GivenUp(relieved=relieved, returned=returned, refunded=CONTEXT.subtract(rest, returned))


def unwind(
    change: Change,
    year: Prepaid,
    given_up: GivenUp,
    back: Posting,
    *,
    kind: str,
    evidence: str,
    on: date,
) -> End:
    """Post what is given up of a year and keep its end; `back` is where what was paid goes."""
    of, party, money = kind_of(year), year.exchange, year.commodity
    unearned = CONTEXT.add(CONTEXT.add(given_up.relieved, given_up.returned), given_up.refunded)
    relieved = CONTEXT.minus(given_up.relieved)
    entry = post_one(
        change,
        JournalEntry(
            reference=f"{of.name}-{kind}:{year.id}",
            effective_date=on,
            kind=f"{of.name}-{kind}",
            narration=f"{of.name} {year.id} {kind}: {evidence}",
            postings=[
                Posting(of.deferred, unearned, money, party, year.id),
                *([Posting(of.receivable, relieved, money, party, year.id)] if relieved else []),
                *fee_postings(change.session, year, CONTEXT.minus(given_up.returned)),
                *([back] if back.amount else []),
            ],
        ),
    )
    end: End
    if isinstance(year, Sponsorship):
        end = SponsorshipEnd(
            sponsorship=year.id,
            kind=kind,
            on=on,
            evidence=evidence,
            relieved=given_up.relieved,
            returned=given_up.returned,
            refunded=given_up.refunded,
            entry_number=entry.number,
        )
    else:
        end = RenewalEnd(
            renewal=year.id,
            kind=kind,
            on=on,
            evidence=evidence,
            relieved=given_up.relieved,
            refunded=given_up.refunded,
            entry_number=entry.number,
        )
    change.add(end)
    return end


def earlier_end(session: Session, year: Prepaid, kind: str, on: date, evidence: str) -> End | None:
    """Return the end of a year if it is the one that is wanted; nothing if it has none.

    Raises:
        RenewalEnded: it ended otherwise.
        ReferenceReused: it ended so on another day or other evidence.
    """
    end = end_of(session, year)
    if end is not None and end.kind != kind:
        raise RenewalEnded(year.id, end)
    if end is not None and (end.on, end.evidence) != (on, evidence):
        name = kind_of(year).name.capitalize()
        raise ReferenceReused(name, year.id, f"{end.kind} on {end.on}: {end.evidence}")
    return end


def _owe_back(change: Change, year: Prepaid, refund: str, end: End) -> None:
    change.add(
        Obligation(
            id=refund,
            kind=f"{kind_of(year).name}-refund",
            payee=year.exchange,
            commodity=year.commodity,
            amount=end.refunded,
            document=year.id,
            period=month_of(end.on),
            entry_number=end.entry_number,
            payable_account=Chart.PAYABLE_REFUND.value,
            explanation=f"paid for months not earned: {end.evidence}",
        )
    )
    change.add(
        ObligationDue(
            obligation=refund, due_on=end.on, entry_number=end.entry_number, cause=end.kind
        )
    )


def _require_earned_until(session: Session, year: Prepaid, on: date) -> None:
    done = earned_by_month(session, year)
    scale = commodities.scale_of(session, year.commodity)
    left = [
        month_of(first)
        for first, amount in parts_of(year, scale)
        if last_day(first) < on and amount and month_of(first) not in done
    ]
    if left:
        raise NeedsReview(
            f"{kind_of(year).name.capitalize()} {year.id!r} is not earned yet for "
            f"{', '.join(left)}.",
            mend=f"Earn what is over first: feeshare accrue {left[-1]}",
        )
