"""The month: what is expected, what is missing, and whether it can be closed.

Law: a month closes when its statements are accepted or waived, its bank lines matched, its watched
wallets proved on their chains, and every sub-ledger equals its control account. Obligations may
still be unpaid: they are owed, and shown.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from chains import watches
from feeshare.chain_checking import unproved
from feeshare.tie_outs import Check, tie_outs
from ledger import bank, periods, stretches
from ledger.errors import NeedsReview
from ledger.money import plain
from ledger.months import last_day, month_of
from ledger.revenue import exceptions, months_in_parts, shares, statements
from ledger.revenue.expectations import ACCEPTED, HELD, MISSING, STAGED, WAIVED, Expected, expected
from ledger.revenue.receivables import Receivable, receivables
from ledger.revenue.standings import shares_of
from ledger.revenue.stated import stated_in
from ledger.sealing import Change
from ledger.tables import PeriodEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a month of an agreement stands: its statement, its money, and the one next action.

    `state` is `late` where a missing statement is overdue. `money` is blank until a statement is
    accepted; `open` is what is owed of it, `credit` what came too much.
    """

    expected: Expected
    state: str
    days_late: int
    next_action: str
    money: str = ""
    open: Decimal | None = None
    credit: Decimal | None = None
    commodity: str = ""
    due_on: date | None = None


def standings(session: Session, period: date, today: date) -> list[Standing]:
    """Return where each agreement that is in force stands with a month, by agreement."""
    owed = {
        each.stated.statement.agreement: each
        for each in receivables(session, open_only=False)
        if each.stated.statement.period == month_of(period)
    }
    return [_standing(each, owed.get(each.agreement), today) for each in expected(session, period)]


def _standing(each: Expected, owed: Receivable | None, today: date) -> Standing:
    late = each.days_late(today)
    action = next_action(each)
    if each.state != ACCEPTED or owed is None:
        state = "late" if each.state == MISSING and late else each.state
        if state == "late":
            action = f"remind {each.exchange}; {action}"
        return Standing(expected=each, state=state, days_late=late, next_action=action)
    money = _money(owed, today)
    if owed.credit:
        action = f"feeshare credit use {owed.stated.document} STATEMENT --reason …"
    elif owed.open:
        action = f"feeshare reconcile {month_of(today)}"
        if money.startswith("overdue"):
            action = f"remind {each.exchange}; {action}"
    return Standing(
        expected=each,
        state=each.state,
        days_late=late,
        next_action=action,
        money=money,
        open=owed.open,
        credit=owed.credit,
        commodity=owed.stated.statement.commodity,
        due_on=owed.due_on,
    )


def _money(owed: Receivable, today: date) -> str:
    """Return where the money of a statement stands: received, or whether it is due yet."""
    if not owed.open:
        return "written off" if owed.stated.written_off else "received"
    days = (today - owed.due_on).days
    state = "overdue" if days > 0 else "not due" if days < 0 else "due"
    return f"{state}, part-paid" if owed.open < owed.stated.collectable else state


def next_action(each: Expected) -> str:
    """Return what to do about a statement; nothing where it is accepted or waived."""
    if each.state == HELD:
        return f"feeshare review show {each.statement}"
    if each.state == STAGED:
        return f"feeshare review accept {each.statement}"
    if each.state != MISSING:
        return ""
    if each.statement is not None:
        return "feeshare import FILE: what was accepted was taken back"
    return "feeshare import FILE, or feeshare month waive"


def reminders(rows: Sequence[Standing], today: date) -> list[str]:
    """Return a text for each exchange that is late with statements or money, ready to be sent."""
    late: dict[str, list[str]] = {}
    for row in rows:
        each = row.expected
        if row.state == "late":
            late.setdefault(each.exchange, []).append(
                f"- the statement of {each.period} for {each.agreement}, which we expected by "
                f"{each.expected_by} ({row.days_late} days ago)"
            )
        elif row.money.startswith("overdue") and row.open is not None and row.due_on is not None:
            late.setdefault(each.exchange, []).append(
                f"- {plain(row.open)} {row.commodity} of {each.period} for {each.agreement}, "
                f"due on {row.due_on} ({(today - row.due_on).days} days ago)"
            )
    return [
        f"To: {exchange}\nSubject: Fee share, what is outstanding on {today}\n\n"
        "Our books still lack:\n\n" + "\n".join(lines) + "\n\n"
        "If it is on its way, please tell us when and under which reference. If you see it "
        "differently, please send your statement.\n"
        for exchange, lines in sorted(late.items())
    ]


def waive_missing(
    change: Change, period: date, *, reason: str, only: Sequence[str] = ()
) -> list[str]:
    """Record that a month's missing statements will not come; return the agreements."""
    waived = []
    for each in expected(change.session, period):
        wanted = not only or each.agreement in only or each.exchange in only
        if each.state == MISSING and wanted:
            statements.waive(change, each.agreement, month_of(period), reason=reason)
            waived.append(each.agreement)
    return waived


def checks(session: Session, period: date) -> list[Check]:
    """Return everything that must hold before a month closes, in the order to look at it."""
    return [
        *_statement_checks(session, period),
        _parts_check(session, period),
        _line_check(session, period),
        _bank_statement_check(session, period),
        *_chain_checks(session, period),
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
        for state in (ACCEPTED, WAIVED, STAGED, HELD, MISSING)
    }
    open_rows = [row for row in rows if row.state in {STAGED, HELD, MISSING}]
    yield Check(
        name="statements",
        result=f"{len(rows)} expected = "
        + " + ".join(f"{count} {state}" for state, count in counts.items() if count),
        holds=not open_rows,
        next_action="\n".join(dict.fromkeys(next_action(row) for row in open_rows)),
    )
    unaccrued = [
        each.document
        for each in stated_in(session, month_of(period))
        if each.amount
        and shares.calculate(session, each.statement, each.amount).passed_on
        and not shares_of(session, each)
    ]
    yield Check(
        name="shares accrued",
        result="all" if not unaccrued else ", ".join(unaccrued),
        holds=not unaccrued,
        next_action=f"feeshare accrue {month_of(period)}",
    )


def _parts_check(session: Session, period: date) -> Check:
    """Return whether every row that a part left out for another part is still in one."""
    missing = months_in_parts.missing_in(session, month_of(period))
    return Check(
        name="parts complete",
        result=", ".join(f"{each} lacks {count} rows" for each, count in missing.items()) or "all",
        holds=not missing,
        next_action="feeshare import FILE, the file of that part once more",
    )


def _line_check(session: Session, period: date) -> Check:
    """Return whether the bank lines are matched, but for what the policy lets stand open."""
    until = last_day(period)
    lines = bank.open_lines(session, until=until)
    beyond = exceptions.beyond_limit(session, until)
    listed = ", ".join(f"{line.id} {plain(left)} {line.commodity}" for line, left in lines)
    return Check(
        name="bank lines matched",
        result=f"{listed}{'' if beyond else ', within the limit'}" if lines else "all",
        holds=not beyond,
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


def _chain_checks(session: Session, period: date) -> Iterator[Check]:
    """Yield whether watched wallets hold what their chains say, if there are any."""
    if not watches.all_of(session):
        return
    wrong = unproved(session, last_day(period))
    yield Check(
        name="wallets proved on chain",
        result="all" if not wrong else "; ".join(wrong),
        holds=not wrong,
        next_action="feeshare chain scan; feeshare chain proof",
    )
