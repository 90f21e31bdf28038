"""Verification: every hash, link, count and balance of the books, recomputed from the rows.

The database refused what was wrong when it was written; this finds what was changed since, past
its triggers. It reads in the order of changes, with bounded memory, and takes no word for it: the
content of each entry gives its fingerprint, entries and rows give the root, the root the header.
What whole tables must say is asked in `ledger.verification_queries`.
What it cannot see is a tail cut off whole: that takes a head kept elsewhere.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ledger.base import Base
from ledger.encoding import GENESIS, change_root, encode, entry_leaf, row_leaf, text_of
from ledger.money import CONTEXT
from ledger.sealing import header_hash
from ledger.tables import ChangeRow, ChangeTally, JournalEntryRow, PostingRow
from ledger.verification_queries import (
    check_balances,
    check_checkpoints,
    check_guards,
    sealed_tables,
    table_of,
)
from ledger.verification_streams import SideBySide, Stream

SUSPECTS_NAMED = 5
"""A root says that one of a change's rows differs, not which; so many of them are named."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was checked, and everything that is not as it was sealed."""

    changes: int
    entries: int
    postings: int
    rows: int
    problems: tuple[str, ...]

    @property
    def clean(self) -> bool:
        """Return whether nothing was found."""
        return not self.problems


def verify(session: Session, progress: Progress | None = None) -> Verification:
    """Recompute everything that the books claim, and return what does not hold.

    Args:
        session: a session on one unchanging view of the books.
        progress: called after each change with how many changes and entries were checked.
    """
    reading = SideBySide(session)
    with reading.opened:
        found = _read_through(reading, progress)
    check_guards(session, reading.problems)
    check_balances(session, reading.problems)
    check_checkpoints(session, reading.problems)
    return replace(found, problems=tuple(reading.problems))


def _read_through(reading: SideBySide, progress: Progress | None) -> Verification:
    problems = reading.problems
    changes = reading.stream(table_of(ChangeRow), list(table_of(ChangeRow).c), "number")
    tallies = reading.stream(table_of(ChangeTally), list(table_of(ChangeTally).c), "change_no")
    entries = reading.stream(
        table_of(JournalEntryRow), list(table_of(JournalEntryRow).c), "number"
    )
    postings = reading.stream(
        table_of(PostingRow), list(table_of(PostingRow).c), "entry_number", "line"
    )
    controls = [
        reading.stream(table, list(table.c), "change_no", *table.primary_key.columns.keys())
        for table in sealed_tables(reading.session)
    ]
    previous: Row[Any] | None = None
    for header in changes.take(lambda _: True):
        number = header.number
        _check_header(header, previous, problems)
        counts: Counter[str] = Counter()
        before = postings.taken
        leaves = _check_entries(header, previous, entries, postings, problems)
        counts["journal_entries"] = len(leaves)
        counts["postings"] = postings.taken - before
        named: list[str] = []
        rows = []
        for stream in controls:
            for row in stream.take(lambda row: row.change_no <= number):  # noqa: B023
                counts[stream.name] += 1
                rows.append(row_leaf(stream.name, [*row._mapping.items()]))  # noqa: SLF001
                name = f"{stream.name} {_key(stream.name, row)}"
                if row.change_no != number:
                    problems.append(f"{name}: names change {row.change_no}, which is not there")
                named.append(name)
        _check_counts(header, counts, tallies, problems)
        if change_root(leaves, rows) != header.root:
            problems.append(_root_problem(header, leaves, named))
        previous = header
        if progress is not None:
            progress(changes.taken, entries.taken)
    _check_rest([entries, postings, tallies, *controls], problems)
    return Verification(
        changes=changes.taken,
        entries=entries.taken,
        postings=postings.taken,
        rows=sum(stream.taken for stream in controls),
        problems=(),
    )


def content_fingerprint(entry: Row[Any], postings: Sequence[Row[Any]]) -> bytes:
    """Return the fingerprint that an entry's stored content gives (docs/hashing.md)."""
    from hashlib import sha256

    fields = ["content-1", entry.reference, text_of(entry.effective_date), entry.kind]
    fields += [entry.narration, entry.evidence, text_of(entry.reverses), entry.relates_to_period]
    fields.append(str(len(postings)))
    for line in postings:
        fields += [line.account, line.party, line.document, line.commodity]
        fields += [text_of(line.amount), line.memo]
    return sha256(encode(fields)).digest()


def _key(table: str, row: Row[Any]) -> str:
    keys = Base.metadata.tables[table].primary_key.columns.keys()
    return "/".join(str(row._mapping[key]) for key in keys)  # noqa: SLF001


