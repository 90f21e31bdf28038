"""Invoices: what exchanges owe for renewals and sponsorships, and the day by which they pay.

Law: a year is invoiced on the day it begins, and due the policy's days after it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import policies
from ledger.bank import IS_LIVE
from ledger.bank_tables import Match
from ledger.money import CONTEXT
from ledger.revenue.bounty_tables import Renewal
from ledger.revenue.prepaid import KINDS, PARTS, SPONSORSHIP, Kind, Prepaid, kind_of
from ledger.revenue.sponsorship_tables import Sponsorship, SponsorshipCredit
from ledger.rules import RULES

ZERO = Decimal(0)
PAYMENT_DAYS = "invoice-payment-days"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """A year that was invoiced, with what is still owed for it; `due_on` has no zone.

    `is_over` says that nothing of it can be given up any more: it ended, or was earned whole.
    """

    kind: str
    year: Prepaid
    open: Decimal
    due_on: date
    is_over: bool


def invoices(session: Session, *, open_only: bool = True) -> list[Invoice]:
    """Return the renewals and sponsorships with what is owed for each, the oldest year first.

    What is owed is what `prepaid.owed` says of one; here all are asked for at once.
    """
    due = due_days(session)
    given = {kind.name: _given(session, kind) for kind in KINDS}
    over = {kind.name: _over(session, kind) for kind in KINDS}
    found = []
    for year in (*session.scalars(select(Renewal)), *session.scalars(select(Sponsorship))):
        kind = kind_of(year).name
        left = CONTEXT.subtract(year.amount, given[kind].get(year.id, ZERO))
        if left or not open_only:
            found.append(
                Invoice(
                    kind=kind,
                    year=year,
                    open=left,
                    due_on=due(year.year_from),
                    is_over=year.id in over[kind],
                )
            )
    return sorted(found, key=lambda each: (each.year.year_from, each.kind, each.year.id))


def due_days(session: Session) -> Callable[[date], date]:
    """Return a function from the day a year begins to the day by which its invoice is paid.

    Where no version of the policy is in force, as in books before it was loaded, that is its
    first default.
    """

    @cache
    def due(year_from: date) -> date:
        version = policies.version_in_force(session, PAYMENT_DAYS, year_from)
        days = RULES[PAYMENT_DAYS].defaults[0][1] if version is None else json.loads(version.value)
        return year_from + timedelta(days=int(str(days)))

    return due


def _given(session: Session, kind: Kind) -> dict[str, Decimal]:
    """Return what was paid, credited and given up for each year of a kind, by its id."""
    parts = [
        select(Match.document, Match.amount).where(IS_LIVE, Match.kind == kind.payment),
        select(kind.ended_by, kind.ends.relieved),
    ]
    if kind is SPONSORSHIP:
        parts.append(select(SponsorshipCredit.sponsorship, SponsorshipCredit.amount))
    given: dict[str, Decimal] = {}
    for year, amount in (row for part in parts for row in session.execute(part)):
        given[year] = CONTEXT.add(given.get(year, ZERO), amount)
    return given


def _over(session: Session, kind: Kind) -> set[str]:
    """Return the years of a kind that ended or were earned whole."""
    earned = select(kind.earned_by).group_by(kind.earned_by).having(func.count() >= PARTS)
    return {*session.scalars(select(kind.ended_by)), *session.scalars(earned)}
