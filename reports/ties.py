"""Sums for each commodity, and the checks that two of them are equal.

Law: sums are exact whatever the thread's own context, and commodities never add up together.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TypeAlias

from ledger.money import CONTEXT
from reports.report import TieOut

ZERO = Decimal(0)

Sums: TypeAlias = Mapping[str, Decimal]
"""Commodity to sum."""


def sums(pairs: Iterable[tuple[str, Decimal | None]]) -> dict[str, Decimal]:
    """Return the exact sum for each commodity; what is unknown is left out."""
    result: dict[str, Decimal] = {}
    for commodity, quantity in pairs:
        if quantity is not None:
            result[commodity] = CONTEXT.add(result.get(commodity, ZERO), quantity)
    return result


def ties(check: str, left: Sums, right: Sums) -> tuple[TieOut, ...]:
    """Return one check for each commodity on either side; one that is missing counts as zero."""
    return tuple(
        TieOut(
            check=check,
            commodity=commodity,
            left=left.get(commodity, ZERO),
            right=right.get(commodity, ZERO),
        )
        for commodity in sorted({*left, *right})
    )


def count_tie(check: str, left: int, right: int) -> TieOut:
    """Return a check of two counts, which have no commodity."""
    return TieOut(check=check, commodity="", left=Decimal(left), right=Decimal(right))
