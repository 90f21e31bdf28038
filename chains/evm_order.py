"""The order of movements: by block, by transaction, by part. Pure.

Law: the order and the rows are the same however a range was cut to be read.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from chains.movements import Movement

PARTS = ("value", "call", "log", "fee", "rest")
AFTER_ALL = 1 << 32
"""A place in the block behind every transaction."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A movement, and which transaction of its block it belongs to, counted from 0."""

    index: int
    movement: Movement


def ordered(placed: Iterable[Placed]) -> list[Movement]:
    """Return movements in their order, each once: one between two wallets is found at both."""
    found = {(each.movement.transaction, each.movement.part): each for each in placed}
    return [each.movement for each in sorted(found.values(), key=_place)]


def _place(placed: Placed) -> tuple[int, int, int, int]:
    movement = placed.movement
    name, _, number = movement.part.partition(":")
    return movement.block, placed.index, PARTS.index(name), int(number or "0", 0)
