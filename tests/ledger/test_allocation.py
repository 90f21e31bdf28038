import re
from decimal import Context, Decimal, localcontext

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ledger.allocation import divide, pool_of
from ledger.money import CONTEXT, scale_of

SCALES = st.sampled_from([0, 2, 6, 8, 18])
NAMES = st.text("abcdef", min_size=1, max_size=3)
WEIGHTS = st.dictionaries(
    NAMES, st.decimals(min_value=Decimal("1e-6"), max_value=1000, places=6), min_size=1, max_size=8
)


@given(st.integers(0, 10**24), WEIGHTS, SCALES)
def test_shares_sum_exactly_and_err_by_less_than_a_unit(
    units: int, weights: dict[str, Decimal], scale: int
) -> None:
    pool = CONTEXT.scaleb(units, -scale)
    assume(all(weight > 0 for weight in weights.values()))
    shares = divide(pool, weights, scale)
    unit = Decimal(1).scaleb(-scale)
    total = Decimal(0)
    for share in shares:
        total = CONTEXT.add(total, share.quantity)
        assert abs(CONTEXT.subtract(share.quantity, share.unrounded)) < unit
        assert scale_of(share.quantity) <= scale
    assert total == pool
    assert sorted(share.residue_rank for share in shares) == list(range(1, len(shares) + 1))


@given(st.integers(0, 10**12), WEIGHTS, st.randoms())
def test_the_order_of_parties_does_not_matter(
    units: int, weights: dict[str, Decimal], random: object
) -> None:
    shuffled = list(weights.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    pool = Decimal(units).scaleb(-6)
    assert divide(pool, weights, 6) == divide(pool, dict(shuffled), 6)


@given(st.integers(0, 10**12), WEIGHTS, st.integers(2, 9))
def test_only_proportions_of_weights_count(
    units: int, weights: dict[str, Decimal], factor: int
) -> None:
    pool = Decimal(units).scaleb(-2)
    scaled = {name: weight * factor for name, weight in weights.items()}
    assert [share.quantity for share in divide(pool, weights, 2)] == [
        share.quantity for share in divide(pool, scaled, 2)
    ]


def test_equal_remainders_go_to_the_smaller_ids() -> None:
    shares = divide(Decimal("0.02"), {"c": Decimal(1), "a": Decimal(1), "b": Decimal(1)}, 2)
    assert [(share.party, share.quantity, share.residue_rank) for share in shares] == [
        ("a", Decimal("0.01"), 1),
        ("b", Decimal("0.01"), 2),
        ("c", Decimal("0.00"), 3),
    ]


def test_the_largest_remainder_gets_the_unit_whatever_its_id() -> None:
    shares = divide(Decimal(1), {"a": Decimal(1), "z": Decimal(2)}, 0)
    assert {share.party: share.quantity for share in shares} == {"a": 0, "z": 1}


def test_a_share_says_its_weight_and_what_it_would_be_without_rounding() -> None:
    shares = divide(Decimal("0.01"), {"a": Decimal(1), "b": Decimal(3)}, 2)
    assert [(share.party, share.weight, share.unrounded) for share in shares] == [
        ("a", Decimal(1), Decimal("0.0025")),
        ("b", Decimal(3), Decimal("0.0075")),
    ]


def test_a_division_is_exact_whatever_the_threads_own_context() -> None:
    pool = Decimal("99999999999999999999.999999999999999999")
    weights = {"a": Decimal("0.333333333333333333"), "b": Decimal("0.666666666666666667")}
    wanted = divide(pool, weights, 18)
    with localcontext(Context(prec=9)):
        assert divide(pool, weights, 18) == wanted
    assert [share.quantity for share in wanted] == [
        Decimal("33333333333333333300.000000000000000000"),
        Decimal("66666666666666666699.999999999999999999"),
    ]


WEIGHTS_REFUSED = "weights must be positive and there must be at least one party"
POOL_REFUSED = "the pool must be a multiple of 10^-2 and not negative: "


@pytest.mark.parametrize(
    ("pool", "weights", "message"),
    [
        ("1", {}, WEIGHTS_REFUSED),
        ("1", {"a": "0"}, WEIGHTS_REFUSED),
        ("1", {"a": "1", "b": "-1"}, WEIGHTS_REFUSED),
        ("-1", {"a": "1"}, f"{POOL_REFUSED}-1"),
        ("0.001", {"a": "1"}, f"{POOL_REFUSED}0.001"),
    ],
)
def test_what_cannot_be_divided_is_refused(
    pool: str, weights: dict[str, str], message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        divide(Decimal(pool), {name: Decimal(value) for name, value in weights.items()}, 2)


def test_a_pool_beyond_the_precision_is_refused_rather_than_divided_inexactly() -> None:
    pool = Decimal("9" * 90)
    with pytest.raises(ArithmeticError, match=f"^shares do not sum to the pool: {pool}$"):
        divide(pool, {"a": Decimal(3), "b": Decimal(3)}, 0)


@pytest.mark.parametrize(
    ("base", "rate", "pool"),
    [
        ("100", "0.2", "20"),
        ("0.01", "0.2", "0.01"),
        ("0.001", "0.5", "0"),
        ("33.33", "0.2", "6.67"),
    ],
)
def test_a_pool_is_rounded_up_but_never_beyond_its_base(base: str, rate: str, pool: str) -> None:
    assert pool_of(Decimal(base), Decimal(rate), 2) == Decimal(pool)
