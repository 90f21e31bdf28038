"""Restatements: what is accepted or taken back, followed by the shares that were accrued on it.

Law: the shares of a month are accrued when somebody asks (`accruals.accrue`); once they are, every
later version of its statement brings them along in the same change, so that no figure stands on
one that is not in force any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ledger.months import last_day, parse_month
from ledger.obligation_tables import Obligation
from ledger.revenue import statements
from ledger.revenue.accruals import follow
from ledger.revenue.standings import Accrual, accruals_of, shares_of
from ledger.revenue.stated import Stated, stated, stated_by
from ledger.revenue.tables import Statement
from ledger.sealing import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Restated:
    """What accepting a statement, or taking it back, did.

    `entry_number` is blank where the figure is as it was; `became_due` are obligations that may
    be paid by it, `accruals` what each payee's share of the month stands at now.
    """

    entry_number: int | None
    new: bool
    became_due: Sequence[Obligation] = ()
    accruals: Sequence[Accrual] = ()


def accept(change: Change, identity: str) -> Restated:
    """Accept a staged statement, first or later version, and bring accrued shares along.

    Raises:
        UnknownReference: no statement has this id.
        Conflict: it was rejected, or a later version was accepted.
    """
    acceptance, new = statements.accept(change, identity)
    return _brought(change, identity, acceptance.entry_number, new=new, cause=identity)


def withdraw(change: Change, identity: str, *, reason: str) -> Restated:
    """Take an accepted statement back, and with it the shares that were accrued on it.

    Raises:
        UnknownReference: no statement has this id.
        Conflict: it was not accepted, or is not the version in force.
    """
    withdrawal, new = statements.withdraw(change, identity, reason=reason)
    cause = f"{identity}:withdrawn"
    return _brought(change, identity, withdrawal.entry_number, new=new, cause=cause)


def replaces(session: Session, statement: Statement) -> Stated | None:
    """Return what a statement would take the place of; nothing if it is a month's first."""
    now = stated(session, statement.agreement, statement.period)
    return None if now is None or now.statement.id == statement.id else now


def _brought(
    change: Change, identity: str, entry_number: int | None, *, new: bool, cause: str
) -> Restated:
    session = change.session
    statement = statements.named(session, identity)
    now = stated_by(session, statement)
    due: Sequence[Obligation] = ()
    if new and shares_of(session, now):
        on = last_day(parse_month(statement.period))
        due = follow(change, now, on=on, cause=cause)
    return Restated(
        entry_number=entry_number,
        new=new,
        became_due=due,
        accruals=accruals_of(session, now),
    )
