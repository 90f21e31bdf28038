"""Bounties: what an exchange puts up for building something, who works on it, what came in.

Law: a deposit is held for its exchange until it is released or refunded, once, never both; too
little or too much is booked as it came.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import bank, parties
from ledger.accounts import Chart
from ledger.bank_tables import BankLine, Match
from ledger.errors import Conflict, UnknownReference
from ledger.money import total
from ledger.receipts import ReceiptFor, receive, received_from
from ledger.revenue.bounty_tables import Bounty, BountyAssignment, BountyEnd
from ledger.sealing import Change
from ledger.validation import bad_input, require_payable, require_same

DEPOSIT = "bounty-deposit"
"""Kind of the match between a bank line and the bounty that it is a deposit for."""

DIVISIONS = {
    "HBOT": "bounty-division-hbot",
    "USD": "bounty-division-stablecoin",
    "USDC": "bounty-division-stablecoin",
    "USDT": "bounty-division-stablecoin",
}
"""The policy that divides a bounty, by its commodity; others have no rule."""


class DepositState(StrEnum):
    """What came in for a bounty against what was agreed."""

    NONE = "none"
    SHORT = "short"
    EXACT = "exact"
    OVER = "over"


class BountyEnded(Conflict):
    """A bounty that was released or refunded takes nothing more."""

    code = "bounty_ended"

    def __init__(self, end: BountyEnd) -> None:
        super().__init__(
            f"Bounty {end.bounty!r} was {end.kind} on {end.on} by entry {end.entry_number}.",
            mend="Add another bounty for what comes after.",
        )


def add(
    change: Change,
    *,
    identity: str,
    title: str,
    exchange: str,
    commodity: str,
    amount: Decimal,
    developer: str | None = None,
    source: str = "",
) -> tuple[Bounty, bool]:
    """Add a bounty under its id; say whether it is new. Parties may be given by any alias.

    Raises:
        UnknownReference: a party or the commodity is not recorded.
        BadInput: the amount is not payable, or no policy divides the commodity.
        ReferenceReused: the id is there with other content.
    """
    session = change.session
    require_payable(session, amount, commodity, f"bounty {identity}")
    if commodity not in DIVISIONS:
        expected = f"one of {', '.join(DIVISIONS)}: no policy divides another commodity"
        raise bad_input(
            code="commodity_undivided",
            place=f"bounty {identity}",
            value=commodity,
            expected=expected,
        )
    wanted = Bounty(
        id=identity,
        title=title,
        exchange=parties.named(session, exchange, kind="exchange").id,
        commodity=commodity,
        amount=amount,
        developer=parties.named(session, developer, kind="payee").id if developer else None,
        source=source,
    )
    known = session.get(Bounty, identity)
    if known is not None:
        require_same("Bounty", known, wanted, without={"source"})
        return known, False
    change.add(wanted)
    return wanted, True


def named(session: Session, identity: str) -> Bounty:
    """Return a bounty by its id.

    Raises:
        UnknownReference: there is none.
    """
    found = session.get(Bounty, identity)
    if found is None:
        raise UnknownReference("bounty", identity, mend="feeshare bounty list")
    return found


def all_of(session: Session) -> list[Bounty]:
    """Return every bounty, by id."""
    return list(session.scalars(select(Bounty).order_by(Bounty.id)))


def assign(
    change: Change, bounty: Bounty, payee: str, *, role: str = "developer", on: date, evidence: str
) -> bool:
    """Name who develops or reviews a bounty from now on; say whether that is new.

    Raises:
        BountyEnded: it was released or refunded.
        Conflict: the same party would do both; nobody reviews their own work.
    """
    session = change.session
    require_not_ended(session, bounty)
    party = parties.named(session, payee, kind="payee").id
    if assigned(session, bounty, role) == party:
        return False
    other = "reviewer" if role == "developer" else "developer"
    if assigned(session, bounty, other) == party:
        raise Conflict(f"{party} is the {other} of bounty {bounty.id!r}; another is its {role}.")
    earlier = select(func.max(BountyAssignment.number)).where(
        BountyAssignment.bounty == bounty.id, BountyAssignment.role == role
    )
    change.add(
        BountyAssignment(
            bounty=bounty.id,
            role=role,
            number=1 + (session.scalar(earlier) or 0),
            payee=party,
            on=on,
            evidence=evidence,
        )
    )
    return True


def assigned(
    session: Session, bounty: Bounty, role: str, *, until: date | None = None
) -> str | None:
    """Return the party that has a role (`developer`, `reviewer`) in a bounty; nothing if none.

    With `until`, who had it at the end of that day.
    """
    found = session.scalar(
        select(BountyAssignment.payee)
        .where(BountyAssignment.bounty == bounty.id, BountyAssignment.role == role)
        .where(*([] if until is None else [BountyAssignment.on <= until]))
        .order_by(BountyAssignment.number.desc())
        .limit(1)
    )
    return found or (bounty.developer if role == "developer" else None)


def receive_deposit(
    change: Change, bounty: Bounty, line: BankLine, amount: Decimal, *, why: str
) -> tuple[Match, bool]:
    """Book a bank line, or a part of it, as a bounty's deposit; say whether that is new.

    Too little or too much is booked as it came; `deposit_state` tells.

    Raises:
        CommodityDiffers: it is in another commodity than was promised.
        BountyEnded: the bounty was released or refunded.
        ReferenceReused: another amount of the line is this bounty's deposit already.
    """
    document = ReceiptFor(
        kind=DEPOSIT,
        document=bounty.id,
        account=Chart.BOUNTY_DEPOSITS,
        party=bounty.exchange,
        commodity=bounty.commodity,
        narration=f"deposit for bounty {bounty.id}",
    )
    earlier = received_from(change.session, document, line, amount)
    if earlier is not None:
        return earlier, False
    require_not_ended(change.session, bounty)
    return receive(change, document, line, amount, why=why), True


def deposited(session: Session, bounty: Bounty, *, until: date | None = None) -> Decimal:
    """Return how much came in for a bounty, until a day; its end does not lessen it."""
    return total(match.amount for match in deposits_of(session, bounty, until=until))


def deposit_state(session: Session, bounty: Bounty, *, until: date | None = None) -> DepositState:
    """Return what came in for a bounty, until a day, against what was agreed."""
    amount = deposited(session, bounty, until=until)
    if amount == 0:
        return DepositState.NONE
    if amount == bounty.amount:
        return DepositState.EXACT
    return DepositState.SHORT if amount < bounty.amount else DepositState.OVER


def end_of(session: Session, bounty: Bounty, *, until: date | None = None) -> BountyEnd | None:
    """Return how a bounty ended, until a day; nothing while its deposit is held or awaited."""
    end = session.get(BountyEnd, bounty.id)
    return None if end and until and end.on > until else end


def deposits_of(session: Session, bounty: Bounty, *, until: date | None = None) -> list[Match]:
    """Return the live matches of bank lines that are deposits for a bounty, until a day."""
    matches = bank.live_matches(session, bounty.id, until=until)
    return [match for match in matches if match.kind == DEPOSIT]


def require_not_ended(session: Session, bounty: Bounty) -> None:
    """Refuse a bounty that takes nothing more.

    Raises:
        BountyEnded: it was released or refunded.
    """
    end = end_of(session, bounty)
    if end is not None:
        raise BountyEnded(end)
