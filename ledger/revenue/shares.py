"""Shares of a statement: what goes back to users, what is the maintainers', and why.

Law: the users' rebate comes off first, where we pay it; the maintainers' pool is a part of the
rest. Each is base times rate, rounded up to the payable unit; inside a pool the largest remainder.
Every obligation stores base, rate, weight and the version of the terms, so that it explains
itself. `ledger.revenue.accruals` puts them into the books.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from ledger.allocation import Share, divide, pool_of
from ledger.commodities import scale_of
from ledger.money import CONTEXT, plain
from ledger.months import last_day, parse_month
from ledger.revenue.agreements import TermsInForce, maintainer_rate, terms_on
from ledger.revenue.share_kinds import MAINTAINER_SHARE, USER_REBATE, ShareKind
from ledger.revenue.tables import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """How a base was divided for one kind of share; the pool is zero where nobody has one."""

    kind: ShareKind
    base: Decimal
    rate: Decimal
    pool: Decimal
    shares: Sequence[Share]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calculation:
    """How what a month comes to was divided; `amount` is that, in the statement's commodity."""

    statement: Statement
    amount: Decimal
    terms: TermsInForce
    rebate: Division
    maintainers: Division

    @property
    def divisions(self) -> tuple[Division, Division]:
        """Return what goes to others, in the order in which it comes off."""
        return self.rebate, self.maintainers

    @property
    def pool(self) -> Decimal:
        """Return what is the maintainers'."""
        return self.maintainers.pool

    @property
    def shares(self) -> Sequence[Share]:
        """Return the maintainers' shares of the pool."""
        return self.maintainers.shares

    @property
    def passed_on(self) -> Decimal:
        """Return what goes to others in all; the Foundation keeps the rest."""
        return CONTEXT.add(self.rebate.pool, self.maintainers.pool)


def calculate(session: Session, statement: Statement, amount: Decimal) -> Calculation:
    """Return how what a month comes to divides under its terms; the pools may be zero.

    Args:
        session: a session on the books.
        statement: a statement of the month.
        amount: what the month comes to, corrections and parts included, in its commodity.
    """
    month_end = last_day(parse_month(statement.period))
    terms = terms_on(session, statement.agreement, month_end)
    scale = scale_of(session, statement.commodity)
    rate, payee = terms.rebate or (Decimal(0), None)
    users = {} if payee is None else {payee: Decimal(1)}
    rebate = _divide(USER_REBATE, amount, rate, users, scale)
    return Calculation(
        statement=statement,
        amount=amount,
        terms=terms,
        rebate=rebate,
        maintainers=_divide(
            MAINTAINER_SHARE,
            CONTEXT.subtract(amount, rebate.pool),
            maintainer_rate(session, terms.terms, month_end),
            terms.weights,
            scale,
        ),
    )


def _divide(
    kind: ShareKind, base: Decimal, rate: Decimal, weights: Mapping[str, Decimal], scale: int
) -> Division:
    pool = pool_of(base, rate, scale) if weights else Decimal(0)
    shares = divide(pool, weights, scale) if pool else ()
    return Division(kind=kind, base=base, rate=rate, pool=pool, shares=shares)


def obligation_id(kind: ShareKind, statement: str, payee: str) -> str:
    """Return the id of a payee's share of a statement."""
    return f"{kind.noun}:{statement}:{payee}"


def percent(fraction: Decimal) -> str:
    """Return a fraction as people write it: 0.2 is `20 %`."""
    return f"{plain(CONTEXT.multiply(fraction, Decimal(100)))} %"


def explain(calculation: Calculation, division: Division, share: Share) -> str:
    """Return the sentence that derives a share from what is stored with it."""
    statement, rebate, terms = calculation.statement, calculation.rebate, calculation.terms.terms
    commodity = statement.commodity
    origin = f"{terms.kind} agreement, terms {terms.version}"
    sentence = f"{percent(division.rate)} of {plain(division.base)} {commodity} "
    if division.kind is USER_REBATE:
        return f"{sentence}({origin}) goes back to users: {plain(division.pool)} {commodity}"
    if rebate.pool:
        sentence += (
            f"({plain(calculation.amount)} less the user rebate of {percent(rebate.rate)}, "
            f"{plain(rebate.pool)}) "
        )
    sentence += f"({origin}) is a pool of {plain(division.pool)} {commodity}"
    if len(division.shares) == 1:
        return sentence
    return f"{sentence}; {percent(share.weight)} of it is {plain(share.quantity)}"
