"""The end of a bounty: its deposit is released to those who worked, or refunded, never both.

Law: a release needs every gate, the whole agreed deposit and somebody to pay; it is divided by
the policy in force on the day of the first deposit, and what came in above the agreed amount goes
back. A refund is in full. Nothing is paid here: both make obligations, due at once.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import commodities, periods
from ledger.accounts import Chart
from ledger.errors import NeedsReview, ReferenceReused
from ledger.journal import JournalEntry, Posting, post_one
from ledger.money import plain, round_down, total
from ledger.months import month_of
from ledger.obligation_tables import Obligation, ObligationDue
from ledger.revenue.bounties import (
    BountyEnded,
    DepositState,
    assigned,
    deposit_state,
    deposited,
    deposits_of,
    end_of,
)
from ledger.revenue.bounty_division import ROLES, divided, obligation_of, rule_of
from ledger.revenue.bounty_gates import gates_missing
from ledger.revenue.bounty_tables import Bounty, BountyEnd
from ledger.sealing import Change
from ledger.tables import JournalEntryRow
from ledger.validation import bad_input, require_evidence

RELEASED = "released"
REFUNDED = "refunded"


class ReleaseNotReady(NeedsReview):
    """A bounty that lacks something before it may be released; `lacking` lists all of it."""

    code = "release_not_ready"

    def __init__(self, bounty: str, lacking: Sequence[str]) -> None:
        self.lacking = tuple(lacking)
        super().__init__(
            f"Bounty {bounty!r} cannot be released; it lacks: {', '.join(lacking)}.",
            mend=f"Record what happened, with its evidence: feeshare bounty gate {bounty} GATE",
        )


def release(change: Change, bounty: Bounty, *, on: date) -> tuple[BountyEnd, bool]:
    """Divide a bounty's deposit among developer, reviewer and Foundation; say whether it is new.

    Raises:
        ReleaseNotReady: gates, deposit, developer or reviewer are lacking; all are listed.
        BountyEnded: it was refunded.
        ReferenceReused: it was released on another day.
        PeriodClosed: the day is in a closed month.
    """
    session = change.session
    reason = "every gate passed"
    earlier = _earlier_end(session, bounty, RELEASED, on, reason)
    if earlier is not None:
        return earlier, False
    lacking = lacking_for_release(session, bounty, on)
    if lacking:
        raise ReleaseNotReady(bounty.id, lacking)
    owed = divided(session, bounty)
    kept = bounty.amount - total(part.amount for part in owed)
    excess = deposited(session, bounty) - bounty.amount
    returned = round_down(excess, commodities.scale_of(session, bounty.commodity))
    if returned:
        why = f"received above the agreed {plain(bounty.amount)} {bounty.commodity}"
        owed.append(
            obligation_of(bounty, "refund", bounty.exchange, amount=returned, explanation=why)
        )
    rest = {Chart.INCOME_BOUNTY: kept, Chart.INCOME_ROUNDING: excess - returned}
    return _end(change, bounty, RELEASED, reason, on=on, owed=owed, rest=rest), True


def refund(change: Change, bounty: Bounty, *, reason: str, on: date) -> tuple[BountyEnd, bool]:
    """Return a bounty's whole deposit to its exchange; say whether that is new.

    Raises:
        BadInput: no reason is given.
        NeedsReview: no deposit is held.
        BountyEnded: it was released.
        ReferenceReused: it was refunded on another day or for another reason.
        PeriodClosed: the day is in a closed month.
    """
    session = change.session
    earlier = _earlier_end(session, bounty, REFUNDED, on, reason)
    if earlier is not None:
        return earlier, False
    require_evidence(reason, f"refund of bounty {bounty.id}")
    amount = deposited(session, bounty)
    returned = round_down(amount, commodities.scale_of(session, bounty.commodity))
    if not returned:
        raise NeedsReview(
            f"No deposit is held for bounty {bounty.id!r}.",
            mend="Match its bank line first, if one came: feeshare reconcile",
        )
    owed = [obligation_of(bounty, "refund", bounty.exchange, amount=returned, explanation=reason)]
    rest = {Chart.INCOME_ROUNDING: amount - returned}
    return _end(change, bounty, REFUNDED, reason, on=on, owed=owed, rest=rest), True


def lacking_for_release(session: Session, bounty: Bounty, on: date) -> list[str]:
    """Return all that a bounty lacks to be released on a day, in words; nothing if it is ready."""
    lacking = [f"gate {gate.value}" for gate in gates_missing(session, bounty, on)]
    if deposit_state(session, bounty) in {DepositState.NONE, DepositState.SHORT}:
        held = plain(deposited(session, bounty))
        lacking.append(f"deposit ({held} of {plain(bounty.amount)} {bounty.commodity})")
    _, division = rule_of(session, bounty, on)
    return lacking + [
        role for role in ROLES if division[role] and assigned(session, bounty, role) is None
    ]


def _earlier_end(
    session: Session, bounty: Bounty, kind: str, on: date, reason: str
) -> BountyEnd | None:
    end = end_of(session, bounty)
    if end is not None and end.kind != kind:
        raise BountyEnded(end)
    if end is not None and (end.on, end.reason) != (on, reason):
        raise ReferenceReused("Bounty", bounty.id, f"{end.kind} on {end.on}: {end.reason}")
    return end


def _end(
    change: Change,
    bounty: Bounty,
    kind: str,
    reason: str,
    *,
    on: date,
    owed: Sequence[Obligation],
    rest: Mapping[Chart, Decimal],
) -> BountyEnd:
    """Take all that was deposited out of the deposits: to payees, due at once, and the rest."""
    what = f"bounty {bounty.id} {kind}"
    periods.require_open(change.session, on, what)
    _require_not_beforedeposits_of(change.session, bounty, on)
    amount = deposited(change.session, bounty)
    money, exchange = bounty.commodity, bounty.exchange
    entry = post_one(
        change,
        JournalEntry(
            reference=f"bounty-{kind}:{bounty.id}",
            effective_date=on,
            kind=f"bounty-{kind}",
            narration=f"{what}: {reason}",
            postings=[
                Posting(Chart.BOUNTY_DEPOSITS, amount, money, exchange, bounty.id),
                *(
                    Posting(part.payable_account, -part.amount, money, part.payee, part.id)
                    for part in owed
                ),
                *(
                    Posting(account, -left, money, exchange, bounty.id)
                    for account, left in rest.items()
                    if left
                ),
            ],
        ),
    )
    for part in owed:
        part.period, part.entry_number = month_of(on), entry.number
    end = BountyEnd(
        bounty=bounty.id, kind=kind, on=on, reason=reason, amount=amount, entry_number=entry.number
    )
    change.add(*owed)
    change.add(
        *(
            ObligationDue(obligation=part.id, due_on=on, entry_number=entry.number, cause=what)
            for part in owed
        ),
        end,
    )
    return end


def _require_not_beforedeposits_of(session: Session, bounty: Bounty, on: date) -> None:
    booked = session.scalar(
        select(func.max(JournalEntryRow.effective_date)).where(
            JournalEntryRow.number.in_(
                [match.entry_number for match in deposits_of(session, bounty)]
            )
        )
    )
    if booked is not None and on < booked:
        raise bad_input(
            code="date_invalid",
            place=f"bounty {bounty.id}",
            value=on.isoformat(),
            expected=f"{booked} or later, when its deposit was booked",
        )
