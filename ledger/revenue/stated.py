"""Stated: what a month of an agreement comes to, by the newest version that was accepted.

Law: the receivable, the shares and the matches of a month stand under one document through every
restatement, the first accepted version's id.
"""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from ledger.errors import UnknownReference
from ledger.money import CONTEXT
from ledger.revenue.tables import (
    Statement,
    StatementAcceptance,
    StatementWithdrawal,
    WriteOff,
    WriteOffConfirmation,
    WriteOffRecovery,
)


def accepted() -> ColumnElement[bool]:
    """Return the condition that a statement was accepted."""
    return exists().where(StatementAcceptance.statement == Statement.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What a month of an agreement comes to, by the version in force.

    `document` is the first accepted version's id: the receivable, the shares and the matches
    stand under it through every restatement. `amount` is zero once the statement was taken back;
    `written_off` is what nobody expects of it any more.
    """

    document: str
    statement: Statement
    amount: Decimal
    written_off: Decimal

    @property
    def collectable(self) -> Decimal:
        """Return what the exchange is still expected to have paid in the end."""
        return CONTEXT.subtract(self.amount, self.written_off)


def stated(session: Session, agreement: str, period: str) -> Stated | None:
    """Return what a month of an agreement comes to; nothing if no statement was accepted."""
    found = _stated(session, Statement.agreement == agreement, Statement.period == period)
    return found[0] if found else None


def stated_by(session: Session, statement: Statement) -> Stated:
    """Return what the month of a statement comes to.

    Raises:
        UnknownReference: none of its versions was accepted.
    """
    now = stated(session, statement.agreement, statement.period)
    if now is None:
        raise UnknownReference("accepted statement", statement.id, mend="See: feeshare review")
    return now


def stated_in(session: Session, period: str) -> list[Stated]:
    """Return what the agreements' statements of a month come to, by document."""
    return _stated(session, Statement.period == period)


def all_stated(session: Session) -> list[Stated]:
    """Return what every month of every agreement comes to, oldest month first."""
    return _stated(session)


def _stated(session: Session, *conditions: ColumnElement[bool]) -> list[Stated]:
    withdrawn = exists().where(StatementWithdrawal.statement == Statement.id)
    rows = session.execute(
        select(Statement, withdrawn)
        .where(accepted(), *conditions)
        .order_by(Statement.period, Statement.agreement, Statement.version)
    )
    written_off = _written_off(session)
    found: dict[tuple[str, str], Stated] = {}
    for statement, taken_back in rows:
        first = found.get((statement.period, statement.agreement))
        document = first.document if first is not None else statement.id
        found[statement.period, statement.agreement] = Stated(
            document=document,
            statement=statement,
            amount=Decimal(0) if taken_back else statement.fee_share,
            written_off=written_off.get(document, Decimal(0)),
        )
    return sorted(found.values(), key=lambda each: (each.statement.period, each.document))


def _written_off(session: Session) -> dict[str, Decimal]:
    """Return what is written off and was not recovered, by document."""
    recovered = (
        select(func.coalesce(func.sum(WriteOffRecovery.amount), 0))
        .where(WriteOffRecovery.write_off == WriteOff.id)
        .scalar_subquery()
    )
    rows = session.execute(
        select(WriteOff.document, func.sum(WriteOff.amount - recovered))
        .join(WriteOffConfirmation, WriteOffConfirmation.write_off == WriteOff.id)
        .group_by(WriteOff.document)
    )
    return {document: amount for document, amount in rows if amount}
