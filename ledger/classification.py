"""Classifying bank lines that are for no document: fees, transfers of our own, the unknown.

Law: a line that came in from nobody knows whom is a liability until it is known; one that left
for nobody knows what is in suspense, which keeps the month from closing; a transfer between our
own accounts passes through transit, which is empty when both lines are there.
"""

from decimal import Decimal

from sqlalchemy import func, select

from ledger.accounts import Chart
from ledger.bank import account_named, match
from ledger.bank_tables import BankLine, Match
from ledger.errors import BadInput, Problem
from ledger.journal import JournalEntry, Posting, post_one
from ledger.money import CONTEXT, plain
from ledger.periods import open_date
from ledger.sealing import Change

KIND = "classified"

OUTGOING = (
    Chart.EXPENSE_BANK_FEES,
    Chart.EXPENSE_NETWORK_FEES,
    Chart.IN_TRANSIT,
    Chart.SUSPENSE,
)
INCOMING = (Chart.UNIDENTIFIED_RECEIPTS, Chart.IN_TRANSIT)


def accounts_for(amount: Decimal) -> tuple[Chart, ...]:
    """Return the accounts that a line of this sign may be classified to."""
    return OUTGOING if amount < 0 else INCOMING


def classify(change: Change, line: BankLine, account: str, amount: Decimal, *, why: str) -> Match:
    """Book a bank line, or a part of it, to an account, and match it with that.

    Args:
        change: the open change.
        line: the bank line.
        account: one of `accounts_for` the line's sign.
        amount: how much of the line, with the line's sign.
        why: who says so, or what.

    Raises:
        BadInput: the account is none for a line of this sign.
    """
    allowed = accounts_for(line.amount)
    if account not in allowed:
        raise BadInput(
            [
                Problem(
                    code="match_invalid",
                    place=line.id,
                    value=account,
                    expected=f"one of {', '.join(each.value for each in allowed)}",
                )
            ]
        )
    # A match that was taken back leaves its entry and the reversal, so the next has a new name.
    before = change.session.scalar(
        select(func.count())
        .select_from(Match)
        .where(Match.bank_line == line.id, Match.document == account, Match.amount == amount)
    )
    wallet = account_named(change.session, line.bank_account).account
    on, relates_to = open_date(change.session, line.on)
    posted = post_one(
        change,
        JournalEntry(
            reference=f"classified:{line.id}:{account}:{plain(amount)}"
            + (f":{before + 1}" if before else ""),
            effective_date=on,
            kind=KIND,
            narration=f"{account}: {line.memo or line.counterparty or line.external_id}",
            evidence=line.evidence,
            relates_to_period=relates_to,
            postings=[
                Posting(wallet, amount, line.commodity, None, line.id),
                Posting(account, CONTEXT.minus(amount), line.commodity, None, line.id),
            ],
        ),
    )
    return match(
        change,
        line,
        kind=KIND,
        document=account,
        amount=amount,
        entry_number=posted.number,
        why=why,
    )
