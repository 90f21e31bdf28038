"""Account statements: what a bank's file states becomes lines of the account that it names.

Law: the same entry in another file is the same line; `ledger.stretches` holds lines and balances
against each other.
"""

import re
from collections.abc import Iterable
from itertools import chain, count

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import bank
from ledger.bank_files.contents import FileEntry, FileStatement
from ledger.bank_tables import AccountStatement, BankAccount, BankLine
from ledger.errors import Problem
from ledger.money import CONTEXT, plain
from ledger.sealing import Change

GERMAN = re.compile(r"([0-9]{8})/([0-9]{1,10})", re.ASCII)
"""A German bank's code and account number: both are parts of the account's IBAN."""


def account_of(session: Session, numbers: Iterable[str], place: str) -> BankAccount | Problem:
    """Return the bank account that has one of these numbers as its address."""
    wanted = {_bare(number) for number in numbers}
    accounts = session.scalars(
        select(BankAccount).where(BankAccount.kind != "wallet").order_by(BankAccount.id)
    )
    found = [
        account
        for account in accounts
        if account.address and any(_is_same(number, _bare(account.address)) for number in wanted)
    ]
    if len(found) == 1:
        return found[0]
    return Problem(
        code="reference_unknown" if not found else "account_ambiguous",
        place=place,
        value=next(iter(numbers)),
        expected="the number of one bank account of ours"
        + (f", not of {', '.join(account.id for account in found)}" if found else ""),
        mend="feeshare wallet load FILE, with this number as the account's address."
        if not found
        else "",
    )


def record(
    change: Change, account: BankAccount, statement: FileStatement, evidence: str
) -> tuple[bool, int]:
    """Record a statement and its lines once; return whether it is new, and how many lines are."""
    taken: set[str] = set()
    new_lines = 0
    for entry in statement.entries:
        external_id = _external_id(change.session, account.id, statement.commodity, entry, taken)
        taken.add(external_id)
        new_lines += bank.record(
            change,
            bank.BankMovement(
                bank_account=account.id,
                external_id=external_id,
                on=entry.on,
                commodity=statement.commodity,
                amount=entry.amount,
                counterparty=entry.counterparty,
                memo=entry.memo,
                row=entry.number,
            ),
            evidence,
        )
    opening = statement.opening
    if opening is None:
        opening = CONTEXT.subtract(statement.closing, statement.total)
    identity = ":".join(
        (
            account.id,
            statement.commodity,
            statement.since.isoformat(),
            statement.until.isoformat(),
            plain(opening),
            plain(statement.closing),
        )
    )
    if change.session.get(AccountStatement, identity) is not None:
        return False, new_lines
    change.add(
        AccountStatement(
            id=identity,
            bank_account=account.id,
            name=statement.name,
            commodity=statement.commodity,
            since=statement.since,
            until=statement.until,
            opening=opening,
            closing=statement.closing,
            entry_count=len(statement.entries),
            evidence=evidence,
            number_in_file=statement.number,
        )
    )
    return True, new_lines


def _external_id(
    session: Session, account: str, commodity: str, entry: FileEntry, taken: set[str]
) -> str:
    """Return the id of an entry's line: one recorded before, or the next that is free.

    Banks use a reference twice, for a payment and its fee, and give some entries none. What is the
    same by reference, day and amount is one line in another file, and a repeat within one
    statement, whose balances say that it is there twice.
    """
    said = (entry.on, entry.amount, commodity)
    base = entry.reference or f"{entry.on}/{plain(entry.amount)}"

    def is_free(candidate: str) -> bool:
        known = session.get(BankLine, f"{account}/{candidate}")
        same = known is None or (known.on, known.amount, known.commodity) == said
        return same and candidate not in taken

    repeats = (f"{base}#{number}" for number in count(2))
    return next(filter(is_free, chain([base], repeats)))


def _bare(number: str) -> str:
    return "".join(number.split()).upper()


def _is_same(number: str, address: str) -> bool:
    german = GERMAN.fullmatch(number)
    if german and address.startswith("DE"):
        return address[4:] == f"{german[1]}{german[2]:0>10}"
    return number == address
