"""Credits: what exchanges paid too much, used for their next statements or given back.

Law: a credit stands under the document that it came in for, and pays only what the same exchange
owes in the same commodity; the account may not pass zero, so that no credit is used twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.accounts import Chart
from ledger.journal import JournalEntry, Posted, Posting, post_one
from ledger.money import CONTEXT, plain
from ledger.months import month_of
from ledger.obligation_tables import Obligation, ObligationDue
from ledger.periods import open_date
from ledger.revenue.credit_tables import CreditUse
from ledger.revenue.due_shares import fall_due
from ledger.revenue.receivables import Receivable, owed_for, receivables
from ledger.sealing import Change
from ledger.validation import bad_input, require_evidence, require_payable

REFUND = "refund"
"""The kind of the obligation by which a credit goes back to its exchange."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """A use of a credit, and the shares that became payable by it."""

    use: CreditUse
    became_due: Sequence[Obligation] = ()


def all_of(session: Session) -> list[Receivable]:
    """Return the documents with a credit that is left, oldest month first."""
    return [each for each in receivables(session, open_only=False) if each.credit]


def use(
    change: Change, document: str, used_for: str, amount: Decimal | None, *, on: date, reason: str
) -> Used:
    """Pay what an exchange owes for one statement with what came too much for another.

    Args:
        change: the open change.
        document: the statement that the credit stands under.
        used_for: the statement to pay.
        amount: how much; blank is as much as there is and is owed.
        on: the effective date, or the first open day after it.
        reason: why, kept with it.

    Raises:
        UnknownReference: no accepted statement has one of the ids.
        BadInput: another exchange or commodity, or an amount that is not there or not owed.
    """
    credit, owed = owed_for(change.session, document), owed_for(change.session, used_for)
    commodity = credit.stated.statement.commodity
    if (credit.exchange, commodity) != (owed.exchange, owed.stated.statement.commodity):
        raise bad_input(
            code="credit_invalid",
            place=used_for,
            value=f"{owed.exchange}, {owed.stated.statement.commodity}",
            expected=f"a statement of {credit.exchange} in {commodity}, whose credit it is",
        )
    most = min(credit.credit, owed.open)
    part = _part(amount, most, document, f"there and owed for {used_for}", commodity)
    target = owed.stated.document
    posted = _post(
        change,
        credit,
        part,
        on=on,
        against=Posting(
            Chart.RECEIVABLE_FEE_SHARE.value, CONTEXT.minus(part), commodity, owed.exchange, target
        ),
        narration=f"Credit of {credit.exchange} used for {target}",
    )
    made = _record(change, credit, part, posted, reason=reason, used_for=target)
    due = fall_due(change, owed.stated, on=on, cause=f"credit:{made.document}:{made.number}")
    return Used(use=made, became_due=due)


def give_back(
    change: Change, document: str, amount: Decimal | None, *, on: date, reason: str
) -> Used:
    """Owe a credit back to its exchange: an obligation that a payout batch pays.

    Raises:
        UnknownReference: no accepted statement has this id.
        BadInput: no reason, or an amount that is not there or cannot be paid.
    """
    session = change.session
    credit = owed_for(session, document)
    commodity = credit.stated.statement.commodity
    require_evidence(reason, f"refund of the credit of {document}")
    part = _part(amount, credit.credit, document, "there", commodity)
    require_payable(session, part, commodity, f"refund of the credit of {document}")
    number = _next(session, credit.stated.document)
    identity = f"refund:{credit.stated.document}:{number}"
    posted = _post(
        change,
        credit,
        part,
        on=on,
        against=Posting(
            Chart.PAYABLE_REFUND.value, CONTEXT.minus(part), commodity, credit.exchange, identity
        ),
        narration=f"Credit of {credit.exchange} goes back: {reason}",
    )
    day, _ = open_date(session, on)
    owed = Obligation(
        id=identity,
        kind=REFUND,
        payee=credit.exchange,
        commodity=commodity,
        amount=part,
        document=credit.stated.document,
        period=month_of(day),
        entry_number=posted.number,
        payable_account=Chart.PAYABLE_REFUND.value,
        explanation=f"paid too much for {credit.stated.document}: {reason}",
    )
    change.add(owed)
    change.add(
        ObligationDue(obligation=identity, due_on=day, entry_number=posted.number, cause=reason)
    )
    made = _record(change, credit, part, posted, reason=reason, refund=identity)
    return Used(use=made, became_due=[owed])


def _part(
    amount: Decimal | None, most: Decimal, document: str, of_what: str, commodity: str
) -> Decimal:
    part = most if amount is None else amount
    if not 0 < part <= most:
        raise bad_input(
            code="credit_invalid",
            place=document,
            value=plain(part),
            expected=f"an amount above 0, up to what is {of_what}, {plain(most)} {commodity}",
        )
    return part


def _next(session: Session, document: str) -> int:
    count = session.scalar(select(func.count()).where(CreditUse.document == document))
    return 1 + (count or 0)


def _post(
    change: Change,
    credit: Receivable,
    amount: Decimal,
    *,
    on: date,
    against: Posting,
    narration: str,
) -> Posted:
    session, document = change.session, credit.stated.document
    day, relates_to = open_date(session, on)
    return post_one(
        change,
        JournalEntry(
            reference=f"credit:{document}:{_next(session, document)}",
            effective_date=day,
            kind="credit",
            narration=narration,
            relates_to_period=relates_to,
            postings=[
                Posting(
                    Chart.EXCHANGE_CREDIT.value,
                    amount,
                    against.commodity,
                    credit.exchange,
                    document,
                ),
                against,
            ],
        ),
    )


def _record(
    change: Change,
    credit: Receivable,
    amount: Decimal,
    posted: Posted,
    *,
    reason: str,
    used_for: str | None = None,
    refund: str | None = None,
) -> CreditUse:
    document = credit.stated.document
    made = CreditUse(
        document=document,
        number=_next(change.session, document),
        used_for=used_for,
        refund=refund,
        commodity=credit.stated.statement.commodity,
        amount=amount,
        reason=reason,
        entry_number=posted.number,
    )
    change.add(made)
    return made
