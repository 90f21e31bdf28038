"""Bank entries: what a bank line is, said by one entry of its day and matched with it.

Law: entry and match are written together; a line of a closed month is booked on the first open
day and says which month it belongs to.
"""

from collections.abc import Sequence
from decimal import Decimal

from ledger import bank, periods
from ledger.bank_tables import BankLine, Match
from ledger.journal import JournalEntry, Posting, post_one
from ledger.sealing import Change


def book(
    change: Change,
    line: BankLine,
    *,
    kind: str,
    reference: str,
    document: str,
    narration: str,
    why: str,
    postings: Sequence[Posting],
    match_kind: str | None = None,
    amount: Decimal | None = None,
) -> Match:
    """Post the entry that says what a bank line is, match the two, and return the match.

    Args:
        change: the open change.
        line: the bank line; its day and evidence are the entry's.
        kind: the entry's kind.
        reference: the entry's reference, once for ever.
        document: what the line settles.
        narration: the entry's words.
        why: the match's words.
        postings: balanced in each commodity.
        match_kind: the match's kind, where it is another than the entry's.
        amount: the part of the line that this is, with its sign; else the whole.
    """
    day, relates_to = periods.open_date(change.session, line.on)
    posted = post_one(
        change,
        JournalEntry(
            reference=reference,
            effective_date=day,
            kind=kind,
            narration=narration,
            evidence=line.evidence,
            relates_to_period=relates_to,
            postings=postings,
        ),
    )
    return bank.match(
        change,
        line,
        kind=match_kind or kind,
        document=document,
        amount=line.amount if amount is None else amount,
        entry_number=posted.number,
        why=why,
    )
