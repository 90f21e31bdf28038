"""The clocks of a bounty: until when what is promised has to happen, and which phases are late.

Law: each clock starts with an event and stops with another; a day of work is one that is no
weekend and no holiday. Nothing happens here by itself: a clock that ran out is a reason that a
person may act on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

PHASES = ("set-up", "development", "testing", "governance")
"""The phases of the work, in order."""

BusinessDays = Callable[[date, int], date]
"""Returns the day that lies so many business days after another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """The days on which the events of a bounty came; nothing for what has not."""

    signed: date | None = None
    funded: date | None = None
    first_assigned: date | None = None
    assigned: date | None = None
    withdrawn: date | None = None
    delivered: date | None = None
    tested: date | None = None
    voted: date | None = None
    failed: date | None = None
    ended: date | None = None
    refunded: date | None = None
    paid_back: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Something promised until the end of a day, and when it was done."""

    kind: str
    what: str
    due: date
    done: date | None

    def is_late(self, today: date) -> bool:
        """Return whether it was not done in time, as far as is known on a day."""
        return (self.done or today) > self.due


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A phase of the work: when it is planned to be over at the latest, and when it was.

    The set-up ends with nothing that anybody records, so it is planned but never called late.
    """

    name: str
    planned_from: date
    planned_until: date
    done: date | None
    is_seen: bool

    def is_late(self, today: date) -> bool:
        """Return whether it is or was over later than planned, as far as is known on a day."""
        return self.is_seen and (self.done or today) > self.planned_until


def clocks_of(days: Happened, rule: Mapping[str, int], business: BusinessDays) -> list[Clock]:
    """Return the clocks of a bounty that have started, by the day they run out.

    Args:
        days: what happened when.
        rule: the policy `bounty-clocks`: days to pay, to find a developer, to find another one, to
            deliver, and business days to refund in.
        business: counts business days.
    """
    clocks = [
        _clock("deposit", "the deposit comes in", days.signed, rule["deposit"], days.funded),
        _clock(
            "developer",
            "a developer is found",
            days.funded,
            rule["developer"],
            days.first_assigned,
        ),
        _clock(
            "reassignment", "another developer is found", days.withdrawn, rule["reassign"],
            days.assigned if days.withdrawn and days.assigned and days.assigned >= days.withdrawn
            else None,
        ),
        _clock("delivery", "it is delivered", days.funded, rule["delivery"], days.delivered),
    ]  # fmt: skip
    running = [clock for clock in clocks if clock is not None]
    trigger = refund_trigger(days)
    if trigger is not None:
        due = business(trigger, rule["refund"])
        what = "the deposit is paid back"
        running.append(Clock(kind="refund", what=what, due=due, done=days.paid_back))
    over = days.ended
    kept = [
        clock
        for clock in running
        if clock.kind == "refund" or clock.done or not over or clock.due < over
    ]
    return sorted(kept, key=lambda clock: (clock.due, clock.kind))


def refund_trigger(days: Happened) -> date | None:
    """Return the day from which a deposit has to be paid back: decided, or asked for by right.

    A clock that ran out gives the exchange the right to ask; the day of the decision starts the
    business days. A failed test starts them at once unless the bounty ended otherwise.
    """
    if days.refunded is not None:
        return days.refunded
    if days.ended is None and days.failed is not None:
        return days.failed
    return None


def phases_of(days: Happened, plan: Mapping[str, list[int]]) -> list[Phase]:
    """Return the phases of the work with their planned days; none before a developer is found.

    Args:
        days: what happened when.
        plan: the policy `bounty-phases`: weeks, at least and at most, of each phase.
    """
    if days.assigned is None:
        return []
    done = {"development": days.delivered, "testing": days.tested, "governance": days.voted}
    phases, earliest, latest = [], days.assigned, days.assigned
    for name in PHASES:
        at_least, at_most = plan[name]
        latest += timedelta(weeks=at_most)
        phases.append(
            Phase(
                name=name,
                planned_from=earliest,
                planned_until=latest,
                done=done.get(name),
                is_seen=name in done,
            )
        )
        earliest += timedelta(weeks=at_least)
    return phases


def _clock(kind: str, what: str, start: date | None, days: int, done: date | None) -> Clock | None:
    if start is None or not days:
        return None
    return Clock(kind=kind, what=what, due=start + timedelta(days=days), done=done)
