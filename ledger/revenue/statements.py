"""Statements: staged from a file (`staging`), then accepted into the books or turned away.

Law: nothing posts until a person accepts; an agreement and month have one accepted statement.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from ledger.accounts import Chart
from ledger.errors import Conflict, UnknownReference
from ledger.journal import JournalEntry, Posting, post_one
from ledger.months import last_day, parse_month
from ledger.periods import open_date
from ledger.revenue.agreements import terms_on
from ledger.revenue.tables import (
    Agreement,
    Statement,
    StatementAcceptance,
    StatementRejection,
    StatementWaiver,
)
from ledger.sealing import Change


def accepted() -> ColumnElement[bool]:
    """Return the condition that a statement was accepted."""
    return exists().where(StatementAcceptance.statement == Statement.id)


def rejected() -> ColumnElement[bool]:
    """Return the condition that a statement was rejected."""
    return exists().where(StatementRejection.statement == Statement.id)


def named(session: Session, identity: str) -> Statement:
    """Return a statement by its id.

    Raises:
        UnknownReference: there is none.
    """
    found = session.get(Statement, identity)
    if found is None:
        raise UnknownReference("statement", identity, mend="See: feeshare review")
    return found


def waiting(session: Session) -> Sequence[Statement]:
    """Return the statements that are staged and neither accepted nor rejected, by id."""
    return session.scalars(
        select(Statement).where(~accepted(), ~rejected()).order_by(Statement.period, Statement.id)
    ).all()


def accepted_of(session: Session, period: str) -> Sequence[Statement]:
    """Return the accepted statements of a month, by id."""
    return session.scalars(
        select(Statement).where(accepted(), Statement.period == period).order_by(Statement.id)
    ).all()


def accept(change: Change, identity: str) -> tuple[StatementAcceptance, bool]:
    """Accept a staged statement: post what the exchange owes us; say whether that was new.

    The entry is dated the last day of its month, or the first open day if that is closed.

    Raises:
        UnknownReference: no statement has this id.
        Conflict: it was rejected.
    """
    session = change.session
    statement = named(session, identity)
    known = session.get(StatementAcceptance, identity)
    if known is not None:
        return known, False
    if session.get(StatementRejection, identity) is not None:
        raise Conflict(f"Statement {identity} was rejected.", mend="Import the right file.")
    month_end = last_day(parse_month(statement.period))
    terms = terms_on(session, statement.agreement, month_end)
    on, relates_to = open_date(session, month_end)
    exchange = terms.agreement.exchange
    entry = post_one(
        change,
        JournalEntry(
            reference=f"statement:{identity}",
            effective_date=on,
            kind="statement",
            narration=f"Fee share {statement.period} of {terms.agreement.id}",
            evidence=statement.evidence,
            relates_to_period=relates_to,
            postings=[
                Posting(
                    Chart.RECEIVABLE_FEE_SHARE.value,
                    statement.fee_share,
                    statement.commodity,
                    exchange,
                    identity,
                ),
                Posting(
                    Chart.INCOME_FEE_SHARE.value,
                    -statement.fee_share,
                    statement.commodity,
                    exchange,
                    identity,
                ),
            ],
        ),
    )
    acceptance = StatementAcceptance(
        statement=identity,
        accepted_by=change.actor,
        terms_version=terms.terms.version,
        entry_number=entry.number,
    )
    change.add(acceptance)
    return acceptance, True


def reject(change: Change, identity: str, *, reason: str) -> bool:
    """Turn a staged statement away; say whether that was new.

    Raises:
        UnknownReference: no statement has this id.
        Conflict: it was accepted.
    """
    session = change.session
    named(session, identity)
    if session.get(StatementRejection, identity) is not None:
        return False
    if session.get(StatementAcceptance, identity) is not None:
        raise Conflict(
            f"Statement {identity} was accepted; it is in the books.",
            mend="A corrected figure needs a restatement of this month.",
        )
    change.add(StatementRejection(statement=identity, rejected_by=change.actor, reason=reason))
    return True


def waive(change: Change, agreement: str, period: str, *, reason: str) -> bool:
    """Record that no statement will come for an agreement and month; say whether that was new.

    Raises:
        UnknownReference: no agreement has this id.
    """
    session = change.session
    if session.get(Agreement, agreement) is None:
        raise UnknownReference("agreement", agreement, mend="feeshare agreement list")
    if session.get(StatementWaiver, (agreement, period)) is not None:
        return False
    change.add(
        StatementWaiver(agreement=agreement, period=period, waived_by=change.actor, reason=reason)
    )
    return True
