"""Renewals (R15): each year of upkeep or sponsorship, what came for it, what it rests on.

A year that was waived before it was invoiced, and one of which only a notice was sent, have rows
of their own without amounts.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ledger.money import quotient
from ledger.revenue.upkeep import last_of_year
from reports import prepaid_years
from reports.query import Asked, fetch, scope
from reports.report import Cell, Column, Kind, Report
from reports.ties import sums, ties

MONEY = ("invoiced", "credited", "paid", "open", "earned", "deferred", "given_up")
COLUMNS = (
    Column(name="sponsor", kind=Kind.TEXT),
    Column(name="kind", kind=Kind.IDENTIFIER),
    Column(name="connector", kind=Kind.TEXT),
    Column(name="tier", kind=Kind.IDENTIFIER),
    Column(name="document_id", kind=Kind.IDENTIFIER),
    Column(name="year_from", kind=Kind.DATE),
    Column(name="year_to", kind=Kind.DATE),
    Column(name="currency", kind=Kind.IDENTIFIER),
    *(
        Column(name=name, kind=Kind.AMOUNT, commodity_column="currency", total=True)
        for name in MONEY
    ),
    Column(name="ended", kind=Kind.IDENTIFIER),
    Column(name="ended_on", kind=Kind.DATE),
    Column(name="notice_sent_on", kind=Kind.DATE),
    Column(name="notice_sent_to", kind=Kind.TEXT),
    Column(name="waiver_basis", kind=Kind.IDENTIFIER),
    Column(name="waiver_basis_months", kind=Kind.INTEGER),
    Column(name="waiver_basis_month_avg", kind=Kind.AMOUNT),
    Column(name="waived", kind=Kind.FLAG),
    Column(name="evidence", kind=Kind.TEXT),
)
NOTES = (
    "open = invoiced - credited - paid - what is no longer owed; given_up is what was not earned.",
    "invoiced = earned + deferred + given_up, to the last unit.",
    "waiver_basis_month_avg is in USD: the decision's, or the provisional one of the notice.",
)

UPKEEP = """
    SELECT x.name AS sponsor, k.connector, k.year_from, d.outcome, d.renewal,
        n.sent_on, n.sent_to, n.evidence, b.id AS basis, b.months, b.total
    FROM (
        SELECT connector, year_from FROM renewal_decisions
        WHERE decided_on <= CAST(:until AS date)
        UNION SELECT connector, year_from FROM renewal_notices
        WHERE sent_on <= CAST(:until AS date)) k
    JOIN connectors c ON c.id = k.connector JOIN parties x ON x.id = c.exchange
    LEFT JOIN renewal_decisions d ON d.connector = k.connector AND d.year_from = k.year_from
        AND d.decided_on <= CAST(:until AS date)
    LEFT JOIN renewal_notices n ON n.connector = k.connector AND n.year_from = k.year_from
        AND n.sent_on <= CAST(:until AS date)
    JOIN waiver_bases b ON b.id = coalesce(d.basis, n.basis)
    ORDER BY x.name COLLATE "C", k.year_from, k.connector COLLATE "C"
"""

Told: TypeAlias = Mapping[tuple[str, date], Row[Any]]
"""Connector and year to what was noticed and decided of it."""


def build(session: Session, asked: Asked, made_at: datetime) -> Report:
    """Return every year as of a day, with its notice, its waiver and what they rest on."""
    limits = scope(session, asked)
    years = prepaid_years.years(session, limits)
    upkeep = fetch(session, UPKEEP, **limits.parameters)
    by_invoice = {row.renewal: row for row in upkeep if row.renewal}
    by_year = {(row.connector, row.year_from): row for row in upkeep}
    told = [by_invoice.get(row.id) or by_year.get((row.connector, row.year_from)) for row in years]
    rows = [_year(row, its) for row, its in zip(years, told, strict=True)]
    rows += [_without_invoice(row) for row in upkeep if row not in told]
    rows.sort(key=lambda row: (str(row[0]), str(row[5]), str(row[4] or ""), str(row[2] or "")))
    return Report(
        name="renewals",
        title="Renewals and sponsorships",
        columns=COLUMNS,
        rows=rows,
        sorted_by=("sponsor", "year_from", "document_id", "connector"),
        filters=limits.filters,
        head_number=limits.head.number,
        head_hash=limits.head_hash,
        made_at=made_at,
        notes=NOTES,
        tie_outs=(
            *prepaid_years.tie_outs(session, limits, years),
            *ties(
                "invoiced = earned + deferred + given up",
                sums((row.commodity, row.amount) for row in years),
                sums((row.commodity, part) for row in years for part in _parts(row)),
            ),
        ),
    )


def _parts(row: Row[Any]) -> Sequence[Decimal]:
    return (row.earned, row.deferred, row.relieved, row.returned, row.refunded)


def _year(row: Row[Any], told: Row[Any] | None) -> tuple[Cell, ...]:
    given_up = row.relieved + row.returned + row.refunded
    return (
        row.sponsor,
        row.kind,
        row.connector,
        row.tier,
        row.id,
        row.year_from,
        last_of_year(row.year_from),
        row.commodity,
        row.amount,
        row.credited,
        row.paid,
        row.open,
        row.earned,
        row.deferred,
        given_up,
        row.how,
        row.ended_on,
        *_told(told),
        None if row.kind != "renewal" else row.how == "waived",
        row.evidence,
    )


def _without_invoice(row: Row[Any]) -> tuple[Cell, ...]:
    return (
        row.sponsor,
        "renewal" if row.outcome else "notice",
        row.connector,
        None,
        None,
        row.year_from,
        last_of_year(row.year_from),
        *(None for _ in range(1 + len(MONEY))),
        None,
        None,
        *_told(row),
        None if row.outcome is None else row.outcome == "waived",
        row.evidence,
    )


def _told(row: Row[Any] | None) -> tuple[Cell, ...]:
    """Return the notice of a year, and the basis of its decision or notice."""
    if row is None:
        return (None, None, None, None, None)
    average = quotient(row.total, Decimal(row.months), 2) if row.months else None
    return (row.sent_on, row.sent_to, row.basis, row.months, average)
