"""How a bounty is divided among developer, reviewer and us, by the policy of its first deposit."""

from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import commodities, policies
from ledger.accounts import Chart
from ledger.allocation import divide, pool_of
from ledger.bank_tables import BankLine
from ledger.money import plain
from ledger.obligation_tables import Obligation
from ledger.revenue.bounties import DIVISIONS, assigned, deposits_of
from ledger.revenue.bounty_tables import Bounty

ROLES = ("developer", "reviewer")
"""Who may have a part of a bounty."""

ACCOUNTS = {
    "developer": Chart.PAYABLE_DEVELOPER,
    "reviewer": Chart.PAYABLE_REVIEWER,
    "refund": Chart.PAYABLE_REFUND,
}
"""The account of what is owed at a bounty's end, by what it is owed for."""


def rule_of(session: Session, bounty: Bounty, on: date) -> tuple[str, dict[str, Decimal]]:
    """Return how a bounty is divided: the rule of its first deposit's day, or of `on` before it.

    The terms are those that the exchange could read when it paid.
    """
    first = session.scalar(
        select(func.min(BankLine.on)).where(
            BankLine.id.in_([match.bank_line for match in deposits_of(session, bounty)])
        )
    )
    name = DIVISIONS[bounty.commodity]
    division = policies.in_force(session, name, first or on)
    rule = f"{name} in force on {first or on}"
    return rule, {role: Decimal(part) for role, part in division.items()}


def divided(session: Session, bounty: Bounty) -> list[Obligation]:
    """Return what is owed to each who has a part, as obligations without entry and month."""
    rule, division = rule_of(session, bounty, date.max)
    roles = {
        party: role
        for role in ROLES
        if division[role] and (party := assigned(session, bounty, role))
    }
    weights = {party: division[role] for party, role in roles.items()}
    rate = sum(weights.values(), Decimal(0))
    scale = commodities.scale_of(session, bounty.commodity)
    pool = pool_of(bounty.amount, rate, scale)
    owed = []
    for share in divide(pool, weights, scale) if pool else ():
        role = roles[share.party]
        terms = f"{plain(share.weight)} of {plain(bounty.amount)} {bounty.commodity} to the {role}"
        part = obligation_of(
            bounty, role, share.party, amount=share.quantity, explanation=f"{terms}: {rule}"
        )
        part.base, part.rate, part.pool = bounty.amount, rate, pool
        part.weight, part.residue_rank = share.weight, share.residue_rank
        owed.append(part)
    return [part for part in owed if part.amount]


def obligation_of(
    bounty: Bounty, role: str, payee: str, *, amount: Decimal, explanation: str
) -> Obligation:
    """Return what an end of a bounty owes; it gets its entry and month when that is posted."""
    return Obligation(
        id=f"bounty-{role}:{bounty.id}",
        kind=f"bounty-{role}",
        payee=payee,
        commodity=bounty.commodity,
        amount=amount,
        document=bounty.id,
        period="",
        entry_number=0,
        payable_account=ACCOUNTS[role].value,
        explanation=explanation,
    )
