"""Months: which are open, closing one and reopening the latest.

Law: months close in order; an entry dated in a closed month is refused by the database. Closing
freezes the month's balances; they can be reproduced for ever.
"""

from datetime import date
from hashlib import sha256

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.balances import Balance, balances
from ledger.encoding import encode
from ledger.errors import Conflict, PeriodClosed
from ledger.money import plain
from ledger.months import last_day, month_of, next_month
from ledger.sealing import Change
from ledger.tables import BalanceCheckpoint, JournalEntryRow, PeriodEvent
from ledger.users import require_second_person


def closed_through(session: Session) -> date | None:
    """Return the first day of the latest closed month; nothing if none is closed."""
    return session.scalar(select(func.closed_through()))


def is_closed(session: Session, day: date) -> bool:
    """Return whether a day lies in a closed month."""
    closed = closed_through(session)
    return closed is not None and day <= last_day(closed)


def open_date(session: Session, day: date) -> tuple[date, str | None]:
    """Return the day to date a fact with, and the month that it relates to if that is closed.

    A fact of a closed month is dated on the first open day.
    """
    closed = closed_through(session)
    if closed is None or day > last_day(closed):
        return day, None
    return next_month(closed), month_of(day)


def require_open(session: Session, day: date, what: str) -> None:
    """Refuse a day in a closed month.

    Raises:
        PeriodClosed: it is closed.
    """
    if is_closed(session, day):
        raise PeriodClosed(month_of(day), what)


def trial_balance_hash(rows: list[Balance]) -> str:
    """Return the SHA-256 (hex) of balances in the order of account, party and commodity."""
    return sha256(
        encode(
            field
            for row in sorted(rows, key=lambda row: (row.account, row.party, row.commodity))
            for field in (row.account, row.party, row.commodity, plain(row.balance))
        )
    ).hexdigest()


def closing(session: Session, period: date) -> PeriodEvent | None:
    """Return the event that closed a month, if it is closed."""
    closed = closed_through(session)
    if closed is None or period > closed:
        return None
    return session.scalars(
        select(PeriodEvent)
        .where(PeriodEvent.period == period, PeriodEvent.event == "closed")
        .order_by(PeriodEvent.close_no.desc())
        .limit(1)
    ).one_or_none()


def events(session: Session, period: date) -> list[PeriodEvent]:
    """Return how often a month was closed and reopened, in that order."""
    return list(
        session.scalars(
            select(PeriodEvent)
            .where(PeriodEvent.period == period)
            .order_by(PeriodEvent.close_no, PeriodEvent.event)
        )
    )


def close(change: Change, period: date, *, reason: str) -> PeriodEvent:
    """Close a month and freeze its balances by account, party and commodity.

    The month's own checks (tie-outs) are the caller's; see `feeshare.month`.

    Raises:
        Conflict: it is closed already, or an earlier month is open.
    """
    session = change.session
    closed = closed_through(session)
    if closed is not None and period <= closed:
        raise Conflict(f"{month_of(period)} is closed already.")
    if closed is not None and period != next_month(closed):
        raise Conflict(
            f"Months close in order: {month_of(next_month(closed))} comes before "
            f"{month_of(period)}.",
            mend=f"Run: feeshare month close {month_of(next_month(closed))}",
        )
    earliest = session.scalar(select(func.min(JournalEntryRow.effective_date)))
    if closed is None and earliest is not None and earliest < period:
        raise Conflict(
            f"The books begin in {month_of(earliest)}, which is open.",
            mend=f"Run: feeshare month close {month_of(earliest)}",
        )
    number = 1 + (
        session.scalar(
            select(func.max(PeriodEvent.close_no)).where(
                PeriodEvent.period == period, PeriodEvent.event == "closed"
            )
        )
        or 0
    )
    frozen = balances(session, as_of=last_day(period), by_party=True)
    event = PeriodEvent(
        id=f"{month_of(period)}:{number}:closed",
        period=period,
        event="closed",
        close_no=number,
        actor=change.actor,
        reason=reason,
        trial_balance_hash=trial_balance_hash(frozen),
    )
    change.add(
        event,
        *(
            BalanceCheckpoint(
                period=period,
                close_no=number,
                account=row.account,
                party=row.party,
                commodity=row.commodity,
                balance=row.balance,
            )
            for row in frozen
        ),
    )
    return event


def reopen(change: Change, period: date, *, reason: str) -> PeriodEvent:
    """Reopen the latest closed month; by another person than closed it.

    Asked again by the same person for the same reason while it is open, it is the same event.

    Raises:
        Conflict: the month is not the latest closed one.
        SelfConfirmation: the person who closed it asks.
        Denied: the actor's role only reads.
    """
    session = change.session
    newest = session.scalars(
        select(PeriodEvent)
        .where(PeriodEvent.period == period)
        .order_by(PeriodEvent.change_no.desc())
        .limit(1)
    ).one_or_none()
    if newest is not None and (newest.event, newest.actor, newest.reason) == (
        "reopened",
        change.actor,
        reason,
    ):
        return newest
    closed_by = closing(session, period) if closed_through(session) == period else None
    if closed_by is None:
        raise Conflict(f"{month_of(period)} is not the latest closed month; only that reopens.")
    require_second_person(
        session,
        change.actor,
        closed_by.actor,
        f"closed {month_of(period)}",
        then="reopens it",
        mend=f"Ask a colleague: feeshare --as NAME month reopen {month_of(period)}",
    )
    event = PeriodEvent(
        id=f"{month_of(period)}:{closed_by.close_no}:reopened",
        period=period,
        event="reopened",
        close_no=closed_by.close_no,
        actor=change.actor,
        reason=reason,
        trial_balance_hash=None,
    )
    change.add(event)
    return event
