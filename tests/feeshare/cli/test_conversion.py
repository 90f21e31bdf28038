"""`convert`: the first purchase of HBOT from a fee share, as it was published."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest

from ledger import bank, evidence
from support.books import Books
from support.command_line import Answer, feeshare

SOLD, BOUGHT = ("--sold", "okx/usdc"), ("--bought", "okx/hbot")
WHY = ("--why", "HGP-64: half of the OKX fee share, 4033 USDC")
BAD_INPUT = 2


@pytest.fixture
def lines(books: Books) -> Books:
    with books.write() as change:
        bank.add_account(change, "okx", kind="exchange", purpose="fee share")
        digest = evidence.keep(change, b"statement", "okx.csv")
        for external, commodity, amount in (
            ("usdc", "USDC", "-2016"),
            ("hbot", "HBOT", "900000.5"),
        ):
            movement = bank.BankMovement(
                bank_account="okx",
                external_id=external,
                on=date(2023, 10, 9),
                commodity=commodity,
                amount=Decimal(amount),
                counterparty="",
                memo="",
                row=1,
            )
            bank.record(change, movement, digest)
    return books


def convert(books: Books, *more: str) -> Answer:
    return feeshare(books, "convert", "hbot:2023-10", *SOLD, *BOUGHT, *WHY, *more)


def test_a_purchase_is_recorded_once_and_listed(lines: Books) -> None:
    first = convert(lines, "--sold-fee", "2")
    assert (first.status, "2016 left, 900000.5 came" in first.err) == (0, True), first
    digest = lines.digest()
    again = convert(lines, "--sold-fee", "2", "--sold-amount", "2016")
    assert (again.status, "Nothing to do" in again.err) == (0, True), again
    assert lines.digest() == digest
    answer = feeshare(lines, "conversion", "list", "--csv")
    assert answer.status == 0, answer
    listed = answer.out
    (row,) = csv.DictReader(io.StringIO(listed))
    assert (row["sold"], row["sold_fee"], row["sold_commodity"], row["sold_on"]) == (
        *("2016", "2", "USDC"),
        "2023-10-09",
    )
    assert (row["bought"], row["account"]) == ("900000.5", "equity:conversion:hbot-usdc")
    assert (
        feeshare(lines, "conversion", "list", "--csv", "--as-of", "2023-10-08").out.count("\n")
        == 1
    )
    ledger = feeshare(lines, "report", "trial-balance", "--csv")
    assert ledger.status == 0, ledger
    assert "equity:conversion:hbot-usdc" in ledger.out


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("--sold-amount", "2e3"), "not_a_number: --sold-amount"),
        (("--bought-fee", "x"), "not_a_number: --bought-fee"),
        (("--sold-amount", "2017"), "match_invalid: okx/usdc"),
        (("--sold-fee", "2016"), "amount_invalid: fee of okx/usdc"),
    ],
)
def test_what_is_no_conversion_leaves_nothing(
    lines: Books, more: tuple[str, ...], code: str
) -> None:
    digest = lines.digest()
    answer = convert(lines, *more)
    assert (answer.status, code in answer.err) == (BAD_INPUT, True), answer
    assert lines.digest() == digest
