"""The whole books as files that a third party can check without the service.

Law: the same books give the same bytes; every field that is hashed is there, in its canonical
text, and files stand by their SHA-256. Rows are written as they are read, so memory is bounded
whatever the books hold; the files appear together when all of them are whole.
"""

import heapq
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from sqlalchemy import Column, LargeBinary, Row, Table, Text, select
from sqlalchemy.orm import Session

from ledger.encoding import text_of
from ledger.errors import NeedsReview
from ledger.proofs import Told, canonical, entry_told, header_told
from ledger.tables import ChangeRow, JournalEntryRow, PostingRow
from ledger.verification_queries import sealed_tables, table_of

VERIFIER = Path(__file__).parent / "standalone" / "verify_books.py"

ROWS_AT_ONCE = 2_000
FILES_AT_ONCE = 10
"""Rows that carry whole files are fetched a few at a time."""


def write_books(session: Session, folder: Path) -> tuple[Path, ...]:
    """Write the books and their verifier into a folder; return the files.

    Files of the same names are replaced. Tables have to be imported first, as for
    `ledger.verification`.

    Args:
        session: a session on one unchanging view of the books.
        folder: where to; it is made if it is not there.

    Raises:
        NeedsReview: postings without an entry, which no file has a place for.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drafts: dict[Path, Path] = {}
    try:
        with ExitStack() as opened:
            for name, lines in (
                ("changes.jsonl", _changes(session, opened)),
                ("entries.jsonl", _entries(session, opened)),
                ("rows.jsonl", _rows(session, opened)),
            ):
                draft = folder / f".{name}.draft"
                drafts[folder / name] = draft
                with draft.open("w", encoding="utf-8", newline="\n") as stream:
                    stream.writelines(f"{canonical(told)}\n" for told in lines)
        draft = folder / f".{VERIFIER.name}.draft"
        drafts[folder / VERIFIER.name] = draft
        draft.write_bytes(VERIFIER.read_bytes())
        return tuple(draft.replace(path) for path, draft in drafts.items())
    except BaseException:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)
        raise


def _changes(session: Session, opened: ExitStack) -> Iterator[Told]:
    for header in _stream(session, opened, table_of(ChangeRow), "number"):
        yield header_told(header)


def _entries(session: Session, opened: ExitStack) -> Iterator[Told]:
    postings = _stream(session, opened, table_of(PostingRow), "entry_number", "line")
    waiting = next(postings, None)
    for entry in _stream(session, opened, table_of(JournalEntryRow), "number"):
        lines = []
        while waiting is not None and waiting.entry_number == entry.number:
            lines.append(waiting)
            waiting = next(postings, None)
        yield entry_told(entry, lines)
    if waiting is not None:
        # In the order of their entries: what has none stops the others, and is left at the end.
        raise NeedsReview(
            f"Posting {waiting.entry_number}/{waiting.line} has no entry.",
            mend="See what differs: feeshare audit verify",
        )


def _rows(session: Session, opened: ExitStack) -> Iterator[Told]:
    """Yield control rows by change, then table, then key."""
    streams = [_told_rows(session, opened, table) for table in sealed_tables(session)]
    yield from heapq.merge(*streams, key=lambda told: told["change_no"])


def _told_rows(session: Session, opened: ExitStack, table: Table) -> Iterator[Told]:
    keys = table.primary_key.columns.keys()
    for row in _stream(session, opened, table, "change_no", *keys):
        yield {
            "table": table.name,
            "change_no": row.change_no,
            "columns": {
                column.name: text_of(value) for column, value in zip(table.c, row, strict=True)
            },
        }


def _stream(session: Session, opened: ExitStack, table: Table, *order: str) -> Iterator[Row[Any]]:
    """Open a table in an order that is the same on every server, in bounded memory."""
    files = any(isinstance(column.type, LargeBinary) for column in table.c)
    known = table.name in {"changes", "journal_entries"}  # their bytes are hashes
    rows = session.execute(
        select(table).order_by(*(_in_order(table.c[name]) for name in order)),
        execution_options={"yield_per": FILES_AT_ONCE if files and not known else ROWS_AT_ONCE},
    )
    opened.callback(rows.close)
    return iter(rows)


def _in_order(column: Column[Any]) -> Any:  # noqa: ANN401 - a clause of either kind
    """Return what to order by: text by its code points, since servers differ in words."""
    return column.collate("C") if isinstance(column.type, Text) else column
