"""Dividing a quantity without losing or making any of it.

The remainder has an owner: the pool is rounded up to the commodity's payable unit, and inside the
pool the largest remainders get the units that are left, ties going to the smaller party id.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ledger.money import CONTEXT, round_down, round_up, total


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One party's part: what it would be without rounding, what it is, and its rank for a unit.

    `residue_rank` is 1 for the first party to get a left-over unit, 2 for the next, and so on.
    """

    party: str
    weight: Decimal
    unrounded: Decimal
    quantity: Decimal
    residue_rank: int


def pool_of(base: Decimal, rate: Decimal, scale: int) -> Decimal:
    """Return the payees' pool: `base` times `rate`, rounded up to `scale` decimals, at most base.

    The fraction of a payable unit is the payees' (domain rule: a pool is rounded up).
    A pool never exceeds its base: a base finer than the payable unit keeps its last digits.
    """
    pool = round_up(CONTEXT.multiply(base, rate), scale)
    return pool if abs(pool) <= abs(base) else round_down(base, scale)


def divide(pool: Decimal, weights: Mapping[str, Decimal], scale: int) -> tuple[Share, ...]:
    """Divide a pool among parties by weight with largest remainders; shares sum to the pool.

    Args:
        pool: the quantity to divide, a multiple of 10^-scale, not negative.
        weights: party id to a positive weight; only their proportions count.
        scale: decimals of the commodity's smallest payable unit.

    Raises:
        ValueError: for no party, a weight that is not positive, a negative pool or one finer than
            the unit.
        ArithmeticError: the pool has more digits than the context computes with.
    """
    if not weights or any(weight <= 0 for weight in weights.values()):
        raise ValueError("weights must be positive and there must be at least one party")
    if pool < 0 or round_down(pool, scale) != pool:
        raise ValueError(f"the pool must be a multiple of 10^-{scale} and not negative: {pool}")
    whole = total(weights.values())
    unit = Decimal(1).scaleb(-scale)
    exact = {party: CONTEXT.multiply(pool, weight) for party, weight in weights.items()}
    floors = {
        party: CONTEXT.multiply(CONTEXT.divide_int(CONTEXT.divide(value, whole), unit), unit)
        for party, value in exact.items()
    }
    # Comparing value - floor * whole avoids the division, so equal remainders are exactly equal.
    over = {
        party: CONTEXT.subtract(value, CONTEXT.multiply(floors[party], whole))
        for party, value in exact.items()
    }
    order = sorted(weights, key=lambda party: (over[party].copy_negate(), party))
    left = CONTEXT.divide_int(CONTEXT.subtract(pool, total(floors.values())), unit)
    shares = tuple(
        Share(
            party=party,
            weight=weights[party],
            unrounded=CONTEXT.divide(exact[party], whole),
            quantity=CONTEXT.add(floors[party], unit if order.index(party) < left else Decimal(0)),
            residue_rank=order.index(party) + 1,
        )
        for party in sorted(weights)
    )
    if total(share.quantity for share in shares) != pool:
        raise ArithmeticError(f"shares do not sum to the pool: {pool}")
    return shares
