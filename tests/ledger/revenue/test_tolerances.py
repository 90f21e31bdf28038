from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.revenue.tolerances import EXACT, Limit, Tolerance, tolerance_of

VALUE = {
    "default": {"bank-fee": {"amount": "30"}},
    "gate": {
        "network-fee": {"amount": "5", "fraction": "0.01"},
        "short-pay": {"fraction": "0.02"},
        "overpaid": {"amount": "1"},
    },
}


def kind(exchange: str, difference: str, owed: str = "1000") -> str | None:
    return tolerance_of(VALUE, exchange).kind_of(Decimal(difference), Decimal(owed))


def test_an_exchange_has_its_own_limits_or_everyones() -> None:
    assert kind("gate", "5") == "network-fee"
    assert kind("htx", "5") == "bank-fee"
    assert kind("htx", "30.01") is None
    assert tolerance_of({}, "gate") == EXACT
    assert EXACT.kind_of(Decimal("0.01"), Decimal(1)) is None


def test_where_two_limits_are_set_both_hold() -> None:
    assert kind("gate", "5", "400") == "short-pay"
    assert kind("gate", "4", "400") == "network-fee"
    assert kind("gate", "20") == "short-pay"
    assert kind("gate", "20.01") is None


def test_below_and_above_have_limits_of_their_own() -> None:
    assert kind("gate", "-1") == "overpaid"
    assert kind("gate", "-1.01") is None
    assert kind("htx", "-1") is None
    assert kind("gate", "0") is None


def test_a_kind_without_a_limit_allows_nothing() -> None:
    assert not Limit().allows(Decimal("0.01"), Decimal(100))


limits = st.builds(
    Limit,
    amount=st.none() | st.decimals(0, 50, places=2),
    fraction=st.none() | st.decimals(0, 1, places=3),
)


@given(
    below=limits,
    above=limits,
    owed=st.decimals(Decimal("0.01"), 10_000, places=2),
    paid=st.decimals(Decimal("0.01"), 10_000, places=2),
)
def test_no_window_leaves_out_what_a_limit_allows(
    below: Limit, above: Limit, owed: Decimal, paid: Decimal
) -> None:
    tolerance = Tolerance(limits={"network-fee": below, "overpaid": above})
    if owed != paid and tolerance.kind_of(owed - paid, owed) is None:
        return
    low, high = tolerance.claims_for(paid)
    if owed <= 50 * paid:  # a fee of nearly all that is owed is no fee
        assert low <= owed <= high
    low, high = tolerance.receipts_for(owed)
    assert low <= paid <= high


@pytest.mark.parametrize("fraction", ["1", "0.999"])
def test_a_fraction_of_nearly_all_does_not_divide_by_nothing(fraction: str) -> None:
    limit = Limit(fraction=Decimal(fraction))
    assert limit.reach(Decimal(1), of_claim=False) > 0
