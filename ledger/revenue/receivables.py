"""Receivables: what exchanges owe for their statements, and the money that comes for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import bank, receipts
from ledger.accounts import Chart
from ledger.bank_tables import BankLine
from ledger.errors import Conflict, UnknownReference
from ledger.money import CONTEXT, plain
from ledger.obligation_tables import Obligation
from ledger.revenue.due_shares import fall_due
from ledger.revenue.expectations import payment_due
from ledger.revenue.received import RECEIPT, ZERO, standing
from ledger.revenue.stated import Stated, all_stated, stated
from ledger.revenue.tables import Agreement, Statement
from ledger.revenue.tolerances import BANK_FEE, FX, KINDS, NETWORK_FEE, OVERPAID, SETTLING
from ledger.sealing import Change
from ledger.validation import bad_input

ACCOUNTS: Mapping[str, str] = {
    NETWORK_FEE: Chart.EXPENSE_NETWORK_FEES.value,
    BANK_FEE: Chart.EXPENSE_BANK_FEES.value,
    FX: Chart.CONVERSION.value,
}
"""Where a difference of each kind is booked; the gain or loss of an exchange shows there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receivable:
    """What a month of an agreement comes to, with what is still owed for it.

    `credit` is what came too much for it and was not used since; `due_on` the day by which the
    exchange pays.
    """

    stated: Stated
    exchange: str
    open: Decimal
    credit: Decimal
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Why a receipt is not what is open: a kind of `tolerances`, and how much.

    A blank amount is all that there is.
    """

    kind: str
    amount: Decimal | None = None


def receivables(session: Session, *, open_only: bool = True) -> list[Receivable]:
    """Return what was stated and accepted with what is owed for each, oldest month first."""
    balances = standing(session)
    rows = session.execute(select(Agreement.id, Agreement.exchange))
    exchanges = {row.id: row.exchange for row in rows}
    due = payment_due(session)
    found = []
    for now in all_stated(session):
        still_open, credit = balances.get(now.document, (ZERO, ZERO))
        if open_only and not still_open:
            continue
        statement = now.statement
        found.append(
            Receivable(
                stated=now,
                exchange=exchanges[statement.agreement],
                open=still_open,
                credit=credit,
                due_on=due(statement.agreement, statement.period),
            )
        )
    return found


def owed_for(session: Session, document: str) -> Receivable:
    """Return what is owed for a statement, named by its first version or the one in force.

    Raises:
        UnknownReference: no accepted statement has this id.
    """
    statement = session.get(Statement, document)
    now = None if statement is None else stated(session, statement.agreement, statement.period)
    if now is None or document not in {now.document, now.statement.id}:
        raise UnknownReference(
            "accepted statement", document, mend=f"feeshare review accept {document}"
        )
    agreement, period = now.statement.agreement, now.statement.period
    still_open, credit = standing(session, now.document).get(now.document, (ZERO, ZERO))
    return Receivable(
        stated=now,
        exchange=session.get_one(Agreement, agreement).exchange,
        open=still_open,
        credit=credit,
        due_on=payment_due(session)(agreement, period),
    )


def receive(
    change: Change,
    line: BankLine,
    receivable: Receivable,
    amount: Decimal,
    *,
    why: str,
    difference: Difference | None = None,
) -> list[Obligation]:
    """Book money that came for a statement; return the obligations that became payable by it.

    Args:
        change: the open change.
        line: the bank line that brought it.
        receivable: what it is for.
        amount: how much of the line, above zero, in the statement's commodity.
        why: the reason for the match, kept with it.
        difference: why it is not what is open. A fee counts as received and is booked with it;
            a short payment and what nobody knows stay open; what is overpaid is the exchange's
            credit.

    Raises:
        Conflict: it is more than is owed and not said to be overpaid, or in another commodity.
        BadInput: the amount is not positive, the line is money that left, or the difference is
            none.
    """
    now = receivable.stated
    commodity = now.statement.commodity
    kind = difference.kind if difference is not None else None
    too_much = CONTEXT.subtract(amount, receivable.open)
    if line.commodity != commodity or (too_much > 0 and kind != OVERPAID):
        raise Conflict(
            f"{plain(amount)} {line.commodity} is not owed for {now.document}: "
            f"{plain(receivable.open)} {commodity} is.",
            mend="Match the rest of the line to what else it is for, or keep it as the "
            "exchange's credit: --difference overpaid",
        )
    lacking = _lacking(line, receivable, amount, difference)
    others: dict[str, Decimal] = {}
    if kind in SETTLING:
        others = {ACCOUNTS[kind]: lacking}
    elif kind == OVERPAID:
        others = {Chart.EXCHANGE_CREDIT.value: CONTEXT.minus(too_much)}
    document = receipts.ReceiptFor(
        kind=RECEIPT,
        document=now.document,
        account=Chart.RECEIVABLE_FEE_SHARE,
        party=receivable.exchange,
        commodity=commodity,
        narration=f"Received for {now.document}"
        + (f", {plain(lacking)} {kind}" if kind in SETTLING else ""),
        entry_kind="receipt",
    )
    made = receipts.receive(change, document, line, amount, others, why=why)
    if kind in KINDS:
        bank.differ(change, made, kind, lacking)
    return fall_due(change, now, on=line.on, cause=f"{line.id}#{made.number}")


def _lacking(
    line: BankLine, receivable: Receivable, amount: Decimal, difference: Difference | None
) -> Decimal:
    """Return how much a difference comes to: what is open less what came, unless it says less.

    Raises:
        BadInput: the kind is none, or the amount is no part of what is lacking.
    """
    lacking = CONTEXT.subtract(receivable.open, amount)
    if difference is None:
        return ZERO
    kind, wanted = difference.kind, difference.amount
    if kind not in {*KINDS, OVERPAID}:
        raise bad_input(
            code="difference_invalid",
            place=f"bank line {line.id}",
            value=kind,
            expected=f"one of {', '.join((*KINDS, OVERPAID))}",
        )
    found = lacking if wanted is None else wanted
    fits = lacking < 0 and wanted in (None, -lacking) if kind == OVERPAID else 0 < found <= lacking
    if not fits:
        size = plain(lacking.copy_abs())
        raise bad_input(
            code="difference_invalid",
            place=f"bank line {line.id}",
            value=f"{kind} {plain(found)}",
            expected=f"an overpayment of {size}"
            if lacking < 0
            else f"a difference above 0, up to what is lacking, {size}",
        )
    return found
