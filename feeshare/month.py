"""The month: what is expected, what is missing, and whether it can be closed.

Law: a month closes when its statements are accepted or waived, its bank lines matched, and every
sub-ledger equals its control account. Obligations may still be unpaid: they are owed, and shown.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeshare.tie_outs import Check, tie_outs
from ledger import bank, periods, stretches
from ledger.errors import NeedsReview
from ledger.money import plain
from ledger.months import last_day, month_of
from ledger.revenue import accruals, agreements, shares, statements
from ledger.revenue.stated import stated, stated_in
from ledger.revenue.tables import Statement, StatementWaiver
from ledger.sealing import Change
from ledger.tables import PeriodEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A statement that an agreement makes expected for a month, and where it stands."""

    agreement: str
    exchange: str
    state: str
    statement: str | None
    next_action: str


def expected(session: Session, period: date) -> list[Expected]:
    """Return the statements that the agreements in force make expected for a month."""
    month = month_of(period)
    found = []
    for terms in agreements.in_force(session, last_day(period)):
        agreement = terms.agreement
        statement = session.scalars(
            select(Statement)
            .where(
                Statement.agreement == agreement.id,
                Statement.period == month,
                ~statements.rejected(),
            )
            .order_by(Statement.version.desc())
        ).first()
        state, action = _state(session, statement, agreement.id, month)
        found.append(
            Expected(
                agreement=agreement.id,
                exchange=agreement.exchange,
                state=state,
                statement=statement.id if statement else None,
                next_action=action,
            )
        )
    return found


def _state(
    session: Session, statement: Statement | None, agreement: str, month: str
) -> tuple[str, str]:
    if statement is None:
        waiver = session.get(StatementWaiver, (agreement, month))
        if waiver is not None:
            return "waived", ""
        return "missing", "feeshare import FILE, or feeshare month waive"
    now = stated(session, agreement, month)
    if now is not None and now.statement.id == statement.id:
        if not now.amount:
            return "missing", "feeshare import FILE: what was accepted was taken back"
        return "accepted", ""
    return "staged", f"feeshare review accept {statement.id}"


def waive_missing(
    change: Change, period: date, *, reason: str, only: Sequence[str] = ()
) -> list[str]:
    """Record that a month's missing statements will not come; return the agreements."""
    waived = []
    for each in expected(change.session, period):
        wanted = not only or each.agreement in only or each.exchange in only
        if each.state == "missing" and wanted:
            statements.waive(change, each.agreement, month_of(period), reason=reason)
            waived.append(each.agreement)
    return waived


def checks(session: Session, period: date) -> list[Check]:
    """Return everything that must hold before a month closes, in the order to look at it."""
    return [
        *_statement_checks(session, period),
        _line_check(session, period),
        _bank_statement_check(session, period),
        *tie_outs(session),
    ]


def history(session: Session, period: date) -> list[Check]:
    """Return each close and reopening of a month, with the hash that the close froze."""
    return [
        Check(
            name=f"{event.event}, close {event.close_no}",
            result=f"by {event.actor} in change {event.change_no}"
            + (f", trial balance {event.trial_balance_hash}" if event.trial_balance_hash else ""),
            holds=True,
        )
        for event in periods.events(session, period)
    ]


def close(change: Change, period: date, *, reason: str) -> tuple[PeriodEvent, bool]:
    """Close a month once all its checks hold; say whether it was open until now.

    Raises:
        NeedsReview: some do not; each is named with what to do.
        Conflict: an earlier month is open, or the month was closed with a later one.
    """
    known = periods.closing(change.session, period)
    if known is not None:
        return known, False
    wrong = [check for check in checks(change.session, period) if not check.holds]
    if wrong:
        raise NeedsReview(
            f"{month_of(period)} cannot be closed yet:\n"
            + "\n".join(f"- {check.name}: {check.result}" for check in wrong),
            mend="\n".join(dict.fromkeys(c.next_action for c in wrong if c.next_action)),
        )
    return periods.close(change, period, reason=reason), True


def _statement_checks(session: Session, period: date) -> Iterator[Check]:
    rows = expected(session, period)
    counts = {
        state: sum(row.state == state for row in rows)
        for state in ("accepted", "waived", "staged", "missing")
    }
    open_rows = [row for row in rows if row.state in ("staged", "missing")]
    yield Check(
        name="statements",
        result=f"{len(rows)} expected = "
        + " + ".join(f"{count} {state}" for state, count in counts.items() if count),
        holds=not open_rows,
        next_action="\n".join(dict.fromkeys(row.next_action for row in open_rows)),
    )
    unaccrued = [
        each.document
        for each in stated_in(session, month_of(period))
        if each.amount
        and shares.calculate(session, each.statement).passed_on
        and not accruals.shares_of(session, each)
    ]
    yield Check(
        name="shares accrued",
        result="all" if not unaccrued else ", ".join(unaccrued),
        holds=not unaccrued,
        next_action=f"feeshare accrue {month_of(period)}",
    )


def _line_check(session: Session, period: date) -> Check:
    lines = bank.open_lines(session, until=last_day(period))
    return Check(
        name="bank lines matched",
        result="all"
        if not lines
        else ", ".join(f"{line.id} {plain(left)} {line.commodity}" for line, left in lines),
        holds=not lines,
        next_action=f"feeshare reconcile {month_of(period)}; feeshare match LINE DOCUMENT",
    )


def _bank_statement_check(session: Session, period: date) -> Check:
    gaps = [gap.sentence() for gap in stretches.gaps(session, until=last_day(period))]
    wrong = gaps + [each.message for each in stretches.differences(session)]
    return Check(
        name="bank statements follow on",
        result="all" if not wrong else "; ".join(wrong),
        holds=not wrong,
        next_action="feeshare import FILE, the bank's statement of the days that are missing",
    )
