"""Matching bank lines with payout lines: exact, unique, or left to a person."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from payouts.matching import Expected, Outgoing, pair

LINE = Expected(
    batch="2023-10:w:1",
    line=1,
    reference="2023-10:w:1/1",
    address="0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    commodity="USDC",
    amount=Decimal("120.5"),
    frozen_on=date(2023, 11, 3),
)
OUT = Outgoing(
    id="tx:0",
    on=date(2023, 11, 4),
    commodity="USDC",
    amount=Decimal("120.50"),
    counterparty=LINE.address.lower(),
    memo="",
)
NEXT_MONTH = replace(LINE, batch="2023-11:w:1", reference="2023-11:w:1/1")
FIRST = (LINE.batch, 1)
SECOND = (NEXT_MONTH.batch, 1)


def test_the_address_amount_and_commodity_name_a_line() -> None:
    assert pair([LINE], [OUT]).paid == {FIRST: "tx:0"}


def test_another_amount_commodity_address_or_an_earlier_day_does_not() -> None:
    for other in (
        replace(OUT, amount=Decimal("120.500001")),
        replace(OUT, commodity="USDT"),
        replace(OUT, counterparty=LINE.address[:-1] + "e"),
        replace(OUT, on=date(2023, 11, 2)),
    ):
        assert pair([LINE], [other]).paid == {}


def test_a_bank_account_is_compared_to_the_letter_and_without_spaces() -> None:
    wire = replace(LINE, address="DE89370400440532013000")
    spaced = replace(OUT, counterparty="DE89 3704 0044 0532 0130 00")
    assert pair([wire], [spaced]).paid == {FIRST: "tx:0"}
    assert pair([wire], [replace(spaced, counterparty="de89370400440532013000")]).paid == {}


def test_a_reference_names_a_line_wherever_the_money_went() -> None:
    named = replace(OUT, counterparty="ACME Bank", memo="SEPA 2023-10:w:1/1 thanks")
    assert pair([LINE], [named]).paid == {FIRST: "tx:0"}


def test_a_reference_that_only_begins_like_it_does_not() -> None:
    assert pair([LINE], [replace(OUT, memo="2023-10:w:1/12")]).paid == {}


def test_two_months_to_one_address_are_told_apart_by_reference_only() -> None:
    both = [LINE, NEXT_MONTH]
    silent = pair(both, [OUT])
    assert (silent.paid, set(silent.ambiguous)) == ({}, {FIRST, SECOND})
    named = pair(both, [replace(OUT, memo=NEXT_MONTH.reference), replace(OUT, id="tx:1")])
    assert named.paid == {SECOND: "tx:0", FIRST: "tx:1"}


def test_two_bank_lines_for_one_line_are_ambiguous() -> None:
    twice = pair([LINE], [OUT, replace(OUT, id="tx:1")])
    assert (twice.paid, set(twice.ambiguous)) == ({}, {FIRST})