def _check_header(header: Row[Any], previous: Row[Any] | None, problems: list[str]) -> None:
    name = f"change {header.number}"
    expected = previous.number + 1 if previous is not None else 1
    if header.number != expected:
        problems.append(f"{name}: change {expected} is missing")
    if header.previous_hash != (previous.hash if previous is not None else GENESIS):
        problems.append(f"{name}: it is not linked to the change before")
    if header.hash != header_hash(ChangeRow(**header._mapping)):  # noqa: SLF001
        problems.append(f"{name}: its header does not hash to its hash")
    if previous is not None and header.recorded_at < previous.recorded_at:
        problems.append(f"{name}: it is recorded before the change before it")
    first = previous.entry_last if previous is not None else 0
    if header.entry_last != first + header.entry_count:
        problems.append(f"{name}: its entries are not {first + 1} to {header.entry_last}")


def _check_entries(
    header: Row[Any],
    previous: Row[Any] | None,
    entries: Stream,
    postings: Stream,
    problems: list[str],
) -> list[bytes]:
    """Check the entries of a change, which are one range of numbers, and return their leaves."""
    expected = 1 + (previous.entry_last if previous is not None else 0)
    leaves = []
    for entry in entries.take(lambda entry: entry.number <= header.entry_last):
        if entry.number != expected:
            problems.append(f"change {header.number}: entry {expected} is missing")
        expected = entry.number + 1
        leaves.append(_check_entry(entry, header.number, postings, problems))
    return leaves


def _check_entry(entry: Row[Any], change_no: int, stream: Stream, problems: list[str]) -> bytes:
    """Check one entry with its postings and return its leaf."""
    name = f"entry {entry.number} ({entry.reference})"
    lines = []
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for line in stream.take(lambda line: line.entry_number <= entry.number):
        if line.entry_number != entry.number:
            problems.append(f"posting {line.entry_number}/{line.line}: its entry is not there")
            continue
        lines.append(line)
        sums[line.commodity] = CONTEXT.add(sums[line.commodity], line.amount)
        if line.effective_date != entry.effective_date:
            problems.append(f"{name}: posting {line.line} has another date")
    if [line.line for line in lines] != list(range(1, len(lines) + 1)):
        problems.append(f"{name}: its postings are not numbered 1 to {len(lines)}")
    off = [commodity for commodity, total in sorted(sums.items()) if total]
    if off or len(lines) < 2:  # noqa: PLR2004 - double entry
        problems.append(f"{name}: it does not sum to zero in {', '.join(off) or 'two postings'}")
    if entry.change_no != change_no:
        problems.append(f"{name}: it names change {entry.change_no}, it is of {change_no}")
    if content_fingerprint(entry, lines) != entry.fingerprint:
        problems.append(f"{name}: its content does not hash to its fingerprint")
    return entry_leaf(entry.number, entry.change_no, entry.fingerprint)


def _check_counts(
    header: Row[Any], counts: Counter[str], tallies: Stream, problems: list[str]
) -> None:
    name = f"change {header.number}"
    tallied: Counter[str] = Counter()
    for tally in tallies.take(lambda tally: tally.change_no <= header.number):
        tallied[tally.table_name] += tally.row_count
    problems += [
        f"{name}: {table} has {counts[table]} rows of it, {tallied[table]} were tallied"
        for table in sorted(counts.keys() | tallied.keys())
        if counts[table] != tallied[table]
    ]
    rows = counts.total() - counts["journal_entries"] - counts["postings"]
    found = (counts["journal_entries"], counts["postings"], rows)
    if found != (header.entry_count, header.posting_count, header.row_count):
        problems.append(f"{name}: it has {found} entries, postings and rows; its header differs")


def _root_problem(header: Row[Any], leaves: list[bytes], named: list[str]) -> str:
    suspects = named[:SUSPECTS_NAMED]
    if leaves:
        last = header.entry_last
        suspects.insert(0, f"entries {last - len(leaves) + 1} to {last}")
    more = "" if len(named) <= SUSPECTS_NAMED else f" or {len(named) - SUSPECTS_NAMED} more"
    return (
        f"change {header.number}: its content does not hash to its root: one of "
        f"{', '.join(suspects)}{more} was changed, added or removed"
    )


def _check_rest(streams: list[Stream], problems: list[str]) -> None:
    """Name what is left when all changes are read: it belongs to none."""
    for stream in streams:
        if stream.next is not None:
            row = tuple(stream.next)
            problems.append(f"{stream.name}: row {row[:3]} and what follows is in no change")
