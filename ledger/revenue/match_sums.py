"""Sums in matching: several claims that one receipt pays whole, or several receipts for one.

Law: only of small groups, of which every sum can be tried, so that a sum that is found to be the
only one is; a larger group is a person's.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

from ledger.money import CONTEXT

MOST = 10
"""So many claims or receipts of one party and commodity are tried in all their sums."""

SEVERAL = 2

R = TypeVar("R")
C = TypeVar("C")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle(Generic[R, C]):
    """Receipts and claims, by their names, whose sums are the same."""

    receipts: Mapping[str, R]
    claims: Mapping[str, C]


def subsets(amounts: Mapping[str, Decimal]) -> dict[Decimal, list[tuple[str, ...]]]:
    """Return every sum of two or more amounts, with at most two of the sets that make it.

    Two are enough to know that a sum is not made in one way alone. Of more than `MOST` amounts
    none is tried.
    """
    if len(amounts) > MOST:
        return {}
    sums: list[tuple[Decimal, tuple[str, ...]]] = [(Decimal(0), ())]
    for name, amount in amounts.items():
        sums += [(CONTEXT.add(so_far, amount), (*names, name)) for so_far, names in sums]
    found: dict[Decimal, list[tuple[str, ...]]] = {}
    for size, names in sums:
        if len(names) >= SEVERAL and len(found.setdefault(size, [])) < SEVERAL:
            found[size].append(names)
    return found


def bundles(
    receipts: Mapping[str, tuple[R, Decimal, frozenset[str]]],
    claims: Mapping[str, tuple[C, Decimal, str]],
) -> tuple[list[Bundle[R, C]], int]:
    """Return what sums up exactly among one party's receipts and claims in one commodity.

    A receipt that names months pays only claims of those.

    Returns:
        The bundles, and how many sums were tried.
    """
    found: list[Bundle[R, C]] = []
    tried = len(receipts) + len(claims)
    by_month: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for document, (_, owed, month) in claims.items():
        by_month[month][document] = owed
    everything = {document: owed for document, (_, owed, _) in claims.items()}
    pools: dict[frozenset[str], dict[Decimal, list[tuple[str, ...]]]] = {}
    for name, (receipt, amount, months) in receipts.items():
        if months not in pools:
            fits = everything
            if months:
                fits = {k: v for month in sorted(months) for k, v in by_month[month].items()}
            pools[months] = subsets(fits)
            tried += len(pools[months])
        found += [
            Bundle(receipts={name: receipt}, claims={each: claims[each][0] for each in names})
            for names in pools[months].get(amount, [])
        ]
    by_name: dict[frozenset[str], dict[Decimal, list[tuple[str, ...]]]] = {}
    for document, (claim, owed, month) in claims.items():
        if len(receipts) > MOST:
            break
        paying = {
            name: amount
            for name, (_, amount, months) in receipts.items()
            if not months or months == {month}
        }
        if frozenset(paying) not in by_name:
            by_name[frozenset(paying)] = subsets(paying)
            tried += len(by_name[frozenset(paying)])
        found += [
            Bundle(receipts={each: receipts[each][0] for each in names}, claims={document: claim})
            for names in by_name[frozenset(paying)].get(owed, [])
        ]
    return found, tried


def unshared(found: Sequence[Bundle[R, C]]) -> list[Bundle[R, C]]:
    """Return the bundles of which no receipt and no claim is in another one."""
    times = Counter(
        [name for each in found for name in each.receipts]
        + [name for each in found for name in each.claims]
    )
    return [
        each for each in found if all(times[name] == 1 for name in [*each.receipts, *each.claims])
    ]
