"""The refund of a bounty: every deposit goes back whole, and what a bounty cost above its amount.

Law: a refund is in full. A stage that was paid before it is the Foundation's loss, and so is what
a bounty costs above what was agreed. What goes back is owed to who deposited it and is paid to an
address that they confirmed, never to whoever sent it.
"""

from datetime import date
from decimal import Decimal

from sqlalchemy import func, select

from ledger import commodities, parties, periods
from ledger.accounts import Chart
from ledger.balances import document_balance
from ledger.errors import NeedsReview
from ledger.journal import JournalEntry, Posting, post_one
from ledger.money import CONTEXT, plain, round_down
from ledger.months import month_of
from ledger.obligation_tables import Obligation, ObligationDue
from ledger.revenue.bounty_division import obligation_of
from ledger.revenue.bounty_ends import REFUNDED, book, earlier_end
from ledger.revenue.bounty_held import deposited_by
from ledger.revenue.bounty_standing import require_move
from ledger.revenue.bounty_states import Move
from ledger.revenue.bounty_tables import Bounty, BountyEnd, BountyOverrun
from ledger.sealing import Change
from ledger.validation import require_evidence, require_payable


def refund(change: Change, bounty: Bounty, *, reason: str, on: date) -> tuple[BountyEnd, bool]:
    """Return the whole deposit of each who put a bounty up; say whether that is new.

    Raises:
        BadInput: no reason is given.
        NeedsReview: no deposit is held.
        BountyEnded: it was released.
        MoveRefused: it was cancelled, or its exchange pays directly.
        ReferenceReused: it was refunded on another day or for another reason.
        PeriodClosed: the day is in a closed month.
    """
    session = change.session
    earlier = earlier_end(session, bounty, REFUNDED, on, reason)
    if earlier is not None:
        return earlier, False
    require_evidence(reason, f"refund of bounty {bounty.id}")
    require_move(session, bounty, Move.REFUND)
    scale, money = commodities.scale_of(session, bounty.commodity), bounty.commodity
    came = deposited_by(session, bounty)
    owed: list[Obligation] = []
    rest: list[Posting] = []
    taken: dict[str, Decimal] = {}
    for party, amount in came.items():
        returned = round_down(amount, scale)
        balance = document_balance(session, Chart.BOUNTY_DEPOSITS, bounty.id, money, party=party)
        taken[party] = CONTEXT.minus(balance)
        lost = CONTEXT.subtract(amount, taken[party])
        dust = CONTEXT.subtract(amount, returned)
        rest += [
            Posting(Chart.EXPENSE_BOUNTY_LOSS, lost, money, party, bounty.id),
            Posting(Chart.INCOME_ROUNDING, -dust, money, party, bounty.id),
        ]
        if returned:
            why = f"{reason}; {plain(lost)} {money} of it was paid before" if lost else reason
            suffix = f":{party}" if len(came) > 1 else ""
            owed.append(
                obligation_of(
                    bounty, "refund", party, amount=returned, explanation=why, suffix=suffix
                )
            )
    if not owed:
        raise NeedsReview(
            f"No deposit is held for bounty {bounty.id!r}.",
            mend="Match its bank line first, if one came: feeshare reconcile",
        )
    reference = f"bounty-{REFUNDED}:{bounty.id}"
    entry, left = book(
        change, bounty, REFUNDED, reason, on=on, reference=reference, taken=taken, owed=owed,
        rest=rest,
    )  # fmt: skip
    end = BountyEnd(
        bounty=bounty.id, kind=REFUNDED, on=on, reason=reason, amount=left,
        entry_number=entry.number,
    )  # fmt: skip
    change.add(end)
    return end, True


def overrun(
    change: Change, bounty: Bounty, payee: str, amount: Decimal, *, reason: str, on: date
) -> tuple[BountyOverrun, bool]:
    """Owe a payee what a bounty cost above its amount, due at once; say whether that is new.

    Args:
        change: the open change.
        bounty: what cost more.
        payee: who is paid, by any alias.
        amount: in the bounty's commodity.
        reason: why, and who agreed.
        on: the day.

    Raises:
        BadInput: no reason is given, or the amount is not payable.
        UnknownReference: the payee is not recorded.
        MoveRefused: nobody works on it, or it was paid, refunded or cancelled.
        PeriodClosed: the day is in a closed month.
    """
    session = change.session
    require_evidence(reason, f"overrun of bounty {bounty.id}")
    require_payable(session, amount, bounty.commodity, f"overrun of bounty {bounty.id}")
    party = parties.named(session, payee, kind="payee").id
    known = session.scalar(
        select(BountyOverrun)
        .join(Obligation, Obligation.id == BountyOverrun.obligation)
        .where(
            BountyOverrun.bounty == bounty.id,
            BountyOverrun.on == on,
            BountyOverrun.reason == reason,
            Obligation.payee == party,
            Obligation.amount == amount,
        )
    )
    if known is not None:
        return known, False
    require_move(session, bounty, Move.OVERRUN)
    periods.require_open(session, on, f"overrun of bounty {bounty.id}")
    counted = select(func.count()).where(BountyOverrun.bounty == bounty.id)
    number = 1 + (session.scalar(counted) or 0)
    identity = f"bounty-overrun:{bounty.id}:{number}"
    entry = post_one(
        change,
        JournalEntry(
            reference=identity,
            effective_date=on,
            kind="bounty-overrun",
            narration=f"bounty {bounty.id} cost more: {reason}",
            postings=[
                Posting(Chart.EXPENSE_BOUNTY_LOSS, amount, bounty.commodity, party, bounty.id),
                Posting(Chart.PAYABLE_DEVELOPER, -amount, bounty.commodity, party, identity),
            ],
        ),
    )
    row = BountyOverrun(bounty=bounty.id, number=number, obligation=identity, on=on, reason=reason)
    change.add(
        Obligation(
            id=identity,
            kind="bounty-overrun",
            payee=party,
            commodity=bounty.commodity,
            amount=amount,
            document=bounty.id,
            period=month_of(on),
            entry_number=entry.number,
            payable_account=Chart.PAYABLE_DEVELOPER.value,
            explanation=f"above the agreed {plain(bounty.amount)} {bounty.commodity}: {reason}",
        )
    )
    change.add(
        ObligationDue(
            obligation=identity, due_on=on, entry_number=entry.number, cause="cost overrun"
        ),
        row,
    )
    return row, True
