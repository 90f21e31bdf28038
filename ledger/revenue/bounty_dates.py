"""The clocks and phases of the bounties, by the policies that were in force."""

from datetime import date

from sqlalchemy.orm import Session

from ledger import business_days, policies
from ledger.revenue import bounty_clocks
from ledger.revenue.bounty_clocks import Clock, Phase
from ledger.revenue.bounty_moves import happened
from ledger.revenue.bounty_tables import Bounty


def clocks(session: Session, bounty: Bounty, today: date) -> list[Clock]:
    """Return the clocks of a bounty that have started by a day, by the day they run out.

    The rule is the one of the day it was signed or, where nothing was, funded; bounties from
    before the first rule have no clocks.
    """
    days = happened(session, bounty, until=today)
    start = days.signed or days.funded
    if start is None or policies.version_in_force(session, "bounty-clocks", start) is None:
        return []
    rule = policies.in_force(session, "bounty-clocks", start)
    works = business_days.works(policies.in_force(session, "holiday-calendar", today))
    return bounty_clocks.clocks_of(
        days, rule, lambda day, count: business_days.after(day, count, works)
    )


def phases(session: Session, bounty: Bounty, today: date) -> list[Phase]:
    """Return the phases of a bounty's work with their planned days, as far as known on a day."""
    days = happened(session, bounty, until=today)
    if days.assigned is None:
        return []
    plan = policies.in_force(session, "bounty-phases", days.assigned)
    return bounty_clocks.phases_of(days, plan)
