"""Journal entries: the only way money reaches the books.

Law: two or more postings, which sum to zero in every commodity; a reference stands for one
content for ever; what was wrong is reversed, never edited. The same function posts one entry and
a hundred thousand: rows go in by COPY, the change's seal checks them as a set.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256

from psycopg import Connection
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.encoding import entry_leaf
from ledger.errors import Conflict, ReferenceReused, UnbalancedEntry, UnknownReference
from ledger.money import CONTEXT, MAX_MAGNITUDE, plain, scale_of
from ledger.sealing import Change
from ledger.tables import JournalEntryRow, PostingRow

ENTRY_COLUMNS = (
    "number, change_no, effective_date, kind, narration, reference, fingerprint, reverses, "
    "evidence, relates_to_period"
)
POSTING_COLUMNS = (
    "entry_number, line, account, party, document, commodity, amount, effective_date, memo"
)
COPY_CHUNK = 400
"""Entries a write to COPY carries: fewer bytes than a socket's buffer holds, so that the server
reads them while the next are being written out."""

SPELLINGS_KEPT = 50_000
"""Texts kept spelt out for the entries that follow; more are unlikely to repeat."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One line: a debit is positive, a credit negative. `document` is what it belongs to."""

    account: str
    amount: Decimal
    commodity: str
    party: str | None = None
    document: str | None = None
    memo: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """An entry to be posted. An unbalanced one cannot be made.

    `relates_to_period` (`2023-10`) is set when the fact belongs to a month already closed.
    """

    reference: str
    effective_date: date
    kind: str
    narration: str
    postings: Sequence[Posting]
    evidence: str | None = None
    reverses: int | None = None
    relates_to_period: str | None = None

    def __post_init__(self) -> None:
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for posting in self.postings:
            if not posting.amount or posting.amount.copy_abs() >= MAX_MAGNITUDE:
                raise UnbalancedEntry(self.reference, f"an amount of {posting.amount}")
            sums[posting.commodity] = CONTEXT.add(sums[posting.commodity], posting.amount)
        off = [f"{plain(total)} {name}" for name, total in sorted(sums.items()) if total]
        if off or len(self.postings) < 2:  # noqa: PLR2004 - double entry
            why = f"off by {', '.join(off)}" if off else f"{len(self.postings)} postings"
            raise UnbalancedEntry(self.reference, why)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """An entry in the books: its number, and whether this call put it there."""

    number: int
    reference: str
    new: bool


class _Spellings(dict[str | None, tuple[str, str]]):
    """Texts that repeat (accounts, parties, days): each as it is hashed and as COPY wants it."""

    def __missing__(self, text: str | None) -> tuple[str, str]:
        self[text] = spelt = ("~" if text is None else f"{len(text)}:{text}", _escaped(text))
        return spelt


def fingerprint(entry: JournalEntry) -> bytes:
    """Return the SHA-256 of an entry's whole content, number and change left out."""
    return _spell(entry, 0, _Spellings(), [])


def post(change: Change, entries: Iterable[JournalEntry]) -> list[Posted]:
    """Post entries in their order; one that is already in the books is returned, not repeated.

    Raises:
        ReferenceReused: an entry's reference stands in the books with other content.
    """
    wanted = list(entries)
    known = _known(change.session, [entry.reference for entry in wanted])
    posted: list[Posted] = []
    fresh: list[JournalEntry] = []
    for entry in wanted:
        earlier = known.get(entry.reference)
        if earlier is None:
            fresh.append(entry)
            number = change.entry_last + len(fresh)
            known[entry.reference] = (number, entry)
        else:
            number, content = earlier
            if fingerprint(entry) != (
                content if isinstance(content, bytes) else fingerprint(content)
            ):
                raise ReferenceReused("Entry", entry.reference, f"entry {number} differs")
        posted.append(Posted(number=number, reference=entry.reference, new=earlier is None))
    if fresh:
        _copy(change, fresh)
    return posted


def post_one(change: Change, entry: JournalEntry) -> Posted:
    """Post one entry."""
    return post(change, [entry])[0]


def reverse(change: Change, number: int, *, reason: str, on: date) -> Posted:
    """Post the mirror of an entry; a second reversal of the same entry is refused.

    Args:
        change: the open change.
        number: the entry to reverse.
        reason: why, kept as the narration.
        on: the effective date of the reversal, in an open month.

    Raises:
        UnknownReference: no entry has this number.
        Conflict: it is reversed already, or it is a reversal itself.
    """
    original = entry(change.session, number)
    if original.reverses is not None:
        raise Conflict(f"Entry {number} is itself the reversal of entry {original.reverses}.")
    earlier = change.session.execute(
        select(
            JournalEntryRow.number, JournalEntryRow.effective_date, JournalEntryRow.narration
        ).where(JournalEntryRow.reverses == number)
    ).one_or_none()
    if earlier is not None and earlier.narration != reason:
        raise Conflict(
            f"Entry {number} is reversed already by entry {earlier.number}.",
            mend=f"Look at it: feeshare entry show {earlier.number}",
        )
    return post_one(
        change,
        JournalEntry(
            reference=f"reversal:{number}",
            effective_date=earlier.effective_date if earlier else on,
            kind="reversal",
            narration=reason,
            reverses=number,
            evidence=original.evidence,
            postings=[
                Posting(
                    account=line.account,
                    amount=line.amount.copy_negate(),
                    commodity=line.commodity,
                    party=line.party,
                    document=line.document,
                    memo=line.memo,
                )
                for line in postings(change.session, number)
            ],
        ),
    )


