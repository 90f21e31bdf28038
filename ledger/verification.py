"""Verification: every hash, link, count and balance of the books, recomputed from the rows.

The database refused what was wrong when it was written; this finds what was changed since, past
its triggers. It reads in the order of changes, with bounded memory, and takes no word for it: the
content of each entry gives its fingerprint, entries and rows give the root, the root the header.
What whole tables must say is asked in `ledger.verification_queries`.
What it cannot see is a tail cut off whole: that takes a head kept elsewhere.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from ledger.encoding import GENESIS, change_root, entry_leaf, row_leaf
from ledger.schema_guards import check_guards
from ledger.sealing import header_hash
from ledger.tables import ChangeRow, ChangeTally
from ledger.verification_entries import SpeltEntry
from ledger.verification_queries import (
    check_balances,
    check_checkpoints,
    check_postings,
    sealed_tables,
    table_of,
)
from ledger.verification_streams import ControlRow, SideBySide, Stream

SUSPECTS_NAMED = 5
"""A root says that one of a change's rows differs, not which; so many of them are named."""

MIN_POSTINGS = 2
"""Double entry."""

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
    # No table or function that somebody put in another schema is taken for ours or the server's.
    session.execute(text("SET LOCAL search_path = pg_catalog, public, pg_temp"))
    reading = SideBySide(session)
    with reading.opened:
        found = _read_through(reading, progress)
    check_postings(session, reading.problems, found.postings)
    for check in (check_guards, check_balances, check_checkpoints):
        check(session, reading.problems)
    return replace(found, problems=tuple(reading.problems))


def _read_through(reading: SideBySide, progress: Progress | None) -> Verification:
    problems = reading.problems
    changes = reading.stream(table_of(ChangeRow), "number")
    tallies = reading.stream(table_of(ChangeTally), "change_no")
    entries = reading.entries()
    controls = reading.control_rows(sealed_tables(reading.session))
    postings = 0
    previous: Row[Any] | None = None
    for header in changes.take(lambda _: True):
        _check_header(header, previous, problems)
        leaves, lines = _check_entries(header, previous, entries, problems)
        rows = _check_rows(header.number, controls, problems)
        counts = rows.counts
        counts.update(journal_entries=len(leaves), postings=lines)
        _check_counts(header, counts, tallies, problems)
        if change_root(leaves, rows.leaves) != header.root:
            problems.append(_root_problem(header, leaves, rows))
        postings += lines
        previous = header
        if progress is not None:
            progress(changes.taken, entries.taken)
    for stream in (entries, tallies, controls):
        _check_end(stream, problems)
    return Verification(
        changes=changes.taken,
        entries=entries.taken,
        postings=postings,
        rows=controls.taken,
        problems=(),
    )


def _check_header(header: Row[Any], previous: Row[Any] | None, problems: list[str]) -> None:
    name = f"change {header.number}"
    expected = previous.number + 1 if previous is not None else 1
    if header.number != expected:
        problems.append(f"{name}: change {expected} is missing")
    if header.previous_hash != (previous.hash if previous is not None else GENESIS):
        problems.append(f"{name}: it is not linked to the change before")
    if header.hash != header_hash(header):
        problems.append(f"{name}: its header does not hash to its hash")
    if previous is not None and header.recorded_at < previous.recorded_at:
        problems.append(f"{name}: it is recorded before the change before it")
    first = previous.entry_last if previous is not None else 0
    if header.entry_last != first + header.entry_count:
        problems.append(f"{name}: its entries are not {first + 1} to {header.entry_last}")


def _check_entries(
    header: Row[Any],
    previous: Row[Any] | None,
    entries: Stream[SpeltEntry],
    problems: list[str],
) -> tuple[list[bytes], int]:
    """Check a change's entries, one range of numbers; return leaves and how many postings."""
    change_no, last = header.number, header.entry_last
    expected = 1 + (previous.entry_last if previous is not None else 0)
    leaves = []
    postings = 0
    for entry in entries.take(lambda entry: entry.number <= last):
        if entry.number != expected:
            problems.append(f"change {change_no}: entry {expected} is missing")
        expected = entry.number + 1
        postings += entry.postings
        if (
            entry.change_no != change_no
            or not (entry.postings >= MIN_POSTINGS and entry.numbered and entry.dated)
            or sha256(entry.content).digest() != entry.fingerprint
        ):
            problems += _entry_problems(entry, change_no)
        leaves.append(entry_leaf(entry.number, entry.change_no, entry.fingerprint))
    return leaves, postings


def _entry_problems(entry: SpeltEntry, change_no: int) -> list[str]:
    name = f"entry {entry.number} ({entry.reference})"
    found = {
        f"{name}: an entry has two postings or more": entry.postings >= MIN_POSTINGS,
        f"{name}: its postings are not numbered 1 to {entry.postings}": entry.numbered,
        f"{name}: a posting has another date": entry.dated,
        f"{name}: it names change {entry.change_no}, it is of {change_no}": (
            entry.change_no == change_no
        ),
        f"{name}: its content does not hash to its fingerprint": (
            sha256(entry.content).digest() == entry.fingerprint
        ),
    }
    return [problem for problem, holds in found.items() if not holds]


@dataclass(slots=True)
class RowsOfChange:
    """What is kept of a change's control rows: a statement may have a million of them."""

    leaves: list[bytes] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    names: list[str] = field(default_factory=list)


def _check_rows(change_no: int, controls: Stream[ControlRow], problems: list[str]) -> RowsOfChange:
    found = RowsOfChange()
    for row in controls.take(lambda row: row.change_no <= change_no):
        found.counts[row.table.name] += 1
        found.leaves.append(
            row_leaf(row.table.name, zip(row.table.c.keys(), row.row, strict=True))
        )
        if len(found.names) < SUSPECTS_NAMED:
            found.names.append(_name(row))
        if row.change_no != change_no:
            problems.append(f"{_name(row)}: names change {row.change_no}, which is not there")
    return found


def _name(control: ControlRow) -> str:
    keys = control.table.primary_key.columns.keys()
    key = "/".join(str(control.row._mapping[key]) for key in keys)  # noqa: SLF001
    return f"{control.table.name} {key}"


def _check_counts(
    header: Row[Any], counts: Counter[str], tallies: Stream[Row[Any]], problems: list[str]
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


def _root_problem(header: Row[Any], leaves: list[bytes], rows: RowsOfChange) -> str:
    suspects = list(rows.names)
    if leaves:
        last = header.entry_last
        suspects.insert(0, f"entries {last - len(leaves) + 1} to {last}")
    unnamed = len(rows.leaves) - len(rows.names)
    more = f" or {unnamed} more" if unnamed else ""
    return (
        f"change {header.number}: its content does not hash to its root: one of "
        f"{', '.join(suspects)}{more} was changed, added or removed"
    )


def _check_end(stream: Stream[Any], problems: list[str]) -> None:
    """Name what is left when all changes are read: it belongs to none."""
    if stream.next is not None:
        row = stream.next
        name = _name(row) if isinstance(row, ControlRow) else f"{stream.name} {row[0]}"
        problems.append(f"{name}: it and what follows it is in no change")
