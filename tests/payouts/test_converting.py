"""What is owed in one commodity comes to no more in another, whatever the prices."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ledger.money import CONTEXT, total
from payouts.converting import (
    Converted,
    Figure,
    Priced,
    Rule,
    conversion_fields,
    converted,
    price_fields,
)

AMOUNTS = st.decimals(min_value="0.000001", max_value="1000000", places=6)
PRICES = st.decimals(min_value="0.000000000000000001", max_value="100000", places=18)
SCALES = st.sampled_from([2, 6, 18])


@given(owed=AMOUNTS, price_owed=PRICES, price_paid=PRICES, scale=SCALES)
def test_what_is_paid_is_worth_what_is_owed_or_less_by_under_one_payable_unit(
    owed: Decimal, price_owed: Decimal, price_paid: Decimal, scale: int
) -> None:
    paid = converted(owed, price_owed, price_paid, scale)
    unit = Decimal(1).scaleb(-scale)
    worth = CONTEXT.multiply(owed, price_owed)
    assert CONTEXT.multiply(paid, price_paid) <= worth
    assert CONTEXT.multiply(CONTEXT.add(paid, unit), price_paid) > worth


@given(parts=st.lists(AMOUNTS, min_size=1, max_size=8), price=PRICES, scale=SCALES)
def test_parts_that_are_converted_apart_come_to_no_more_than_their_sum(
    parts: list[Decimal], price: Decimal, scale: int
) -> None:
    whole = converted(total(parts), Decimal(1), price, scale)
    apart = total(converted(each, Decimal(1), price, scale) for each in parts)
    assert apart <= whole
    assert CONTEXT.subtract(whole, apart) < Decimal(len(parts)).scaleb(-scale)
    assert whole == converted(total(reversed(parts)), Decimal(1), price, scale)


@given(owed=AMOUNTS, price=PRICES)
def test_at_equal_prices_an_amount_stays_what_it_is(owed: Decimal, price: Decimal) -> None:
    assert converted(owed, price, price, 6) == owed


def test_a_price_that_does_not_divide_is_rounded_down_once() -> None:
    assert converted(Decimal(10), Decimal(1), Decimal(3), 6) == Decimal("3.333333")
    assert converted(Decimal("0.01"), Decimal(1), Decimal(100_000), 2) == 0
    # The quotient lies closer to 2 than 90 digits can tell, and yet below it.
    below = CONTEXT.subtract(Decimal(2), Decimal(1).scaleb(-18))
    assert converted(below, Decimal(1), Decimal(1), 2) == Decimal("1.99")


def priced(*figures: Figure, rule: Rule = Rule.AVERAGE) -> Priced:
    return Priced(commodity="HBOT", rule=rule, price=Decimal("0.005"), figures=figures)


FIRST = Figure(on=date(2023, 11, 1), source="market", price=Decimal("0.004"))
SECOND = Figure(on=date(2023, 11, 2), source="market", price=Decimal("0.006"))


def test_the_fields_of_prices_do_not_depend_on_their_order_and_tell_every_figure() -> None:
    assert price_fields([priced(FIRST, SECOND)]) == price_fields([priced(SECOND, FIRST)])
    told = [price_fields([each]) for each in (priced(FIRST, SECOND), priced(FIRST), priced())]
    assert len({tuple(each) for each in told}) == len(told)
    assert conversion_fields(None) == [None, None]
    turned = Converted(commodity="USDC", owed=Decimal("1.50"))
    assert conversion_fields(turned) == ["USDC", "1.5"]


def test_a_price_says_its_rule_and_its_days() -> None:
    assert priced(FIRST, SECOND).words == (
        "HBOT at 0.005 USD, mean of 2 days from 2023-11-01 to 2023-11-02 by market"
    )
    assert priced(FIRST, rule=Rule.NEWEST).words == "HBOT at 0.005 USD of 2023-11-01 by market"
    assert Priced(commodity="USD", rule=Rule.DOLLAR, price=Decimal(1)).words == "USD at 1 USD"
