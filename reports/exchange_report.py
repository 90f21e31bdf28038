"""Exchange report: one exchange's month as it would want to read it, whole, for its own eyes.

What it stated and paid, what is open, its volume, who keeps its connectors maintained, its
renewals and sponsorships, the deposits we hold for it, and the days to come. Law: everything
stands as of the month's end; what is open is what the control accounts hold for it.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from ledger import parties, policies
from ledger.accounts import Chart
from ledger.months import last_day, month_of
from ledger.revenue import upkeep, upkeep_facts, volumes
from ledger.revenue.connector_tables import Connector
from ledger.revenue.expectations import payment_due
from ledger.revenue.invoices import due_days
from ledger.revenue.tables import Agreement
from reports import prepaid_years
from reports.query import Asked, Scope, fetch, scope
from reports.receivables_ageing import OPEN
from reports.report import Cell, Column, Kind, Report
from reports.ties import count_tie, sums, ties

MONEY = ("stated", "paid", "open")
COLUMNS = (
    Column(name="section", kind=Kind.IDENTIFIER),
    Column(name="subject", kind=Kind.TEXT),
    Column(name="period", kind=Kind.IDENTIFIER),
    Column(name="currency", kind=Kind.IDENTIFIER),
    *(
        Column(name=name, kind=Kind.AMOUNT, commodity_column="currency", total=True)
        for name in MONEY
    ),
    Column(name="held", kind=Kind.AMOUNT, commodity_column="currency", total=True),
    Column(name="volume", kind=Kind.AMOUNT, commodity_column="currency"),
    Column(name="state", kind=Kind.IDENTIFIER),
    Column(name="until", kind=Kind.DATE),
    Column(name="document_id", kind=Kind.IDENTIFIER),
)
NOTES = (
    "Sections: fee share, volume, connector, renewal, sponsorship, deposit, next date.",
    "fee share: stated and paid of the month asked for, and of earlier ones of which something is "
    "open; paid has the fees kept back and what was written off.",
    "renewal, sponsorship: stated is what was invoiced, paid has what was credited or given up.",
    "deposit: held for the exchange's bounties. next date: of the 90 days after the month; what "
    "is to be paid, whatever its day.",
)
AHEAD = timedelta(days=90)

DEPOSITS = """
    SELECT p.document, p.commodity, -sum(p.amount) AS held FROM postings p
    WHERE p.account = :deposits AND p.party = :party AND p.entry_number <= :entry_last
        AND p.effective_date <= CAST(:until AS date)
    GROUP BY 1, 2 HAVING sum(p.amount) <> 0 ORDER BY p.document COLLATE "C", 2
