"""Receivables ageing (R08): what is open of each statement and invoice, by days since it was due.

Law: what is open is made of statements, invoices, matches, fees, credits and write-offs, never of
postings, and sums to the control accounts; each counts from its entry's effective day on.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ledger.accounts import Chart
from ledger.months import last_day, month_of, parse_month
from ledger.revenue import exceptions
from ledger.revenue.expectations import payment_due
from ledger.revenue.invoices import due_days
from reports import ageing, prepaid_years
from reports.in_force import IN_FORCE
from reports.query import Asked, Scope, fetch, scope
from reports.report import Cell, Column, Kind, Report, TieOut
from reports.ties import ZERO, Sums, sums, ties

COLUMNS = (
    Column(name="sponsor", kind=Kind.TEXT),
    Column(name="kind", kind=Kind.IDENTIFIER),
    Column(name="agreement_id", kind=Kind.IDENTIFIER),
    Column(name="document_date", kind=Kind.DATE),
    Column(name="document_id", kind=Kind.IDENTIFIER),
    Column(name="due_date", kind=Kind.DATE),
    Column(name="currency", kind=Kind.IDENTIFIER),
    Column(name="stated", kind=Kind.AMOUNT, commodity_column="currency", total=True),
    Column(name="received", kind=Kind.AMOUNT, commodity_column="currency", total=True),
    Column(name="written_off", kind=Kind.AMOUNT, commodity_column="currency", total=True),
    Column(name="open", kind=Kind.AMOUNT, commodity_column="currency", total=True),
    Column(name="credit", kind=Kind.AMOUNT, commodity_column="currency", total=True),
    *ageing.columns("currency"),
    Column(name="owner", kind=Kind.IDENTIFIER),
    Column(name="note", kind=Kind.TEXT),
)
NOTES = (
    "open less credit = stated - received - written_off. received has the fees kept back from it.",
    "credit is what came too much and was not used for another statement or returned.",
    "kind: fee share, of a statement; renewal or sponsorship, of an invoice. An invoice is stated "
    "on the day its year begins; received has what was credited towards it, written_off what of "
    "it is no longer owed.",
    "Ages count from due_date to the as-of day, or to the day of the last change that was read.",
    "What is paid in full is left out. Left out: reporting_open.",
)

OPEN = f"""
    WITH live AS (
        SELECT number FROM journal_entries
        WHERE number <= :entry_last AND effective_date <= CAST(:until AS date)
    ), {IN_FORCE}, stated AS (
        SELECT * FROM in_force
    ), came AS (
        SELECT document, sum(amount) AS amount FROM (
            SELECT m.document, m.amount + coalesce(d.amount, 0) AS amount FROM matches m
            LEFT JOIN match_differences d ON d.bank_line = m.bank_line AND d.number = m.number
                AND d.kind IN ('network-fee', 'bank-fee', 'fx')
            WHERE m.kind = 'statement' AND m.entry_number IN (SELECT number FROM live)
                AND NOT EXISTS (SELECT 1 FROM match_releases r WHERE r.bank_line = m.bank_line
                    AND r.number = m.number AND r.entry_number IN (SELECT number FROM live))
            UNION ALL SELECT used_for, amount FROM credit_uses
            WHERE used_for IS NOT NULL AND entry_number IN (SELECT number FROM live)
            UNION ALL SELECT document, -amount FROM credit_uses
            WHERE entry_number IN (SELECT number FROM live)) moved
        GROUP BY 1
    ), given_up AS (
        SELECT document, sum(amount) AS amount FROM (
            SELECT o.document, o.amount FROM write_offs o
            JOIN write_off_confirmations c ON c.write_off = o.id
            WHERE c.entry_number IN (SELECT number FROM live)
            UNION ALL SELECT o.document, -r.amount FROM write_off_recoveries r
            JOIN write_offs o ON o.id = r.write_off
            WHERE r.entry_number IN (SELECT number FROM live)) moved
        GROUP BY 1
    )
    SELECT x.name AS sponsor, s.agreement, s.period, s.id AS document, s.commodity,
        s.amount AS stated, coalesce(c.amount, 0) AS received,
        coalesce(g.amount, 0) AS written_off,
        greatest(s.amount - coalesce(c.amount, 0) - coalesce(g.amount, 0), 0) AS open,
        greatest(coalesce(c.amount, 0) + coalesce(g.amount, 0) - s.amount, 0) AS credit,
        (SELECT owner FROM exception_assignments o WHERE o.exception = 'receivable:' || s.id
            ORDER BY number DESC LIMIT 1) AS owner,
        coalesce((SELECT n.text FROM exception_notes n
            WHERE n.exception = 'receivable:' || s.id ORDER BY number DESC LIMIT 1),
            (SELECT string_agg(DISTINCT d.kind, ', ' ORDER BY d.kind) FROM match_differences d
            JOIN matches m ON m.bank_line = d.bank_line AND m.number = d.number
            WHERE m.document = s.id AND d.kind IN ('short-pay', 'unknown')
                AND m.entry_number IN (SELECT number FROM live)
                AND NOT EXISTS (SELECT 1 FROM match_releases r
                    WHERE r.bank_line = m.bank_line AND r.number = m.number))) AS note
    FROM stated s JOIN agreements a ON a.id = s.agreement JOIN parties x ON x.id = a.exchange
    LEFT JOIN came c ON c.document = s.id LEFT JOIN given_up g ON g.document = s.id
    WHERE CAST(:month AS text) IS NULL OR s.period = :month
    ORDER BY x.name COLLATE "C", s.agreement COLLATE "C", s.period, s.id COLLATE "C"
