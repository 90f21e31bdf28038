"""What rails are told: amounts above zero, in units that lose nothing."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from ledger.errors import BadInput
from payouts.rails.instructions import units
from support.payouts import ALICE, BOB, THREE, USDC, instruction, payment


def test_units_are_exact_or_refused() -> None:
    assert units(Decimal("1.10"), 1) == 11
    assert units(Decimal("99999999999999999999.999999999999999999"), 18) == 10**38 - 1
    with pytest.raises(BadInput, match="too_precise"):
        units(Decimal("1.01"), 1)


@pytest.mark.parametrize(
    ("amount", "code"),
    [("0", "zero_amount"), ("-1", "negative_amount"), ("NaN", "negative_amount")],
)
def test_a_payment_of_nothing_or_less_cannot_be_built(amount: str, code: str) -> None:
    with pytest.raises(BadInput, match=code):
        payment(1, ALICE, USDC, amount)


def test_a_payment_in_another_commodity_than_its_token_cannot_be_built() -> None:
    with pytest.raises(BadInput, match="asset_ambiguous"):
        replace(payment(1, ALICE, USDC, "1"), commodity="USDT")


def test_a_batch_needs_lines_with_their_own_numbers_and_a_time_with_its_offset() -> None:
    with pytest.raises(BadInput, match="batch_unexecutable"):
        instruction()
    with pytest.raises(BadInput, match="batch_unexecutable"):
        instruction(payment(1, ALICE, USDC, "1"), payment(1, BOB, USDC, "1"))
    with pytest.raises(BadInput, match="timezone_missing"):
        replace(THREE, created_at=datetime(2026, 9, 12))  # noqa: DTZ001 - the point of the test
