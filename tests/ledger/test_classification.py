from datetime import date
from decimal import Decimal

import pytest

from feeshare.tie_outs import tie_outs
from ledger import bank, evidence
from ledger.accounts import Chart
from ledger.balances import account_balance
from ledger.classification import INCOMING, OUTGOING
from ledger.errors import BadInput
from support.books import Books
from support.matching import matched, unmatched

FEE = "bank-operating/fee-1"
UNKNOWN = "bank-operating/unknown-1"


@pytest.fixture
def lines(books: Books) -> Books:
    """Give a bank account with a fee that went out, and money from nobody knows whom."""
    with books.write() as change:
        bank.add_account(change, "bank-operating", kind="bank", purpose="operating")
        digest = evidence.keep(change, b"statement", "bank.csv")
        for identity, amount in ((FEE, "-12.5"), (UNKNOWN, "300")):
            bank.record(
                change,
                bank.BankMovement(
                    bank_account="bank-operating",
                    external_id=identity.partition("/")[2],
                    on=date(2023, 10, 9),
                    commodity="USD",
                    amount=Decimal(amount),
                    counterparty="the bank",
                    memo="",
                    row=2,
                ),
                digest,
            )
    return books


def test_a_fee_that_the_bank_took_is_an_expense(lines: Books) -> None:
    matched(lines, FEE, Chart.EXPENSE_BANK_FEES)
    with lines.read() as session:
        assert account_balance(session, Chart.EXPENSE_BANK_FEES, "USD") == Decimal("12.5")
        assert account_balance(session, "assets:bank:operating", "USD") == Decimal("-12.5")
        assert all(check.holds for check in tie_outs(session))
        assert [line.id for line, _ in bank.open_lines(session)] == [UNKNOWN]


def test_money_from_nobody_knows_whom_is_a_liability_for_its_line(lines: Books) -> None:
    matched(lines, UNKNOWN, Chart.UNIDENTIFIED_RECEIPTS, "100")
    matched(lines, UNKNOWN, Chart.UNIDENTIFIED_RECEIPTS, "200")
    with lines.read() as session:
        owed = account_balance(session, Chart.UNIDENTIFIED_RECEIPTS, "USD")
        assert owed == Decimal(-300)
        assert all(check.holds for check in tie_outs(session))


def test_what_left_for_nobody_knows_what_keeps_the_month_open(lines: Books) -> None:
    matched(lines, FEE, Chart.SUSPENSE)
    with lines.read() as session:
        broken = [check.name for check in tie_outs(session) if not check.holds]
        assert broken == [Chart.SUSPENSE]


@pytest.mark.parametrize(
    ("line", "account"),
    [(FEE, each) for each in Chart if each not in OUTGOING]
    + [(UNKNOWN, each) for each in Chart if each not in INCOMING],
)
def test_a_line_is_classified_to_no_other_account(lines: Books, line: str, account: Chart) -> None:
    digest = lines.digest()
    with pytest.raises(BadInput, match="match_invalid"):
        matched(lines, line, account)
    assert lines.digest() == digest


@pytest.mark.parametrize("amount", ["0", "12.51", "x", "-0"])
def test_no_more_of_a_line_is_classified_than_is_left(lines: Books, amount: str) -> None:
    digest = lines.digest()
    with pytest.raises(BadInput, match="match_invalid"):
        matched(lines, FEE, Chart.EXPENSE_BANK_FEES, amount)
    assert lines.digest() == digest


def test_what_was_classified_and_taken_back_is_classified_anew(lines: Books) -> None:
    matched(lines, FEE, Chart.EXPENSE_BANK_FEES)
    released = unmatched(lines, FEE)
    assert (released.new, released.went_back) == (True, ())
    with lines.read() as session:
        assert account_balance(session, Chart.EXPENSE_BANK_FEES, "USD") == 0
        assert FEE in [line.id for line, _ in bank.open_lines(session)]
    matched(lines, FEE, Chart.EXPENSE_BANK_FEES)
    with lines.read() as session:
        assert account_balance(session, Chart.EXPENSE_BANK_FEES, "USD") == Decimal("12.5")
        assert all(check.holds for check in tie_outs(session))
