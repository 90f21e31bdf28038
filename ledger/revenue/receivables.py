"""Receivables: what exchanges owe for their statements, and the money that comes for it."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import receipts
from ledger.accounts import Chart
from ledger.balances import document_balance
from ledger.bank_tables import BankLine
from ledger.errors import Conflict
from ledger.money import plain
from ledger.obligation_tables import Obligation
from ledger.revenue.shares import RECEIPT, fall_due
from ledger.revenue.statements import accepted
from ledger.revenue.tables import Agreement, Statement
from ledger.sealing import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Receivable:
    """An accepted statement with what is still owed for it, in its commodity."""

    statement: Statement
    exchange: str
    open: Decimal


def receivables(session: Session, *, open_only: bool = True) -> list[Receivable]:
    """Return the accepted statements with what is owed for each, oldest month first."""
    rows = session.execute(
        select(Statement, Agreement.exchange)
        .join(Agreement, Agreement.id == Statement.agreement)
        .where(accepted())
        .order_by(Statement.period, Statement.id)
    )
    found = [
        Receivable(
            statement=statement,
            exchange=exchange,
            open=document_balance(
                session, Chart.RECEIVABLE_FEE_SHARE.value, statement.id, statement.commodity
            ),
        )
        for statement, exchange in rows
    ]
    return [each for each in found if each.open or not open_only]


def receive(
    change: Change, line: BankLine, receivable: Receivable, amount: Decimal, *, why: str
) -> list[Obligation]:
    """Book money that came for a statement; return the obligations that became payable by it.

    Args:
        change: the open change.
        line: the bank line that brought it.
        receivable: what it is for.
        amount: how much of the line, above zero, in the statement's commodity.
        why: the reason for the match, kept with it.

    Raises:
        Conflict: it is more than is owed, or in another commodity.
        BadInput: the amount is not positive, or the line is money that left.
    """
    statement = receivable.statement
    if line.commodity != statement.commodity or amount > receivable.open:
        raise Conflict(
            f"{plain(amount)} {line.commodity} is not owed for {statement.id}: "
            f"{plain(receivable.open)} {statement.commodity} is.",
            mend="Match the rest of the line to what else it is for.",
        )
    document = receipts.ReceiptFor(
        kind=RECEIPT,
        document=statement.id,
        account=Chart.RECEIVABLE_FEE_SHARE,
        party=receivable.exchange,
        commodity=statement.commodity,
        narration=f"Received for {statement.id}",
        entry_kind="receipt",
    )
    made = receipts.receive(change, document, line, amount, why=why)
    return fall_due(change, statement, on=line.on, cause=f"{line.id}#{made.number}")
