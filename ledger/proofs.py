"""Proofs: that one entry, as it reads, is part of the books under a head.

Law: a proof is only given for what still hashes to its seal, and it needs no trust in whoever
gives it: content to leaf, leaf to the root of its change, header to header up to the head. It
shows no other entry. `reports/standalone/verify_books.py` checks it without the service.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from ledger.encoding import change_root, entry_leaf, row_leaf, text_of
from ledger.errors import NeedsReview, UnknownReference
from ledger.merkle import Step, path_of
from ledger.sealing import Head
from ledger.tables import ChangeRow, JournalEntryRow, PostingRow
from ledger.verification_entries import content_fingerprint
from ledger.verification_queries import sealed_tables, table_of

FORMAT = "proof-1"

ROWS_AT_ONCE = 2_000

Told: TypeAlias = dict[str, Any]
"""What stands in a file for a header, an entry or a row: names with text, numbers or nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """An entry, the way from it to its change's root, and the headers from there to the head.

    `later` are the headers after the entry's change: any of them may be the one that somebody
    kept.
    """

    entry: Told
    leaf: bytes
    path: tuple[Step, ...]
    change: Told
    later: tuple[Told, ...]
    head: Head

    def to_json(self) -> str:
        """Return the proof as canonical JSON: names in order, no blanks, one line."""
        return canonical(
            {
                "format": FORMAT,
                "entry": self.entry,
                "leaf": self.leaf.hex(),
                "path": [
                    {"side": step.side.value, "hash": step.sibling.hex()} for step in self.path
                ],
                "change": self.change,
                "later": list(self.later),
                "head": {"number": self.head.number, "hash": self.head.hash.hex()},
            }
        )


def prove(session: Session, entry_number: int) -> Proof:
    """Return the proof that an entry is part of the books under the present head.

    Tables of control rows have their part in a change's root, so all of them have to be imported
    first, as for `ledger.verification`.

    Args:
        session: a session on one unchanging view of the books.
        entry_number: the entry's number.

    Raises:
        UnknownReference: no entry has this number.
        NeedsReview: the entry or its change is not what was sealed; nothing can be proved.
    """
    entries, postings = table_of(JournalEntryRow), table_of(PostingRow)
    entry = session.execute(select(entries).where(entries.c.number == entry_number)).one_or_none()
    if entry is None:
        raise UnknownReference("journal entry", str(entry_number))
    lines = session.execute(
        select(postings).where(postings.c.entry_number == entry_number).order_by(postings.c.line)
    ).all()
    headers = _headers_from(session, entry.change_no)
    if not headers:
        raise _not_as_sealed(f"change {entry.change_no}")
    header = headers[0]
    leaves = _leaves(session, header)
    at = entry_number - (header.entry_last - header.entry_count) - 1
    leaf = entry_leaf(entry.number, entry.change_no, content_fingerprint(entry, lines))
    if not 0 <= at < len(leaves) or leaves[at] != leaf:
        raise _not_as_sealed(f"entry {entry_number}")
    newest = headers[-1]
    return Proof(
        entry=entry_told(entry, lines),
        leaf=leaf,
        path=path_of(leaves, at),
        change=header_told(header),
        later=tuple(header_told(row) for row in headers[1:]),
        head=Head(
            number=newest.number,
            hash=newest.hash,
            recorded_at=newest.recorded_at,
            entry_last=newest.entry_last,
        ),
    )


def canonical(told: Mapping[str, object]) -> str:
    """Return canonical JSON: names in the order of code points, no blanks, text as it is."""
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def header_told(header: Row[Any]) -> Told:
    """Return a header as files have it: numbers, the time as canonical text, hashes in hex."""
    return {
        "number": header.number,
        "recorded_at": text_of(header.recorded_at),
        "actor": header.actor,
        "reason": header.reason,
        "request_id": header.request_id,
        "entry_count": header.entry_count,
        "posting_count": header.posting_count,
        "row_count": header.row_count,
        "entry_last": header.entry_last,
        "root": header.root.hex(),
        "previous_hash": header.previous_hash.hex(),
        "hash": header.hash.hex(),
    }


def entry_told(entry: Row[Any], lines: Iterable[Row[Any]]) -> Told:
    """Return an entry with its postings as files have it."""
    return {
        "number": entry.number,
        "change_no": entry.change_no,
        "reference": entry.reference,
        "effective_date": text_of(entry.effective_date),
        "kind": entry.kind,
        "narration": entry.narration,
        "evidence": entry.evidence,
        "reverses": entry.reverses,
        "relates_to_period": entry.relates_to_period,
        "fingerprint": entry.fingerprint.hex(),
        "postings": [
            {
                "line": line.line,
                "effective_date": text_of(line.effective_date),
                "account": line.account,
                "party": line.party,
                "document": line.document,
                "commodity": line.commodity,
                "amount": text_of(line.amount),
                "memo": line.memo,
            }
            for line in lines
        ],
    }


def _headers_from(session: Session, number: int) -> list[Row[Any]]:
    changes = table_of(ChangeRow)
    rows = session.execute(
        select(changes).where(changes.c.number >= number).order_by(changes.c.number)
    ).all()
    return list(rows) if rows and rows[0].number == number else []


def _leaves(session: Session, header: Row[Any]) -> list[bytes]:
    """Return all leaves of a change, in the order of its root, which they must give."""
    entries = table_of(JournalEntryRow)
    sealed = session.execute(
        select(entries.c.number, entries.c.fingerprint)
        .where(entries.c.change_no == header.number)
        .order_by(entries.c.number)
    )
    leaves = [entry_leaf(row.number, header.number, row.fingerprint) for row in sealed]
    rows = []
    for table in sealed_tables(session):
        found = session.execute(
            select(table).where(table.c.change_no == header.number),
            execution_options={"yield_per": ROWS_AT_ONCE},
        )
        rows += [row_leaf(table.name, zip(table.c.keys(), row, strict=True)) for row in found]
    if change_root(leaves, rows) != header.root:
        raise _not_as_sealed(f"change {header.number}")
    return [*leaves, *sorted(rows)]


def _not_as_sealed(what: str) -> NeedsReview:
    return NeedsReview(
        f"Nothing is proved: {what} is not what was sealed.",
        mend="See what differs: feeshare audit verify",
    )
