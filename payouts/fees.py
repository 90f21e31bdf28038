"""Network fees that our own wallets paid for a batch, its source's or a relaying wallet's.

Law: a fee is posted once, for what the bank line says, in the chain's own coin only.
"""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import bank_entries
from ledger.accounts import Chart
from ledger.bank_tables import BankAccount, BankLine, Token
from ledger.journal import Posting
from ledger.sealing import Change
from payouts.contents import Contents
from payouts.outgoing import transaction_of
from payouts.tables import LineSettlement

FEE_KIND = "network-fee"

FEE_MEMO = "network fee"
"""How a bank line says that it is a network fee; the name of a batch may stand after it."""


def post_fees(
    change: Change,
    contents: Contents,
    every: Iterable[BankLine],
    bank_lines: dict[str, BankLine],
) -> tuple[str, ...]:
    """Post the batch's network fees, take them out of `bank_lines`, and return their ids.

    `every` is what left all our accounts unmatched, `bank_lines` what is left of the source's.
    A fee is the batch's if its line names the batch, or is of a transaction that paid its lines.
    """
    source = contents.source.id
    left = [line for line in every if line.bank_account != source or line.id in bank_lines]
    fees = list(_fees_of(change.session, contents, left))
    for account, line in fees:
        _post_fee(change, contents, account, line)
        bank_lines.pop(line.id, None)
    return tuple(line.id for _, line in fees)


def _fees_of(
    session: Session, contents: Contents, left: Iterable[BankLine]
) -> Iterable[tuple[BankAccount, BankLine]]:
    chain = contents.source.chain
    coin = session.scalar(
        select(Token.commodity).where(Token.chain == chain, Token.contract == "")
    )
    if coin is None:
        return
    ours = {
        account.id: account
        for account in session.scalars(select(BankAccount).where(BankAccount.chain == chain))
    }
    transactions = _transactions(session, contents.batch.id)
    named = f"{FEE_MEMO} {contents.batch.id}".casefold()
    for line in left:
        memo = line.memo.strip().casefold()
        if (
            line.bank_account in ours
            and line.commodity == coin
            and (memo == named or (memo == FEE_MEMO and transaction_of(line) in transactions))
        ):
            yield ours[line.bank_account], line


def _transactions(session: Session, batch: str) -> set[str]:
    """Return the transactions on a chain that paid lines of a batch."""
    paid_by = session.scalars(
        select(BankLine)
        .join(LineSettlement, LineSettlement.bank_line == BankLine.id)
        .where(LineSettlement.batch == batch)
    )
    return {transaction_of(line) for line in paid_by} - {""}


def _post_fee(change: Change, contents: Contents, account: BankAccount, line: BankLine) -> None:
    document = contents.batch.id
    bank_entries.book(
        change,
        line,
        kind=FEE_KIND,
        reference=f"network-fee:{line.id}",
        document=document,
        narration=f"network fee of {document}",
        why=f"says {line.memo!r}",
        postings=[
            Posting(Chart.EXPENSE_NETWORK_FEES, -line.amount, line.commodity, document=document),
            Posting(account.account, line.amount, line.commodity, document=document),
        ],
    )
