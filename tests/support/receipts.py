"""Lines that came in or left, and what is open of them, for tests of receipts."""

import itertools
from datetime import date
from decimal import Decimal

from feeshare.tie_outs import tie_outs
from ledger import bank, evidence
from ledger.accounts import Chart
from ledger.balances import balances
from support.books import Books

_numbers = itertools.count(1)
DAY = date(2023, 10, 20)
FEES = Chart.EXPENSE_NETWORK_FEES.value
CREDIT = Chart.EXCHANGE_CREDIT.value
OWED = Chart.RECEIVABLE_FEE_SHARE.value


def line(  # noqa: PLR0917 - a line's facts
    books: Books,
    amount: str,
    counterparty: str = "Gate",
    memo: str = "",
    account: str = "bank-main",
    commodity: str = "USDT",
    on: date = DAY,
) -> str:
    """Record a bank line; return its id."""
    with books.write() as change:
        movement = bank.BankMovement(
            bank_account=account,
            external_id=f"y{next(_numbers)}",
            on=on,
            commodity=commodity,
            amount=Decimal(amount),
            counterparty=counterparty,
            memo=memo,
            row=1,
        )
        bank.record(change, movement, evidence.keep(change, b"a bank's file", "bank.csv"))
    return f"{account}/{movement.external_id}"


def left(books: Books) -> dict[str, Decimal]:
    """Return what is open of each bank line."""
    with books.read() as session:
        return {each.id: amount for each, amount in bank.open_lines(session)}


def held(books: Books) -> dict[str, Decimal]:
    """Return what every account holds, over all commodities, where it is not zero."""
    with books.read() as session:
        return {row.account: row.balance for row in balances(session)}


def ties(books: Books) -> list[str]:
    """Return the tie-outs that do not hold."""
    with books.read() as session:
        return [f"{each.name}: {each.result}" for each in tie_outs(session) if not each.holds]