def entry(session: Session, number: int) -> JournalEntryRow:
    """Return an entry of the books by its number.

    Raises:
        UnknownReference: there is none.
    """
    found = session.get(JournalEntryRow, number)
    if found is None:
        raise UnknownReference("journal entry", str(number))
    return found


def postings(session: Session, number: int) -> Sequence[PostingRow]:
    """Return the postings of an entry in their order."""
    return session.scalars(
        select(PostingRow).where(PostingRow.entry_number == number).order_by(PostingRow.line)
    ).all()


def _known(session: Session, references: list[str]) -> dict[str, tuple[int, bytes | JournalEntry]]:
    rows = session.execute(
        select(
            JournalEntryRow.reference, JournalEntryRow.number, JournalEntryRow.fingerprint
        ).where(JournalEntryRow.reference == func.any(references))
    )
    return {row.reference: (row.number, bytes(row.fingerprint)) for row in rows}


def _spell(entry: JournalEntry, number: int, spelt: _Spellings, lines: list[str]) -> bytes:
    """Append an entry's postings as COPY wants them; return the entry's fingerprint.

    Both need every field written out, and this is where posting in bulk spends its time; the
    encoding is that of `ledger.encoding.encode`, which a test holds it to.
    """
    day_field, day = spelt[entry.effective_date.isoformat()]
    reverses = None if entry.reverses is None else str(entry.reverses)
    count = str(len(entry.postings))
    head = (
        f"9:content-1{len(entry.reference)}:{entry.reference}{day_field}{spelt[entry.kind][0]}"
        f"{len(entry.narration)}:{entry.narration}{spelt[entry.evidence][0]}{spelt[reverses][0]}"
        f"{spelt[entry.relates_to_period][0]}{len(count)}:{count}"
    )
    fields = [head]
    for line, posting in enumerate(entry.postings, start=1):
        amount = plain(posting.amount)
        account_field, account = spelt[posting.account]
        party_field, party = spelt[posting.party]
        document_field, document = spelt[posting.document]
        commodity_field, commodity = spelt[posting.commodity]
        memo_field, memo = spelt[posting.memo]
        fields.append(
            f"{account_field}{party_field}{document_field}{commodity_field}"
            f"{len(amount)}:{amount}{memo_field}"
        )
        lines.append(
            f"{number}\t{line}\t{account}\t{party}\t{document}\t{commodity}\t{amount}\t{day}\t"
            f"{memo}\n"
        )
    return sha256("".join(fields).encode()).digest()


def _copy(change: Change, fresh: Sequence[JournalEntry]) -> None:
    """Write entries and postings by COPY.

    Postings go first: their trigger refuses those at or below the last sealed entry, whichever
    come first.
    """
    connection = change.session.connection().connection.driver_connection
    if not isinstance(connection, Connection):
        raise TypeError("the books are kept through psycopg")
    first = change.entry_last + 1
    digests: list[bytes] = []
    spelt = _Spellings()
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY postings ({POSTING_COLUMNS}) FROM STDIN") as copy,
    ):
        for start in range(0, len(fresh), COPY_CHUNK):
            if len(spelt) > SPELLINGS_KEPT:
                spelt.clear()
            lines: list[str] = []
            for number, entry in enumerate(fresh[start : start + COPY_CHUNK], first + start):
                digests.append(_spell(entry, number, spelt, lines))
                change.posting_count += len(entry.postings)
            copy.write("".join(lines))
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY journal_entries ({ENTRY_COLUMNS}) FROM STDIN") as copy,
    ):
        for start in range(0, len(fresh), COPY_CHUNK):
            lines = []
            for at in range(start, min(start + COPY_CHUNK, len(fresh))):
                lines.append(_entry_line(first + at, change.number, fresh[at], digests[at]))
                change.entry_leaves.append(entry_leaf(first + at, change.number, digests[at]))
            copy.write("".join(lines))
    change.entry_last += len(fresh)


_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def _escaped(text: str | None) -> str:
    """Return a text as COPY's text format wants it (PostgreSQL documentation, COPY)."""
    if text is None:
        return "\\N"
    return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], text)


def _entry_line(number: int, change_no: int, entry: JournalEntry, digest: bytes) -> str:
    reverses = "\\N" if entry.reverses is None else entry.reverses
    return (
        f"{number}\t{change_no}\t{entry.effective_date}\t{_escaped(entry.kind)}\t"
        f"{_escaped(entry.narration)}\t{_escaped(entry.reference)}\t"
        f"\\\\x{digest.hex()}\t"
        f"{reverses}\t{_escaped(entry.evidence)}\t{_escaped(entry.relates_to_period)}\n"
    )


def check_scale(entry: JournalEntry, scales: dict[str, int]) -> list[str]:
    """Return what is wrong with an entry's commodities: unknown ones, amounts too fine."""
    wrong = []
    for posting in entry.postings:
        scale = scales.get(posting.commodity)
        if scale is None:
            wrong.append(f"unknown commodity {posting.commodity}")
        elif scale_of(posting.amount) > scale:
            wrong.append(f"{plain(posting.amount)} {posting.commodity} is finer than {scale}")
    return wrong
