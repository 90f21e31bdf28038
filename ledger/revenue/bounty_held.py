"""What came in for a bounty and what is still held of it, by whom it came from."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import bank
from ledger.accounts import Chart
from ledger.bank_tables import BankLine, Match
from ledger.money import CONTEXT, total
from ledger.revenue.bounties import funders_of
from ledger.revenue.bounty_tables import Bounty
from ledger.tables import JournalEntryRow, PostingRow

DEPOSIT = "bounty-deposit"
"""Kind of the match between a bank line and the bounty that it is a deposit for."""


class DepositState(StrEnum):
    """What came in for a bounty against what was agreed."""

    NONE = "none"
    SHORT = "short"
    EXACT = "exact"
    OVER = "over"


def deposits_of(session: Session, bounty: Bounty, *, until: date | None = None) -> list[Match]:
    """Return the live matches of bank lines that are deposits for a bounty, until a day."""
    matches = bank.live_matches(session, bounty.id, until=until)
    return [match for match in matches if match.kind == DEPOSIT]


def deposited(session: Session, bounty: Bounty, *, until: date | None = None) -> Decimal:
    """Return how much came in for a bounty, until a day; its end does not lessen it."""
    return total(match.amount for match in deposits_of(session, bounty, until=until))


def deposited_by(
    session: Session, bounty: Bounty, *, until: date | None = None
) -> dict[str, Decimal]:
    """Return how much came in for a bounty from each party, until a day."""
    entries = [match.entry_number for match in deposits_of(session, bounty, until=until)]
    rows = session.execute(
        select(PostingRow.party, func.sum(PostingRow.amount).label("amount"))
        .where(
            PostingRow.entry_number.in_(entries),
            PostingRow.account == Chart.BOUNTY_DEPOSITS,
            PostingRow.document == bounty.id,
        )
        .group_by(PostingRow.party)
        .order_by(PostingRow.party)
    )
    return {row.party: CONTEXT.minus(row.amount) for row in rows}


def deposit_state(session: Session, bounty: Bounty, *, until: date | None = None) -> DepositState:
    """Return what came in for a bounty, until a day, against what was agreed to be deposited.

    It is short if any funder's part is; an own part of the Foundation is no deposit.
    """
    agreed = awaited(session, bounty)
    came = deposited_by(session, bounty, until=until)
    if not came or not agreed:
        return DepositState.NONE
    if any(came.get(party, Decimal(0)) < part for party, part in agreed.items()):
        return DepositState.SHORT
    return DepositState.EXACT if came == agreed else DepositState.OVER


def awaited(session: Session, bounty: Bounty) -> dict[str, Decimal]:
    """Return what each funder but the Foundation deposits for a bounty."""
    funders = funders_of(session, bounty).items()
    return {party: part for party, part in funders if party is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositLine:
    """A bank line, or a part of it, that is a deposit: its day, and what came in."""

    bank_line: str
    on: date
    amount: Decimal


def deposit_lines(
    session: Session, bounty: Bounty, *, until: date | None = None
) -> list[DepositLine]:
    """Return the lines that are deposits for a bounty, until a day, the first one first."""
    matches = deposits_of(session, bounty, until=until)
    days = {
        row.id: row.on
        for row in session.execute(
            select(BankLine.id, BankLine.on).where(
                BankLine.id.in_([match.bank_line for match in matches])
            )
        )
    }
    found = [
        DepositLine(bank_line=each.bank_line, on=days[each.bank_line], amount=each.amount)
        for each in matches
    ]
    return sorted(found, key=lambda line: (line.on, line.bank_line))


def deposit_days(session: Session, bounty: Bounty) -> list[date]:
    """Return the days on which deposits came in, the first one first."""
    return sorted({line.on for line in deposit_lines(session, bounty)})


def last_booked(session: Session, bounty: Bounty) -> date | None:
    """Return the latest day on which a deposit was booked; nothing if none was."""
    entries = [match.entry_number for match in deposits_of(session, bounty)]
    return session.scalar(
        select(func.max(JournalEntryRow.effective_date)).where(JournalEntryRow.number.in_(entries))
    )
