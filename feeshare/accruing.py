"""Accruing a month: maintainers' shares of its statements, and the renewals that it earned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from ledger.months import month_of
from ledger.obligation_tables import Obligation
from ledger.revenue import accruals, renewal_earning
from ledger.revenue.bounty_tables import Renewal, RenewalEarning
from ledger.sealing import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """What a renewal earned in a month, and how it comes about."""

    reference: str
    amount: Decimal
    commodity: str
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accrued:
    """What a month accrued in all, and how much of it is new."""

    shares: Sequence[Obligation]
    renewals: Sequence[Earned]
    new: int


def accrue_month(change: Change, period: date) -> Accrued:
    """Accrue a month; doing it again returns the same and writes nothing."""
    owed, new_shares = accruals.accrue(change, month_of(period))
    new_earnings = renewal_earning.earn(change, period)
    rows = change.session.execute(
        select(Renewal, RenewalEarning)
        .join(RenewalEarning, RenewalEarning.renewal == Renewal.id)
        .where(RenewalEarning.period == month_of(period))
        .order_by(Renewal.id)
    )
    return Accrued(
        shares=owed,
        renewals=[
            Earned(
                reference=renewal.id,
                amount=earning.amount,
                commodity=renewal.commodity,
                explanation=f"a twelfth of {renewal.amount} {renewal.commodity} a year from "
                f"{renewal.year_from}, entry {earning.entry_number}",
            )
            for renewal, earning in rows
        ],
        new=new_shares + len(new_earnings),
    )
