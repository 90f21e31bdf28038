"""Ranges are read whole however a provider refuses them."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chains.errors import OverQuota, RangeTooWide, TimedOut
from chains.evm_ranges import Ranges
from chains.jsonrpc import RpcClient


@pytest.fixture(scope="module")
def client() -> Iterator[RpcClient]:
    found = RpcClient("http://127.0.0.1:9")  # of which only the threads are used
    yield found
    found.close()


class Provider:
    """Answers ranges up to a width and a number of rows, and remembers what it was asked."""

    def __init__(self, width: int, fault: Callable[[int, int], Exception]) -> None:
        self.width = width
        self.fault = fault
        self.asked: list[tuple[str, int, int]] = []

    def __call__(self, name: str, first: int, last: int) -> list[tuple[str, int]]:
        self.asked.append((name, first, last))
        if last - first + 1 > self.width:
            raise self.fault(first, last)
        return [(name, number) for number in range(first, last + 1)]

    @property
    def refused(self) -> int:
        return sum(last - first + 1 > self.width for _, first, last in self.asked)


def too_wide(_first: int, _last: int) -> Exception:
    return RangeTooWide("p", "too wide")


def too_slow(_first: int, _last: int) -> Exception:
    return TimedOut("p", "no answer in time")


@settings(deadline=None)
@given(
    blocks=st.tuples(st.integers(0, 500), st.integers(1, 120)),
    width=st.integers(1, 70),
    step=st.integers(1, 90),
    fault=st.sampled_from([too_wide, too_slow]),
    hint=st.integers(-3, 100),
)
def test_every_block_is_read_once_whatever_is_refused(
    client: RpcClient,
    *,
    blocks: tuple[int, int],
    width: int,
    step: int,
    fault: Callable[[int, int], Exception],
    hint: int,
) -> None:
    def hinting(low: int, high: int) -> Exception:
        return RangeTooWide("p", "too wide", (low, low + hint)) if hint % 3 else fault(low, high)

    first, last = blocks[0], sum(blocks) - 1
    provider = Provider(width, hinting)
    found = Ranges(client, step).read(["in", "out"], first, last, provider)
    wanted = [(name, number) for name in ("in", "out") for number in range(first, last + 1)]
    assert sorted(found) == wanted


def test_a_hint_within_the_range_is_taken(client: RpcClient) -> None:
    def hinting(low: int, _high: int) -> Exception:
        return RangeTooWide("p", "too wide", (low, low + 29))

    provider = Provider(30, hinting)
    ranges = Ranges(client, 100)
    ranges.read(["in"], 1, 100, provider)
    assert provider.asked[:2] == [("in", 1, 100), ("in", 1, 30)]
    assert provider.refused == 1


@pytest.mark.parametrize("hint", [(0, 20), (1, 100), (1, 200), (50, 40)])
def test_a_hint_that_does_not_narrow_is_left_aside(
    client: RpcClient, hint: tuple[int, int]
) -> None:
    provider = Provider(50, lambda *_: RangeTooWide("p", "too wide", hint))
    found = Ranges(client, 100).read(["in"], 1, 100, provider)
    assert provider.asked == [("in", 1, 100), ("in", 1, 50), ("in", 51, 100)]
    assert len(found) == 100


def test_one_block_that_fails_is_the_providers_fault(client: RpcClient) -> None:
    for fault, kind in ((too_wide, RangeTooWide), (too_slow, TimedOut)):
        with pytest.raises(kind):
            Ranges(client, 100).read(["in"], 1, 100, Provider(0, fault))


def test_a_quota_is_never_answered_by_narrowing(client: RpcClient) -> None:
    provider = Provider(10, lambda *_: OverQuota("p", "slow down"))
    with pytest.raises(OverQuota):
        Ranges(client, 100).read(["in"], 1, 100, provider)
    assert provider.asked == [("in", 1, 100)]


def test_the_step_narrows_once_for_all_and_widens_slowly_again(client: RpcClient) -> None:
    ranges = Ranges(client, 2000)
    narrow = Provider(125, too_wide)
    ranges.read(["in", "out"], 1, 20_000, narrow)
    assert ranges.step < 200
    # From 2,000 to 125 takes four refusals of each piece that is asked for at once; after that
    # a wider one is tried now and then.
    assert narrow.refused < len(narrow.asked) / 3
    wide = Provider(2000, too_wide)
    ranges.read(["in", "out"], 1, 400_000, wide)
    assert (ranges.step, wide.refused) == (2000, 0)
    assert len(wide.asked) < 2 * 2 * 400_000 / 2000
