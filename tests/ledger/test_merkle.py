from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.encoding import NODE, merkle_root
from ledger.merkle import Side, Step, path_of, root_from

LEAVES = [bytes([number]) * 32 for number in range(40)]


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70), st.data())
def test_every_path_leads_to_the_root(leaves: list[bytes], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(leaves) - 1))
    path = path_of(leaves, at)
    assert root_from(leaves[at], path) == merkle_root(leaves)
    assert len(path) <= (len(leaves) - 1).bit_length()


def test_paths_of_small_trees_are_those_of_the_drawing() -> None:
    a, b, c = LEAVES[:3]
    ab = sha256(NODE + a + b).digest()
    assert path_of([a], 0) == ()
    assert path_of([a, b], 0) == (Step(Side.RIGHT, b),)
    assert path_of([a, b], 1) == (Step(Side.LEFT, a),)
    assert path_of([a, b, c], 1) == (Step(Side.LEFT, a), Step(Side.RIGHT, c))
    assert path_of([a, b, c], 2) == (Step(Side.LEFT, ab),)


@pytest.mark.parametrize("count", range(1, len(LEAVES)))
def test_no_other_leaf_and_no_other_path_leads_to_the_root(count: int) -> None:
    leaves = LEAVES[:count]
    root = merkle_root(leaves)
    for at, leaf in enumerate(leaves):
        path = path_of(leaves, at)
        assert root_from(LEAVES[-1], path) != root
        for place, step in enumerate(path):
            other = Side.LEFT if step.side is Side.RIGHT else Side.RIGHT
            turned = (*path[:place], Step(other, step.sibling), *path[place + 1 :])
            assert root_from(leaf, turned) != root


@pytest.mark.parametrize(("count", "at"), [(0, 0), (3, 3), (3, -1)])
def test_there_is_no_path_from_a_leaf_that_is_not_there(count: int, at: int) -> None:
    with pytest.raises(IndexError, match=f"^no leaf {at} among {count}$"):
        path_of(LEAVES[:count], at)
