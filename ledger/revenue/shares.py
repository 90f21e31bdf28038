"""Maintainers' shares: the part of a statement that is theirs, and the sentence that derives it.

Law: pool = base times rate, rounded up to the payable unit; inside the pool the largest remainder.
Every obligation stores base, rate, weight and the version of the terms, so that it explains
itself. `ledger.revenue.accruals` puts them into the books.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from ledger.allocation import Share, divide, pool_of
from ledger.commodities import scale_of
from ledger.money import CONTEXT, plain
from ledger.months import last_day, parse_month
from ledger.revenue.agreements import TermsInForce, maintainer_rate, terms_on
from ledger.revenue.tables import Statement

KIND = "maintainer-share"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calculation:
    """How a statement's fee share was divided; the Foundation keeps `base` less `pool`."""

    statement: Statement
    terms: TermsInForce
    rate: Decimal
    pool: Decimal
    shares: Sequence[Share]


def calculate(session: Session, statement: Statement) -> Calculation:
    """Return how a statement divides under the terms of its month; the pool may be zero."""
    month_end = last_day(parse_month(statement.period))
    terms = terms_on(session, statement.agreement, month_end)
    rate = maintainer_rate(session, terms.terms, month_end)
    scale = scale_of(session, statement.commodity)
    pool = pool_of(statement.fee_share, rate, scale) if terms.weights else Decimal(0)
    return Calculation(
        statement=statement,
        terms=terms,
        rate=rate,
        pool=pool,
        shares=divide(pool, terms.weights, scale) if pool else (),
    )


def obligation_id(statement: str, payee: str) -> str:
    """Return the id of a maintainer's share of a statement."""
    return f"share:{statement}:{payee}"


def percent(fraction: Decimal) -> str:
    """Return a fraction as people write it: 0.2 is `20 %`."""
    return f"{plain(CONTEXT.multiply(fraction, Decimal(100)))} %"


def explain(calculation: Calculation, share: Share) -> str:
    """Return the sentence that derives a share from what is stored with it."""
    statement, terms = calculation.statement, calculation.terms.terms
    pool = f"{plain(calculation.pool)} {statement.commodity}"
    sentence = (
        f"{percent(calculation.rate)} of {plain(statement.fee_share)} {statement.commodity} "
        f"({terms.kind} agreement, terms {terms.version}) is a pool of {pool}"
    )
    if len(calculation.shares) == 1:
        return sentence
    return f"{sentence}; {percent(share.weight)} of it is {plain(share.quantity)}"
