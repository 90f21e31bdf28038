"""Connectors and what keeps them maintained, for tests: an exchange, its fee share, its years."""

import itertools
from datetime import UTC, date, datetime
from decimal import Decimal

from ledger import bank, evidence, parties, prices
from ledger.bank_tables import BankLine
from ledger.revenue import connectors, prepaid, renewals
from support.books import Books
from support.fee_shares import agree, pay, state

_numbers = itertools.count(1)
BANK = "bank-main"
RELEASED = date(2024, 9, 10)
SECOND_YEAR = date(2025, 9, 10)


def open_exchanges(books: Books, *names: str) -> None:
    """Add exchanges, a payee, a bank account, and the rule that a USDT is worth a dollar."""
    with books.write() as change:
        for name in names or ("Gate",):
            parties.add(change, name=name, kind="exchange")
        parties.add(change, name="Ada", kind="payee")
        bank.add_account(change, BANK, kind="bank", purpose="receipts")
    price_at_par(books)


def price_at_par(books: Books) -> None:
    with books.write() as change:
        prices.add(
            change,
            commodity="USDT",
            quote="USD",
            on=date(2023, 1, 1),
            price=Decimal(1),
            source="policy: stablecoins at par",
        )


def at(books: Books, day: date) -> None:
    """Let what the test writes from now on be written on a day."""
    books.at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


def connect(
    books: Books, name: str = "gate_io", exchange: str = "Gate", released_on: date = RELEASED
) -> None:
    """Add a connector that was released on a day."""
    with books.write() as change:
        made, _ = connectors.add(change, identity=name, exchange=exchange, kind="clob-spot")
        connectors.release(change, made, on=released_on, evidence="release 2.0")


def receive_fee_share(books: Books, *months: tuple[str, str, date], stream: str = "") -> str:
    """State and receive Gate's fee share: a month, an amount in USDT, the day it came."""
    stream = stream or agree(books, {"Ada": "1"})
    for period, amount, on in months:
        statement = state(books, stream, amount, period=period)
        pay(books, statement, Decimal(amount), on)
    return stream


def invoice(
    books: Books,
    identity: str = "gate-2025",
    *,
    amount: str = "2000",
    commodity: str = "USD",
    year_from: date = SECOND_YEAR,
    connector: str = "gate_io",
) -> None:
    """Invoice a renewal of Gate's."""
    with books.write() as change:
        renewals.invoice(
            change,
            identity=identity,
            exchange="Gate",
            connector=connector,
            year_from=year_from,
            amount=Decimal(amount),
            commodity=commodity,
            source="a test",
        )


def came(books: Books, amount: str, memo: str, on: date, commodity: str = "USD") -> str:
    """Record money that came to the bank; return the line's id."""
    name = f"u{next(_numbers)}"
    with books.write() as change:
        movement = bank.BankMovement(
            bank_account=BANK,
            external_id=name,
            on=on,
            commodity=commodity,
            amount=Decimal(amount),
            counterparty="Gate",
            memo=memo,
            row=1,
        )
        bank.record(change, movement, evidence.keep(change, b"a bank's file", "bank.csv"))
    return f"{BANK}/{name}"


def pay_year(books: Books, identity: str, amount: str, on: date, commodity: str = "USD") -> None:
    """Let money come for a renewal or a sponsorship, and match it."""
    line = came(books, amount, identity, on, commodity)
    with books.write() as change:
        prepaid.receive_payment(
            change,
            prepaid.named(change.session, identity),
            change.session.get_one(BankLine, line),
            Decimal(amount),
            why="memo",
        )
