"""Sums in matching: several claims that one receipt pays whole, or several receipts for one.

Law: only of small groups, of which every sum can be tried, so that a sum that is found to be the
only one is; a larger group is a person's.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Generic, TypeAlias, TypeVar

from ledger.money import CONTEXT

MOST = 10
"""So many claims or receipts of one party and commodity are tried in all their sums."""

SEVERAL = 2

R = TypeVar("R")
C = TypeVar("C")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle(Generic[R, C]):
    """Receipts and claims, by their names, whose sums are the same.

    `alone` if the sum is made in this way only; `touched` are the names in all its ways.
    """

    receipts: Mapping[str, R]
    claims: Mapping[str, C]
    alone: bool = True
    touched: frozenset[str] = frozenset()


@dataclass(slots=True)
class Ways:
    """The sets that make a sum: the first two of them, and every name in any of them."""

    sets: list[tuple[str, ...]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


Sums: TypeAlias = dict[Decimal, Ways]
NONE = Ways()


def subsets(amounts: Mapping[str, Decimal]) -> Sums:
    """Return every sum of two or more amounts, with the sets that make it.

    Of more than `MOST` amounts none is tried.
    """
    if len(amounts) > MOST:
        return {}
    sums: list[tuple[Decimal, tuple[str, ...]]] = [(Decimal(0), ())]
    for name, amount in amounts.items():
        sums += [(CONTEXT.add(so_far, amount), (*names, name)) for so_far, names in sums]
    found: Sums = defaultdict(Ways)
    for size, names in sums:
        if len(names) >= SEVERAL:
            ways = found[size]
            ways.names.update(names)
            if len(ways.sets) < SEVERAL:
                ways.sets.append(names)
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
    pools: dict[frozenset[str], Sums] = {}
    for name, (receipt, amount, months) in receipts.items():
        if months not in pools:
            fits = everything
            if months:
                fits = {k: v for month in sorted(months) for k, v in by_month[month].items()}
            pools[months] = subsets(fits)
            tried += len(pools[months])
        ways = pools[months].get(amount, NONE)
        found += [
            Bundle(
                receipts={name: receipt},
                claims={each: claims[each][0] for each in names},
                alone=len(ways.sets) == 1,
                touched=frozenset({name, *ways.names}),
            )
            for names in ways.sets
        ]
    by_name: dict[frozenset[str], Sums] = {}
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
        ways = by_name[frozenset(paying)].get(owed, NONE)
        found += [
            Bundle(
                receipts={each: receipts[each][0] for each in names},
                claims={document: claim},
                alone=len(ways.sets) == 1,
                touched=frozenset({document, *ways.names}),
            )
            for names in ways.sets
        ]
    return found, tried


def unshared(found: Sequence[Bundle[R, C]]) -> list[Bundle[R, C]]:
    """Return the bundles that are made in one way, of which no name is touched by another."""
    times = Counter(name for each in found for name in each.touched)
    return [each for each in found if each.alone and all(times[it] == 1 for it in each.touched)]
