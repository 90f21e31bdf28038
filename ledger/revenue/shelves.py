"""Shelves: items under keys, sorted by amount, so that a window of amounts is found by halving."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Shelf(Generic[Item]):
    """Items under keys, each key's sorted by amount: a window of amounts is found by halving."""

    def __init__(
        self,
        items: Iterable[Item],
        key: Callable[[Item], object],
        amount: Callable[[Item], Decimal],
        name: Callable[[Item], str],
    ) -> None:
        grouped: dict[object, list[Item]] = defaultdict(list)
        for item in items:
            grouped[key(item)].append(item)
        self._items = {
            group: sorted(found, key=lambda item: (amount(item), name(item)))
            for group, found in grouped.items()
        }
        self._amounts = {
            group: [amount(item) for item in found] for group, found in self._items.items()
        }

    def within(self, key: object, low: Decimal, high: Decimal, most: int) -> list[Item]:
        """Return up to `most` items of a key from one amount to another, both included."""
        amounts = self._amounts.get(key, [])
        first = bisect_left(amounts, low)
        last = first
        while last < len(amounts) and last - first < most and amounts[last] <= high:
            last += 1
        return self._items[key][first:last] if last > first else []

    def below(self, key: object, amount: Decimal, most: int) -> list[Item]:
        """Return up to `most` items of a key below an amount, the nearest first."""
        end = bisect_left(self._amounts.get(key, []), amount)
        return self._items[key][max(0, end - most) : end][::-1] if end else []
