"""The steps that bring a payee's accrued share from one amount to another.

Law: less takes back what is not due, newest first, and the rest is owed back; more makes up for
what is owed back, restores what was taken back, oldest first, and accrues the rest anew. What is
owed back is only what of the due is more than wanted. So going there and back leaves everything
as it was.
"""

from dataclasses import dataclass
from decimal import Decimal

from ledger.money import CONTEXT, round_down, total
from ledger.obligation_tables import Obligation
from ledger.revenue.standings import ZERO, Accrual


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step that brings an accrual to another amount.

    Of an obligation that is there, of a new one if it is none, or of what is `owed_back`.
    """

    payee: str
    amount: Decimal
    obligation: Obligation | None = None
    owed_back: bool = False


def part_of(quantity: Decimal, part: Decimal, whole: Decimal, scale: int) -> Decimal:
    """Return the part of a quantity that a part of a whole earns, rounded down; all of it for all.

    A whole of zero earns nothing.
    """
    if part <= 0:
        return ZERO
    if part >= whole:
        return quantity
    return round_down(CONTEXT.divide(CONTEXT.multiply(quantity, part), whole), scale)


def steps_to(accrual: Accrual, wanted: Decimal) -> list[Step]:
    """Return the steps that bring a payee's accrual to what is wanted, in their order."""
    steps: list[Step] = []
    # What payouts took off was given and came back: the obligations stand for it still.
    wanted = CONTEXT.add(wanted, accrual.recovered)
    # What is due is not taken back: the payee owes back what of it is more than wanted.
    accrued = max(wanted, accrual.fallen_due)
    left = CONTEXT.subtract(accrued, total(each.amount for each in accrual.standings))

    def step(amount: Decimal, obligation: Obligation | None = None) -> None:
        nonlocal left
        if amount:
            steps.append(Step(payee=accrual.payee, amount=amount, obligation=obligation))
            left = CONTEXT.subtract(left, amount)

    if left < 0:
        for standing in reversed(accrual.standings):
            step(max(left, -standing.room), standing.obligation)
    else:
        for standing in accrual.standings:
            step(min(left, -standing.adjusted), standing.obligation)
        step(left)
    made_up = CONTEXT.subtract(accrual.overpaid, CONTEXT.subtract(accrued, wanted))
    if made_up:
        steps.append(Step(payee=accrual.payee, amount=made_up, owed_back=True))
    return steps
