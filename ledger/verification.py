"""Verification: every hash, link, count and balance of the books, recomputed from the rows.

The database refused what was wrong when it was written; this finds what was changed since, past
its triggers. It reads in the order of changes, with bounded memory, and takes no word for it: the
content of each entry gives its fingerprint, entries and rows give the root, the root the header.
What it cannot see is a tail cut off whole: that takes a head kept elsewhere.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from psycopg import Error as PsycopgError
from sqlalchemy import Column, LargeBinary, Row, Table, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ledger.balances import Balance
from ledger.base import Base, Sealed
from ledger.encoding import GENESIS, change_root, encode, entry_leaf, row_leaf, text_of
from ledger.money import CONTEXT
from ledger.months import month_of
from ledger.periods import trial_balance_hash
from ledger.sealing import header_hash
from ledger.tables import ChangeRow, ChangeTally, JournalEntryRow, PostingRow

ROWS_AT_ONCE = 2_000
FILES_AT_ONCE = 10
"""Rows that carry whole files are fetched a few at a time."""

SUSPECTS_NAMED = 5
"""A root says that one of a change's rows differs, not which; so many of them are named."""

UNSEALED = ("changes", "change_tallies", "account_balances", "journal_entries", "postings")
"""Guarded tables that are no control rows; each has a check of its own."""

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


@dataclass(slots=True)
class _Stream:
    """Rows of one table in an order, of which the next can be looked at before it is taken."""

    name: str
    rows: Iterator[Row[Any]]
    problems: list[str]
    next: Row[Any] | None = None
    taken: int = 0

    def __post_init__(self) -> None:
        self._advance()

    def take(self, until: Callable[[Row[Any]], bool]) -> Iterator[Row[Any]]:
        """Yield rows for as long as `until` says that they belong."""
        while self.next is not None and until(self.next):
            row = self.next
            self._advance()
            self.taken += 1
            yield row

    def _advance(self) -> None:
        try:
            self.next = next(self.rows, None)
        except (PsycopgError, DBAPIError) as error:
            self.problems.append(f"{self.name}: a row cannot be read: {error}")
            self.next = None


@dataclass(slots=True)
class _Reading:
    """The streams that are read side by side, and what was found."""

    session: Session
    problems: list[str] = field(default_factory=list)
    opened: ExitStack = field(default_factory=ExitStack)

    def stream(self, table: Table, columns: Sequence[Column[Any]], *order: str) -> _Stream:
        """Open a table in an order, in bounded memory."""
        files = any(isinstance(column.type, LargeBinary) for column in columns)
        at_once = FILES_AT_ONCE if files and table.name not in UNSEALED else ROWS_AT_ONCE
        rows = self.session.execute(
            select(*columns).order_by(*(table.c[name] for name in order)),
            execution_options={"yield_per": at_once},
        )
        self.opened.callback(rows.close)
        return _Stream(table.name, iter(rows), self.problems)


def verify(session: Session, progress: Progress | None = None) -> Verification:
    """Recompute everything that the books claim, and return what does not hold.

    Args:
        session: a session on one unchanging view of the books.
        progress: called after each change with how many changes and entries were checked.
    """
    reading = _Reading(session)
    with reading.opened:
        found = _read_through(reading, progress)
    _check_guards(session, reading.problems)
    _check_balances(session, reading.problems)
    _check_checkpoints(session, reading.problems)
    return replace(found, problems=tuple(reading.problems))


def _read_through(reading: _Reading, progress: Progress | None) -> Verification:
    problems = reading.problems
    changes = reading.stream(_table(ChangeRow), list(_table(ChangeRow).c), "number")
    tallies = reading.stream(_table(ChangeTally), list(_table(ChangeTally).c), "change_no")
    entries = reading.stream(_table(JournalEntryRow), list(_table(JournalEntryRow).c), "number")
    postings = reading.stream(
        _table(PostingRow), list(_table(PostingRow).c), "entry_number", "line"
    )
    controls = [
        reading.stream(table, list(table.c), "change_no", *table.primary_key.columns.keys())
        for table in _sealed_tables(reading.session)
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


def _table(mapped: type[Base]) -> Table:
    table = mapped.__table__
    if not isinstance(table, Table):
        raise TypeError(f"{mapped.__name__} is no table")
    return table


def _sealed_tables(session: Session) -> list[Table]:
    """Return the tables of control rows that this database has and this program knows."""
    there = set(inspect(session.connection()).get_table_names())
    known = [
        _table(mapper.class_)
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, Sealed) and issubclass(mapper.class_, Base)
    ]
    return sorted((table for table in known if table.name in there), key=lambda table: table.name)


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
    entries: _Stream,
    postings: _Stream,
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


def _check_entry(entry: Row[Any], change_no: int, stream: _Stream, problems: list[str]) -> bytes:
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
    header: Row[Any], counts: Counter[str], tallies: _Stream, problems: list[str]
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


def _check_rest(streams: list[_Stream], problems: list[str]) -> None:
    """Name what is left when all changes are read: it belongs to none."""
    for stream in streams:
        if stream.next is not None:
            row = tuple(stream.next)
            problems.append(f"{stream.name}: row {row[:3]} and what follows is in no change")


