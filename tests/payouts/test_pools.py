"""Pools as the record has them, and what holds of every pool."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import total
from payouts import pools
from payouts.pools import PoolPart

UNIT = Decimal("1e-18")


def points(*told: str) -> dict[str, Decimal]:
    return {f"p{number}": Decimal(each) for number, each in enumerate(told, start=1)}


def amounts(parts: tuple[PoolPart, ...]) -> dict[str, Decimal]:
    return {part.payee: part.amount for part in parts}


def test_a_support_week_of_2022_gives_nobody_more_than_a_fifth() -> None:
    # 50000 HBOT a week, 20 percent a person: one of 945 points had answered more than all others.
    parts = pools.pro_rata(
        Decimal(50000), points("500", "200", "100", "90", "55"), Decimal(10000), 18
    )
    given_ = amounts(parts)
    assert total(given_.values()) == 50000
    # Five persons at a fifth each: the cap binds for all of them.
    assert set(given_.values()) == {Decimal(10000)}
    parts = pools.pro_rata(
        Decimal(50000), points("500", "200", "100", "90", "35", "20"), Decimal(10000), 18
    )
    given_ = amounts(parts)
    assert [given_[name] for name in ("p1", "p2", "p3", "p4")] == [Decimal(10000)] * 4
    assert given_["p5"] == Decimal("6363.636363636363636364")
    assert given_["p6"] == Decimal("3636.363636363636363636")
    assert parts[0].explanation == "500 of 945 points share 50000, capped at 10000"
    assert parts[-1].explanation == (
        "20 of 945 points share 50000, with what a cap of 10000 leaves over"
    )


def test_a_support_week_of_2023_is_capped_at_an_amount() -> None:
    parts = pools.pro_rata(Decimal(80000), points("30", "10", "10"), Decimal(12000), 18)
    assert amounts(parts) == dict.fromkeys(("p1", "p2", "p3"), Decimal(12000))
    assert total(amounts(parts).values()) == 36000
    assert all(part.is_capped for part in parts)


def test_a_support_week_of_2024_with_ten_alike_gives_each_a_tenth() -> None:
    parts = pools.pro_rata(Decimal(100000), points(*["3"] * 10), Decimal(10000), 18)
    assert set(amounts(parts).values()) == {Decimal(10000)}
    assert not any(part.is_capped for part in parts)


def test_a_pot_goes_to_the_four_connectors_with_most_votes_and_800000_at_most() -> None:
    votes = points("9000000", "600000", "300000", "100000", "199999", "250000")
    parts = pools.top(
        *(Decimal(1_000_000), votes, Decimal(800_000), 18),
        places=4,
        threshold=Decimal(200_000),
    )
    assert [(part.payee, part.is_capped) for part in parts] == [
        ("p1", True),
        *(("p2", False), ("p3", False), ("p6", False)),
    ]
    assert amounts(parts)["p1"] == 800_000
    assert total(amounts(parts).values()) == 1_000_000
    assert pools.top(Decimal(1), votes, None, 18, places=4, threshold=Decimal(10**8)) == ()


def test_where_neither_places_nor_cap_are_stated_all_above_the_threshold_share() -> None:
    parts = pools.top(Decimal(100), points("3", "1", "0"), None, 18, places=None)
    assert amounts(parts) == {"p1": Decimal(75), "p2": Decimal(25)}


def test_gold_and_silver_are_prizes_of_places() -> None:
    votes = points("1", "5", "5", "3", "0.5")
    tiers = [Decimal(400_000), *[Decimal(100_000)] * 3]
    parts = pools.prizes(pools.ranked(votes), tiers)
    assert [(part.payee, part.amount) for part in parts] == [
        ("p2", Decimal(400_000)),
        *((name, Decimal(100_000)) for name in ("p3", "p4", "p1")),
    ]
    assert parts[0].explanation == "place 1 of 4"


def test_a_prize_that_nobody_won_is_given_to_nobody() -> None:
    assert len(pools.prizes(["p1"], [Decimal(3), Decimal(2)])) == 1


def test_a_pool_for_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one party"):
        pools.pro_rata(Decimal(1), {}, None, 18)


quantities = st.decimals("0.000000000000000001", "1000000", places=18)
some_points = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=3), st.decimals("0.01", "100000", places=2), min_size=1
)


@given(quantities, some_points, st.one_of(st.none(), quantities))
def test_a_pool_is_given_whole_or_the_cap_binds_for_all(
    pool: Decimal, told: dict[str, Decimal], cap: Decimal | None
) -> None:
    parts = pools.pro_rata(pool, told, cap, 18)
    given_ = total(part.amount for part in parts)
    assert {part.payee for part in parts} == set(told)
    assert all(part.amount >= 0 for part in parts)
    assert given_ == pool or all(part.amount == cap for part in parts)
    assert given_ <= pool
    if cap is not None:
        assert max(part.amount for part in parts) <= cap


@given(quantities, some_points, st.one_of(st.none(), quantities), st.randoms())
def test_the_order_of_the_payees_decides_nothing(
    pool: Decimal, told: dict[str, Decimal], cap: Decimal | None, random: object
) -> None:
    names = list(told)
    random.shuffle(names)  # type: ignore[attr-defined]
    mixed = {name: told[name] for name in names}
    assert pools.pro_rata(pool, mixed, cap, 18) == pools.pro_rata(pool, told, cap, 18)


@given(quantities, some_points, st.one_of(st.none(), quantities))
def test_more_points_never_give_less(
    pool: Decimal, told: dict[str, Decimal], cap: Decimal | None
) -> None:
    parts = pools.pro_rata(pool, told, cap, 18)
    assert all(more.amount >= less.amount - UNIT for more, less in pairwise(parts))
    assert all(
        abs(one.amount - other.amount) <= UNIT
        for one, other in pairwise(parts)
        if one.points == other.points
    )


@given(quantities, some_points, st.integers(1, 5))
def test_a_pot_goes_to_so_many_at_most(
    pool: Decimal, told: dict[str, Decimal], places: int
) -> None:
    parts = pools.top(pool, told, None, 18, places=places)
    assert len(parts) == min(places, len(told))
    assert total(part.amount for part in parts) == pool
    worst = min(part.points for part in parts)
    assert all(told[name] <= worst for name in set(told) - {part.payee for part in parts})
