"""Accruing a month: maintainers' shares of its statements, and the years that it earned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ledger.months import month_of
from ledger.obligation_tables import Obligation
from ledger.revenue import accruals, prepaid_earning
from ledger.sealing import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """What a renewal or a sponsorship earned in a month, and how it comes about."""

    reference: str
    amount: Decimal
    commodity: str
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accrued:
    """What a month accrued in all, and how much of it is new."""

    shares: Sequence[Obligation]
    years: Sequence[Earned]
    new: int


def accrue_month(change: Change, period: date) -> Accrued:
    """Accrue a month; doing it again returns the same and writes nothing."""
    owed, new_shares = accruals.accrue(change, month_of(period))
    new_earnings = prepaid_earning.earn(change, period)
    return Accrued(
        shares=owed,
        years=[
            Earned(
                reference=each.year.id,
                amount=each.amount,
                commodity=each.year.commodity,
                explanation=f"a twelfth of {each.year.amount} {each.year.commodity} a year from "
                f"{each.year.year_from}, entry {each.entry_number}",
            )
            for each in prepaid_earning.earned_in(change.session, month_of(period))
        ],
        new=new_shares + len(new_earnings),
    )
