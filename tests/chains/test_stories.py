"""A few seeded stories; `make soak` tells new ones for as long as it is given."""

import pytest
from sqlalchemy.engine import URL

from support.chain_stories import tell_story


@pytest.mark.parametrize("seed", [1])
def test_whatever_happens_on_a_chain_and_on_the_way_the_books_are_equal_to_it(
    template: URL, seed: int
) -> None:
    told = tell_story(template, seed)
    assert told["deposit"]
    assert told["scan"]
