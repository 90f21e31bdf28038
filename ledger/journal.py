"""Journal entries: the only way money reaches the books.

Law: two or more postings, which sum to zero in every commodity; a reference stands for one
content for ever; what was wrong is reversed, never edited. The same function posts one entry and
a hundred thousand: rows go in by COPY
(`ledger.journal_copy`), the change's seal checks them as a set.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.errors import Conflict, ReferenceReused, UnbalancedEntry, UnknownReference
from ledger.journal_copy import Spellings, copy_in, spell
from ledger.money import CONTEXT, MAX_MAGNITUDE, plain
from ledger.sealing import Change
from ledger.tables import JournalEntryRow, PostingRow


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


def fingerprint(entry: JournalEntry) -> bytes:
    """Return the SHA-256 of an entry's whole content, number and change left out."""
    return spell(entry, 0, Spellings(), [])


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
        copy_in(change, fresh)
    return posted


def post_one(change: Change, entry: JournalEntry) -> Posted:
    """Post one entry."""
    return post(change, [entry])[0]


def reverse(
    change: Change, number: int, *, reason: str, on: date, relates_to_period: str | None = None
) -> Posted:
    """Post the mirror of an entry; a second reversal of the same entry is refused.

    Args:
        change: the open change.
        number: the entry to reverse.
        reason: why, kept as the narration.
        on: the effective date of the reversal, in an open month.
        relates_to_period: the closed month that it belongs to, if any.

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
            relates_to_period=relates_to_period,
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
