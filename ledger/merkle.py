"""Inclusion in a Merkle tree: the path from one leaf to the root, and the root that a path gives.

Law: for every leaf of a list, its path gives what `ledger.encoding.merkle_root` gives for the list
(RFC 6962, section 2.1.1). A node without a sibling moves up as it is and adds no step.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from ledger.encoding import NODE, merkle_root


class Side(StrEnum):
    """On which side of the node the sibling stands."""

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Step:
    """One level of a path: the sibling, and where it stands."""

    side: Side
    sibling: bytes


def path_of(leaves: Sequence[bytes], at: int) -> tuple[Step, ...]:
    """Return the path from the leaf at a place, counted from 0, up to the root.

    Raises:
        IndexError: there is no leaf at that place.
    """
    if not 0 <= at < len(leaves):
        raise IndexError(f"no leaf {at} among {len(leaves)}")
    level = list(leaves)
    steps = []
    while len(level) > 1:
        if at % 2:
            steps.append(Step(Side.LEFT, level[at - 1]))
        elif at + 1 < len(level):
            steps.append(Step(Side.RIGHT, level[at + 1]))
        level = [merkle_root(level[left : left + 2]) for left in range(0, len(level), 2)]
        at //= 2
    return tuple(steps)


def root_from(leaf: bytes, path: Iterable[Step]) -> bytes:
    """Return the root that a path leads to from a leaf."""
    node = leaf
    for step in path:
        pair = step.sibling + node if step.side is Side.LEFT else node + step.sibling
        node = sha256(NODE + pair).digest()
    return node
