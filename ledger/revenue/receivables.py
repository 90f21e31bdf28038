"""Receivables: what exchanges owe for their statements, and the money that comes for it."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from ledger import receipts
from ledger.accounts import Chart
from ledger.balances import document_balance
from ledger.bank_tables import BankLine
from ledger.errors import Conflict
from ledger.money import plain
from ledger.obligation_tables import Obligation
from ledger.revenue.accruals import RECEIPT, fall_due
from ledger.revenue.stated import Stated, all_stated
from ledger.revenue.tables import Agreement
from ledger.sealing import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Receivable:
    """What a month of an agreement comes to, with what is still owed for it."""

    stated: Stated
    exchange: str
    open: Decimal


def receivables(session: Session, *, open_only: bool = True) -> list[Receivable]:
    """Return what was stated and accepted with what is owed for each, oldest month first."""
    found = [
        Receivable(
            stated=stated,
            exchange=session.get_one(Agreement, stated.statement.agreement).exchange,
            open=document_balance(
                session,
                Chart.RECEIVABLE_FEE_SHARE.value,
                stated.document,
                stated.statement.commodity,
            ),
        )
        for stated in all_stated(session)
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
    stated = receivable.stated
    commodity = stated.statement.commodity
    if line.commodity != commodity or amount > receivable.open:
        raise Conflict(
            f"{plain(amount)} {line.commodity} is not owed for {stated.document}: "
            f"{plain(receivable.open)} {commodity} is.",
            mend="Match the rest of the line to what else it is for.",
        )
    document = receipts.ReceiptFor(
        kind=RECEIPT,
        document=stated.document,
        account=Chart.RECEIVABLE_FEE_SHARE,
        party=receivable.exchange,
        commodity=commodity,
        narration=f"Received for {stated.document}",
        entry_kind="receipt",
    )
    made = receipts.receive(change, document, line, amount, why=why)
    return fall_due(change, stated, on=line.on, cause=f"{line.id}#{made.number}")
