"""As reported: a closed month as its close froze it, the same month now, and what lies between.

Law: every difference is explained by entries, to the last unit, or there is no report. What is
frozen is read from the close, what stands now is summed from postings, and the entries between
are read one by one; none of the three is derived from the others. An entry dated later that
relates to the month or to one before, by what it says or by what it reverses, leaves the month's
balance as it is but restates it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ledger.balances import Balance, frozen, summed
from ledger.encoding import time_text
from ledger.errors import Conflict, NeedsReview, UnknownReference
from ledger.money import CONTEXT, plain
from ledger.periods import events, trial_balance_hash
from ledger.tables import ChangeRow, PeriodEvent
from reports.query import Asked, Scope, fetch, scope
from reports.report import Cell, Column, Kind, Report, TieOut
from reports.ties import ZERO, Sums, count_tie, sums, ties

BALANCE_FIGURES = ("as_frozen", "changed_since", "as_now", "posted_later", "as_restated")
ENTRY_COLUMNS = (
    Column(name="entry_amount", kind=Kind.AMOUNT, commodity_column="asset"),
    Column(name="journal_id", kind=Kind.INTEGER),
    Column(name="reference", kind=Kind.IDENTIFIER),
    Column(name="entry_type", kind=Kind.IDENTIFIER),
    Column(name="effective_date", kind=Kind.DATE),
    Column(name="relates_to_period", kind=Kind.IDENTIFIER),
    Column(name="reversal_of", kind=Kind.INTEGER),
    Column(name="narration", kind=Kind.TEXT),
    Column(name="change_number", kind=Kind.INTEGER),
    Column(name="recorded_at", kind=Kind.TIME),
    Column(name="recorded_by", kind=Kind.TEXT),
    Column(name="change_reason", kind=Kind.TEXT),
)
COLUMNS = (
    Column(name="period", kind=Kind.IDENTIFIER),
    Column(name="account_code", kind=Kind.IDENTIFIER),
    Column(name="party", kind=Kind.IDENTIFIER),
    Column(name="asset", kind=Kind.IDENTIFIER),
    Column(name="row_type", kind=Kind.IDENTIFIER),
    *(
        Column(name=name, kind=Kind.AMOUNT, commodity_column="asset", total=True)
        for name in BALANCE_FIGURES
    ),
    *ENTRY_COLUMNS,
)
BALANCE, CHANGED, LATER = "balance", "changed", "posted_later"
NOTES = (
    "A debit is positive. Rows of the type balance carry the figures, the others explain them.",
    "as_frozen + changed_since = as_now; as_now + posted_later = as_restated.",
    "changed: an entry dated in the month or before it, recorded after the close.",
    "posted_later: an entry dated after the month that relates to it or to one before, by itself"
    " or through the entry that it reverses.",
)

ENTRIES = """
    SELECT p.account, coalesce(p.party, '') AS party, p.commodity, sum(p.amount) AS amount,
        CASE WHEN e.effective_date <= CAST(:until AS date) THEN 'changed'
            ELSE 'posted_later' END AS row_type,
        e.number, e.reference, e.kind, e.effective_date, e.relates_to_period, e.reverses,
        e.narration, c.number AS change_no, c.recorded_at, c.actor, c.reason
    FROM journal_entries e JOIN postings p ON p.entry_number = e.number
    JOIN changes c ON c.number = e.change_no
    LEFT JOIN journal_entries o ON o.number = e.reverses
    WHERE e.number <= :entry_last AND (
        (e.effective_date <= CAST(:until AS date) AND e.number > :frozen_last)
        OR (e.effective_date > CAST(:until AS date) AND (
            least(e.relates_to_period, o.relates_to_period) COLLATE "C" <= :month
            OR o.effective_date <= CAST(:until AS date))))
    GROUP BY p.account, coalesce(p.party, ''), p.commodity, e.number, e.reference, e.kind,
        e.effective_date, e.relates_to_period, e.reverses, e.narration,
        c.number, c.recorded_at, c.actor, c.reason
    HAVING sum(p.amount) <> 0
    ORDER BY e.effective_date > CAST(:until AS date), e.number
