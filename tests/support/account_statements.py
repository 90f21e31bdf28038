"""Account statements for tests: made of a few figures, recorded in one change."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from ledger import account_statements, bank, evidence, stretches
from ledger.bank_files.contents import FileEntry, FileStatement
from ledger.bank_tables import BankAccount, BankLine
from support.bank_writers import IBAN
from support.books import Books

ACCOUNT = "bank-main"

Moved = tuple[int, str, str]
"""A day of October 2023, an amount, a reference."""


def with_account(books: Books) -> Books:
    """Add a bank account to books."""
    with books.write() as change:
        bank.add_account(change, ACCOUNT, kind="bank", purpose="operating", address=IBAN)
    return books


def statement(
    opening: str | None, moved: Sequence[Moved], closing: str, until: int, commodity: str = "USD"
) -> FileStatement:
    """Return a statement of October 2023 that ends on a day."""
    return FileStatement(
        number=1,
        name="1",
        account=(IBAN,),
        commodity=commodity,
        opening=None if opening is None else Decimal(opening),
        closing=Decimal(closing),
        closing_on=date(2023, 10, until),
        entries=tuple(
            FileEntry(
                number=number,
                on=date(2023, 10, day),
                amount=Decimal(amount),
                reference=reference,
                counterparty="",
                memo="",
            )
            for number, (day, amount, reference) in enumerate(moved, start=1)
        ),
        left_out=0,
    )


def record(books: Books, *statements: FileStatement) -> list[tuple[bool, int]]:
    """Record statements in one change, and require the lines that they say."""
    with books.write() as change:
        account = change.session.get_one(BankAccount, ACCOUNT)
        digest = evidence.keep(change, repr(statements).encode(), "file")
        done = [account_statements.record(change, account, each, digest) for each in statements]
        stretches.require_lines(change.session, [ACCOUNT])
        return done


def lines(books: Books) -> dict[str, Decimal]:
    """Return the amounts of all lines by the bank's id."""
    with books.read() as session:
        return {line.external_id: line.amount for line in session.scalars(select(BankLine))}


FIRST = statement("10", [(2, "5", "a"), (3, "-1", "b")], "14", 3)
SECOND = statement("14", [(5, "6", "c")], "20", 5)
THIRD = statement("20", [(9, "7", "d")], "27", 9)
