"""Quantities are written as a mapping declares: signs, exponents and units of rates."""

from decimal import Decimal

import pytest

from ledger.errors import Problem
from ledger.revenue.quantities import Marks, parse_number, parse_rate


def read(text: str, **marks: object) -> object:
    declared = Marks(decimal=".", grouping=None, **marks)  # type: ignore[arg-type]
    found = parse_number(text, marks=declared, scale=18, signed=True)
    return found.code if isinstance(found, Problem) else found


@pytest.mark.parametrize(
    ("style", "text", "expected"),
    [
        ("parentheses", "(5.5)", Decimal("-5.5")),
        ("parentheses", "5.5", Decimal("5.5")),
        ("parentheses", "-5.5", "sign_style"),
        ("parentheses", "5.5-", "sign_style"),
        ("trailing-minus", "5.5-", Decimal("-5.5")),
        ("trailing-minus", "(5.5)", "sign_style"),
        ("plain", "-5.5", Decimal("-5.5")),
    ],
)
def test_a_sign_is_read_in_its_declared_style_only(
    style: str, text: str, expected: object
) -> None:
    assert read(text, sign_style=style) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.2E-7", Decimal("0.00000012")),
        ("1.25e2", Decimal(125)),
        ("-1e-2", Decimal("-0.01")),
        ("12", Decimal(12)),
        ("1.22412E+31", "scientific"),
        ("1e5", "scientific"),
    ],
)
def test_an_exponent_is_read_where_allowed_and_where_no_digit_is_lost(
    text: str, expected: object
) -> None:
    assert read(text, scientific=True) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("40%", Decimal("0.4")), ("40", "rate_unit"), ("40%%", "rate_unit"), ("", "value_missing")],
)
def test_a_rate_with_a_percent_sign_has_one(text: str, expected: object) -> None:
    found = parse_rate(text, marks=Marks(decimal=".", grouping=None), unit="percent-sign")
    assert (found.code if isinstance(found, Problem) else found) == expected
