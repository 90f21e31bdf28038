"""Network fees that our own wallets paid for a batch, its source's or a relaying wallet's.

Law: a fee is posted once, for what the bank line says, in the chain's own coin only. What payees'
new token accounts on Solana have to hold is such a fee, too, as far as their transaction paid so
many; more than that is somebody's transfer, and stays open.
"""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import bank_entries
from ledger.accounts import Chart
from ledger.bank_tables import BankAccount, BankLine, Token
from ledger.journal import Posting
from ledger.sealing import Change
from payouts import parts
from payouts.contents import Contents
from payouts.outgoing import transaction_of
from payouts.rails.solana import NAME as SOLANA
from payouts.tables import LineSettlement

FEE_KIND = "network-fee"

FEE_MEMO = "network fee"
"""How a bank line says that it is a network fee; the name of a batch may stand after it."""

RENT = Decimal("0.00203928")
"""What a token account holds so that it is kept, in SOL: 165 bytes by Solana's rule of rents."""

COINS_MOVED = "lamports:"
"""How the part of a transaction begins that moved coins and is not its fee."""


def post_fees(
    change: Change,
    contents: Contents,
    every: Iterable[BankLine],
    bank_lines: dict[str, BankLine],
) -> tuple[str, ...]:
    """Post the batch's network fees, take them out of `bank_lines`, and return their ids.

    `every` is what left all our accounts unmatched, `bank_lines` what is left of the source's.
    A fee is the batch's if its line names the batch, or is of a transaction that paid its lines,
    failed to, or took the nonce of a part.
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
    paid = _lines_paid(session, contents.batch.id, coin)
    transactions = {
        *paid,
        *(it.transaction for it in parts.outcomes_of(session, contents.batch.id).values()),
    } - {""}
    named = f"{FEE_MEMO} {contents.batch.id}".casefold()
    for line in left:
        memo = line.memo.strip().casefold()
        if (
            line.bank_account in ours
            and line.commodity == coin
            and (
                memo == named
                or (memo == FEE_MEMO and transaction_of(line) in transactions)
                or (contents.batch.rail == SOLANA and _is_rent(line, paid))
            )
        ):
            yield ours[line.bank_account], line


def _lines_paid(session: Session, batch: str, coin: str) -> Counter[str]:
    """Return the transactions that paid lines of a batch, with how many lines other than coins."""
    paid_by = session.scalars(
        select(BankLine)
        .join(LineSettlement, LineSettlement.bank_line == BankLine.id)
        .where(LineSettlement.batch == batch)
    )
    found: Counter[str] = Counter()
    for line in paid_by:
        found[transaction_of(line)] += line.commodity != coin
    return found


def _is_rent(line: BankLine, paid: Counter[str]) -> bool:
    """Return whether coins that left are no more than the accounts that were paid can hold."""
    _, _, part = line.external_id.rpartition("/")
    return part.startswith(COINS_MOVED) and -line.amount <= RENT * paid[transaction_of(line)]


def _post_fee(change: Change, contents: Contents, account: BankAccount, line: BankLine) -> None:
    document = contents.batch.id
    what = "rent of token accounts" if COINS_MOVED in line.external_id else FEE_MEMO
    bank_entries.book(
        change,
        line,
        kind=FEE_KIND,
        reference=f"network-fee:{line.id}",
        document=document,
        narration=f"{what} of {document}",
        why=f"says {line.memo!r}" if line.memo else f"is {what}",
        postings=[
            Posting(Chart.EXPENSE_NETWORK_FEES, -line.amount, line.commodity, document=document),
            Posting(account.account, line.amount, line.commodity, document=document),
        ],
    )
