from decimal import Context, Decimal, FloatOperation, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import (
    CONTEXT,
    MAX_MAGNITUDE,
    Money,
    fixed,
    grouped,
    parse_plain,
    plain,
    quotient,
    round_down,
    round_up,
    scale_of,
    total,
    use_exact_context,
)

QUANTITIES = st.integers(-(10**38) + 1, 10**38 - 1).map(lambda units: CONTEXT.scaleb(units, -18))


@given(QUANTITIES)
def test_a_quantity_is_read_back_from_its_one_spelling(quantity: Decimal) -> None:
    use_exact_context()
    assert parse_plain(plain(quantity)) == quantity
    assert parse_plain(fixed(quantity, 6)) == quantity
    assert grouped(quantity, 2).replace(",", "") == fixed(quantity, 2)


@pytest.mark.parametrize(
    "text",
    [
        *("", " 1", "1 ", "+1", "1_000", "1,000", "1.", ".5", "00", "01", "1e3", "NaN", "--1"),
        *("Infinity", "-", "٣", "1.0000000000000000001", "100000000000000000000", "0x1", "1\n"),
    ],
)
def test_other_spellings_of_numbers_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"plain decimal|decimals|too large"):
        parse_plain(text)


@pytest.mark.parametrize(
    ("quantity", "text"),
    [("0", "0"), ("-0", "0"), ("0.000", "0"), ("-0.10", "-0.1"), ("1E+2", "100"), ("100", "100")],
)
def test_plain_has_no_exponent_no_trailing_zeros_no_minus_zero(quantity: str, text: str) -> None:
    assert plain(Decimal(quantity)) == text


def test_grouped_parts_thousands_and_keeps_the_sign() -> None:
    assert grouped(Decimal("-1234567.5"), 2) == "-1,234,567.50"
    assert grouped(Decimal("0.000001"), 2) == "0.000001"


@given(QUANTITIES, st.integers(0, 18))
def test_rounding_stays_within_one_unit(quantity: Decimal, scale: int) -> None:
    use_exact_context()
    unit = Decimal(1).scaleb(-scale)
    up, down = round_up(quantity, scale), round_down(quantity, scale)
    assert abs(down) <= abs(quantity) <= abs(up)
    assert CONTEXT.subtract(abs(up), abs(down)) in (0, unit)
    assert scale_of(up) <= scale
    assert scale_of(down) <= scale


def test_quotients_round_half_to_even() -> None:
    assert quotient(Decimal(1), Decimal(8), 2) == Decimal("0.12")
    assert quotient(Decimal(3), Decimal(8), 2) == Decimal("0.38")


def test_money_adds_within_a_commodity_only() -> None:
    usdt = Money(Decimal("1.5"), "USDT")
    assert usdt + usdt == Money(Decimal(3), "USDT")
    assert usdt - usdt == Money(Decimal(0), "USDT")
    assert str(-usdt) == "-1.5 USDT"
    with pytest.raises(TypeError, match="do not add up"):
        _ = usdt + Money(Decimal(1), "USDC")


@pytest.mark.parametrize("quantity", [1.5, 1, "1", Decimal("NaN"), Decimal("Infinity")])
def test_money_is_a_finite_decimal(quantity: Decimal) -> None:
    with pytest.raises(TypeError, match="finite Decimal"):
        Money(quantity, "USDT")


def test_floats_do_not_come_near_quantities() -> None:
    with pytest.raises(FloatOperation):
        CONTEXT.create_decimal(0.1)
    assert CONTEXT.multiply(MAX_MAGNITUDE, Decimal("1e-18")) == 100


def test_a_total_is_exact_whatever_the_threads_own_context() -> None:
    parts = [Decimal(99999999999999999999), Decimal("0.000000000000000001")]
    with localcontext(Context(prec=28)):
        assert total(parts) == Decimal("99999999999999999999.000000000000000001")
    assert total([]) == 0
