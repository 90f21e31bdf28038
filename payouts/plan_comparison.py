"""A plan beside the month before it, and what its accounts hold after it; nothing is written."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.money import CONTEXT
from payouts.batches import State, states_of
from payouts.planned import Plan
from payouts.sources import funds
from payouts.tables import PayoutBatch, PayoutLine

ENDED = (State.CANCELLED, State.REJECTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What a payee got of a commodity for the month before, and gets by the plan."""

    payee: str
    commodity: str
    before: Decimal
    now: Decimal

    @property
    def difference(self) -> Decimal:
        """Return how much more it is now; less is below zero."""
        return CONTEXT.subtract(self.now, self.before)

    @property
    def word(self) -> str:
        """Return what became of it: new, gone, more, less or the same."""
        if not self.before:
            return "new"
        if not self.now:
            return "gone"
        return "same" if not self.difference else "more" if self.difference > 0 else "less"


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What an account may spend of a commodity before a plan, what it pays, and what is left."""

    account: str
    commodity: str
    before: Decimal
    paid: Decimal

    @property
    def after(self) -> Decimal:
        """Return what is left once everything is paid."""
        return CONTEXT.subtract(self.before, self.paid)


def compared(session: Session, plan: Plan) -> list[Compared]:
    """Return each payee's amounts beside those of the month before, by payee and commodity."""
    before: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    now: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    rows = session.execute(
        select(PayoutLine.batch, PayoutLine.payee, PayoutLine.commodity, PayoutLine.amount)
        .join(PayoutBatch, PayoutBatch.id == PayoutLine.batch)
        .where(PayoutBatch.period == month_before(plan.period))
    ).all()
    states = states_of(session, {row.batch for row in rows})
    for row in rows:
        if states[row.batch] not in ENDED:
            key = (row.payee, row.commodity)
            before[key] = CONTEXT.add(before[key], row.amount)
    for batch in plan.batches:
        for line in batch.lines:
            key = (line.payee, line.commodity)
            now[key] = CONTEXT.add(now[key], line.amount)
    return [
        Compared(payee=key[0], commodity=key[1], before=before[key], now=now[key])
        for key in sorted({*before, *now})
    ]


def balances(session: Session, plan: Plan) -> list[Balance]:
    """Return what the accounts that a plan pays from hold before and after it."""
    paid: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for batch in plan.batches:
        for line in batch.lines:
            key = (batch.source_account, line.commodity)
            paid[key] = CONTEXT.add(paid[key], line.amount)
    held = funds(session).by_account
    return [
        Balance(account=key[0], commodity=key[1], before=held[key], paid=paid[key])
        for key in sorted(paid)
    ]


def month_before(period: date) -> date:
    """Return the first day of the month before a month's first day."""
    year, month = divmod(period.year * 12 + period.month - 2, 12)
    return date(year, month + 1, 1)
