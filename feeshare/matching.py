"""Matching a month's bank lines: deposits and renewals that a memo names, then fee shares.

What a memo names is matched to it, or waits for a person with the reason why it cannot be; what
the exchange owes is matched where that is certain; the rest waits for a person, who names line
and document.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from ledger import bank
from ledger.accounts import Chart
from ledger.bank_tables import BankLine
from ledger.classification import classify
from ledger.errors import BadInput, Conflict, NeedsReview, Problem, UnknownReference
from ledger.money import CONTEXT, parse_plain, plain
from ledger.months import last_day
from ledger.revenue import bounties, renewals, write_offs
from ledger.revenue.receivables import Receivable, receivables, receive
from ledger.revenue.reconciliation import Unmatched, reconcile
from ledger.revenue.tables import Statement
from ledger.sealing import Change

WORD = re.compile(r"[\w.:/-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A part of a bank line that found what it is for; `became_due` names the obligations.

    It is not `new` if exactly this was matched before.
    """

    line: str
    amount: Decimal
    commodity: str
    document: str
    why: str
    became_due: str = ""
    new: bool = True


def reconcile_month(change: Change, period: date) -> tuple[list[Placed], list[Unmatched]]:
    """Match what came in until a month's end; return what was placed, and what waits."""
    until = last_day(period)
    placed, held = _named_documents(change, until)
    matched, unmatched = reconcile(change, until, held)
    placed += [
        Placed(
            line=each.line.id,
            amount=each.proposal.amount,
            commodity=each.line.commodity,
            document=each.proposal.receivable.stated.document,
            why=each.proposal.why,
            became_due=", ".join(due.id for due in each.became_due),
        )
        for each in matched
    ]
    return placed, unmatched


def match_by_hand(change: Change, line_id: str, document: str, amount: str | None) -> Placed:
    """Match a bank line, or a part of it, to a document or an account that a person names.

    Documents are statements, bounties and renewals; accounts are those of
    `ledger.classification`, for fees, transfers of our own and what nobody knows.

    Raises:
        UnknownReference: there is no such line or document.
        BadInput: the amount is none, or more than is left of the line.
    """
    session = change.session
    line = session.get(BankLine, line_id)
    if line is None:
        raise UnknownReference("bank line", line_id, mend="feeshare reconcile MONTH lists them")
    left = next(
        (left for each, left in bank.open_lines(session) if each.id == line_id), Decimal(0)
    )
    part = left
    if amount is not None:
        try:
            part = parse_plain(amount).copy_sign(left)
        except ValueError:
            part = Decimal(0)
    if not 0 < part.copy_abs() <= left.copy_abs():
        raise BadInput(
            [
                Problem(
                    code="match_invalid",
                    place=line_id,
                    value=amount,
                    expected=f"an amount other than 0, up to what is left, {plain(left)} "
                    f"{line.commodity}",
                )
            ]
        )
    return _place(change, line, document, part, why=f"named by {change.actor}")


def _place(change: Change, line: BankLine, document: str, part: Decimal, *, why: str) -> Placed:
    session = change.session
    became_due, new = "", True
    if document in set(Chart):
        classify(change, line, document, part, why=why)
    elif session.get(Statement, document) is not None:
        receivable = _owed_for(session, document)
        late = CONTEXT.subtract(part, receivable.open)
        if 0 < late <= receivable.stated.written_off:
            write_offs.recover(
                change, document, late, reason=f"{line.id} brought it after all", on=line.on
            )
            receivable = _owed_for(session, document)
        due = receive(change, line, receivable, part, why=why)
        became_due = ", ".join(each.id for each in due)
    elif document in _bounties(session):
        bounty = bounties.named(session, document)
        _, new = bounties.receive_deposit(change, bounty, line, part, why=why)
    else:
        renewal = renewals.named(session, document)
        _, new = renewals.receive_payment(change, renewal, line, part, why=why)
    return Placed(
        line=line.id,
        amount=part,
        commodity=line.commodity,
        document=document,
        why=why,
        became_due=became_due,
        new=new,
    )


def _owed_for(session: Session, document: str) -> Receivable:
    """Return what is owed for a statement, named by its first version or the one in force."""
    for each in receivables(session, open_only=False):
        if document in (each.stated.document, each.stated.statement.id):
            return each
    raise UnknownReference(
        "accepted statement", document, mend=f"feeshare review accept {document}"
    )


def _named_documents(change: Change, until: date) -> tuple[list[Placed], dict[str, str]]:
    """Place the lines whose memo names one bounty or renewal by its id.

    Returns:
        What was placed, and the lines that were not, each with the reason.
    """
    session = change.session
    known = _bounties(session) | {each.id for each in renewals.all_of(session)}
    placed: list[Placed] = []
    held: dict[str, str] = {}
    for line, left in bank.open_lines(session, until=until):
        named = sorted(known & set(WORD.findall(line.memo)))
        if left <= 0 or not named:
            continue
        if len(named) > 1:
            held[line.id] = f"memo names {' and '.join(named)}; match each with its part"
            continue
        document = named[0]
        try:
            found = _place(change, line, document, left, why=f"memo names {document}")
        except (Conflict, NeedsReview) as refusal:
            held[line.id] = f"memo names {document}. {refusal.message} {refusal.mend}".rstrip()
            continue
        if found.new:
            placed.append(found)
        else:
            held[line.id] = f"memo names {document}, which has as much of this line already"
    return placed, held


def _bounties(session: Session) -> set[str]:
    return {each.id for each in bounties.all_of(session)}
