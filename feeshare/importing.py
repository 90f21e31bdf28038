"""Importing: what was read of files becomes evidence, staged statements or bank lines.

A file with any problem of its own leaves nothing behind; the same file again changes nothing and
says so. Files are read before the books are locked (`feeshare.inbox`) and taken here.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeshare import bank_importing
from feeshare.imported import Imported
from feeshare.inbox import ReadFile, read_files
from ledger import bank, evidence, parties, stretches
from ledger.commodities import scales
from ledger.errors import BadInput, Problem
from ledger.money import CONTEXT, plain, total
from ledger.people_tables import Party
from ledger.revenue import restatements, review, staging, warnings
from ledger.revenue.mapping import Mapping
from ledger.revenue.stated import accepted
from ledger.revenue.tables import Statement
from ledger.sealing import Change


def take_files(change: Change, read: Sequence[ReadFile]) -> list[Imported]:
    """Stage statements and record bank lines of files that were read.

    Raises:
        BadInput: something is wrong with any file; nothing of any is kept.
        ReferenceReused: a file contradicts what was imported before.
        LinesDiffer: an account's lines would not be what its statements say.
    """
    known = scales(change.session)
    problems: list[Problem] = []
    imported: list[Imported] = []
    for file in read:
        problems += file.problems
        if file.problems:
            continue
        try:
            imported += _take(change, file, known)
        except BadInput as wrong:
            problems += wrong.problems
    if problems:
        raise BadInput(problems)
    stretches.require_lines(
        change.session, [each.subject for each in imported if each.kind != "statement"]
    )
    return bank_importing.with_gaps(change.session, imported)


def import_files(
    change: Change,
    paths: Sequence[Path],
    mappings: Sequence[Mapping],
    *,
    restates: bool = False,
) -> list[Imported]:
    """Read and take files in one change; for callers that hold the books' lock already."""
    read = read_files(change.session, paths, mappings, today=change.at.date(), restates=restates)
    return take_files(change, read)


def _take(change: Change, file: ReadFile, known: dict[str, int]) -> list[Imported]:
    if file.bank_format is not None:
        return bank_importing.take(change, file.bank_format, file.content, file.name, known)
    digest = _kept(change, file)
    if file.draft is None or file.source is None:
        return _record(change, file, digest)
    source = replace(file.source, evidence=digest)
    return [
        _staged(change.session, each, source) for each in staging.stage(change, file.draft, source)
    ]


def _kept(change: Change, file: ReadFile) -> str:
    """Keep a file as evidence, and let go of its bytes: its rows may need the memory."""
    content, file.content = file.content, b""
    if file.personal is None:
        return evidence.keep(change, content, file.name)
    copy, file.personal = file.personal, None
    return copy.keep(change, content)


def _staged(session: Session, each: staging.Staged, source: staging.Source) -> Imported:
    statement = each.statement
    reading = review.reading_of(session, statement)
    stated = reading is not None and reading.control_total is not None
    quarantined = reading.rows_quarantined if reading is not None else 0
    return Imported(
        file=source.place,
        kind="statement",
        subject=_exchange_name(session, statement),
        rows=statement.row_count,
        quarantined=quarantined,
        skipped=reading.rows_skipped if reading is not None else 0,
        warnings=len(warnings.unacknowledged(session, statement.id)),
        total=statement.fee_share,
        commodity=statement.commodity,
        control_total=("open" if quarantined else "agrees") if stated else "none",
        against_last=_against_last(session, statement),
        state=_state(session, each),
        document=statement.id,
    )


def _state(session: Session, staged: staging.Staged) -> str:
    """Return what became of a file's statement; a restatement says what it changes."""
    if not staged.new:
        return "known already"
    statement = staged.statement
    before = restatements.replaces(session, statement)
    if before is None:
        return "staged"
    if review.adds(session, statement):
        return f"adds to {before.document}"
    difference = CONTEXT.subtract(statement.fee_share, before.amount)
    return f"restates {before.statement.id} by {plain(difference)}"


def _record(change: Change, file: ReadFile, digest: str) -> list[Imported]:
    counted: dict[tuple[str, str], list[Decimal]] = {}
    new: dict[tuple[str, str], int] = {}
    for row in file.bank_rows:
        is_new = bank.record(
            change,
            bank.BankMovement(
                bank_account=row.account,
                external_id=row.external_id,
                on=row.date,
                commodity=row.currency,
                amount=row.amount,
                counterparty=row.counterparty,
                memo=row.memo,
                row=row.row,
            ),
            digest,
        )
        key = (row.account, row.currency)
        counted.setdefault(key, []).append(row.amount)
        new[key] = new.get(key, 0) + is_new
    return [
        Imported(
            file=file.name,
            kind="bank lines",
            subject=account,
            rows=len(amounts),
            total=total(amounts),
            commodity=commodity,
            control_total="none",
            against_last=None,
            state=f"{new[account, commodity]} new" if new[account, commodity] else "known already",
            document="",
        )
        for (account, commodity), amounts in counted.items()
    ]


def _exchange_name(session: Session, statement: Statement) -> str:
    found = session.get(Party, statement.agreement.partition(":")[0])
    return found.name if found else parties.named(session, statement.agreement).name


def _against_last(session: Session, statement: Statement) -> Decimal | None:
    last = session.scalars(
        select(Statement)
        .where(
            Statement.agreement == statement.agreement,
            Statement.period < statement.period,
            accepted(),
        )
        .order_by(Statement.period.desc(), Statement.version.desc())
    ).first()
    return CONTEXT.subtract(statement.fee_share, last.fee_share) if last else None
