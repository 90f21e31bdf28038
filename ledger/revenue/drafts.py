"""Drafts: what a statement's file comes to before the books are asked, one for each of its months.

Law: every row of the file is in one draft, as a line or set aside; a draft holds sums and the
rows on a spool, so that a file of any length takes the same memory.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from hashlib import blake2b
from json.encoder import encode_basestring
from typing import NamedTuple

from ledger.blocks import blocks_of
from ledger.errors import Problem
from ledger.money import plain, total
from ledger.revenue.rows import SetAside, StatementRow
from ledger.revenue.spool import Spool

ZERO = Decimal(0)

KEY_BYTES = 16
"""What tells two rows of a file apart; shorter, and a million rows might collide."""

ROWS_AT_ONCE = 500
"""Rows that are counted in together."""

Counted = StatementRow | SetAside

Hide = Callable[[Sequence[Counted]], Sequence[tuple[str, ...]]]
"""Given rows, returns what of the cells of each may be kept: pseudonyms in place of user ids."""


class Group(NamedTuple):
    """What the rows of one statement share, as the file says it."""

    exchange: str
    stream: str | None
    currency: str
    period: str

    def admits(self, row: SetAside) -> bool:
        """Return whether a row that was set aside may belong here, by what of it could be read."""
        pairs = (
            (row.exchange, self.exchange),
            (row.stream, self.stream),
            (row.currency, self.currency),
            (row.period, self.period),
        )
        return all(said is None or said == ours for said, ours in pairs)


@dataclass(slots=True)
class Draft:
    """One statement of a file: sums of its rows, the rows on a spool, and what was set aside.

    A row on the spool is its number, occurrence, fee share, trading fees, volume and cells (JSON).
    `trading_fees` and `volume` are None where not every row gives them; `rates` are those of the
    rows, each with the first row that gives it.
    """

    group: Group
    first_row: int
    lines: Spool = field(default_factory=Spool)
    aside: list[SetAside] = field(default_factory=list)
    row_count: int = 0
    total: Decimal = ZERO
    trading_fees: Decimal | None = ZERO
    volume: Decimal | None = ZERO
    rates: dict[Decimal | None, int] = field(default_factory=dict)
    zero_rows: list[int] = field(default_factory=list)
    repeated_rows: list[int] = field(default_factory=list)
    _seen: set[bytes] = field(default_factory=set)
    _times: dict[bytes, int] = field(default_factory=dict)

    def take(self, rows: Sequence[StatementRow], kept: Sequence[tuple[str, ...]]) -> None:
        """Count rows in, each with what may be kept of its cells."""
        texts = [*map(cells_text, kept)]
        amounts = [row.fee_share for row in rows]
        fees = [row.trading_fees for row in rows]
        volumes = [row.volume for row in rows]
        self.row_count += len(rows)
        self.total = total([self.total, *amounts])
        self.trading_fees = sum_of([self.trading_fees, *fees])
        self.volume = sum_of([self.volume, *volumes])
        for row in rows:
            self.rates.setdefault(row.rate, row.row)
        self.zero_rows += [row.row for row in rows if not row.fee_share]
        numbers = [row.row for row in rows]
        occurrences = [*map(self._occurrence, numbers, texts)]
        spelt = (map(plain, amounts), map(_spelt, fees), map(_spelt, volumes))
        self.lines.add(*zip(numbers, occurrences, *spelt, texts, strict=True))

    def _occurrence(self, row: int, cells: str) -> int:
        """Return how many rows said the same up to this one, itself included."""
        key = blake2b(cells.encode(), digest_size=KEY_BYTES).digest()
        if key not in self._seen:
            self._seen.add(key)
            return 1
        self._times[key] = occurrence = self._times.get(key, 1) + 1
        self.repeated_rows.append(row)
        return occurrence

    def forget_keys(self) -> None:
        """Let go of what told repeats apart; no row comes after this."""
        self._seen.clear()
        self._times.clear()

    @property
    def quarantined(self) -> int:
        """Return how many rows a person has to look at."""
        return sum(row.state == "quarantined" for row in self.aside)


@dataclass(slots=True)
class FileDraft:
    """What a whole file comes to: its drafts, and the problems that keep it out."""

    drafts: list[Draft]
    problems: list[Problem]

    @property
    def problems_of_rows(self) -> list[Problem]:
        """Return what is wrong with single rows, wherever they belong."""
        held = [row for draft in self.drafts for row in draft.aside]
        return [*self.problems, *(problem for row in held for problem in row.problems)]


def gather(rows: Iterable[Counted], hide: Hide | None = None) -> FileDraft:
    """Return what the rows of a file come to.

    Args:
        rows: the rows, read once.
        hide: what may be kept of their cells; all where it is None.
    """
    drafts: dict[Group, Draft] = {}
    aside: list[SetAside] = []
    for block in blocks_of(rows, ROWS_AT_ONCE):
        kept = [row.cells for row in block] if hide is None else hide(block)
        for group, (counting, cells) in _by_group(block, kept).items():
            draft = drafts.get(group)
            if draft is None:
                draft = drafts[group] = Draft(group=group, first_row=counting[0].row)
            draft.take(counting, cells)
        aside += [
            row if hide is None else _without_values(row, cells)
            for row, cells in zip(block, kept, strict=True)
            if isinstance(row, SetAside)
        ]
    problems = [*_place_aside(drafts, aside)]
    if not drafts and not problems:
        problems = [Problem(code="file_empty", expected="at least one row that counts")]
    for draft in drafts.values():
        draft.forget_keys()
    ordered = sorted(drafts.values(), key=lambda draft: draft.first_row)
    return FileDraft(drafts=ordered, problems=problems)


def cells_text(cells: Iterable[str]) -> str:
    """Return cells as they are kept: JSON without blanks."""
    return f"[{','.join(map(encode_basestring, cells))}]"


def _by_group(
    block: Sequence[Counted], kept: Sequence[tuple[str, ...]]
) -> dict[Group, tuple[list[StatementRow], list[tuple[str, ...]]]]:
    """Return the rows that count by the statement they belong to, with their cells."""
    groups: dict[Group, tuple[list[StatementRow], list[tuple[str, ...]]]] = {}
    for row, cells in zip(block, kept, strict=True):
        if isinstance(row, StatementRow):
            group = Group(row.exchange, row.stream, row.currency, row.period)
            counting, theirs = groups.setdefault(group, ([], []))
            counting.append(row)
            theirs.append(cells)
    return groups


def _place_aside(drafts: Mapping[Group, Draft], aside: Iterable[SetAside]) -> Iterator[Problem]:
    """Give each row that was set aside to its draft; yield the problems of those that have none.

    A quarantined row that may belong to two statements would hold up the wrong one, so it keeps
    the file out. A skipped one counts nowhere: any draft that admits it may tell of it.
    """
    for row in aside:
        fitting = [draft for group, draft in drafts.items() if group.admits(row)]
        if row.state == "skipped":
            fitting = (fitting or [*drafts.values()])[:1]
        if len(fitting) == 1:
            fitting[0].aside.append(row)
        else:
            yield from row.problems


def _without_values(row: SetAside, cells: tuple[str, ...]) -> SetAside:
    """Return a row that was set aside without the texts that may hold a user id."""
    problems = tuple(replace(each, value=None) for each in row.problems)
    return row._replace(cells=cells, problems=problems)


def sum_of(quantities: Sequence[Decimal | None]) -> Decimal | None:
    """Return a sum that is unknown as soon as one of its parts is."""
    known = [quantity for quantity in quantities if quantity is not None]
    return total(known) if len(known) == len(quantities) else None


def _spelt(quantity: Decimal | None) -> str | None:
    return None if quantity is None else str(quantity)
