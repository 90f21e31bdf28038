"""Importing banks' own formats: each statement of a file becomes bank lines of its account."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import PurePath

from sqlalchemy.orm import Session

from feeshare.imported import Imported
from ledger import account_statements, evidence, stretches
from ledger.bank_files import formats
from ledger.bank_files.contents import FileStatement
from ledger.bank_tables import BankAccount
from ledger.errors import BadInput, Problem
from ledger.sealing import Change


def take(
    change: Change,
    found: formats.Format,
    content: bytes,
    file_name: str,
    commodities: Mapping[str, int],
) -> list[Imported]:
    """Record the statements of a bank's file.

    Raises:
        BadInput: with every problem of the file.
    """
    reading = formats.read(found, content, file_name, commodities)
    problems = list(reading.problems)
    placed: list[tuple[FileStatement, BankAccount]] = []
    for statement in reading.statements:
        place = f"{file_name}, statement {statement.number}"
        problems += _future(statement, place, change.at.date())
        account = account_statements.account_of(change.session, statement.account, place)
        if isinstance(account, Problem):
            problems.append(account)
        else:
            placed.append((statement, account))
    if problems:
        raise BadInput(problems)
    digest = evidence.keep(change, content, file_name)
    return [
        _record(change, account, statement, digest, file_name) for statement, account in placed
    ]


def require_no_bank_file_name(file_name: str, content: bytes) -> None:
    """Require that what is none of the banks' formats is not named as one.

    Raises:
        BadInput: code `type_mismatch`.
    """
    suffix = PurePath(file_name).suffix.lower()
    if content.strip() and suffix in formats.SUFFIXES:
        expected = f"a bank's file ({', '.join(each.name for each in formats.FORMATS)})"
        raise BadInput(
            [
                Problem(
                    code="type_mismatch",
                    place=file_name,
                    value=suffix,
                    expected=f"{expected}, as its name says",
                    mend="Give the file the name that it came with.",
                )
            ]
        )


def with_gaps(session: Session, imported: Iterable[Imported]) -> list[Imported]:
    """Add to what was imported which statements of its accounts do not follow on each other."""
    noted = []
    for each in imported:
        is_bank = each.kind != "statement"
        found = stretches.gaps(session, account=each.subject) if is_bank else []
        notes = tuple(f"Gap: {gap.sentence()}" for gap in found)
        noted.append(dataclasses.replace(each, notes=each.notes + notes))
    return noted


def _future(statement: FileStatement, place: str, today: date) -> Iterator[Problem]:
    days = [(f"{place}, entry {entry.number}", entry.on) for entry in statement.entries]
    for where, day in [(f"{place}, closing balance", statement.closing_on), *days]:
        if day > today:
            yield Problem(
                code="date_in_future",
                place=where,
                value=day.isoformat(),
                expected=f"{today} or a day before",
            )


def _record(
    change: Change, account: BankAccount, statement: FileStatement, digest: str, file_name: str
) -> Imported:
    is_new, new_lines = account_statements.record(change, account, statement, digest)
    left_out = f"{file_name}, statement {statement.number}: {statement.left_out} left out: "
    return Imported(
        file=file_name,
        kind="bank statement",
        subject=account.id,
        rows=len(statement.entries),
        total=statement.total,
        commodity=statement.commodity,
        control_total="none" if statement.opening is None else "agrees",
        against_last=None,
        state=f"{new_lines} new" if is_new or new_lines else "known already",
        document="",
        notes=(f"{left_out}not booked yet, or of zero.",) if statement.left_out else (),
    )
