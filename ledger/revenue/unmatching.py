"""Unmatching: what a bank line turned out not to be; its match is released, its entry mirrored.

Law: what fell due by a match that is taken back goes back to accrued; where a payout has claimed
it, the match is not taken back before other money covers that. What was set off against it since,
by a restatement or an overpayment, follows: a document has an open amount or a credit, never both.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ledger import bank, journal
from ledger.bank_tables import BankLine, Match, MatchRelease
from ledger.classification import KIND as CLASSIFIED
from ledger.errors import Conflict, UnknownReference
from ledger.money import CONTEXT, plain
from ledger.periods import open_date
from ledger.revenue.due_shares import Surplus, ahead_of_receipts, go_back
from ledger.revenue.receivables import owed_for
from ledger.revenue.received import RECEIPT, offset
from ledger.revenue.transfers import TRANSFER
from ledger.sealing import Change
from ledger.validation import require_evidence

RELEASED = (RECEIPT, CLASSIFIED, TRANSFER)
"""Kinds of matches that are taken back here; others end with their document."""


class ShareClaimed(Conflict):
    """A match by which a share fell due that a batch has claimed, or paid."""

    code = "share_claimed"

    def __init__(self, line: str, ahead: Sequence[Surplus]) -> None:
        told = "; ".join(
            f"{each.payee}: {plain(each.amount)} {each.commodity} beyond what came in"
            for each in ahead
        )
        super().__init__(
            f"Shares that fell due by {line} are in a payout batch or paid. {told}.",
            mend="Match what did pay for the statement to it first; or cancel the batch, if it "
            "was not signed; or restate the statement, which makes the payee owe it back.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """What taking a match back did: the match, the mirror's number, and what is due no more."""

    match: Match
    entry_number: int
    new: bool
    went_back: Sequence[Surplus] = ()


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
        Conflict: the match is of a bounty, a prepaid year or a payout, or what came too much by
            it was used elsewhere.
        ShareClaimed: a share that fell due by it is in a batch or paid, and what is left of what
            came in does not cover it.
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
            mend="End its document instead: refund the bounty, cancel the renewal or sponsorship, "
            "or cancel the batch.",
        )
    number = _release(change, match, reason)
    if match.kind == TRANSFER:
        # A transfer takes both lines whole, so that the other has this one match.
        (other,) = bank.matches_of(session, match.document)
        _release(change, other, reason)
    went_back: Sequence[Surplus] = ()
    if match.kind == RECEIPT:
        went_back = _bring_back(change, match)
    return Released(match=match, entry_number=number, new=True, went_back=went_back)


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


def _bring_back(change: Change, match: Match) -> list[Surplus]:
    """Set off what the mirror left on both sides; return how much is due no more."""
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
    went_back = go_back(change, now, on=day, cause=f"unmatched {match.bank_line}#{match.number}")
    ahead = ahead_of_receipts(session, now)
    if ahead:
        raise ShareClaimed(match.bank_line, ahead)
    return went_back
