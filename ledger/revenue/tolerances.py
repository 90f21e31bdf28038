"""Tolerances: how far a receipt may be from what is owed and still be taken for it; pure.

Law: a difference has a kind, and each kind its own limits, an amount and a fraction of what is
owed; where both are set, both hold. Without limits only the exact amount fits.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ledger.money import CONTEXT, parse_plain

NETWORK_FEE = "network-fee"
BANK_FEE = "bank-fee"
FX = "fx"
SHORT_PAY = "short-pay"
UNKNOWN = "unknown"
OVERPAID = "overpaid"

SETTLING = (NETWORK_FEE, BANK_FEE, FX)
"""Kinds that count as received: they are booked, and the claim is paid by them."""

LEFT_OPEN = (SHORT_PAY, UNKNOWN)
"""Kinds that say why less came; the rest of the claim stays open."""

KINDS = (*SETTLING, *LEFT_OPEN)
"""Kinds that a person may give to a difference; too much is always the exchange's credit."""

BELOW = (*SETTLING, SHORT_PAY)
"""Kinds that may be taken without a person where less came, the first that allows it."""

EVERYONE = "default"
"""The limits of exchanges that have none of their own."""

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How large a difference of one kind may be: in the commodity, and as a fraction of the claim.

    Blank is no limit; both blank allows nothing.
    """

    amount: Decimal | None = None
    fraction: Decimal | None = None

    def allows(self, difference: Decimal, owed: Decimal) -> bool:
        """Return whether a difference, above zero, of a claim is within the limit."""
        if self.amount is None and self.fraction is None:
            return False
        within = self.amount is None or difference <= self.amount
        part = None if self.fraction is None else CONTEXT.multiply(owed, self.fraction)
        return within and (part is None or difference <= part)

    def reach(self, amount: Decimal, *, of_claim: bool) -> Decimal:
        """Return how far to look from an amount: as far as the limit could allow, or farther."""
        if self.fraction is None:
            return self.amount or ZERO
        whole = amount
        if not of_claim:
            # A claim is at most as large as makes this receipt it less the fraction.
            whole = CONTEXT.divide(amount, max(1 - self.fraction, Decimal("0.01")))
        part = CONTEXT.multiply(whole, self.fraction)
        return part if self.amount is None else min(part, self.amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """The limits of an exchange by the kind of difference."""

    limits: Mapping[str, Limit]

    def kind_of(self, difference: Decimal, owed: Decimal) -> str | None:
        """Return the first kind that allows a difference; nothing if none does, or it is zero.

        A difference above zero is what is lacking, below zero what came too much.
        """
        if difference == 0:
            return None
        kinds = BELOW if difference > 0 else (OVERPAID,)
        for kind in kinds:
            limit = self.limits.get(kind)
            if limit is not None and limit.allows(difference.copy_abs(), owed):
                return kind
        return None

    def claims_for(self, receipt: Decimal) -> tuple[Decimal, Decimal]:
        """Return the least and the most that may be owed for a receipt to be taken for it."""
        return self._window(receipt, lacking_above=True)

    def receipts_for(self, claim: Decimal) -> tuple[Decimal, Decimal]:
        """Return the least and the most that may come in to be taken for a claim."""
        return self._window(claim, lacking_above=False)

    def _window(self, amount: Decimal, *, lacking_above: bool) -> tuple[Decimal, Decimal]:
        of_claim = not lacking_above
        lacking = max(
            (
                self.limits[kind].reach(amount, of_claim=of_claim)
                for kind in BELOW
                if kind in self.limits
            ),
            default=ZERO,
        )
        over = self.limits.get(OVERPAID)
        too_much = over.reach(amount, of_claim=of_claim) if over is not None else ZERO
        below, above = (too_much, lacking) if lacking_above else (lacking, too_much)
        return CONTEXT.subtract(amount, below), CONTEXT.add(amount, above)


EXACT = Tolerance(limits={})
"""What may differ where nothing is agreed: nothing."""


def tolerance_of(value: Mapping[str, Any], exchange: str) -> Tolerance:
    """Return an exchange's limits by the policy's value: its own, else those of everyone."""
    limits = value.get(exchange, value.get(EVERYONE, {}))
    return Tolerance(
        limits={
            kind: Limit(
                amount=_quantity(limit.get("amount")), fraction=_quantity(limit.get("fraction"))
            )
            for kind, limit in limits.items()
        }
    )


def _quantity(text: str | None) -> Decimal | None:
    return None if text is None else parse_plain(text)
