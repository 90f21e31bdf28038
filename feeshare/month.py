"""The month: what is expected, what is missing, and whether it can be closed.

Law: a month closes when its statements are accepted or waived, its bank lines matched, and every
sub-ledger equals its control account. Obligations may still be unpaid: they are owed, and shown.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from ledger import bank, obligations, periods
from ledger.accounts import Chart
from ledger.balances import account_balance, balances
from ledger.errors import NeedsReview
from ledger.money import plain
from ledger.months import last_day, month_of
from ledger.revenue import agreements, receivables, statements
from ledger.revenue.tables import Statement, StatementWaiver
from ledger.sealing import Change
from ledger.tables import BankAccount, PeriodEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A statement that an agreement makes expected for a month, and where it stands."""

    agreement: str
    exchange: str
    state: str
    statement: str | None
    next_action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that must hold before a month closes, with its figures and what to do if not."""

    name: str
    result: str
    holds: bool
    next_action: str = ""


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
    is_accepted = session.scalar(
        select(func.count())
        .select_from(Statement)
        .where(Statement.id == statement.id, statements.accepted())
    )
    if is_accepted:
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
        *_tie_outs(session),
    ]


def close(change: Change, period: date, *, reason: str) -> PeriodEvent:
    """Close a month once all its checks hold.

    Raises:
        NeedsReview: some do not; each is named with what to do.
        Conflict: it is closed already, or an earlier month is open.
    """
    wrong = [check for check in checks(change.session, period) if not check.holds]
    if wrong:
        raise NeedsReview(
            f"{month_of(period)} cannot be closed yet:\n"
            + "\n".join(f"- {check.name}: {check.result}" for check in wrong),
            mend="\n".join(dict.fromkeys(c.next_action for c in wrong if c.next_action)),
        )
    return periods.close(change, period, reason=reason)


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
        statement.id
        for statement in statements.accepted_of(session, month_of(period))
        if agreements.terms_on(session, statement.agreement, last_day(period)).weights
        and statement.fee_share
        and not obligations.of_document(session, statement.id)
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


def _tie_outs(session: Session) -> Iterator[Check]:
    """Yield one check a control account and commodity: sub-ledger equals account, now."""
    owed: dict[str, Decimal] = {}
    for each in receivables.receivables(session):
        commodity = each.statement.commodity
        owed[commodity] = owed.get(commodity, Decimal(0)) + each.open
    yield from _ties(session, "fee share owed", Chart.RECEIVABLE_FEE_SHARE, owed)
    accrued: dict[str, Decimal] = {}
    for obligation in obligations.not_due(session):
        if obligation.kind == "maintainer-share":
            left = obligation.amount - obligations.amount_due(session, obligation)
            accrued[obligation.commodity] = accrued.get(obligation.commodity, Decimal(0)) - left
    yield from _ties(session, "shares not yet due", Chart.ACCRUED_MAINTAINER_SHARE, accrued)
    for account in session.scalars(select(BankAccount).order_by(BankAccount.id)):
        yield from _wallet_ties(session, account)
    yield from _cover(session)
    for account_code in (Chart.SUSPENSE, Chart.IN_TRANSIT):
        yield from _ties(session, f"{account_code} is empty", account_code, {})


def _ties(
    session: Session, name: str, account: Chart, sub_ledger: dict[str, Decimal]
) -> Iterator[Check]:
    commodities = sorted(
        set(sub_ledger)
        | {row.commodity for row in balances(session) if row.account == account.value}
    )
    for commodity in commodities:
        parts = sub_ledger.get(commodity, Decimal(0))
        control = account_balance(session, account.value, commodity)
        yield Check(
            name=name,
            result=f"{plain(parts)} = {plain(control)} {commodity}"
            if parts == control
            else f"{plain(parts)} {commodity} by document, {plain(control)} in the books",
            holds=parts == control,
            next_action="feeshare audit verify",
        )


_BANK_TOTALS = text("""
    SELECT commodity, coalesce(sum(books), 0) AS books, coalesce(sum(bank), 0) AS bank FROM (
        SELECT p.commodity, sum(p.amount) AS books, 0 AS bank FROM postings p
        JOIN journal_entries e ON e.number = p.entry_number AND e.kind <> 'opening'
        WHERE p.account = :account GROUP BY 1
        UNION ALL
        SELECT l.commodity, 0, sum(m.amount) FROM matches m
        JOIN bank_lines l ON l.id = m.bank_line
        WHERE l.bank_account = :bank_account AND NOT EXISTS (
            SELECT 1 FROM match_releases r
            WHERE r.bank_line = m.bank_line AND r.number = m.number)
        GROUP BY 1
    ) totals GROUP BY 1 ORDER BY 1
""")


def _wallet_ties(session: Session, account: BankAccount) -> Iterator[Check]:
    rows = session.execute(_BANK_TOTALS, {"account": account.account, "bank_account": account.id})
    for row in rows:
        yield Check(
            name=f"books = lines of {account.id}",
            result=f"{plain(row.books)} = {plain(row.bank)} {row.commodity}",
            holds=row.books == row.bank,
            next_action=f"feeshare report general-ledger --account {account.account}",
        )


def _cover(session: Session) -> Iterator[Check]:
    """Yield whether what we hold covers the bounty deposits, by commodity."""
    rows = balances(session)
    held: dict[str, Decimal] = {}
    for row in rows:
        if row.account.startswith(("assets:wallet:", "assets:bank:", "assets:exchange:")):
            held[row.commodity] = held.get(row.commodity, Decimal(0)) + row.balance
    for row in rows:
        if row.account == Chart.BOUNTY_DEPOSITS.value:
            have = held.get(row.commodity, Decimal(0))
            yield Check(
                name="deposits covered",
                result=f"{plain(have)} held, {plain(-row.balance)} {row.commodity} deposited",
                holds=have >= -row.balance,
                next_action="Find what left: feeshare report general-ledger",
            )
