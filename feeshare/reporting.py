"""Reporting: one report to files, or everything that a month's end leaves behind."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.months import last_day
from ledger.obligation_tables import Obligation
from payouts.tables import PayoutBatch
from reports import beancount, hledger
from reports.catalogue import build, build_book
from reports.query import Asked
from reports.render.files import replace, write, write_book

FORMATS = ("csv", "xlsx")

OF_A_MONTH = ("trial-balance", "general-ledger", "allocation", "tracker")
"""Reports of a month that need no payee and no batch."""

PROGRAMS = {"hledger": hledger.export, "beancount": beancount.export}
"""The programs that the books are written for, each with its export."""


def write_month(
    session: Session, period: date, folder: Path, *, made_at: datetime
) -> tuple[Path, ...]:
    """Write a month's reports as CSV and XLSX, and the books for hledger; return the files.

    One payee statement for each payee who was ever owed anything, one report a batch of the month.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    for name in OF_A_MONTH:
        book = build_book(session, name, Asked(period=period), made_at)
        files += write_book(book, folder, FORMATS)
    for payee in payees(session):
        report = build(session, "payee-statement", Asked(period=period, payee=payee), made_at)
        files += write(report, folder / "payees" / payee, FORMATS)
    for batch in batches(session, period):
        report = build(session, "payout-batch", Asked(batch=batch), made_at)
        files += write(report, folder / "batches" / batch.replace(":", "-"), FORMATS)
    files.append(write_books(session, "hledger", folder / "books.journal", as_of=last_day(period)))
    return tuple(files)


def write_books(
    session: Session,
    program: str,
    path: Path,
    *,
    as_of: date | None = None,
    known_at: int | None = None,
) -> Path:
    """Write the books as a file for one of `PROGRAMS`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = PROGRAMS[program](session, as_of=as_of, known_at=known_at)
    return replace(path, "".join(lines).encode())


def payees(session: Session) -> Sequence[str]:
    """Return everyone who is or was owed anything, by id."""
    return session.scalars(select(Obligation.payee).distinct().order_by(Obligation.payee)).all()


def batches(session: Session, period: date) -> Sequence[str]:
    """Return the payout batches of a month, by id."""
    return session.scalars(
        select(PayoutBatch.id).where(PayoutBatch.period == period).order_by(PayoutBatch.id)
    ).all()
