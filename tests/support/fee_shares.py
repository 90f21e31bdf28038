"""A fee share from its agreement to the money: agree, state, accrue and pay, for tests."""

import itertools
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from feeshare.inbox import mappings_in
from ledger import bank, dues, evidence, obligations, parties
from ledger.bank_tables import BankLine
from ledger.revenue import accruals, restatements
from ledger.revenue.agreements import add_terms
from ledger.revenue.receivables import Difference, receivables, receive
from ledger.revenue.rows import StatementRow
from ledger.revenue.terms import TermsDraft
from ledger.revenue.tolerances import OVERPAID
from support.books import Books
from support.databases import EXAMPLES
from support.staged import stage_rows

(MAPPING,) = [each for each in mappings_in(EXAMPLES / "mappings") if each.name == "binance"]
_numbers = itertools.count(1)


def open_exchange(books: Books) -> None:
    """Add an exchange, three payees and a bank account."""
    with books.write() as change:
        parties.add(change, name="Gate", kind="exchange")
        for name in ("Ada", "Bob", "Carol"):
            parties.add(change, name=name, kind="payee")
        bank.add_account(change, "bank-main", kind="bank", purpose="receipts")


def agree(
    books: Books,
    maintainers: Mapping[str, str],
    *,
    exchange: str = "Gate",
    commodity: str = "USDT",
    fixed_amount: Decimal | None = None,
    maintainer_rate: Decimal | None = None,
    rebate_rate: Decimal | None = None,
) -> str:
    """Add an agreement of its own stream, any rebate through Carol; return the stream."""
    rate = None if fixed_amount else Decimal("0.3")
    draft = TermsDraft(
        exchange=exchange,
        stream=f"s{next(_numbers)}",
        commodity=commodity,
        kind="fixed" if fixed_amount else "variable",
        effective_from=date(2023, 1, 1),
        effective_to=None,
        rate_low=rate,
        rate_high=rate,
        fixed_amount=fixed_amount,
        maintainer_rate=maintainer_rate,
        maintainers={name: Decimal(weight) for name, weight in maintainers.items()},
        source="a test",
        rebate_rate=rebate_rate,
        rebate_payer=None if rebate_rate is None else "foundation",
        rebate_payee=None if rebate_rate is None else "Carol",
    )
    with books.write() as change:
        add_terms(change, draft)
    return draft.stream


def state(
    books: Books,
    stream: str,
    amount: str,
    *,
    period: str = "2023-10",
    commodity: str = "USDT",
    exchange: str = "Gate",
) -> str:
    """Stage and accept a statement, a month's first or its next version; return its id."""
    identity = stage(books, stream, amount, period=period, commodity=commodity, exchange=exchange)
    with books.write() as change:
        restatements.accept(change, identity)
    return identity


def stage(
    books: Books,
    stream: str,
    amount: str,
    *,
    period: str = "2023-10",
    commodity: str = "USDT",
    exchange: str = "Gate",
) -> str:
    """Stage a statement; return its id."""
    row = StatementRow(
        row=2,
        cells=(),
        exchange=exchange,
        stream=stream,
        period=period,
        day=None,
        fee_share=Decimal(amount),
        currency=commodity,
        trading_fees=None,
        rate=None,
        volume=None,
        user=None,
        memo="",
    )
    with books.write() as change:
        file = f"{stream} {period} {next(_numbers)}".encode()
        (staged,) = stage_rows(change, MAPPING, [row], file=file)
        return staged.statement.id


def accrue(books: Books, period: str = "2023-10") -> int:
    """Accrue a month; return how many shares are new."""
    with books.write() as change:
        return accruals.accrue(change, period)[1]


def pay(
    books: Books,
    statement: str,
    amount: Decimal,
    on: date = date(2023, 10, 20),
    *,
    overpaid: bool = False,
) -> list[str]:
    """Receive an amount for a statement; return the obligations that fell due by it."""
    difference = Difference(kind=OVERPAID) if overpaid else None
    with books.write() as change:
        name = f"r{next(_numbers)}"
        (owed,) = [r for r in receivables(change.session) if r.stated.document == statement]
        movement = bank.BankMovement(
            bank_account="bank-main",
            external_id=name,
            on=on,
            commodity=owed.stated.statement.commodity,
            amount=amount,
            counterparty="Gate",
            memo="",
            row=1,
        )
        bank.record(change, movement, evidence.keep(change, b"a bank's file", "bank.csv"))
        line = change.session.get_one(BankLine, f"bank-main/{name}")
        due = receive(change, line, owed, amount, why="a test", difference=difference)
        return [each.id for each in due]


def owed(books: Books, statement: str) -> dict[str, Decimal]:
    """Return what each payee is owed for a statement, due or not."""
    with books.read() as session:
        return {each.payee: each.amount for each in obligations.of_document(session, statement)}


def due(books: Books, statement: str) -> dict[str, Decimal]:
    """Return how much of each payee's share of a statement is due."""
    with books.read() as session:
        return {
            each.payee: dues.amount_due(session, each)
            for each in obligations.of_document(session, statement)
        }
