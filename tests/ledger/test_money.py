import re
from concurrent.futures import ThreadPoolExecutor
from decimal import (
    ROUND_HALF_EVEN,
    ROUND_UP,
    Context,
    Decimal,
    DefaultContext,
    FloatOperation,
    InvalidOperation,
    getcontext,
    localcontext,
)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import (
    CONTEXT,
    MAX_MAGNITUDE,
    Money,
    fixed,
    grouped,
    mean,
    parse_plain,
    plain,
    quotient,
    round_down,
    round_up,
    scale_of,
    total,
    use_exact_context,
    value_at,
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
    [
        *(("0", "0"), ("-0", "0"), ("0.000", "0"), ("-0E-9", "0"), ("-0.10", "-0.1")),
        *(("1E+2", "100"), ("100", "100"), ("1.20E-7", "0.00000012")),
        ("1E-18", "0.000000000000000001"),
    ],
)
def test_plain_has_no_exponent_no_trailing_zeros_no_minus_zero(quantity: str, text: str) -> None:
    assert plain(Decimal(quantity)) == text


@pytest.mark.parametrize("text", ["NaN", "-Infinity"])
def test_what_is_not_finite_has_no_decimals(text: str) -> None:
    with pytest.raises(InvalidOperation, match=f"^not a finite quantity: {text}$"):
        scale_of(Decimal(text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1_000", "not a plain decimal number: '1_000'"),
        ("1.0000000000000000001", "more than 18 decimals: '1.0000000000000000001'"),
        ("-100000000000000000000", "too large: '-100000000000000000000'"),
    ],
)
def test_a_number_that_is_refused_is_named_with_the_reason(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        parse_plain(text)


def test_the_largest_and_the_finest_quantity_are_taken() -> None:
    largest = "-99999999999999999999.999999999999999999"
    assert parse_plain(largest) == Decimal(largest)
    assert parse_plain("0.0000000000000000010") == Decimal("1e-18")


@pytest.mark.parametrize(
    ("quantity", "scale", "text"),
    [("5", 0, "5"), ("-5", 2, "-5.00"), ("0.125", 2, "0.125"), ("1e3", 1, "1000.0")],
)
def test_fixed_has_the_decimals_asked_for_and_no_point_without_any(
    quantity: str, scale: int, text: str
) -> None:
    assert fixed(Decimal(quantity), scale) == text


def test_grouped_parts_thousands_and_keeps_the_sign() -> None:
    assert grouped(Decimal(1234567), 0) == "1,234,567"
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


def test_rounding_is_exact_whatever_the_threads_own_context() -> None:
    fine = Decimal("99999999999999999999.9999999999999999985")
    with localcontext(Context(prec=28)):
        assert round_up(fine, 18) == Decimal("99999999999999999999.999999999999999999")
        assert round_down(fine, 18) == Decimal("99999999999999999999.999999999999999998")
        assert quotient(Decimal(10) ** 20, Decimal(3), 18) == Decimal(
            "33333333333333333333.333333333333333333"
        )


def test_threads_that_begin_later_compute_exactly_too() -> None:
    DefaultContext.prec, DefaultContext.rounding = 28, ROUND_UP
    DefaultContext.clear_traps()
    use_exact_context()
    with ThreadPoolExecutor(1) as pool:
        later = pool.submit(getcontext).result()
    for context in (getcontext(), later):
        assert context is not CONTEXT
        assert (context.prec, context.rounding) == (90, ROUND_HALF_EVEN)
        assert dict(context.traps) == dict(CONTEXT.traps)
    assert {trap.__name__ for trap, is_set in CONTEXT.traps.items() if is_set} == {
        *("Clamped", "DivisionByZero", "FloatOperation", "InvalidOperation", "Overflow")
    }


def test_a_mean_is_exact_and_rounded_once_half_to_even() -> None:
    assert mean([Decimal("0.1"), Decimal("0.2")], 18) == Decimal("0.15")
    assert mean([Decimal(1), Decimal(1), Decimal(2)], 3) == Decimal("1.333")
    assert mean([Decimal("0.12"), Decimal("0.13")], 2) == Decimal("0.12")
    assert mean([Decimal("0.13"), Decimal("0.14")], 2) == Decimal("0.14")
    assert mean([Decimal("-0.13"), Decimal("-0.14")], 2) == Decimal("-0.14")
    with pytest.raises(ValueError, match="no quantities to take the mean of"):
        mean([], 18)


def test_a_mean_of_many_large_quantities_loses_no_digit() -> None:
    quantities = [Decimal("99999999999999999999.999999999999999999")] * 365
    with localcontext(prec=9):
        assert mean(quantities, 18) == quantities[0]


def test_a_value_is_rounded_once_half_to_even() -> None:
    assert value_at(Decimal("2.5"), Decimal("0.05"), 2) == Decimal("0.12")
    assert value_at(Decimal("-2.7"), Decimal("0.05"), 2) == Decimal("-0.14")
    assert value_at(Decimal(10**19), Decimal("1.000000000000000001"), 2) == Decimal(
        "10000000000000000010.00"
    )


def test_quotients_round_half_to_even() -> None:
    assert quotient(Decimal(1), Decimal(8), 2) == Decimal("0.12")
    assert quotient(Decimal(3), Decimal(8), 2) == Decimal("0.38")


def test_money_adds_within_a_commodity_only() -> None:
    usdt = Money(Decimal("1.5"), "USDT")
    assert usdt + usdt == Money(Decimal(3), "USDT")
    assert usdt - usdt == Money(Decimal(0), "USDT")
    assert str(-usdt) == "-1.5 USDT"
    usdc = Money(Decimal(1), "USDC")
    with pytest.raises(TypeError, match=r"^USDT and USDC do not add up$"):
        _ = usdt + usdc
    with pytest.raises(TypeError, match=r"^USDT and USDC do not add up$"):
        _ = usdt - usdc


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
