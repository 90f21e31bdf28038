"""The history of bounties: what the public tracker says of the time before the books.

Law: it is history, never a liability: no recipient, day or transaction is known, and nothing is
posted. A row without a fault counts; one with a fault waits until another person than whoever
loaded it accepts or rejects it. No two rows are ever made one.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import evidence
from ledger.encoding import text_of
from ledger.errors import BadInput, Problem
from ledger.money import CONTEXT
from ledger.people_tables import Party, PartyAlias
from ledger.revenue.bounty_history_findings import FOUNDATION, Finding, HistoryRow, findings
from ledger.revenue.bounty_history_tables import BountyHistory, BountyHistoryDecision
from ledger.sealing import Change
from ledger.users import require_second_person
from ledger.validation import require_evidence

TOLD = tuple(field.name for field in fields(HistoryRow))
PAID = "paid"
"""The status, in lower case, of a bounty that was paid; one of any other status was not."""


class Standing(StrEnum):
    """Whether a row counts."""

    ACCEPTED = "accepted"
    WAITING = "waiting"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryStanding:
    """The newest version of a row, what is wrong with it, and what was decided of it.

    `funded_by` is `foundation`, the id of an exchange, or blank where no such name is known.
    """

    history: BountyHistory
    findings: Sequence[Finding]
    decision: BountyHistoryDecision | None
    funded_by: str

    @property
    def standing(self) -> Standing:
        """Return whether it counts: by a person's word, else by having no fault."""
        if self.decision is not None:
            return Standing(self.decision.verdict)
        return Standing.WAITING if self.findings else Standing.ACCEPTED

    @property
    def is_paid(self) -> bool:
        """Return whether the tracker says that it was paid."""
        return self.history.status.casefold() == PAID


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What became of a file's rows; `absent` are the numbers of rows that it has no longer."""

    new: int
    restated: int
    known: int
    absent: Sequence[int]


def record(
    change: Change, rows: Sequence[tuple[int, HistoryRow, str]], content: bytes, file_name: str
) -> Recorded:
    """Record the rows of a file: each new one, and each that is told otherwise as a next version.

    Args:
        change: the open change.
        rows: where each stands in the file, what it tells, and its source.
        content: the file's bytes, which are kept as evidence.
        file_name: what the file is called.
    """
    newest = {each.row: each for each in newest_of(change.session)}
    absent = sorted(newest.keys() - {row.row for _, row, _ in rows})
    if evidence.is_kept(change.session, content):
        # What it told may have been restated since; to load it again is not to say it again.
        return Recorded(new=0, restated=0, known=len(rows), absent=absent)
    digest = evidence.keep(change, content, file_name)
    told = [
        (newest[row.row].version if row.row in newest else 0, place, row, source)
        for place, row, source in rows
        if row.row not in newest or told_by(newest[row.row]) != row
    ]
    for version, place, row, source in told:
        change.add(
            BountyHistory(
                **{name: getattr(row, name) for name in TOLD},
                version=version + 1,
                source=source,
                evidence=digest,
                evidence_row=place,
                loaded_by=change.actor,
            )
        )
    restated = sum(version > 0 for version, *_ in told)
    return Recorded(
        new=len(told) - restated,
        restated=restated,
        known=len(rows) - len(told),
        absent=absent,
    )


def decide(
    change: Change, numbers: Collection[int], verdict: Standing, *, reason: str
) -> list[BountyHistory]:
    """Accept or reject rows by their numbers; return those of which that was not so already.

    Raises:
        BadInput: no reason, or a number that no row has; every one is named.
        Denied: a person who only reads or maintains, or who loaded one of the rows.
    """
    require_evidence(reason, f"rows {' '.join(map(str, sorted(numbers)))}")
    known = {each.history.row: each for each in standings(change.session)}
    problems = [
        Problem(
            code="reference_unknown",
            place="row",
            value=str(number),
            expected="the number of a row that is loaded",
            mend="See: feeshare bounty history list",
        )
        for number in sorted(numbers)
        if number not in known
    ]
    if problems:
        raise BadInput(problems)
    wanted = [known[number] for number in sorted(numbers) if known[number].standing != verdict]
    for each in wanted:
        require_second_person(
            change.session,
            change.actor,
            each.history.loaded_by,
            f"loaded row {each.history.row}",
            then="settles it",
        )
        change.add(
            BountyHistoryDecision(
                row=each.history.row,
                version=each.history.version,
                number=each.decision.number + 1 if each.decision else 1,
                verdict=verdict.value,
                reason=reason,
                decided_by=change.actor,
            )
        )
    return [each.history for each in wanted]


def standings(session: Session) -> list[HistoryStanding]:
    """Return how the newest version of every row stands, by row."""
    versions = all_of(session)
    newest = {each.row: each for each in versions}
    restated = {
        earlier.row: _difference(earlier, newest[earlier.row])
        for earlier in versions
        if earlier.version == newest[earlier.row].version - 1
    }
    exchanges = _exchanges(session)
    wrong = findings(
        [told_by(each) for each in newest.values()],
        funders=exchanges.keys(),
        restated=restated,
    )
    decisions = {
        (each.row, each.version): each
        for each in session.scalars(
            select(BountyHistoryDecision).order_by(BountyHistoryDecision.number)
        )
    }
    return [
        HistoryStanding(
            history=each,
            findings=wrong.get(row, ()),
            decision=decisions.get((row, each.version)),
            funded_by=FOUNDATION
            if each.funder.casefold() == FOUNDATION
            else exchanges.get(each.funder.casefold(), ""),
        )
        for row, each in newest.items()
    ]


def all_of(session: Session) -> list[BountyHistory]:
    """Return every version of every row, by row and version."""
    return list(
        session.scalars(select(BountyHistory).order_by(BountyHistory.row, BountyHistory.version))
    )


def newest_of(session: Session) -> list[BountyHistory]:
    """Return the newest version of every row, by row."""
    return list({each.row: each for each in all_of(session)}.values())


def sums(rows: Iterable[HistoryStanding]) -> dict[str, Decimal]:
    """Return the sum by commodity, each in its own."""
    found: dict[str, Decimal] = {}
    for each in rows:
        of = each.history
        found[of.commodity] = CONTEXT.add(found.get(of.commodity, Decimal(0)), of.amount)
    return dict(sorted(found.items()))


def told_by(history: BountyHistory) -> HistoryRow:
    """Return what a row tells, apart from where and when it was told."""
    return HistoryRow(**{name: getattr(history, name) for name in TOLD})


def _difference(earlier: BountyHistory, later: BountyHistory) -> str:
    return ", ".join(
        f"{name} was {text_of(getattr(earlier, name)) or 'blank'}"
        for name in TOLD
        if getattr(earlier, name) != getattr(later, name)
    )


def _exchanges(session: Session) -> dict[str, str]:
    """Return the ids of exchanges by each of their names, in lower case."""
    rows = session.execute(
        select(PartyAlias.alias, PartyAlias.party)
        .join(Party, Party.id == PartyAlias.party)
        .where(Party.kind == "exchange")
    )
    return {row.alias: row.party for row in rows}
