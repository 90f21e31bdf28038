"""Unmatching: what a bank line turned out not to be; its match is released, its entry mirrored.

Law: what fell due by a match that is taken back stays due, as nothing due is undone; nothing more
falls due for its statement until money makes up for it. What was set off against it since, by a
restatement or an overpayment, follows: a document has an open amount or a credit, never both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from ledger import bank, journal
from ledger.bank_tables import BankLine, Match, MatchRelease
from ledger.classification import KIND as CLASSIFIED
from ledger.errors import Conflict, UnknownReference
from ledger.money import CONTEXT, plain
from ledger.obligation_tables import Obligation
from ledger.periods import open_date
from ledger.revenue.accruals import ahead_of_receipts
from ledger.revenue.receivables import owed_for
from ledger.revenue.received import RECEIPT, offset
from ledger.revenue.transfers import TRANSFER
from ledger.sealing import Change
from ledger.validation import require_evidence

RELEASED = (RECEIPT, CLASSIFIED, TRANSFER)
"""Kinds of matches that are taken back here; others end with their document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """A payee whose share is due beyond what came in for the statement."""

    payee: str
    commodity: str
    amount: Decimal
    obligations: Sequence[Obligation] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """What taking a match back did: the match, the mirror's number, and what is due ahead."""

    match: Match
    entry_number: int
    new: bool
    ahead: Sequence[Ahead] = ()


def match_of(session: Session, line: str, number: int | None) -> Match:
    """Return a match of a bank line; without a number, the only one that was not taken back.

    Raises:
        UnknownReference: there is no such match.
        Conflict: there are several, and none is named.
    """
    if number is not None:
        found = session.get(Match, (line, number))
        if found is None:
            raise UnknownReference("match", f"{line} {number}")
        return found
    live = bank.matches_of(session, line)
    if not live:
        raise UnknownReference(
            "match of the bank line", line, mend="What is open: feeshare reconcile MONTH"
        )
    if len(live) > 1:
        listed = "; ".join(
            f"{each.number}: {plain(each.amount)} for {each.document}" for each in live
        )
        raise Conflict(
            f"Bank line {line} has {len(live)} matches: {listed}.",
            mend=f"Name one: feeshare unmatch {line} NUMBER --reason …",
        )
    return live[0]


def unmatch(change: Change, match: Match, *, reason: str) -> Released:
    """Take a match back; a second time changes nothing.

    Its entry's mirror is dated as the entry, or on the first open day if that month is closed. Of
    a transfer, both lines are released.

    Raises:
        BadInput: no reason is given.
        Conflict: the match is of a bounty, a renewal or a payout, or what came too much by it was
            used elsewhere.
    """
    session = change.session
    known = session.get(MatchRelease, (match.bank_line, match.number))
    if known is not None:
        return Released(match=match, entry_number=known.entry_number, new=False)
    require_evidence(reason, f"unmatching {match.bank_line}")
    if match.kind not in RELEASED:
        raise Conflict(
            f"Match {match.number} of {match.bank_line} is a {match.kind}'s, for "
            f"{match.document}; it is not taken back alone.",
            mend="End its document instead: refund the bounty, cancel the renewal, or cancel "
            "the batch.",
        )
    number = _release(change, match, reason)
    if match.kind == TRANSFER:
        # A transfer takes both lines whole, so that the other has this one match.
        (other,) = bank.matches_of(session, match.document)
        _release(change, other, reason)
    ahead: Sequence[Ahead] = ()
    if match.kind == RECEIPT:
        ahead = _bring_back(change, match)
    return Released(match=match, entry_number=number, new=True, ahead=ahead)


def _release(change: Change, match: Match, reason: str) -> int:
    session = change.session
    original = journal.entry(session, match.entry_number)
    day, relates_to = open_date(session, original.effective_date)
    mirror = journal.reverse(
        change, match.entry_number, reason=reason, on=day, relates_to_period=relates_to
    )
    change.add(
        MatchRelease(
            bank_line=match.bank_line,
            number=match.number,
            reason=reason,
            entry_number=mirror.number,
        )
    )
    return mirror.number


def _bring_back(change: Change, match: Match) -> list[Ahead]:
    """Set off what the mirror left on both sides; return what is due beyond what came in."""
    session = change.session
    now = owed_for(session, match.document).stated
    line = session.get_one(BankLine, match.bank_line)
    day, _ = open_date(session, line.on)
    offset(change, now, on=day, name=f"offset:{match.bank_line}:{match.number}")
    after = owed_for(session, match.document)
    if after.open > now.collectable:
        used = CONTEXT.subtract(after.open, now.collectable)
        raise Conflict(
            f"{plain(used)} {now.statement.commodity} that {match.bank_line} brought beyond what "
            f"was owed for {match.document} was used for something else since.",
            mend=f"Match what did pay for {match.document} to it first: what is beyond is its "
            "credit, and stands in.",
        )
    return [
        Ahead(
            payee=payee, commodity=now.statement.commodity, amount=amount, obligations=obligations
        )
        for payee, amount, obligations in ahead_of_receipts(session, now)
    ]