"""

Key: TypeAlias = tuple[str, str, str]
"""Account, party (blank for none) and commodity."""


class MonthNotClosed(Conflict):
    """A month that was never closed, as far as is known: nothing of it was reported."""

    code = "month_not_closed"

    def __init__(self, month: str, known: int) -> None:
        self.month = month
        super().__init__(
            f"{month} was not closed as of change {known}.",
            mend=f"Close it: feeshare month close {month}; or look at it as it is: "
            f"feeshare report trial-balance --period {month}",
        )


class DifferenceUnexplained(NeedsReview):
    """A balance that differs from what was frozen by more or less than its entries."""

    code = "difference_unexplained"

    def __init__(self, unexplained: Mapping[Key, "Line"]) -> None:
        self.keys = tuple(unexplained)
        super().__init__(
            "Entries do not explain the difference between what was frozen and what stands:\n"
            + "\n".join(
                f"- {' '.join(part for part in key if part)}: frozen {plain(line.frozen)}, "
                f"now {plain(line.now)}, entries since sum to {plain(line.changed)}"
                for key, line in unexplained.items()
            ),
            mend="Somebody wrote past the books. Run: feeshare audit verify",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One account, party and commodity: as frozen, as it stands, and what entries sum to."""

    frozen: Decimal
    now: Decimal
    entries: Sequence[Row[Any]]

    @property
    def changed(self) -> Decimal:
        """Return what entries that were recorded since the close move the balance by."""
        return self._sum_of(CHANGED)

    @property
    def later(self) -> Decimal:
        """Return what entries that are dated later restate the balance by."""
        return self._sum_of(LATER)

    @property
    def difference(self) -> Decimal:
        """Return what stands now less what was frozen."""
        return CONTEXT.subtract(self.now, self.frozen)

    def _sum_of(self, row_type: str) -> Decimal:
        found = sums((each.row_type, each.amount) for each in self.entries)
        return found.get(row_type, ZERO)


def build(session: Session, asked: Asked, made_at: datetime) -> Report:
    """Return a closed month as one of its closes froze it against the same month now.

    Raises:
        MonthNotClosed: it was never closed, as far as is known.
        UnknownReference: it has no close of the number asked for.
        DifferenceUnexplained: a difference is not what the entries between sum to.
    """
    limits = scope(session, asked)
    closing = close_asked(session, limits)
    change = session.get_one(ChangeRow, closing.change_no)
    then = frozen(session, closing.period, closing.close_no)
    lines = read(session, limits, then, change.entry_last)
    unexplained = {key: line for key, line in lines.items() if line.difference != line.changed}
    if unexplained:
        raise DifferenceUnexplained(unexplained)
    hashes = {
        "hash_of_the_close": closing.trial_balance_hash or "",
        "hash_of_frozen_balances": trial_balance_hash(then),
        "hash_of_postings_known_then": trial_balance_hash(
            summed(session, until=limits.until, entry_last=change.entry_last)
        ),
    }
    return Report(
        name="as-reported",
        title=f"{limits.month} as reported",
        columns=COLUMNS,
        rows=list(rows_of(limits.month, lines)),
        sorted_by=("account_code", "party", "asset", "row_type", "journal_id"),
        filters=(*limits.filters, ("close", str(closing.close_no))),
        head_number=limits.head.number,
        head_hash=limits.head_hash,
        made_at=made_at,
        notes=NOTES,
        facts=(
            *(told(session, event) for event in known_events(session, limits)),
            *hashes.items(),
        ),
        tie_outs=tie_outs(lines, hashes),
    )


