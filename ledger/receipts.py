"""Receipts: a bank line, or a part of it, booked as money that came in for a document."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import bank, bank_entries
from ledger.bank_tables import BankLine, Match
from ledger.errors import NeedsReview, ReferenceReused
from ledger.journal import Posting
from ledger.money import CONTEXT, plain, total
from ledger.sealing import Change
from ledger.validation import bad_input


class CommodityDiffers(NeedsReview):
    """Money in another commodity than was promised."""

    code = "commodity_differs"

    def __init__(self, line: BankLine, what: str, promised: str) -> None:
        self.promised = promised
        super().__init__(
            f"Bank line {line.id} is in {line.commodity}; {what} is in {promised}.",
            mend=f"Ask the exchange. Send the {line.commodity} back, or have it agree to "
            f"{line.commodity} in writing and record that agreement as one of its own.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFor:
    """What a bank line may be money for: the kind of match, and what its entry credits.

    The entry is of the same kind unless `entry_kind` names another.
    """

    kind: str
    document: str
    account: str
    party: str
    commodity: str
    narration: str
    entry_kind: str = ""


def received_from(
    session: Session, wanted: ReceiptFor, line: BankLine, amount: Decimal
) -> Match | None:
    """Return the live match of a line with a document; nothing if there is none.

    Raises:
        ReferenceReused: another amount of the line is matched with it.
    """
    for match in bank.live_matches(session, wanted.document):
        if (match.kind, match.bank_line) == (wanted.kind, line.id):
            if match.amount != amount:
                raise ReferenceReused(
                    "Match", f"{wanted.document} with {line.id}", f"amount is {match.amount}"
                )
            return match
    return None


def receive(
    change: Change,
    wanted: ReceiptFor,
    line: BankLine,
    amount: Decimal,
    others: Mapping[str, Decimal] | None = None,
    *,
    why: str,
) -> Match:
    """Book a part of a bank line that came in to a document's account, and match the two.

    `others` are further accounts of the same entry, a debit positive: a fee that was kept back,
    what came too much. The document's account takes what they leave.

    Raises:
        BadInput: the amount is not positive, or the line is money that left.
        CommodityDiffers: the line is in another commodity.
    """
    session = change.session
    if line.commodity != wanted.commodity:
        raise CommodityDiffers(line, wanted.document, wanted.commodity)
    if amount <= 0 or line.amount <= 0:
        raise bad_input(
            code="amount_invalid",
            place=f"bank line {line.id}",
            value=plain(amount),
            expected="a positive part of money that came in",
        )
    # A match that was taken back leaves its entry and the reversal, so the next has a new name.
    before = session.scalar(
        select(func.count())
        .select_from(Match)
        .where(
            Match.bank_line == line.id,
            Match.document == wanted.document,
            Match.kind == wanted.kind,
        )
    )
    wallet = bank.account_named(session, line.bank_account).account
    kind, document = wanted.entry_kind or wanted.kind, wanted.document
    party, money = wanted.party, line.commodity
    rest = {wallet: amount, **(others or {})}
    settled = total(rest.values())
    return bank_entries.book(
        change,
        line,
        kind=kind,
        match_kind=wanted.kind,
        reference=f"{kind}:{document}:{line.id}:{(before or 0) + 1}",
        document=document,
        narration=wanted.narration,
        why=why,
        amount=amount,
        postings=[
            Posting(account, part, money, party, document, line.id)
            for account, part in (*rest.items(), (wanted.account, CONTEXT.minus(settled)))
            if part
        ],
    )
