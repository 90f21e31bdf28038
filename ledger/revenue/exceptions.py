"""Exceptions: everything that waits for a person, with an id that stays, an age and an owner.

Law: that something is an exception follows from what is open, so that only the fact itself closes
it: a match, a statement, money. Who looks after it and what was written about it are rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import bank, policies
from ledger.errors import UnknownReference
from ledger.exception_tables import ExceptionAssignment, ExceptionNote
from ledger.months import parse_month
from ledger.revenue.expectations import HELD, MISSING, STAGED, Expected, expected, months_until
from ledger.revenue.invoices import invoices
from ledger.revenue.receivables import receivables
from ledger.sealing import Change
from ledger.validation import require_evidence

RECEIPT, PAYMENT = "unmatched-receipt", "unmatched-payment"
OVERDUE, CREDIT = "receivable-overdue", "credit-unused"
LATE, WAITING = "statement-late", "statement-waiting"

BUCKETS = ((30, "0-30"), (60, "31-60"), (90, "61-90"))
OLDEST = "91+"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenException:
    """Something that waits for a person, opened on a day; the amount is what is at stake.

    `number` of notes counts what was written about it.
    """

    id: str
    kind: str
    about: str
    opened_on: date
    next_action: str
    amount: Decimal | None = None
    commodity: str | None = None
    owner: str = ""
    notes: int = 0

    def age(self, day: date) -> int:
        """Return the days since it was opened, zero on its own day."""
        return max((day - self.opened_on).days, 0)

    def bucket(self, day: date) -> str:
        """Return the bucket of its age."""
        return next((name for last, name in BUCKETS if self.age(day) <= last), OLDEST)


def open_exceptions(session: Session, day: date) -> list[OpenException]:
    """Return what waits for a person at the end of a day, the oldest first."""
    looking_after, notes = owners(session), _notes(session)
    found = [
        *_lines(session, day),
        *_receivables(session, day),
        *_invoices(session, day),
        *(
            each
            for period in months_until(session, day)
            for each in _statements(expected(session, period), day)
        ),
    ]
    return sorted(
        (
            OpenException(
                id=each.id,
                kind=each.kind,
                about=each.about,
                opened_on=each.opened_on,
                next_action=each.next_action,
                amount=each.amount,
                commodity=each.commodity,
                owner=looking_after.get(each.id, ""),
                notes=notes.get(each.id, 0),
            )
            for each in found
        ),
        key=lambda each: (each.opened_on, each.id),
    )


def beyond_limit(session: Session, day: date) -> dict[str, Decimal]:
    """Return what bank lines until a day leave open, by commodity, where that is over the limit.

    What came in and what left count both.
    """
    limits = policies.in_force(session, "exception-limit", day)
    sums: dict[str, Decimal] = {}
    for line, left in bank.open_lines(session, until=day):
        sums[line.commodity] = sums.get(line.commodity, Decimal(0)) + left.copy_abs()
    return {
        commodity: amount
        for commodity, amount in sums.items()
        if amount > Decimal(limits.get(commodity, "0"))
    }


def assign(change: Change, identity: str, owner: str, *, day: date) -> bool:
    """Say who looks after an exception from now on; say whether that was new.

    Raises:
        UnknownReference: nothing of this id is open.
        BadInput: no owner is named.
    """
    known = _open(change.session, identity, day)
    require_evidence(owner, f"owner of {identity}")
    if known.owner == owner:
        return False
    change.add(
        ExceptionAssignment(
            exception=identity,
            number=1 + _count(change.session, ExceptionAssignment, identity),
            owner=owner,
            assigned_by=change.actor,
        )
    )
    return True


def note(change: Change, identity: str, text: str, *, day: date) -> int:
    """Write something about an exception; return the note's number.

    Raises:
        UnknownReference: nothing of this id is open.
        BadInput: the note is blank.
    """
    _open(change.session, identity, day)
    require_evidence(text, f"note about {identity}")
    number = 1 + _count(change.session, ExceptionNote, identity)
    change.add(
        ExceptionNote(exception=identity, number=number, text=text, written_by=change.actor)
    )
    return number


def notes_of(session: Session, identity: str) -> Sequence[ExceptionNote]:
    """Return what was written about an exception, open or closed, in order."""
    return session.scalars(
        select(ExceptionNote)
        .where(ExceptionNote.exception == identity)
        .order_by(ExceptionNote.number)
    ).all()


def _open(session: Session, identity: str, day: date) -> OpenException:
    for each in open_exceptions(session, day):
        if each.id == identity:
            return each
    raise UnknownReference("open exception", identity, mend="What is open: feeshare exceptions")


def _count(
    session: Session, table: type[ExceptionAssignment | ExceptionNote], identity: str
) -> int:
    return session.scalar(select(func.count()).where(table.exception == identity)) or 0


def owners(session: Session) -> Mapping[str, str]:
    """Return who looks after each exception that somebody was named for, by its id."""
    rows = session.scalars(select(ExceptionAssignment).order_by(ExceptionAssignment.number))
    return {row.exception: row.owner for row in rows}


def last_notes(session: Session) -> Mapping[str, str]:
    """Return what was written last about each exception, by its id."""
    rows = session.scalars(select(ExceptionNote).order_by(ExceptionNote.number))
    return {row.exception: row.text for row in rows}


def _notes(session: Session) -> Mapping[str, int]:
    rows = session.execute(
        select(ExceptionNote.exception, func.count()).group_by(ExceptionNote.exception)
    )
    return {row[0]: row[1] for row in rows}


def _lines(session: Session, day: date) -> Iterator[OpenException]:
    for line, left in bank.open_lines(session, until=day):
        yield OpenException(
            id=f"line:{line.id}",
            kind=RECEIPT if left > 0 else PAYMENT,
            about=line.counterparty or line.memo or line.external_id,
            opened_on=line.on,
            amount=left,
            commodity=line.commodity,
            next_action=f"feeshare match {line.id} DOCUMENT"
            + ("" if left > 0 else ", or feeshare payout settle BATCH"),
        )


def _receivables(session: Session, day: date) -> Iterator[OpenException]:
    for each in receivables(session, open_only=False):
        document, commodity = each.stated.document, each.stated.statement.commodity
        if each.open and each.due_on < day:
            yield OpenException(
                id=f"receivable:{document}",
                kind=OVERDUE,
                about=each.exchange,
                opened_on=each.due_on,
                amount=each.open,
                commodity=commodity,
                next_action=f"remind {each.exchange}, or feeshare write-off propose {document}",
            )
        if each.credit:
            yield OpenException(
                id=f"credit:{document}",
                kind=CREDIT,
                about=each.exchange,
                opened_on=each.due_on,
                amount=each.credit,
                commodity=commodity,
                next_action=f"feeshare credit use {document} STATEMENT, or "
                f"feeshare credit return {document}",
            )


def _invoices(session: Session, day: date) -> Iterator[OpenException]:
    for each in invoices(session):
        if each.due_on < day:
            exchange, document = each.year.exchange, each.year.id
            instead = "" if each.is_over else f", or feeshare {each.kind} cancel {document}"
            yield OpenException(
                id=f"{each.kind}:{document}",
                kind=OVERDUE,
                about=exchange,
                opened_on=each.due_on,
                amount=each.open,
                commodity=each.year.commodity,
                next_action=f"remind {exchange}{instead}",
            )


def _statements(rows: Sequence[Expected], day: date) -> Iterator[OpenException]:
    for each in rows:
        if each.state == MISSING and each.expected_by < day:
            yield OpenException(
                id=f"statement:{each.agreement}:{each.period}",
                kind=LATE,
                about=each.exchange,
                opened_on=each.expected_by,
                next_action=f"remind {each.exchange}, feeshare import FILE, or "
                f"feeshare month waive {each.period} {each.agreement}",
            )
        elif each.state in {STAGED, HELD}:
            verb = "accept" if each.state == STAGED else "show"
            yield OpenException(
                id=f"statement:{each.agreement}:{each.period}",
                kind=WAITING,
                about=each.exchange,
                opened_on=each.received_on or parse_month(each.period),
                next_action=f"feeshare review {verb} {each.statement}",
            )
