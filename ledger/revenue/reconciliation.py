"""Reconciliation: what came in, against what is owed; exact and unique by itself, the rest ranked.

The choice is pure: `propose` sees a line and the open receivables of its exchange and says which
it pays and why, or which it may be for. Only a proposal that is the only one of its rank is taken
without a person.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ledger import parties
from ledger.bank import open_lines
from ledger.bank_tables import BankLine
from ledger.money import plain
from ledger.obligation_tables import Obligation
from ledger.revenue.receivables import Receivable, receivables, receive
from ledger.sealing import Change

MONTH_IN_MEMO = re.compile(r"\b(\d{4}-(?:0[1-9]|1[0-2]))\b", re.ASCII)

SEVERAL = 2
UNDIVIDED = 4
"""The rank of a line whose memo names several months: no rule can divide it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A receivable that a line may be for, with the reasons; `rank` 1 is the best."""

    receivable: Receivable
    amount: Decimal
    rank: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """A line, or a part of it, that found what it is for, and what became payable by it."""

    line: BankLine
    proposal: Proposal
    became_due: Sequence[Obligation]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """A line that needs a person: what is left of it, what it may be for, or why it is held."""

    line: BankLine
    left: Decimal
    proposals: Sequence[Proposal]
    reason: str = ""


def propose(line: BankLine, left: Decimal, owed: Sequence[Receivable]) -> list[Proposal]:
    """Rank what a line may be for, best first.

    Rank 1: the memo names the month. Rank 2: the amount is exactly what is owed. Rank 3: part of
    what is owed. Rank 4: the memo names several months, this among them, so that a person has to
    say how much each gets. Nothing is proposed that would be paid beyond what is owed.
    """
    months = sorted(set(MONTH_IN_MEMO.findall(line.memo)))
    found = []
    for receivable in owed:
        month = receivable.stated.statement.period
        too_much = left > receivable.open and len(months) < SEVERAL
        if receivable.stated.statement.commodity != line.commodity or too_much:
            continue
        if months and month not in months:
            continue
        size = "amount exact" if left == receivable.open else f"part of {plain(receivable.open)}"
        if len(months) >= SEVERAL:
            rank, why = UNDIVIDED, f"memo names {' and '.join(months)}"
        elif months:
            rank, why = 1, f"memo names {month}, {size}"
        else:
            rank, why = 2 if left == receivable.open else 3, size
        found.append(
            Proposal(receivable=receivable, amount=min(left, receivable.open), rank=rank, why=why)
        )
    return sorted(found, key=lambda each: (each.rank, each.receivable.stated.document))


def certain(proposals: Sequence[Proposal]) -> Proposal | None:
    """Return the proposal to take without a person: the only one of the best rank, never 4."""
    best = [each for each in proposals if each.rank == proposals[0].rank]
    return best[0] if len(best) == 1 and best[0].rank < UNDIVIDED else None


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
    matched: list[Matched] = []
    unmatched: list[Unmatched] = []
    for line, left in open_lines(session, until=until):
        if held and line.id in held:
            unmatched.append(Unmatched(line=line, left=left, proposals=(), reason=held[line.id]))
            continue
        owed: list[Receivable] = []
        exchange = parties.find(session, line.counterparty)
        if line.amount > 0 and exchange is not None:
            owed = [each for each in receivables(session) if each.exchange == exchange.id]
        proposals = propose(line, left, owed)
        chosen = certain(proposals)
        if chosen is None:
            unmatched.append(Unmatched(line=line, left=left, proposals=proposals))
            continue
        due = receive(change, line, chosen.receivable, chosen.amount, why=chosen.why)
        matched.append(Matched(line=line, proposal=chosen, became_due=due))
    return matched, unmatched
