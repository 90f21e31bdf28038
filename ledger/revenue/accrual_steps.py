"""The steps that bring a payee's accrued share from one amount to another.

Law: less takes back what has not fallen due, newest first, and the rest is owed back; more makes
up for what is owed back, restores what was taken back, oldest first, and accrues the rest anew.
So going there and back leaves everything as it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ledger.money import CONTEXT, round_down, total
from ledger.obligation_tables import Obligation
from ledger.revenue.share_kinds import ShareKind

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One of a payee's obligations: what it comes to, and how much of that is due."""

    obligation: Obligation
    adjusted: Decimal
    due: Decimal

    @property
    def room(self) -> Decimal:
        """Return how much has not fallen due."""
        return CONTEXT.subtract(CONTEXT.add(self.obligation.amount, self.adjusted), self.due)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accrual:
    """What a statement's share of one payee stands at; `overpaid` is what the payee owes back."""

    kind: ShareKind
    payee: str
    standings: Sequence[Standing] = ()
    overpaid: Decimal = ZERO

    @property
    def amount(self) -> Decimal:
        """Return what the share comes to in all."""
        accrued = (CONTEXT.add(each.obligation.amount, each.adjusted) for each in self.standings)
        return CONTEXT.subtract(total(accrued), self.overpaid)

    @property
    def due(self) -> Decimal:
        """Return how much of it is due, less what is owed back."""
        return CONTEXT.subtract(total(each.due for each in self.standings), self.overpaid)


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
    left = CONTEXT.subtract(wanted, accrual.amount)
    steps: list[Step] = []

    def step(amount: Decimal, obligation: Obligation | None = None, **owed: bool) -> None:
        nonlocal left
        if amount:
            steps.append(Step(payee=accrual.payee, amount=amount, obligation=obligation, **owed))
            left = CONTEXT.subtract(left, amount)

    if left < 0:
        for standing in reversed(accrual.standings):
            step(max(left, -standing.room), standing.obligation)
        step(left, owed_back=True)
    else:
        step(min(left, accrual.overpaid), owed_back=True)
        for standing in accrual.standings:
            step(min(left, -standing.adjusted), standing.obligation)
        step(left)
    return steps
