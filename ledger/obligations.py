"""Obligations: what is owed to a payee, from when it may be paid, and what is left of it.

Law: an obligation is paid whole or split first; parts never exceed the whole; one that falls due
in parts is paid by its parts. Whether one is claimed or paid is `payouts`' to say.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from ledger.errors import UnknownReference
from ledger.journal import JournalEntry, Posting, post_one
from ledger.obligation_tables import Obligation, ObligationAdjustment, ObligationDue
from ledger.sealing import Change


def named(session: Session, identity: str) -> Obligation:
    """Return an obligation by its id.

    Raises:
        UnknownReference: there is none.
    """
    found = session.get(Obligation, identity)
    if found is None:
        raise UnknownReference("obligation", identity)
    return found


def of_document(session: Session, document: str) -> Sequence[Obligation]:
    """Return the whole obligations that a document gave rise to, by id."""
    return session.scalars(
        select(Obligation)
        .where(Obligation.document == document, Obligation.split_from.is_(None))
        .order_by(Obligation.id)
    ).all()


def amount_due(session: Session, obligation: Obligation) -> Decimal:
    """Return how much of an obligation has fallen due so far, whole or in parts."""
    if session.get(ObligationDue, obligation.id) is not None:
        return obligation.amount
    parts = session.scalar(
        select(func.sum(Obligation.amount)).where(Obligation.split_from == obligation.id)
    )
    return parts or Decimal(0)


def payable_of(session: Session, obligation: Obligation) -> Sequence[Obligation]:
    """Return what fell due of an obligation: itself, or its parts, in the order of their ids."""
    return session.scalars(
        select(Obligation)
        .join(ObligationDue, ObligationDue.obligation == Obligation.id)
        .where((Obligation.id == obligation.id) | (Obligation.split_from == obligation.id))
        .order_by(Obligation.id)
    ).all()


def adjusted(session: Session, obligation: Obligation) -> Decimal:
    """Return the sum of an obligation's adjustments: zero, or less than zero."""
    found = session.scalar(
        select(func.sum(ObligationAdjustment.amount)).where(
            ObligationAdjustment.obligation == obligation.id
        )
    )
    return found or Decimal(0)


def adjust(
    change: Change, obligation: Obligation, amount: Decimal, *, entry_number: int, cause: str
) -> None:
    """Record that less of an accrued obligation will be owed (negative), or that it is again."""
    before = change.session.scalar(
        select(func.count()).where(ObligationAdjustment.obligation == obligation.id)
    )
    change.add(
        ObligationAdjustment(
            obligation=obligation.id,
            number=1 + (before or 0),
            amount=amount,
            entry_number=entry_number,
            cause=cause,
        )
    )


def due(session: Session) -> Sequence[Obligation]:
    """Return the obligations, whole or part, that are due, oldest due day first."""
    return session.scalars(
        select(Obligation)
        .join(ObligationDue, ObligationDue.obligation == Obligation.id)
        .order_by(ObligationDue.due_on, Obligation.id)
    ).all()


def not_due(session: Session) -> Sequence[Obligation]:
    """Return the whole obligations of which nothing or only a part is due, by id."""
    part = aliased(Obligation)
    parts = (
        select(func.coalesce(func.sum(part.amount), 0))
        .where(part.split_from == Obligation.id)
        .scalar_subquery()
    )
    adjustments = (
        select(func.coalesce(func.sum(ObligationAdjustment.amount), 0))
        .where(ObligationAdjustment.obligation == Obligation.id)
        .scalar_subquery()
    )
    return session.scalars(
        select(Obligation)
        .where(
            Obligation.split_from.is_(None),
            ~exists().where(ObligationDue.obligation == Obligation.id),
            parts < Obligation.amount + adjustments,
        )
        .order_by(Obligation.id)
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
            postings=[
                Posting(
                    accrued_account,
                    amount,
                    obligation.commodity,
                    obligation.payee,
                    obligation.id,
                ),
                Posting(
                    obligation.payable_account,
                    -amount,
                    obligation.commodity,
                    obligation.payee,
                    identity,
                ),
            ],
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
