"""Matching a month's bank lines: what a memo names, transfers of our own, then fee shares.

What a memo names is matched to it, or waits for a person with the reason why it cannot be; what
the exchange owes is matched where that is certain; the rest waits for a person, who names line
and document (`feeshare.matching_by_hand`).
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from chains import booking, deposits, watches
from chains.deposit_states import RECEIVED
from ledger import bank
from ledger.accounts import Chart
from ledger.bank_tables import BankLine
from ledger.classification import classify
from ledger.errors import Conflict, NeedsReview
from ledger.money import CONTEXT
from ledger.months import last_day
from ledger.revenue import bounties, prepaid, transfers, write_offs
from ledger.revenue.bounty_deposits import receive_deposit
from ledger.revenue.receivables import Difference, owed_for, receive
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
    deposited, refused = _deposits(change, until)
    held |= refused
    placed += [*deposited, *_network_fees(change, until)]
    placed += [
        Placed(
            line=line.id,
            amount=line.amount,
            commodity=line.commodity,
            document=other.id,
            why=transfers.why(out, into, pair),
        )
        for out, into, pair in transfers.pair_own(change, until)
        for line, other in ((out, into), (into, out))
    ]
    matched, unmatched = reconcile(change, until, held)
    placed += [
        Placed(
            line=each.line.id,
            amount=each.amount,
            commodity=each.line.commodity,
            document=each.document,
            why=each.why,
            became_due=", ".join(due.id for due in each.became_due),
        )
        for each in matched
    ]
    return placed, unmatched


def place(
    change: Change,
    line: BankLine,
    part: Decimal,
    difference: Difference | None = None,
    *,
    document: str,
    why: str,
    funder: str | None = None,
) -> Placed:
    """Match a part of a bank line to a statement, bounty, prepaid year or account.

    `funder` says whose deposit it is, where several put a bounty up.
    """
    session = change.session
    became_due, new = "", True
    if document in set(Chart):
        classify(change, line, document, part, why=why)
    elif session.get(Statement, document) is not None:
        receivable = owed_for(session, document)
        late = CONTEXT.subtract(part, receivable.open)
        if 0 < late <= receivable.stated.written_off:
            write_offs.recover(
                change, document, late, reason=f"{line.id} brought it after all", on=line.on
            )
            receivable = owed_for(session, document)
        due = receive(change, line, receivable, part, why=why, difference=difference)
        became_due = ", ".join(each.id for each in due)
    elif document in _bounties(session):
        bounty = bounties.named(session, document)
        _, new = receive_deposit(change, bounty, line, part, why=why, funder=funder)
    else:
        year = prepaid.named(session, document)
        _, new = prepaid.receive_payment(change, year, line, part, why=why)
    return Placed(
        line=line.id,
        amount=part,
        commodity=line.commodity,
        document=document,
        why=why,
        became_due=became_due,
        new=new,
    )


def _named_documents(change: Change, until: date) -> tuple[list[Placed], dict[str, str]]:
    """Place the lines whose memo names one bounty, renewal or sponsorship by its id.

    Returns:
        What was placed, and the lines that were not, each with the reason.
    """
    session = change.session
    known = _bounties(session) | prepaid.ids(session)
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
        found = _tried(change, line, left, document, f"memo names {document}", held)
        if found is None:
            continue
        if found.new:
            placed.append(found)
        else:
            held[line.id] = f"memo names {document}, which has as much of this line already"
    return placed, held


def _tried(  # noqa: PLR0917 - a line, what of it, for what, why, and where refusals are told
    change: Change, line: BankLine, left: Decimal, document: str, why: str, held: dict[str, str]
) -> Placed | None:
    """Place what is left of a line, or note why it waits for a person."""
    try:
        return place(change, line, left, document=document, why=why)
    except (Conflict, NeedsReview) as refusal:
        held[line.id] = f"{why}. {refusal.message} {refusal.mend}".rstrip()
        return None


def _deposits(change: Change, until: date) -> tuple[list[Placed], dict[str, str]]:
    """Place what came on chain for a bounty, once its balance is proved.

    Returns:
        What was placed, and the lines that were not, each with the reason.
    """
    session = change.session
    open_lines = {line.id: (line, left) for line, left in bank.open_lines(session, until=until)}
    held: dict[str, str] = {}
    tried = [
        _tried(change, *open_lines[arrival.line], each.wanted.bounty, each.why, held)
        for each in deposits.all_deposits(session, until)
        if each.wanted is not None and each.state in RECEIVED
        for arrival in each.arrivals
        if arrival.line in open_lines
    ]
    return [each for each in tried if each is not None], held


def _network_fees(change: Change, until: date) -> list[Placed]:
    """Book the fees that our own wallets paid for transactions of their own."""
    watched = {each.bank_account for each in watches.all_of(change.session)}
    return [
        place(change, line, left, document=Chart.EXPENSE_NETWORK_FEES, why="a network fee")
        for line, left in bank.open_lines(change.session, until=until)
        if line.bank_account in watched and line.memo == booking.NETWORK_FEE
    ]


def _bounties(session: Session) -> set[str]:
    return {each.id for each in bounties.all_of(session)}
