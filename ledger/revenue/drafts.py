"""Drafts: what a statement's file comes to before the books are asked, one for each of its months.

Law: every row of the file is in one draft, as a line or set aside; a draft holds sums and the
rows on a spool, so that a file of any length takes the same memory.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from hashlib import blake2b
from typing import NamedTuple

from ledger.errors import Problem
from ledger.money import CONTEXT, plain
from ledger.revenue.rows import SetAside, StatementRow
from ledger.revenue.spool import Spool

ZERO = Decimal(0)

KEY_BYTES = 16
"""What tells two rows of a file apart; shorter, and a million rows might collide."""

Hide = Callable[[int, tuple[str, ...]], tuple[str, ...]]

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


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

    def take(self, row: StatementRow, cells: str) -> None:
        """Count a row in."""
        key = blake2b(cells.encode(), digest_size=KEY_BYTES).digest()
        occurrence = 1
        if key in self._seen:
            occurrence = self._times[key] = self._times.get(key, 1) + 1
            self.repeated_rows.append(row.row)
        else:
            self._seen.add(key)
        self.row_count += 1
        self.total = CONTEXT.add(self.total, row.fee_share)
        self.trading_fees = sum_of(self.trading_fees, row.trading_fees)
        self.volume = sum_of(self.volume, row.volume)
        self.rates.setdefault(row.rate, row.row)
        if not row.fee_share:
            self.zero_rows.append(row.row)
        self.lines.add(
            (
                row.row,
                occurrence,
                plain(row.fee_share),
                None if row.trading_fees is None else plain(row.trading_fees),
                None if row.volume is None else plain(row.volume),
                cells,
            )
        )

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


def gather(rows: Iterable[StatementRow | SetAside], hide: Hide | None = None) -> FileDraft:
    """Return what the rows of a file come to.

    Args:
        rows: the rows, read once.
        hide: given a row's number and cells, returns what of them may be kept: pseudonyms in
            place of user ids.
    """
    drafts: dict[Group, Draft] = {}
    aside: list[SetAside] = []
    for row in rows:
        cells = row.cells if hide is None else hide(row.row, row.cells)
        if isinstance(row, SetAside):
            aside.append(row if hide is None else _without_values(row, cells))
            continue
        group = Group(row.exchange, row.stream, row.currency, row.period)
        draft = drafts.get(group)
        if draft is None:
            draft = drafts[group] = Draft(group=group, first_row=row.row)
        draft.take(row, _json(cells))
    problems = [*_place_aside(drafts, aside)]
    if not drafts and not problems:
        problems = [Problem(code="file_empty", expected="at least one row that counts")]
    for draft in drafts.values():
        draft.forget_keys()
    ordered = sorted(drafts.values(), key=lambda draft: draft.first_row)
    return FileDraft(drafts=ordered, problems=problems)


def cells_text(cells: Iterable[str]) -> str:
    """Return cells as they are kept: JSON without blanks."""
    return _json(list(cells))


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


def sum_of(so_far: Decimal | None, more: Decimal | None) -> Decimal | None:
    """Return a sum that is unknown as soon as one of its parts is."""
    return None if so_far is None or more is None else CONTEXT.add(so_far, more)