"""

_Row: TypeAlias = tuple[Cell, ...]


def build(session: Session, asked: Asked, made_at: datetime) -> Report:
    """Return the month of one exchange, which may be named by any alias.

    Raises:
        UnknownReference: there is no such exchange.
    """
    limits = scope(session, asked)
    exchange = parties.named(session, asked.exchange or "", kind="exchange")
    day = min(limits.until, last_day(limits.since))
    owed = _owed(session, limits, exchange.name)
    years = prepaid_years.years(session, limits, exchange.id)
    held = fetch(
        session,
        DEPOSITS,
        **limits.parameters,
        party=exchange.id,
        deposits=Chart.BOUNTY_DEPOSITS.value,
    )
    kept = list(_connectors(session, exchange.name, day))
    recorded = select(func.count()).where(Connector.exchange == exchange.id)
    rows = [
        *_fee_share(owed, limits.month),
        *_volumes(session, exchange.id, limits.month),
        *kept,
        *_years(years),
        *(_row("deposit", row.document, None, row.commodity, held=row.held) for row in held),
        *_next_dates(session, exchange.name, owed, years, day),
    ]
    receivable = [Chart.RECEIVABLE_FEE_SHARE.value]
    return Report(
        name="exchange-report",
        title=f"{exchange.name}, {limits.month}",
        columns=COLUMNS,
        rows=rows,
        sorted_by=("section",),
        filters=limits.filters,
        head_number=limits.head.number,
        head_hash=limits.head_hash,
        made_at=made_at,
        notes=NOTES,
        tie_outs=(
            *ties(
                "open fee share = control account of the exchange",
                sums((row.commodity, row.open) for row in owed),
                prepaid_years.balance_of(session, limits, receivable, exchange.id),
            ),
            *prepaid_years.tie_outs(session, limits, years, exchange.id),
            count_tie("connectors", len(kept), session.scalar(recorded) or 0),
        ),
    )


def _row(
    section: str,
    subject: str | None,
    period: str | None = None,
    currency: str | None = None,
    **cells: Cell,
) -> _Row:
    named = ("stated", "paid", "open", "held", "volume", "state", "until", "document_id")
    return (section, subject, period, currency, *(cells.get(name) for name in named))


def _owed(session: Session, limits: Scope, name: str) -> Sequence[Row[Any]]:
    """Return what an exchange stated for every month, with what is open of each."""
    parameters = limits.parameters | {"month": None}
    return [row for row in fetch(session, OPEN, **parameters) if row.sponsor == name]


def _fee_share(owed: Sequence[Row[Any]], month: str) -> Iterator[_Row]:
    for row in owed:
        if row.period == month or row.open:
            yield _row(
                "fee share",
                row.agreement,
                row.period,
                row.commodity,
                stated=row.stated,
                paid=row.received + row.written_off,
                open=row.open,
                state="open" if row.open else "paid",
                document_id=row.document,
            )


def _volumes(session: Session, party: str, month: str) -> Iterator[_Row]:
    own = set(session.scalars(select(Agreement.id).where(Agreement.exchange == party)))
    for each in volumes.cross_checks(session):
        if each.agreement in own and each.period == month:
            yield _row(
                "volume",
                each.agreement,
                month,
                each.commodity,
                volume=each.volume,
                state=f"{each.source}, outlier" if each.outlier else each.source,
            )


def _connectors(session: Session, name: str, day: date) -> Iterator[_Row]:
    for each in upkeep_facts.upkeeps(session):
        if each.exchange == name:
            state = upkeep.state_on(each, day)
            yield _row(
                "connector",
                each.connector,
                state=state.word,
                until=state.until,
                document_id=state.document or None,
            )


def _years(years: Sequence[Row[Any]]) -> Iterator[_Row]:
    for row in sorted(years, key=lambda row: (row.kind, row.year_from, row.id)):
        yield _row(
            row.kind,
            row.connector or row.tier,
            month_of(row.year_from),
            row.commodity,
            stated=row.amount,
            paid=row.amount - row.open,
            open=row.open,
            state=row.how or "live",
            until=row.ended_on or upkeep.last_of_year(row.year_from),
            document_id=row.id,
        )


def _next_dates(
    session: Session,
    name: str,
    owed: Sequence[Row[Any]],
    years: Sequence[Row[Any]],
    day: date,
) -> Iterator[_Row]:
    """Yield when money is due, notices, decisions and ends of the days to come, in their order."""
    due, invoice_due = payment_due(session), due_days(session)
    notice_days = policies.in_force(session, "renewal-notice-days", day)
    found = [
        (due(row.agreement, row.period), "payment", row.agreement, row.document)
        for row in owed
        if row.open
    ]
    found += [
        (invoice_due(row.year_from), f"{row.kind} payment", row.connector or row.tier, row.id)
        for row in years
        if row.open
    ]
    own = [each for each in upkeep_facts.upkeeps(session) if each.exchange == name]
    found += [
        (each.on, each.kind, each.subject, None)
        for each in upkeep.due_dates(own, day, day + AHEAD, notice_days=notice_days)
    ]
    for on, kind, subject, document in sorted(found, key=lambda each: (each[0], *map(str, each))):
        yield _row("next date", subject, state=kind, until=on, document_id=document)