"""  # noqa: S608 - a part of the service's own SQL

CONTROL = """
    SELECT p.account, p.commodity, sum(p.amount) AS amount FROM postings p
    JOIN journal_entries e ON e.number = p.entry_number
    WHERE p.account = ANY(:accounts) AND e.kind <> 'opening'
        AND p.entry_number <= :entry_last AND p.effective_date <= CAST(:until AS date)
        AND (CAST(:month AS text) IS NULL OR (p.document, p.account) IN (
            SELECT id, a FROM statements, unnest(CAST(:of_statements AS text[])) a
                WHERE period = :month
            UNION ALL SELECT id, :of_renewals FROM renewals
                WHERE to_char(year_from, 'YYYY-MM') = :month
            UNION ALL SELECT id, :of_sponsorships FROM sponsorships
                WHERE to_char(year_from, 'YYYY-MM') = :month))
    GROUP BY 1, 2
"""


FEE_SHARE = "fee share"


def build(session: Session, asked: Asked, made_at: datetime) -> Report:
    """Return what exchanges owe for a month's statements and invoices, or for all, by age."""
    limits = scope(session, asked)
    found = fetch(session, OPEN, **limits.parameters)
    years = _years(session, limits)
    day = ageing.day_of(limits)
    rows = [*_statements(session, found, day), *_invoices(session, years, day)]
    return Report(
        name="receivables-ageing",
        title="Receivables by age",
        columns=COLUMNS,
        rows=sorted(rows, key=lambda row: tuple(str(cell or "") for cell in row[:5])),
        sorted_by=tuple(column.name for column in COLUMNS[:5]),
        filters=limits.filters,
        head_number=limits.head.number,
        head_hash=limits.head_hash,
        made_at=made_at,
        notes=NOTES,
        facts=(("aged_to", day.isoformat()),),
        tie_outs=_tie_outs(session, limits, found, years),
    )


def _years(session: Session, limits: Scope) -> list[Row[Any]]:
    """Return the invoiced years of the month that is asked for, or of all."""
    return [
        row
        for row in prepaid_years.years(session, limits)
        if limits.asked.period is None or month_of(row.year_from) == limits.month
    ]


def _statements(
    session: Session, found: Sequence[Row[Any]], day: date
) -> Iterator[tuple[Cell, ...]]:
    due = payment_due(session)
    for row in found:
        if row.open or row.credit:
            yield (
                row.sponsor,
                FEE_SHARE,
                row.agreement,
                last_day(parse_month(row.period)),
                row.document,
                due(row.agreement, row.period),
                row.commodity,
                row.stated,
                row.received,
                row.written_off,
                row.open,
                row.credit,
                *ageing.spread(row.open, (day - due(row.agreement, row.period)).days),
                row.owner,
                row.note,
            )


def _invoices(
    session: Session, years: Sequence[Row[Any]], day: date
) -> Iterator[tuple[Cell, ...]]:
    due = due_days(session)
    looking_after, notes = exceptions.owners(session), exceptions.last_notes(session)
    for row in years:
        if row.open:
            yield (
                row.sponsor,
                row.kind,
                None,
                row.year_from,
                row.id,
                due(row.year_from),
                row.commodity,
                row.amount,
                row.paid + row.credited,
                row.relieved,
                row.open,
                ZERO,
                *ageing.spread(row.open, (day - due(row.year_from)).days),
                looking_after.get(f"{row.kind}:{row.id}"),
                notes.get(f"{row.kind}:{row.id}"),
            )


def _tie_outs(
    session: Session, limits: Scope, found: Sequence[Row[Any]], years: Sequence[Row[Any]]
) -> tuple[TieOut, ...]:
    owed, credit = Chart.RECEIVABLE_FEE_SHARE.value, Chart.EXCHANGE_CREDIT.value
    renewals, sponsorships = prepaid_years.RECEIVABLE
    control = fetch(
        session,
        CONTROL,
        **limits.parameters,
        accounts=[owed, credit, renewals, sponsorships],
        of_statements=[owed, credit],
        of_renewals=renewals,
        of_sponsorships=sponsorships,
    )

    def held(account: str) -> Sums:
        return sums((row.commodity, row.amount) for row in control if row.account == account)

    def open_of(kind: str) -> Sums:
        return sums((row.commodity, row.open) for row in years if row.kind == kind)

    return (
        *ties(
            "open = control account of receivables",
            sums((row.commodity, row.open) for row in found),
            held(owed),
        ),
        *ties(
            "credit = control account of exchanges' credits",
            sums((row.commodity, row.credit) for row in found),
            {commodity: ZERO - amount for commodity, amount in held(credit).items()},
        ),
        *ties("open = control account of renewals", open_of("renewal"), held(renewals)),
        *ties(
            "open = control account of sponsorships", open_of("sponsorship"), held(sponsorships)
        ),
    )
