"""Pools: one amount shared pro rata with a cap, among the highest alone, or as fixed prizes.

Law: what is given never exceeds the pool. Below the cap a pool is given whole, to its last payable
unit; what a cap leaves over goes to the others by their points, until nobody is above it. The
order of what is given in decides nothing: equals go by their id.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ledger.allocation import divide
from ledger.money import CONTEXT, plain, round_down, total

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolPart:
    """What one payee gets of a pool, and why; `rank` is 1 for the most points.

    `points` are votes or answers, or, of prizes, the rank again.
    """

    payee: str
    points: Decimal
    rank: int
    amount: Decimal
    is_capped: bool
    explanation: str


def ranked(points: Mapping[str, Decimal]) -> list[str]:
    """Return payees from the most points to the fewest, equals by id."""
    return sorted(points, key=lambda payee: (points[payee].copy_negate(), payee))


def pro_rata(
    pool: Decimal, points: Mapping[str, Decimal], cap: Decimal | None, scale: int
) -> tuple[PoolPart, ...]:
    """Share a pool by points; nobody gets more than the cap, and the excess goes to the others.

    Where the cap binds for everybody, the rest of the pool is given to nobody.

    Args:
        pool: what is shared, a multiple of 10^-scale, above zero.
        points: payee to points, each above zero.
        cap: the most that one gets, in the pool's commodity; nothing where there is none.
        scale: decimals of the commodity's payable unit.

    Raises:
        ValueError: there are no points, some are not above zero, or the pool is finer than the
            unit.
    """
    most = pool if cap is None else round_down(cap, scale)
    capped = _capped(pool, points, most)
    open_points = {payee: each for payee, each in points.items() if payee not in capped}
    left = _left(pool, most, capped)
    shares = divide(left, open_points, scale) if open_points or not points else ()
    amounts = {share.party: share.quantity for share in shares}
    shared = f"of {plain(total(points.values()))} points share {plain(pool)}"
    excess = f", with what a cap of {plain(most)} leaves over" if capped else ""
    return tuple(
        PoolPart(
            payee=payee,
            points=points[payee],
            rank=rank,
            amount=amounts.get(payee, most),
            is_capped=payee in capped,
            explanation=f"{plain(points[payee])} {shared}"
            + (f", capped at {plain(most)}" if payee in capped else excess),
        )
        for rank, payee in enumerate(ranked(points), start=1)
    )


def top(
    pool: Decimal,
    votes: Mapping[str, Decimal],
    cap: Decimal | None,
    scale: int,
    *,
    places: int | None,
    threshold: Decimal = ZERO,
) -> tuple[PoolPart, ...]:
    """Share a pot among those with the most votes, by their votes, with a cap.

    Args:
        pool: the pot, a multiple of 10^-scale, above zero.
        votes: payee to votes.
        cap: the most that one gets; nothing where there is none.
        scale: decimals of the commodity's payable unit.
        places: how many get something; all of them where it is not stated.
        threshold: with fewer votes than this, one is not considered.

    Raises:
        ValueError: as above; nobody reaching the threshold gives no parts.
    """
    reached = {payee: each for payee, each in votes.items() if each >= threshold and each > 0}
    chosen = ranked(reached)[:places]
    if not chosen:
        return ()
    return pro_rata(pool, {payee: reached[payee] for payee in chosen}, cap, scale)


def prizes(order: Sequence[str], amounts: Sequence[Decimal]) -> tuple[PoolPart, ...]:
    """Give the prize of each place to whoever came in there, the first place first."""
    return tuple(
        PoolPart(
            payee=payee,
            points=Decimal(rank),
            rank=rank,
            amount=amount,
            is_capped=False,
            explanation=f"place {rank} of {len(amounts)}",
        )
        for rank, (payee, amount) in enumerate(zip(order, amounts, strict=False), start=1)
    )


def _capped(pool: Decimal, points: Mapping[str, Decimal], most: Decimal) -> set[str]:
    """Return who would get more than the most, of the pool or of what others leave over."""
    capped: set[str] = set()
    while True:
        rest = {payee: each for payee, each in points.items() if payee not in capped}
        left, whole = _left(pool, most, capped), total(rest.values())
        above = {
            payee
            for payee, each in rest.items()
            # Compared as products: no quotient is rounded.
            if CONTEXT.multiply(left, each) > CONTEXT.multiply(most, whole)
        }
        if not above:
            return capped
        capped |= above


def _left(pool: Decimal, most: Decimal, capped: set[str]) -> Decimal:
    return CONTEXT.subtract(pool, CONTEXT.multiply(most, Decimal(len(capped))))
