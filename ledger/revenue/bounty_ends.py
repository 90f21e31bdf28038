"""What a release and a refund share: an end is recorded once, on a day that can be booked."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from ledger import periods
from ledger.accounts import Chart
from ledger.errors import ReferenceReused
from ledger.journal import JournalEntry, Posted, Posting, post_one
from ledger.money import total
from ledger.obligation_tables import Obligation, ObligationDue
from ledger.revenue.bounty_division import posted_on
from ledger.revenue.bounty_held import last_booked
from ledger.revenue.bounty_standing import BountyEnded, end_of
from ledger.revenue.bounty_tables import Bounty, BountyEnd
from ledger.sealing import Change
from ledger.validation import bad_input

RELEASED = "released"
REFUNDED = "refunded"


def earlier_end(
    session: Session, bounty: Bounty, kind: str, on: date, reason: str
) -> BountyEnd | None:
    """Return the end of a bounty if it ended so already; nothing if it did not end.

    Raises:
        BountyEnded: it ended otherwise.
        ReferenceReused: it ended so on another day or for another reason.
    """
    end = end_of(session, bounty)
    if end is not None and end.kind != kind:
        raise BountyEnded(end)
    if end is not None and (end.on, end.reason) != (on, reason):
        raise ReferenceReused("Bounty", bounty.id, f"{end.kind} on {end.on}: {end.reason}")
    return end


def book(
    change: Change,
    bounty: Bounty,
    kind: str,
    why: str,
    *,
    on: date,
    reference: str,
    taken: Mapping[str, Decimal],
    owed: Sequence[Obligation],
    rest: Iterable[Posting],
) -> tuple[Posted, Decimal]:
    """Take what was deposited out of the deposits: to payees, due at once, and the rest.

    Args:
        change: the open change.
        bounty: whose.
        kind: `released` or `refunded`.
        why: the reason, in words.
        on: the day, not before the deposits were booked, in an open month.
        reference: of the entry.
        taken: what leaves the deposit of each funder, positive.
        owed: what is owed for it.
        rest: the other postings, which balance the entry.

    Returns:
        The entry, and how much left the deposits.

    Raises:
        PeriodClosed: the day is in a closed month.
        BadInput: it is before the deposits were booked.
    """
    what = f"bounty {bounty.id} {kind}"
    periods.require_open(change.session, on, what)
    _require_not_before_deposits(change.session, bounty, on)
    money = bounty.commodity
    postings = [
        *(
            Posting(Chart.BOUNTY_DEPOSITS, amount, money, party, bounty.id)
            for party, amount in taken.items()
        ),
        *(
            Posting(part.payable_account, -part.amount, part.commodity, part.payee, part.id)
            for part in owed
        ),
        *rest,
    ]
    entry = post_one(
        change,
        JournalEntry(
            reference=reference,
            effective_date=on,
            kind=f"bounty-{kind}",
            narration=f"{what}: {why}",
            postings=[posting for posting in postings if posting.amount],
        ),
    )
    posted_on(list(owed), on, entry.number)
    change.add(*owed)
    change.add(
        *(
            ObligationDue(obligation=part.id, due_on=on, entry_number=entry.number, cause=what)
            for part in owed
        )
    )
    return entry, total(taken.values())


def _require_not_before_deposits(session: Session, bounty: Bounty, on: date) -> None:
    booked = last_booked(session, bounty)
    if booked is not None and on < booked:
        raise bad_input(
            code="date_invalid",
            place=f"bounty {bounty.id}",
            value=on.isoformat(),
            expected=f"{booked} or later, when its deposit was booked",
        )
