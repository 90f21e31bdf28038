"""The inbox: files that wait to be imported, found, recognised and read before anything is locked.

The format is recognised by the content: a bank's own formats first, then the header among the
mappings; nothing is guessed. Reading may take long, so it asks the books and writes nothing;
`feeshare.importing` takes what was read.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import cast

from sqlalchemy.orm import Session

from feeshare import bank_importing
from feeshare.personal import PersonalCopy, copy_of
from ledger.bank_files import formats
from ledger.commodities import scales
from ledger.errors import BadInput, Problem
from ledger.revenue import containers, staging
from ledger.revenue.drafts import Counted, FileDraft, gather
from ledger.revenue.mapping import Mapping, load_mappings
from ledger.revenue.reading import Reading
from ledger.revenue.recognition import recognise
from ledger.revenue.rows import BankRow, SetAside, StatementRow

Progress = Callable[[str, int], None]
"""Called now and then with a file's name and how many of its rows were read so far."""

ROWS_A_STEP = 10_000

HOW_MUCH = ("fee_share", "trading_fees", "rate", "volume")
"""Fields that say how much, not of what."""


@dataclass(slots=True, kw_only=True)
class ReadFile:
    """A file that was read: what it holds, and what the books are to keep of it as evidence.

    One with `problems` holds nothing.
    """

    name: str
    content: bytes
    problems: tuple[Problem, ...] = ()
    bank_format: formats.Format | None = None
    bank_rows: Sequence[BankRow] = ()
    draft: FileDraft | None = None
    source: staging.Source | None = None
    personal: PersonalCopy | None = None


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


def read_files(
    session: Session,
    paths: Sequence[Path],
    mappings: Sequence[Mapping],
    *,
    today: date,
    restates: bool = False,
    progress: Progress | None = None,
) -> list[ReadFile]:
    """Read files before anything is locked; what is wrong with them is told when they are taken.

    Args:
        session: a session on the books, for what they know: commodities, exchanges.
        paths: files, and folders of them.
        mappings: the formats that are known.
        today: the day of the import; nothing is dated after it.
        restates: whether the files replace what there is of their months, parts included.
        progress: what to tell how far a long file is.

    Raises:
        BadInput: a path leads nowhere.
    """
    found: list[ReadFile] = []
    reader = Reader(session, mappings, scales(session), today, progress)
    for path in files_in(paths):
        try:
            file = reader.read(path)
        except BadInput as wrong:
            file = ReadFile(name=path.name, content=b"", problems=wrong.problems)
        if file.source is not None:
            file.source = replace(file.source, restates=restates)
        found.append(file)
    return found


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one file after the other, by what the books and the mappings know."""

    session: Session
    mappings: Sequence[Mapping]
    commodities: dict[str, int]
    today: date
    progress: Progress | None

    def read(self, path: Path) -> ReadFile:
        """Read a file.

        Raises:
            BadInput: with every problem of the file itself.
        """
        name, content = path.name, path.read_bytes()
        found = formats.recognise(content)
        if found is not None:
            return ReadFile(name=name, content=content, bank_format=found)
        bank_importing.require_no_bank_file_name(name, content)
        mapping = recognise(self.mappings, content, name)
        if not isinstance(mapping, Mapping):
            raise BadInput(mapping)
        reading = Reading(mapping, content, name, commodities=self.commodities, today=self.today)
        rows = reading.rows() if self.progress is None else _told(reading, name, self.progress)
        if mapping.kind == "bank":
            return _bank_file(reading, rows, name, content)
        copy = copy_of(self.session, reading, name)
        counted = cast("Iterator[Counted]", rows)  # no other kind of mapping gives lines of banks
        draft = gather(counted, None if copy is None else copy.hide)
        # Complete only now that the rows were read.
        if reading.problems:
            raise BadInput([*dict.fromkeys([*draft.problems_of_rows, *reading.problems])])
        return ReadFile(
            name=name, content=content, draft=draft, source=_source(reading, name), personal=copy
        )


def _bank_file(
    reading: Reading,
    rows: Iterable[StatementRow | SetAside | BankRow],
    name: str,
    content: bytes,
) -> ReadFile:
    taken: list[BankRow] = []
    problems: list[Problem] = []
    for row in rows:
        if isinstance(row, BankRow):
            taken.append(row)
        elif isinstance(row, SetAside):
            problems += row.problems
    problems = [*reading.problems, *problems]
    if problems:
        raise BadInput(problems)
    return ReadFile(name=name, content=content, bank_rows=taken)


def _told(
    reading: Reading, name: str, progress: Progress
) -> Iterator[StatementRow | SetAside | BankRow]:
    count = 0
    for count, row in enumerate(reading.rows(), start=1):
        if count % ROWS_A_STEP == 0:
            progress(name, count)
        yield row
    progress(name, count)


def _source(reading: Reading, name: str) -> staging.Source:
    mapping = reading.mapping
    amounts = {mapping.columns.get(each) for each in HOW_MUCH}
    amounts |= {each.column for each in mapping.amounts}
    return staging.Source(
        place=name,
        mapping=mapping.name,
        mapping_version=mapping.version,
        encoding=mapping.encoding,
        sheet=reading.sheet,
        header=reading.header,
        control_totals=dict(reading.control_totals),
        in_parts=mapping.in_parts,
        amount_columns=frozenset(
            at for at, column in enumerate(reading.header) if column in amounts
        ),
        warnings=tuple(
            replace(each, value=None) if "user" in mapping.columns else each
            for each in reading.warnings
        ),
    )