def close_asked(session: Session, limits: Scope) -> PeriodEvent:
    """Return the close that is asked for, else the newest: it is what was reported last."""
    closes = {
        event.close_no: event for event in known_events(session, limits) if event.event == "closed"
    }
    if not closes:
        raise MonthNotClosed(limits.month, limits.head.number)
    number = max(closes) if limits.asked.close is None else limits.asked.close
    if number not in closes:
        raise UnknownReference(
            f"close of {limits.month}",
            str(number),
            mend=f"It has 1 to {max(closes)}: feeshare month status {limits.month}",
        )
    return closes[number]


def known_events(session: Session, limits: Scope) -> list[PeriodEvent]:
    """Return how often the month was closed and reopened by then, in that order."""
    found = events(session, limits.since)
    return [event for event in found if event.change_no <= limits.head.number]


def read(
    session: Session, limits: Scope, then: Sequence[Balance], frozen_last: int
) -> dict[Key, Line]:
    """Return every account that was frozen, stands now or is restated, in order."""
    was = keyed(then)
    stands = keyed(summed(session, until=limits.until, entry_last=limits.head.entry_last))
    between: dict[Key, list[Row[Any]]] = {}
    for row in fetch(session, ENTRIES, **limits.parameters, frozen_last=frozen_last):
        between.setdefault((row.account, row.party, row.commodity), []).append(row)
    return {
        key: Line(
            frozen=was.get(key, ZERO), now=stands.get(key, ZERO), entries=between.get(key, [])
        )
        for key in sorted({*was, *stands, *between})
    }


def keyed(found: Sequence[Balance]) -> dict[Key, Decimal]:
    """Return balances by account, party and commodity."""
    return {(row.account, row.party, row.commodity): row.balance for row in found}


def rows_of(month: str, lines: Mapping[Key, Line]) -> Iterator[tuple[Cell, ...]]:
    """Return the rows of each balance, followed by the entries that explain it."""
    for (account, party, commodity), line in lines.items():
        named = (month, account, party or None, commodity)
        restated = CONTEXT.add(line.now, line.later)
        figures = (line.frozen, line.changed, line.now, line.later, restated)
        yield (*named, BALANCE, *figures, *(None for _ in ENTRY_COLUMNS))
        for each in line.entries:
            yield (
                *named,
                each.row_type,
                *(None for _ in figures),
                each.amount,
                each.number,
                each.reference,
                each.kind,
                each.effective_date,
                each.relates_to_period,
                each.reverses,
                each.narration,
                each.change_no,
                each.recorded_at,
                each.actor,
                each.reason,
            )


def told(session: Session, event: PeriodEvent) -> tuple[str, str]:
    """Return who closed or reopened the month when, and why."""
    change = session.get_one(ChangeRow, event.change_no)
    name = "close" if event.event == "closed" else "reopening_of_close"
    at = time_text(change.recorded_at)
    return (
        f"{name}_{event.close_no}",
        f"{event.actor} in change {change.number} at {at}: {event.reason}",
    )


def tie_outs(lines: Mapping[Key, Line], hashes: Mapping[str, str]) -> tuple[TieOut, ...]:
    """Return the checks: differences to entries, whole books to zero, three hashes to one."""

    def total(figure: str) -> Sums:
        return sums((key[2], getattr(line, figure)) for key, line in lines.items())

    def size(figure: str) -> Sums:
        return sums((key[2], CONTEXT.abs(getattr(line, figure))) for key, line in lines.items())

    return (
        *ties(
            "sum of all accounts' differences = sum of what entries explain of each",
            size("difference"),
            size("changed"),
        ),
        *ties("as frozen: debits less credits of all accounts", total("frozen"), {}),
        *ties("as now: debits less credits of all accounts", total("now"), {}),
        *ties("posted later: debits less credits of all accounts", total("later"), {}),
        count_tie(
            "distinct hashes: the close's, of its frozen balances, of postings known then",
            len(set(hashes.values())),
            1,
        ),
    )
