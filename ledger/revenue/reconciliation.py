"""Reconciliation: what came in, against what is owed; what is certain by itself, the rest ranked.

The choice is `ledger.revenue.matching`'s, which is pure; here open lines and receivables are laid
before it, and what is certain is booked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from ledger import parties, policies
from ledger.bank import open_lines
from ledger.bank_tables import BankLine
from ledger.obligation_tables import Obligation
from ledger.revenue.matching import Claim, Found, Receipt, match, months_in
from ledger.revenue.receivables import Difference, Receivable, owed_for, receivables, receive
from ledger.revenue.tolerances import Tolerance, tolerance_of
from ledger.sealing import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """A line, or a part of it, that found what it is for, and what became payable by it."""

    line: BankLine
    document: str
    amount: Decimal
    why: str
    became_due: Sequence[Obligation]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """A line that needs a person: what is left of it, what it may be for, or why it is held."""

    line: BankLine
    left: Decimal
    proposals: Sequence[Found]
    reason: str = ""


def reconcile(
    change: Change, until: date, held: Mapping[str, str] | None = None
) -> tuple[list[Matched], list[Unmatched]]:
    """Match the money that came in until a day to what exchanges owe.

    Args:
        change: the open change.
        until: the last day of the lines.
        held: lines that are for something else, with the reason why a person has to look.

    Returns:
        What was matched now, and the lines in and out that still need a person or a payout.
    """
    session = change.session
    held = held or {}
    lines = open_lines(session, until=until)
    receipts = receipts_of(session, [(line, left) for line, left in lines if line.id not in held])
    outcome = match(
        receipts, claims_of(receivables(session)), tolerances(session, receipts, until)
    )
    by_id = {line.id: line for line, _ in lines}
    matched = [each for found in outcome.certain for each in _book(change, found, by_id)]
    taken = {each.line.id for each in matched}
    return matched, [
        Unmatched(
            line=line,
            left=left,
            proposals=outcome.proposals.get(line.id, ()),
            reason=held.get(line.id, ""),
        )
        for line, left in lines
        if line.id not in taken
    ]


def receipts_of(session: Session, lines: Sequence[tuple[BankLine, Decimal]]) -> list[Receipt]:
    """Return what came in from parties that are known, with what is left of each line."""
    found = []
    for line, left in lines:
        party = parties.find(session, line.counterparty) if left > 0 else None
        if party is not None:
            found.append(
                Receipt(
                    id=line.id,
                    on=line.on,
                    party=party.id,
                    commodity=line.commodity,
                    amount=left,
                    months=months_in(line.memo),
                )
            )
    return found


def claims_of(owed: Sequence[Receivable]) -> list[Claim]:
    """Return what is owed as claims."""
    return [
        Claim(
            document=each.stated.document,
            party=each.exchange,
            commodity=each.stated.statement.commodity,
            open=each.open,
            month=each.stated.statement.period,
            due_on=each.due_on,
        )
        for each in owed
    ]


def tolerances(session: Session, receipts: Sequence[Receipt], day: date) -> dict[str, Tolerance]:
    """Return what may differ, by party, under the policy in force on a day."""
    value = policies.in_force(session, "match-tolerance", day)
    return {party: tolerance_of(value, party) for party in {each.party for each in receipts}}


def _book(change: Change, found: Found, lines: Mapping[str, BankLine]) -> list[Matched]:
    difference = None if found.difference is None else Difference(kind=found.difference)
    made = []
    for part in found.parts:
        line = lines[part.receipt.id]
        due = receive(
            change,
            line,
            owed_for(change.session, part.claim.document),
            part.amount,
            why=found.why,
            difference=difference,
        )
        made.append(
            Matched(
                line=line,
                document=part.claim.document,
                amount=part.amount,
                why=found.why,
                became_due=due,
            )
        )
    return made
