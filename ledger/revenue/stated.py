"""Stated: what a month of an agreement comes to, by the versions that were accepted.

Law: the receivable, the shares and the matches of a month stand under one document through every
restatement, the id of the version that was accepted first. The newest version replaces what was
before, unless it is a part of the month: parts add up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, case, exists, false, func, select
from sqlalchemy.orm import Session

from ledger.errors import UnknownReference
from ledger.money import CONTEXT, total
from ledger.revenue.staging_tables import StatementCorrection, StatementReading
from ledger.revenue.tables import (
    Statement,
    StatementAcceptance,
    StatementRejection,
    StatementWithdrawal,
    WriteOff,
    WriteOffConfirmation,
    WriteOffRecovery,
)


def accepted() -> ColumnElement[bool]:
    """Return the condition that a statement was accepted."""
    return exists().where(StatementAcceptance.statement == Statement.id)


def rejected() -> ColumnElement[bool]:
    """Return the condition that a statement was turned away."""
    return exists().where(StatementRejection.statement == Statement.id)


def taken_back() -> ColumnElement[bool]:
    """Return the condition that a statement was taken back after it was accepted."""
    return exists().where(StatementWithdrawal.statement == Statement.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What a month of an agreement comes to, by the version in force.

    `document` is the id of the version accepted first: the receivable, the shares and the matches
    stand under it through every restatement. `in_force` are the versions that make the amount up,
    one unless the month comes in parts, with what each comes to, zero once it was taken back;
    `statement` is the newest of them. `written_off` is what nobody expects of it any more.
    """

    document: str
    in_force: Mapping[str, Decimal]
    statement: Statement
    written_off: Decimal

    @property
    def amount(self) -> Decimal:
        """Return what the month comes to."""
        return total(self.in_force.values())

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


def figure_of(session: Session, statement: Statement) -> Decimal:
    """Return what one statement comes to: the sum of its lines, as corrected."""
    differences = session.scalar(
        select(func.sum(StatementCorrection.difference)).where(
            StatementCorrection.statement == statement.id
        )
    )
    return CONTEXT.add(statement.fee_share, differences or Decimal(0))


def months_before(session: Session, agreement: str, period: str, count: int) -> list[Decimal]:
    """Return what the months before one came to, at most so many, without those of nothing."""
    found = _stated(session, Statement.agreement == agreement, Statement.period < period)
    return [each.amount for each in found if each.amount][-count:]


_FIGURES = (
    select(
        Statement,
        case(
            (taken_back(), 0),
            else_=Statement.fee_share
            + select(func.coalesce(func.sum(StatementCorrection.difference), 0))
            .where(StatementCorrection.statement == Statement.id)
            .scalar_subquery(),
        ),
        func.coalesce(StatementReading.adds, false()),
    )
    .join(StatementAcceptance, StatementAcceptance.statement == Statement.id)
    .outerjoin(StatementReading, StatementReading.statement == Statement.id)
    .order_by(
        Statement.period, Statement.agreement, StatementAcceptance.change_no, Statement.version
    )
)

_WRITTEN_OFF = (
    select(
        WriteOff.document,
        func.sum(
            WriteOff.amount
            - select(func.coalesce(func.sum(WriteOffRecovery.amount), 0))
            .where(WriteOffRecovery.write_off == WriteOff.id)
            .scalar_subquery()
        ),
    )
    .join(WriteOffConfirmation, WriteOffConfirmation.write_off == WriteOff.id)
    .group_by(WriteOff.document)
)


def _stated(session: Session, *conditions: ColumnElement[bool]) -> list[Stated]:
    rows = session.execute(_FIGURES.where(*conditions))
    written_off = _written_off(session)
    found: dict[tuple[str, str], Stated] = {}
    for statement, figure, adds in rows:
        first = found.get((statement.period, statement.agreement))
        document = first.document if first is not None else statement.id
        before = first.in_force if first is not None and adds else {}
        found[statement.period, statement.agreement] = Stated(
            document=document,
            in_force={**before, statement.id: figure},
            statement=statement,
            written_off=written_off.get(document, Decimal(0)),
        )
    return sorted(found.values(), key=lambda each: (each.statement.period, each.document))


def _written_off(session: Session) -> dict[str, Decimal]:
    """Return what is written off and was not recovered, by document."""
    return {document: amount for document, amount in session.execute(_WRITTEN_OFF) if amount}
