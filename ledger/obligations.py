"""Obligations: what is owed to a payee, and what of it will not be owed after all.

Law: an obligation never changes; what it comes to is its amount and its adjustments. What of it
may be paid is `ledger.dues`' to say.
"""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.errors import UnknownReference
from ledger.obligation_tables import Obligation, ObligationAdjustment
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


def not_due(session: Session) -> Sequence[Obligation]:
    """Return the whole obligations of which nothing or only a part is due, by id."""
    adjustments = (
        select(func.coalesce(func.sum(ObligationAdjustment.amount), 0))
        .where(ObligationAdjustment.obligation == Obligation.id)
        .scalar_subquery()
    )
    return session.scalars(
        select(Obligation)
        .where(
            Obligation.split_from.is_(None),
            func.fallen_due(Obligation.id) < Obligation.amount + adjustments,
        )
        .order_by(Obligation.id)
    ).all()
