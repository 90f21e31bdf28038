"""Double payments: what was settled and left the account once more is owed back by the payee.

Law: a second run of the same rows is found among what left the account, and booked at once as
what the payee owes; the next payout takes it off. A line that converted is owed back in what was
owed, at the line's price, so that later shares net it. Nothing of it touches the obligation, which
is paid already.
"""

from collections.abc import Mapping

from ledger import bank_entries
from ledger.accounts import Chart
from ledger.bank_tables import BankLine
from ledger.journal import Posting
from ledger.sealing import Change
from payouts.contents import Contents
from payouts.ending_tables import DoublePayment
from payouts.line_postings import conversion_postings
from payouts.matching import Line
from payouts.tables import PayoutLine

MATCH_KIND = "paid-twice"


def book(
    change: Change, contents: Contents, bank_lines: dict[str, BankLine], found: Mapping[str, Line]
) -> tuple[str, ...]:
    """Book the bank lines that repeat settled ones; take them out of `bank_lines`, return them."""
    lines = {(line.batch, line.line): line for line in contents.lines}
    for identity, repeated in found.items():
        _book(change, contents, lines[repeated], bank_lines.pop(identity))
    return tuple(found)


def _book(change: Change, contents: Contents, line: PayoutLine, left: BankLine) -> None:
    document, account = f"{line.batch}#{line.line}", contents.source.account
    owed = contents.owed(line)
    booked = bank_entries.book(
        change,
        left,
        kind=MATCH_KIND,
        reference=f"paid-twice:{left.id}",
        document=document,
        narration=f"{line.batch}, line {line.line} to {line.payee} paid once more",
        why=f"pays line {line.line} of {line.batch} once more",
        postings=[
            Posting(Chart.RECEIVABLE_PAYEE, owed.owed, owed.commodity, line.payee, document),
            *conversion_postings(change, contents, line),
            Posting(account, left.amount, line.commodity, line.payee, document),
        ],
    )
    change.add(
        DoublePayment(
            bank_line=left.id, batch=line.batch, line=line.line, entry_number=booked.entry_number
        )
    )
