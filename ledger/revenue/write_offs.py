"""Write-offs: what of a statement nobody expects to be paid any more, by two persons' word.

Law: one person proposes, another confirms, and only then it is in the books: the receivable is an
expense, and the share that never will be paid is taken back. What comes after all is owed again
first, to the last unit of it. The database refuses more than is open, and one person alone.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.accounts import Chart
from ledger.balances import document_balance
from ledger.errors import Conflict, UnknownReference
from ledger.journal import JournalEntry, Posted, Posting, post_one
from ledger.money import CONTEXT, plain
from ledger.periods import open_date
from ledger.revenue.accruals import follow
from ledger.revenue.received import offset
from ledger.revenue.standings import shares_of
from ledger.revenue.stated import Stated, stated_by
from ledger.revenue.statements import named
from ledger.revenue.tables import (
    Agreement,
    WriteOff,
    WriteOffConfirmation,
    WriteOffRecovery,
)
from ledger.sealing import Change
from ledger.users import require_second_person
from ledger.validation import bad_input


def all_of(session: Session) -> Sequence[tuple[WriteOff, WriteOffConfirmation | None, Decimal]]:
    """Return every write-off with its confirmation, if any, and what of it is outstanding."""
    rows = session.execute(
        select(WriteOff, WriteOffConfirmation)
        .outerjoin(WriteOffConfirmation, WriteOffConfirmation.write_off == WriteOff.id)
        .order_by(WriteOff.change_no, WriteOff.id)
    )
    return [
        (each, confirmed, outstanding(session, each) if confirmed is not None else Decimal(0))
        for each, confirmed in rows
    ]


def outstanding(session: Session, write_off: WriteOff) -> Decimal:
    """Return what of a confirmed write-off was not recovered."""
    recovered = session.scalar(
        select(func.sum(WriteOffRecovery.amount)).where(WriteOffRecovery.write_off == write_off.id)
    )
    return CONTEXT.subtract(write_off.amount, recovered or Decimal(0))


def written_off(session: Session, document: str) -> Decimal:
    """Return what of a statement is written off and was not recovered.

    Raises:
        UnknownReference: no accepted statement has this id.
    """
    return _stated(session, document).written_off


def propose(
    change: Change, document: str, amount: Decimal | None, *, reason: str
) -> tuple[WriteOff, bool]:
    """Propose to give up what is open of a statement, or a part; say whether that was new.

    The same amount proposed again for the same reason is the same write-off until it is
    confirmed.

    Raises:
        UnknownReference: no accepted statement has this id.
        BadInput: nothing of it is open, or less than the amount.
    """
    session = change.session
    now = _stated(session, document)
    commodity = now.statement.commodity
    still_open = _open(session, now)
    waiting = session.scalars(
        select(WriteOff)
        .outerjoin(WriteOffConfirmation, WriteOffConfirmation.write_off == WriteOff.id)
        .where(WriteOff.document == now.document, WriteOffConfirmation.write_off.is_(None))
    ).all()
    wanted = still_open if amount is None else amount
    for each in waiting:
        if (each.amount, each.reason) == (wanted, reason):
            return each, False
    if not 0 < wanted <= still_open:
        raise bad_input(
            code="write_off_invalid",
            place=now.document,
            value=plain(wanted),
            expected=f"an amount above 0, up to what is open, {plain(still_open)} {commodity}",
        )
    count = session.scalar(select(func.count()).where(WriteOff.document == now.document))
    write_off = WriteOff(
        id=f"write-off:{now.document}:{1 + (count or 0)}",
        document=now.document,
        commodity=commodity,
        amount=wanted,
        reason=reason,
        proposed_by=change.actor,
    )
    change.add(write_off)
    return write_off, True


def confirm(change: Change, identity: str, *, on: date) -> tuple[WriteOffConfirmation, bool]:
    """Confirm a write-off that somebody else proposed: post it; say whether that was new.

    Args:
        change: the open change.
        identity: the write-off's id.
        on: the effective date, or the first open day after it.

    Raises:
        UnknownReference: nothing was proposed under this id.
        SelfConfirmation: the same person proposed it.
        Denied: the actor's role only reads.
        Conflict: less than its amount is open by now.
    """
    session = change.session
    write_off = session.get(WriteOff, identity)
    if write_off is None:
        raise UnknownReference("write-off", identity, mend="See: feeshare write-off list")
    known = session.get(WriteOffConfirmation, identity)
    if known is not None:
        return known, False
    require_second_person(
        session,
        change.actor,
        write_off.proposed_by,
        f"proposed {identity}",
        mend=f"feeshare --as SOMEBODY write-off confirm {identity}",
    )
    now = _stated(session, write_off.document)
    if write_off.amount > _open(session, now):
        raise Conflict(
            f"{plain(write_off.amount)} {write_off.commodity} of {now.document} is not open any "
            f"more: {plain(_open(session, now))} is.",
            mend="Propose what is open: feeshare write-off propose",
        )
    posted = _post(
        change, now, write_off.amount, on=on, name=write_off.id, narration=write_off.reason
    )
    confirmation = WriteOffConfirmation(
        write_off=identity, confirmed_by=change.actor, entry_number=posted.number
    )
    change.add(confirmation)
    _follow(change, now.document, on=on, cause=identity)
    return confirmation, True


def recover(
    change: Change, document: str, amount: Decimal, *, reason: str, on: date
) -> list[WriteOffRecovery]:
    """Make owed again what was written off of a statement, the oldest write-off first.

    Args:
        change: the open change.
        document: a statement's id.
        amount: how much of it, in the statement's commodity.
        reason: why, kept with it: money came, or the write-off was a mistake.
        on: the effective date, or the first open day after it.

    Raises:
        UnknownReference: no accepted statement has this id.
        BadInput: no more than nothing, or more than is written off.
    """
    session = change.session
    now = _stated(session, document)
    if not 0 < amount <= now.written_off:
        raise bad_input(
            code="write_off_invalid",
            place=now.document,
            value=plain(amount),
            expected="an amount above 0, up to what is written off, "
            f"{plain(now.written_off)} {now.statement.commodity}",
        )
    made = []
    left = amount
    for write_off, confirmed, open_of_it in all_of(session):
        part = min(left, open_of_it)
        if write_off.document != now.document or confirmed is None or part <= 0:
            continue
        left = CONTEXT.subtract(left, part)
        count = session.scalar(
            select(func.count()).where(WriteOffRecovery.write_off == write_off.id)
        )
        number = 1 + (count or 0)
        name = f"{write_off.id}:recovery:{number}"
        posted = _post(change, now, CONTEXT.minus(part), on=on, name=name, narration=reason)
        recovery = WriteOffRecovery(
            write_off=write_off.id,
            number=number,
            amount=part,
            reason=reason,
            entry_number=posted.number,
        )
        change.add(recovery)
        made.append(recovery)
        # What came too much meanwhile pays what is owed again.
        day, _ = open_date(session, on)
        offset(change, now, on=day, name=f"offset:{name}")
        _follow(change, now.document, on=on, cause=name)
    return made


def _stated(session: Session, identity: str) -> Stated:
    return stated_by(session, named(session, identity))


def _open(session: Session, now: Stated) -> Decimal:
    return document_balance(
        session, Chart.RECEIVABLE_FEE_SHARE.value, now.document, now.statement.commodity
    )


def _post(
    change: Change, now: Stated, amount: Decimal, *, on: date, name: str, narration: str
) -> Posted:
    session = change.session
    exchange = session.get_one(Agreement, now.statement.agreement).exchange
    day, relates_to = open_date(session, on)
    commodity = now.statement.commodity
    return post_one(
        change,
        JournalEntry(
            reference=name,
            effective_date=day,
            kind="write-off" if amount > 0 else "recovery",
            narration=narration,
            relates_to_period=relates_to,
            postings=[
                Posting(Chart.EXPENSE_BAD_DEBT.value, amount, commodity, exchange, now.document),
                Posting(
                    Chart.RECEIVABLE_FEE_SHARE.value,
                    CONTEXT.minus(amount),
                    commodity,
                    exchange,
                    now.document,
                ),
            ],
        ),
    )


def _follow(change: Change, document: str, *, on: date, cause: str) -> None:
    """Take the share that never will be paid back, or restore it, if it was accrued at all."""
    now = _stated(change.session, document)
    if shares_of(change.session, now):
        follow(change, now, on=on, cause=cause)