_UNGUARDED = text("""
    SELECT c.relname AS name, t.tgname AS trigger FROM pg_trigger t
    JOIN pg_class c ON c.oid = t.tgrelid
    WHERE c.relnamespace = 'public'::regnamespace AND t.tgenabled NOT IN ('O', 'A')
    ORDER BY 1, 2
""")

_GUARDED = text("""
    SELECT c.relname AS name, bool_or(t.tgname = 'append_only') AS kept
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE c.relnamespace = 'public'::regnamespace
    GROUP BY 1 HAVING bool_or(t.tgname IN ('tally', 'seal', 'by_the_seal'))
""")

_CHILDREN = text("""
    SELECT inhparent::regclass::text AS parent, inhrelid::regclass::text AS child
    FROM pg_inherits WHERE inhparent IN (
        SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace)
""")


def _check_guards(session: Session, problems: list[str]) -> None:
    """Check that the guards stand, and that every guarded table is one that is checked here."""
    problems += [
        f"{row.name}: its trigger {row.trigger} is disabled" for row in session.execute(_UNGUARDED)
    ]
    guarded = {row.name: row.kept for row in session.execute(_GUARDED)}
    checked = {table.name for table in _sealed_tables(session)} | set(UNSEALED)
    problems += [
        f"{name}: it is guarded but unknown here" for name in sorted(guarded.keys() - checked)
    ]
    problems += [
        f"{name}: its guards are gone" for name in sorted(checked) if not guarded.get(name)
    ]
    problems += [
        f"{row.child}: its rows show in {row.parent} past the guards"
        for row in session.execute(_CHILDREN)
    ]


_SUMS = text("""
    WITH moved AS (
        SELECT p.account, p.commodity,
            CASE WHEN a.detail = 'account' THEN '' ELSE coalesce(p.party, '') END AS party,
            CASE WHEN a.detail = 'document' THEN coalesce(p.document, '') ELSE '' END AS document,
            e.change_no, sum(p.amount) AS amount
        FROM postings p JOIN journal_entries e ON e.number = p.entry_number
        LEFT JOIN accounts a ON a.code = p.account GROUP BY 1, 2, 3, 4, 5
    ), summed AS (
        SELECT account, commodity, party, document, change_no, sum(amount) OVER (
            PARTITION BY account, commodity, party, document ORDER BY change_no) AS balance
        FROM moved)
    SELECT account, commodity, party, document, change_no, b.balance, s.balance AS summed
    FROM account_balances b
    FULL JOIN summed s USING (account, commodity, party, document, change_no)
    WHERE b.balance IS DISTINCT FROM s.balance
    ORDER BY change_no, account, commodity, party, document LIMIT 20
""")

_TOTALS = text("""
    SELECT commodity, sum(amount) AS total FROM postings
    GROUP BY 1 HAVING sum(amount) <> 0 ORDER BY 1
""")


def _check_balances(session: Session, problems: list[str]) -> None:
    problems += [
        f"account_balances {row.account} {row.party} {row.document} {row.commodity} at change "
        f"{row.change_no}: it says {row.balance}, its postings sum to {row.summed}"
        for row in session.execute(_SUMS)
    ]
    problems += [
        f"commodity {row.commodity}: all postings sum to {row.total}, not zero"
        for row in session.execute(_TOTALS)
    ]


_CLOSINGS = text("""
    SELECT e.id, e.period, e.close_no, e.trial_balance_hash, c.entry_last FROM period_events e
    JOIN changes c ON c.number = e.change_no WHERE e.event = 'closed' ORDER BY e.change_no
""")

_FROZEN = text("""
    SELECT account, party, commodity, balance FROM balance_checkpoints
    WHERE period = :period AND close_no = :close_no
""")

_DIFFERENT = text("""
    SELECT account, party, commodity FROM (
        SELECT account, party, commodity, balance FROM balance_checkpoints
        WHERE period = :period AND close_no = :close_no) frozen
    FULL JOIN (
        SELECT account, coalesce(party, '') AS party, commodity, sum(amount) AS balance
        FROM postings WHERE effective_date < CAST(:period AS date) + interval '1 month'
            AND entry_number <= :entry_last
        GROUP BY 1, 2, 3 HAVING sum(amount) <> 0) summed USING (account, party, commodity)
    WHERE frozen.balance IS DISTINCT FROM summed.balance ORDER BY 1, 2, 3 LIMIT 5
""")


def _check_checkpoints(session: Session, problems: list[str]) -> None:
    for closing in session.execute(_CLOSINGS).all():
        name = f"close {closing.close_no} of {month_of(closing.period)}"
        asked = {"period": closing.period, "close_no": closing.close_no}
        frozen = [Balance(**row) for row in session.execute(_FROZEN, asked).mappings()]
        if trial_balance_hash(frozen) != closing.trial_balance_hash:
            problems.append(f"{name}: its balances do not hash to its trial balance's hash")
        problems += [
            f"{name}: {row.account} {row.party} {row.commodity} is not what its postings sum to"
            for row in session.execute(_DIFFERENT, {**asked, "entry_last": closing.entry_last})
        ]
