"""What is wrong with the public tracker's rows, by the rows alone: pure rules, one for each fault.

Law: nothing is merged and nothing mended. A fault that several rows share is found on each of
them, but for a repetition: the first of its kind stands, and those after it are named.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from ledger.errors import Problem
from ledger.money import MAX_SCALE, plain
from ledger.revenue.quantities import Marks, parse_number

FOUNDATION = "foundation"
"""Who funds a bounty where no exchange does, in lower case."""

AS_WRITTEN = Marks(decimal=".", grouping=",")
ISSUE = re.compile(r"https://github\.com/[^/\s]+/[^/\s]+/(?:issues|pull)/([0-9]+)", re.ASCII)
NUMBER = re.compile(r"[0-9]+", re.ASCII)


class Fault(StrEnum):
    """What may be wrong with a row."""

    REPEATED = "repeated"
    SEVERAL_COMMODITIES = "several_commodities"
    OTHER_AMOUNT = "other_amount"
    OTHER_LINK = "other_link"
    LINK_MISSING = "link_missing"
    LINK_ELSEWHERE = "link_elsewhere"
    AMOUNT_ZERO = "amount_zero"
    AMOUNT_UNLIKE = "amount_unlike"
    OCCURRENCE_UNLIKE = "occurrence_unlike"
    FUNDER_UNKNOWN = "funder_unknown"
    RESTATED = "restated"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """A row of the tracker as it was told; `amount` is in `commodity`, zero or more."""

    row: int
    bounty: str
    type: str
    funder: str
    connector: str
    amount: Decimal
    amount_as_written: str
    commodity: str
    status: str
    link: str
    occurrence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault of one row, and in words what shows it."""

    row: int
    fault: Fault
    says: str


def findings(
    rows: Sequence[HistoryRow],
    *,
    funders: AbstractSet[str],
    restated: Mapping[int, str],
) -> dict[int, list[Finding]]:
    """Return what is wrong with each row that something is wrong with, by its number.

    Args:
        rows: the newest version of every row there is.
        funders: exchanges by each of their names, in lower case.
        restated: rows that an earlier version told otherwise, and what it told.
    """
    in_order = sorted(rows, key=lambda row: row.row)
    found: dict[int, list[Finding]] = defaultdict(list)
    for rule in (
        _repeated,
        _several_commodities,
        _other_amount,
        _other_link,
        _alone,
        _occurrences,
    ):
        for finding in rule(in_order):
            found[finding.row].append(finding)
    for row in in_order:
        if row.funder.casefold() not in {FOUNDATION, *funders}:
            says = f"{row.funder} is neither the Foundation nor an exchange of the books"
            found[row.row].append(Finding(row=row.row, fault=Fault.FUNDER_UNKNOWN, says=says))
        if row.row in restated:
            says = f"told otherwise before: {restated[row.row]}"
            found[row.row].append(Finding(row=row.row, fault=Fault.RESTATED, says=says))
    return dict(found)


def _repeated(rows: Sequence[HistoryRow]) -> Iterator[Finding]:
    for alike in _groups(rows, lambda row: (row.bounty, row.link, row.amount, row.commodity)):
        for row in alike[1:]:
            yield _finding(
                row,
                Fault.REPEATED,
                f"{_told(row)} for {row.link or 'no link'}, as in row {alike[0].row}",
            )


def _several_commodities(rows: Sequence[HistoryRow]) -> Iterator[Finding]:
    return _several(rows, Fault.SEVERAL_COMMODITIES, lambda row: row.commodity, _told)


def _other_amount(rows: Sequence[HistoryRow]) -> Iterator[Finding]:
    """Yield rows of one bounty, link and commodity that name several amounts."""
    for alike in _groups(rows, lambda row: (row.bounty, row.link, row.commodity)):
        yield from _several(alike, Fault.OTHER_AMOUNT, lambda row: row.amount, _told)


def _other_link(rows: Sequence[HistoryRow]) -> Iterator[Finding]:
    linked = [row for row in rows if row.link]
    return _several(linked, Fault.OTHER_LINK, lambda row: row.link, lambda row: row.link)


def _alone(rows: Sequence[HistoryRow]) -> Iterator[Finding]:
    """Yield what is wrong with a row whatever the others say."""
    for row in rows:
        issue = ISSUE.fullmatch(row.link)
        if not row.link:
            yield _finding(row, Fault.LINK_MISSING, "no link")
        elif NUMBER.fullmatch(row.bounty) and (issue is None or issue[1] != row.bounty):
            yield _finding(row, Fault.LINK_ELSEWHERE, f"its link is {row.link}")
        if not row.amount:
            yield _finding(row, Fault.AMOUNT_ZERO, f"{_told(row)}, {row.status}")
        written = parse_number(
            row.amount_as_written, marks=AS_WRITTEN, scale=MAX_SCALE, signed=False
        )
        if isinstance(written, Problem) or written != row.amount:
            says = f"{row.amount_as_written!r} was written for {plain(row.amount)}"
            yield _finding(row, Fault.AMOUNT_UNLIKE, says)


def _occurrences(rows: Sequence[HistoryRow]) -> Iterator[Finding]:
    for alike in _groups(rows, lambda row: (row.bounty, row.link)):
        for number, row in enumerate(alike, start=1):
            if row.occurrence != number:
                says = f"said to be number {row.occurrence} of its id and link, is number {number}"
                yield _finding(row, Fault.OCCURRENCE_UNLIKE, says)


def _several(
    rows: Sequence[HistoryRow],
    fault: Fault,
    by: Callable[[HistoryRow], Hashable],
    tell: Callable[[HistoryRow], str],
) -> Iterator[Finding]:
    """Yield every row of a bounty whose rows differ in something, with what the others say."""
    for alike in _groups(rows, lambda row: row.bounty):
        if len({by(row) for row in alike}) > 1:
            for row in alike:
                others = [f"{tell(of)} in row {of.row}" for of in alike if by(of) != by(row)]
                yield _finding(row, fault, f"{tell(row)} here, {', '.join(others)}")


def _groups(
    rows: Sequence[HistoryRow], by: Callable[[HistoryRow], Hashable]
) -> Iterator[list[HistoryRow]]:
    grouped: dict[Hashable, list[HistoryRow]] = defaultdict(list)
    for row in rows:
        grouped[by(row)].append(row)
    yield from grouped.values()


def _finding(row: HistoryRow, fault: Fault, says: str) -> Finding:
    return Finding(row=row.row, fault=fault, says=says)


def _told(row: HistoryRow) -> str:
    return f"{plain(row.amount)} {row.commodity}"
