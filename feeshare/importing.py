"""Importing: a file's bytes become evidence, staged statements or bank lines.

The format is recognised by its content: a bank's own formats first, then its header among the
mappings; nothing is guessed. A file with any problem leaves nothing behind; the same file again
changes nothing and says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeshare import bank_importing
from feeshare.imported import Imported
from ledger import bank, evidence, parties, stretches
from ledger.bank_files import formats
from ledger.commodities import scales
from ledger.errors import BadInput, Problem
from ledger.money import CONTEXT, plain, total
from ledger.people_tables import Party
from ledger.revenue import containers, restatements, staging
from ledger.revenue.mapping import Mapping, load_mappings
from ledger.revenue.reading import Reading, read_all
from ledger.revenue.recognition import recognise
from ledger.revenue.rows import BankRow, Row, SetAside, StatementRow
from ledger.revenue.stated import accepted
from ledger.revenue.tables import Statement
from ledger.sealing import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """A file that was read without a problem, and how."""

    path: Path
    content: bytes
    mapping: Mapping
    reading: Reading
    rows: Sequence[Row]


def mappings_in(folder: Path) -> list[Mapping]:
    """Return every mapping in a folder of YAML files.

    Raises:
        BadInput: one is wrong, or the folder has none; all problems are listed.
    """
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise BadInput(
            [
                Problem(
                    code="mapping_missing",
                    place=str(folder),
                    expected="at least one mapping, NAME.yaml",
                    mend="Name the folder: --mappings FOLDER",
                )
            ]
        )
    return load_mappings((path.name, path.read_text(encoding="utf-8")) for path in paths)


def files_in(paths: Sequence[Path]) -> list[Path]:
    """Return the files that paths name; of a folder all tables and banks' files below it, sorted.

    Raises:
        BadInput: a path leads nowhere, or a folder has no such file.
    """
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise BadInput(
            [
                Problem(code="file_missing", place=str(path), expected="a file or a folder")
                for path in missing
            ]
        )
    found = {path: _files_below(path) if path.is_dir() else [path] for path in paths}
    empty = [path for path, files in found.items() if not files]
    if empty:
        raise BadInput(
            [
                Problem(
                    code="file_missing",
                    place=str(path),
                    expected="a folder with tables or banks' files",
                )
                for path in empty
            ]
        )
    return [file for files in found.values() for file in files]


def _files_below(folder: Path) -> list[Path]:
    tables = {f".{suffix}" for suffix in containers.SUFFIXES} - {".txt"}  # notes, as a rule
    suffixes = {*tables, *formats.SUFFIXES}
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in suffixes)


def read_file(
    path: Path, content: bytes, mappings: Sequence[Mapping], known: dict[str, int]
) -> ReadFile:
    """Read a file by the mapping that its header fits.

    Raises:
        BadInput: no mapping fits, or rows are wrong; every problem of the file is listed.
    """
    mapping = recognise(mappings, content, path.name)
    if not isinstance(mapping, Mapping):
        raise BadInput(mapping)
    reading, rows = read_all(mapping, content, path.name, commodities=known)
    aside = [problem for row in rows if isinstance(row, SetAside) for problem in row.problems]
    if problems := list(dict.fromkeys([*aside, *reading.problems])):
        raise BadInput(problems)
    return ReadFile(path=path, content=content, mapping=mapping, reading=reading, rows=rows)


def import_files(
    change: Change, paths: Sequence[Path], mappings: Sequence[Mapping]
) -> list[Imported]:
    """Stage statements and record bank lines of files; all problems of all files at once.

    Raises:
        BadInput: something is wrong in any file; nothing of any is kept.
        ReferenceReused: a file contradicts what was imported before.
        LinesDiffer: an account's lines would not be what its statements say.
    """
    known = scales(change.session)
    problems: list[Problem] = []
    imported: list[Imported] = []
    for path in files_in(paths):
        try:
            content = path.read_bytes()
            found = formats.recognise(content)
            if found is not None:
                imported += bank_importing.take(change, found, content, path.name, known)
                continue
            bank_importing.require_no_bank_file_name(path.name, content)
            file = read_file(path, content, mappings, known)
            digest = evidence.keep(change, file.content, path.name)
            if file.mapping.kind == "statement":
                imported += _stage(change, file, digest)
            else:
                imported += _record(change, file, digest)
        except BadInput as wrong:
            problems += wrong.problems
    if problems:
        raise BadInput(problems)
    stretches.require_lines(
        change.session, [each.subject for each in imported if each.kind != "statement"]
    )
    return bank_importing.with_gaps(change.session, imported)


def _stage(change: Change, file: ReadFile, digest: str) -> list[Imported]:
    rows = [row for row in file.rows if isinstance(row, StatementRow)]
    staged = staging.stage(change, file.mapping, rows, evidence=digest, place=file.path.name)
    return [
        Imported(
            file=file.path.name,
            kind="statement",
            subject=_exchange_name(change.session, each.statement),
            rows=each.statement.row_count,
            total=each.statement.fee_share,
            commodity=each.statement.commodity,
            control_total="agrees" if file.reading.control_totals else "none",
            against_last=_against_last(change.session, each.statement),
            state=_state(change.session, each),
            document=each.statement.id,
        )
        for each in staged
    ]


def _state(session: Session, staged: staging.Staged) -> str:
    """Return what became of a file's statement; a restatement says what it changes."""
    if not staged.new:
        return "known already"
    before = restatements.replaces(session, staged.statement)
    if before is None:
        return "staged"
    difference = CONTEXT.subtract(staged.statement.fee_share, before.amount)
    return f"restates {before.statement.id} by {plain(difference)}"


def _record(change: Change, file: ReadFile, digest: str) -> list[Imported]:
    rows = [row for row in file.rows if isinstance(row, BankRow)]
    counted: dict[tuple[str, str], list[Decimal]] = {}
    new: dict[tuple[str, str], int] = {}
    for row in rows:
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
            file=file.path.name,
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
