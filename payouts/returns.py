"""Returns: a settled line whose money came back, whole or less a fee, is owed again.

Law: a return is an entry of its own and no reversal: the payment happened. The whole obligation is
due again, and what the way back cost is ours. What was converted goes back at the line's price.
"""

from dataclasses import replace
from decimal import Decimal

from sqlalchemy.orm import Session

from ledger import bank, bank_entries
from ledger.accounts import Chart
from ledger.bank_tables import BankLine
from ledger.journal import Posting
from ledger.money import CONTEXT, plain
from ledger.sealing import Change
from ledger.validation import bad_input
from payouts import claims
from payouts.contents import Contents, contents_of
from payouts.ending_tables import LineReturn
from payouts.line_postings import settling_postings
from payouts.tables import LineSettlement, PayoutLine

MATCH_KIND = "payout-return"


def take_back(change: Change, batch: str, number: int, came: str) -> tuple[LineReturn, bool]:
    """Book that a settled line's money came back, and let its obligations be due again.

    Args:
        change: the open change.
        batch: the batch's id.
        number: the line.
        came: the bank line that brought it, whole or less a fee.

    Returns:
        The return, and whether it is new.

    Raises:
        UnknownReference: there is no such batch or bank line.
        BadInput: the line is not settled, or the bank line does not bring it back.
    """
    session = change.session
    contents = contents_of(session, batch)
    known = session.get(LineReturn, (batch, number))
    if known is not None and known.bank_line == came:
        return known, False
    line = _settled_line(session, contents, number, known)
    brought = bank.line_named(session, came)
    fee = CONTEXT.subtract(line.amount, brought.amount)
    _require_fits(session, line, brought, fee)
    made = _book(change, contents, line, brought, fee)
    change.add(made)
    reason = f"{brought.id} brought it back"
    claims.release_line(change, batch, number, reason)
    claims.follow_released(change, batch, number)
    return made, True


def _settled_line(
    session: Session, contents: Contents, number: int, known: LineReturn | None
) -> PayoutLine:
    found = next((line for line in contents.lines if line.line == number), None)
    batch = contents.batch.id
    if found is None or known or session.get(LineSettlement, (batch, number)) is None:
        raise bad_input(
            code="line_unknown",
            place=f"batch {batch}",
            value=str(number),
            expected="a line that is settled and was not returned before",
        )
    return found


def _require_fits(session: Session, line: PayoutLine, came: BankLine, fee: Decimal) -> None:
    whole = bank.left_of(session, came) == came.amount
    if came.commodity != line.commodity or came.amount <= 0 or fee < 0 or not whole:
        raise bad_input(
            code="match_impossible",
            place=f"line {line.line} of {line.batch}",
            value=came.id,
            expected=f"an open bank line that brings {plain(line.amount)} {line.commodity} back, "
            "or less by what the way back cost",
        )


def _book(
    change: Change, contents: Contents, line: PayoutLine, came: BankLine, fee: Decimal
) -> LineReturn:
    session, document = change.session, f"{line.batch}#{line.line}"
    account = bank.account_named(session, came.bank_account).account
    what = line.commodity
    postings = [Posting(account, came.amount, what, line.payee, document)]
    if fee:
        postings.append(Posting(Chart.EXPENSE_BANK_FEES, fee, what, line.payee, document))
    postings += [
        replace(each, amount=CONTEXT.minus(each.amount))
        for each in settling_postings(change, contents, line)
    ]
    booked = bank_entries.book(
        change,
        came,
        kind="return",
        match_kind=MATCH_KIND,
        reference=f"return:{line.batch}:{line.line}",
        document=document,
        narration=f"{line.batch}, line {line.line} to {line.payee} came back",
        why=f"brings line {line.line} of {line.batch} back",
        postings=postings,
    )
    return LineReturn(
        batch=line.batch,
        line=line.line,
        bank_line=came.id,
        fee=fee,
        entry_number=booked.entry_number,
    )
