"""Dues: what of an obligation may be paid, and what of that went back.

Law: an obligation is paid whole or split first; one that falls due in parts is paid by its parts.
What may be paid of each is the sum of its moves (`payable_moves` in the database): that it fell
due, that some of it went back to accrued, that this fell due again. Only what nobody has claimed
moves. Whether one is claimed is `payouts`' to say; its tables say so through `is_claimed`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session

from ledger.journal import JournalEntry, Posting, post_one
from ledger.money import CONTEXT, total
from ledger.obligation_tables import DueAdjustment, Obligation, ObligationDue
from ledger.sealing import Change
from ledger.tables import JournalEntryRow

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payable:
    """What fell due of an obligation, itself or a part of it; `amount` may be paid, zero or more.

    `moved_on` is the day of the newest entry that made it so.
    """

    obligation: Obligation
    amount: Decimal
    is_claimed: bool
    moved_on: date

    @property
    def may_go_back(self) -> Decimal:
        """Return how much of it nobody has claimed."""
        return ZERO if self.is_claimed else self.amount

    @property
    def may_return(self) -> Decimal:
        """Return how much of it went back and could fall due again."""
        return ZERO if self.is_claimed else CONTEXT.subtract(self.obligation.amount, self.amount)


def still_due() -> ScalarSelect[Decimal]:
    """Return what of an obligation may be paid, as a part of a query; null before it fell due."""
    moves = func.payable_moves().table_valued("obligation", "amount")
    return (
        select(func.sum(moves.c.amount))
        .where(moves.c.obligation == Obligation.id)
        .correlate(Obligation)
        .scalar_subquery()
    )


def payables_of(session: Session, obligation: Obligation) -> list[Payable]:
    """Return what fell due of an obligation: itself, its parts, or both; oldest first."""
    moves = func.payable_moves().table_valued("obligation", "amount", "entry_number")
    moved = (
        select(
            func.sum(moves.c.amount).label("amount"),
            func.min(moves.c.entry_number).label("first"),
            func.max(JournalEntryRow.effective_date).label("on"),
        )
        .join_from(moves, JournalEntryRow, JournalEntryRow.number == moves.c.entry_number)
        .where(moves.c.obligation == Obligation.id)
        .lateral()
    )
    rows = session.execute(
        select(Obligation, moved.c.amount, func.is_claimed(Obligation.id), moved.c.on)
        .join(moved, moved.c.amount.is_not(None))
        .where((Obligation.id == obligation.id) | (Obligation.split_from == obligation.id))
        .order_by(moved.c.first)
    )
    return [
        Payable(obligation=row[0], amount=row[1], is_claimed=row[2], moved_on=row[3])
        for row in rows
    ]


def amount_due(session: Session, obligation: Obligation) -> Decimal:
    """Return how much of an obligation is due, paid or not, whole or in parts."""
    return total(each.amount for each in payables_of(session, obligation))


def due(session: Session) -> Sequence[Obligation]:
    """Return the obligations, whole or part, that are due, oldest due day first."""
    return session.scalars(
        select(Obligation)
        .join(ObligationDue, ObligationDue.obligation == Obligation.id)
        .where(still_due() > 0)
        .order_by(ObligationDue.due_on, Obligation.id)
    ).all()


def make_due(
    change: Change,
    obligation: Obligation,
    amount: Decimal,
    *,
    accrued_account: str,
    on: date,
    cause: str,
    relates_to_period: str | None = None,
) -> Obligation:
    """Make an amount of an accrued obligation payable; split a part off if it is not all.

    Args:
        change: the open change.
        obligation: a whole obligation that was accrued.
        amount: how much becomes due now, above zero, in the obligation's commodity.
        accrued_account: where it was accrued.
        on: the effective date.
        cause: what made it due, unique for the obligation: a match of a bank line, a statement.
        relates_to_period: the closed month that the fact belongs to, if any.

    Returns:
        The obligation that may now be paid: the whole, or the part.
    """
    whole = amount == obligation.amount
    number = 1 + (
        change.session.scalar(select(func.count()).where(Obligation.split_from == obligation.id))
        or 0
    )
    identity = obligation.id if whole else f"{obligation.id}/{number}"
    entry = post_one(
        change,
        JournalEntry(
            reference=f"due:{identity}",
            effective_date=on,
            kind="due",
            narration=f"{obligation.kind} falls due: {cause}",
            relates_to_period=relates_to_period,
            postings=_postings(obligation, accrued_account, amount, identity),
        ),
    )
    payable = obligation
    if not whole:
        payable = Obligation(
            id=identity,
            kind=obligation.kind,
            payee=obligation.payee,
            commodity=obligation.commodity,
            amount=amount,
            document=obligation.document,
            period=obligation.period,
            entry_number=entry.number,
            payable_account=obligation.payable_account,
            split_from=obligation.id,
            explanation=f"part {number} of {obligation.id}: {cause}",
        )
        change.add(payable)
    change.add(
        ObligationDue(obligation=identity, due_on=on, entry_number=entry.number, cause=cause)
    )
    return payable


def move(
    change: Change,
    payable: Payable,
    amount: Decimal,
    *,
    accrued_account: str,
    on: date,
    cause: str,
    relates_to_period: str | None = None,
) -> None:
    """Let an amount of what fell due go back to accrued, or fall due again.

    Args:
        change: the open change.
        payable: what fell due; the database refuses it if it is claimed.
        amount: below zero, what goes back; above zero, what falls due again of that.
        accrued_account: where the obligation was accrued.
        on: the effective date, not before `payable.moved_on`.
        cause: what it follows from.
        relates_to_period: the closed month that the fact belongs to, if any.
    """
    obligation = payable.obligation
    number = 1 + (
        change.session.scalar(
            select(func.count()).where(DueAdjustment.obligation == obligation.id)
        )
        or 0
    )
    what = "goes back" if amount < 0 else "falls due again"
    posted = post_one(
        change,
        JournalEntry(
            reference=f"due:{obligation.id}#{number}",
            effective_date=on,
            kind="due",
            narration=f"{obligation.kind} {what}: {cause}",
            relates_to_period=relates_to_period,
            postings=_postings(obligation, accrued_account, amount, obligation.id),
        ),
    )
    change.add(
        DueAdjustment(
            obligation=obligation.id,
            number=number,
            amount=amount,
            entry_number=posted.number,
            cause=cause,
        )
    )


def _postings(
    obligation: Obligation, accrued_account: str, amount: Decimal, payable: str
) -> list[Posting]:
    """Return the postings that move an amount from accrued to what is payable under an id."""
    commodity, payee = obligation.commodity, obligation.payee
    whole = obligation.split_from or obligation.id
    return [
        Posting(accrued_account, amount, commodity, payee, whole),
        Posting(obligation.payable_account, CONTEXT.minus(amount), commodity, payee, payable),
    ]
