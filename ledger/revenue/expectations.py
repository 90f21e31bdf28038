"""Expectations: which statements and payments agreements make expected, and by what day.

Law: what is expected follows from the terms in force at a month's end alone; what came, from the
statements and receipts that are in the books.
"""

from collections.abc import Callable
from datetime import date
from functools import cache

from sqlalchemy.orm import Session

from ledger.months import last_day, parse_month
from ledger.revenue import agreements
from ledger.revenue.agreements import TermsInForce


def expected_of(session: Session, period: date) -> list[tuple[TermsInForce, date]]:
    """Return the terms in force at a month's end, each with the day its statement is expected by.

    A month is given by its first day.
    """
    return [
        (terms, agreements.expected_by(session, terms, period))
        for terms in agreements.in_force(session, last_day(period))
    ]


def payment_due(session: Session) -> Callable[[str, str], date]:
    """Return a function from an agreement and a month (`2023-10`) to the day its money is due.

    Without terms in force at the month's end, that is the day.
    """

    @cache
    def terms_by_agreement(period: date) -> dict[str, TermsInForce]:
        found = agreements.in_force(session, last_day(period))
        return {terms.agreement.id: terms for terms in found}

    @cache
    def due(agreement: str, month: str) -> date:
        period = parse_month(month)
        terms = terms_by_agreement(period).get(agreement)
        if terms is None:
            return last_day(period)
        return agreements.payment_due(session, terms, period)

    return due
