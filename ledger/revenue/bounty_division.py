"""How a bounty is divided among developers, reviewer and us, by the terms it was agreed under.

Law: the rule is the bounty's own if its terms have one; else the policy in force on the day it was
signed, or of its first deposit where nothing was signed: the terms that could be read then.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from ledger import commodities, policies
from ledger.accounts import Chart
from ledger.allocation import divide, pool_of
from ledger.money import CONTEXT, plain, total
from ledger.months import month_of
from ledger.obligation_tables import Obligation
from ledger.revenue.bounties import DIVISIONS, funders_of
from ledger.revenue.bounty_held import deposit_days
from ledger.revenue.bounty_standing import terms_of
from ledger.revenue.bounty_tables import Bounty
from ledger.revenue.bounty_team import ROLES, team_of

ACCOUNTS = {
    "developer": Chart.PAYABLE_DEVELOPER,
    "reviewer": Chart.PAYABLE_REVIEWER,
    "refund": Chart.PAYABLE_REFUND,
}
"""The account of what is owed at a bounty's end, by what it is owed for."""

OWN_IN_STABLECOIN = "bounty-division-foundation-stablecoin"
"""The policy that divides what the Foundation alone puts up in a stablecoin, once there is one."""


def rule_of(session: Session, bounty: Bounty, on: date) -> tuple[str, dict[str, Decimal]]:
    """Return how a bounty is divided and by which rule, in words.

    Args:
        session: the books.
        bounty: what is divided.
        on: the day whose policy counts where nothing was signed and nothing came in.
    """
    terms = terms_of(session, bounty)
    if terms is not None and terms.developer_share is not None:
        return f"its terms of {terms.signed_on} ({terms.document})", {
            "developer": terms.developer_share,
            "foundation": terms.foundation_share or Decimal(0),
            "reviewer": terms.reviewer_share or Decimal(0),
        }
    first = terms.signed_on if terms else next(iter(deposit_days(session, bounty)), on)
    name = policy_of(session, bounty, first)
    division = policies.in_force(session, name, first)
    return f"{name} in force on {first}", {role: Decimal(part) for role, part in division.items()}


def policy_of(session: Session, bounty: Bounty, on: date) -> str:
    """Return the policy that divides a bounty, by its commodity and by who puts it up."""
    name = DIVISIONS[bounty.commodity]
    is_own = set(funders_of(session, bounty)) == {None} and name == DIVISIONS["USD"]
    if is_own and policies.version_in_force(session, OWN_IN_STABLECOIN, on) is not None:
        return OWN_IN_STABLECOIN
    return name


def divided(
    session: Session, bounty: Bounty, amount: Decimal, *, on: date, suffix: str = ""
) -> list[Obligation]:
    """Return what is owed to each who has a part of an amount of a bounty, in its commodity.

    Args:
        session: the books.
        bounty: what is released.
        amount: the whole, or a stage's; in the bounty's commodity.
        on: the day of the release.
        suffix: what tells a stage's obligations from another's.
    """
    rule, division = rule_of(session, bounty, on)
    teams = {role: team_of(session, bounty, role) for role in ROLES if division[role]}
    roles = {party: role for role, team in teams.items() for party in team}
    weights = _weights(teams, division)
    rate = total(division[role] for role in teams if teams[role])
    scale = commodities.scale_of(session, bounty.commodity)
    pool = pool_of(amount, rate, scale)
    owed = []
    for share in divide(pool, weights, scale) if pool and weights else ():
        role = roles[share.party]
        of_team = teams[role][share.party]
        several = len(teams[role]) > 1
        whose = f"weight {plain(of_team)} of {len(teams[role])} {role}s" if several else role
        terms = f"{plain(division[role])} of {plain(amount)} {bounty.commodity} to the {whose}"
        part = obligation_of(
            bounty,
            role,
            share.party,
            amount=share.quantity,
            explanation=f"{terms}: {rule}",
            suffix=suffix + (f":{share.party}" if several else ""),
        )
        part.base, part.rate, part.pool = amount, rate, pool
        part.weight, part.residue_rank = share.weight, share.residue_rank
        owed.append(part)
    return [part for part in owed if part.amount]


def obligation_of(
    bounty: Bounty, role: str, payee: str, *, amount: Decimal, explanation: str, suffix: str = ""
) -> Obligation:
    """Return what a release or refund owes; it gets its entry and month when that is posted."""
    return Obligation(
        id=f"bounty-{role}:{bounty.id}{suffix}",
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


def posted_on(owed: list[Obligation], on: date, entry_number: int) -> None:
    """Give obligations the entry that they were posted by, and its month."""
    for part in owed:
        part.period, part.entry_number = month_of(on), entry_number


def _weights(
    teams: Mapping[str, Mapping[str, Decimal]], division: Mapping[str, Decimal]
) -> dict[str, Decimal]:
    """Return the weight of each party in the whole, without dividing.

    A role's part goes to its team by weight, so each weight is multiplied with the sums of the
    other teams' weights instead of being divided by its own team's.
    """
    sums = {role: total(team.values()) for role, team in teams.items() if team}
    weights: dict[str, Decimal] = {}
    for role, team in teams.items():
        for party, weight in team.items():
            value = CONTEXT.multiply(division[role], weight)
            for other, whole in sums.items():
                value = value if other == role else CONTEXT.multiply(value, whole)
            weights[party] = value
    return weights
