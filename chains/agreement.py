"""Whether providers tell the same of the same final blocks.

Law: what moves tokens, values and fees has to be told alike, movement by movement. How native
coin moved inside a block is told by tracing, which not every provider offers: there the sums by
block and wallet have to be equal, and the finer telling counts.
"""

from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from chains.errors import ProvidersDisagree
from chains.movements import NATIVE, Execution, Movement, Seen

REST = "rest:"
INSIDE = ("call:", REST)
"""How parts begin that are known by tracing alone."""


def agreed(chain: str, addresses: Sequence[str], told: Sequence[tuple[str, Seen]]) -> Seen:
    """Return what all providers tell, given by name; the finer telling where both are right.

    Raises:
        ProvidersDisagree: they tell different things; the first difference is named.
    """
    (first, best), *others = told
    for other, seen in others:
        _require_equal(chain, (first, _plain(best)), (other, _plain(seen)))
        _require_equal(chain, (first, set(best.executions)), (other, set(seen.executions)))
        ours, theirs = _sums(addresses, best), _sums(addresses, seen)
        for place in sorted(ours.keys() | theirs.keys()):
            if ours[place] != theirs[place]:
                raise ProvidersDisagree(
                    chain,
                    f"in block {place[0]} of {place[1]}, {first} sees {ours[place]} native units "
                    f"moved inside and {other} {theirs[place]}.",
                )
        if _coarse(seen) < _coarse(best):
            first, best = other, seen
    return best


def _require_equal(
    chain: str,
    one: tuple[str, AbstractSet[Movement | Execution]],
    other: tuple[str, AbstractSet[Movement | Execution]],
) -> None:
    for (sees, some), (lacks, few) in ((one, other), (other, one)):
        lone = sorted(some - few, key=lambda each: (each.block, each.transaction))
        if lone:
            each: Movement | Execution = lone[0]
            part = each.part if isinstance(each, Movement) else f"of Safe {each.safe}"
            raise ProvidersDisagree(
                chain,
                f"in block {each.block}, {sees} sees transaction {each.transaction} {part} as "
                f"{lacks} does not ({len(lone)} differ).",
            )


def _is_inside(movement: Movement) -> bool:
    return movement.contract == NATIVE and movement.part.startswith(INSIDE)


def _plain(seen: Seen) -> set[Movement]:
    return {each for each in seen.movements if not _is_inside(each)}


def _sums(addresses: Sequence[str], seen: Seen) -> Counter[tuple[int, str]]:
    sums: Counter[tuple[int, str]] = Counter()
    for each in filter(_is_inside, seen.movements):
        for address in addresses:
            came = (each.recipient == address) - (each.sender == address)
            sums[each.block, address] += came * each.units
    return sums


def _coarse(seen: Seen) -> int:
    return sum(each.part.startswith(REST) for each in seen.movements)
