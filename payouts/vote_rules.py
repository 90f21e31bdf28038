"""Vote rules: whether a vote passed, by the rule in force on the day it started, told in words.

Law: a vote that is not closed, or falls short of any part of its rule, authorises nothing. Votes
that abstain count for the quorum and for neither side. The database decides alike
(`vote_outcome`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from ledger.governance_rules import CIRCULATING
from ledger.money import CONTEXT, plain

DECIDING = ("basic", "single-choice")
"""Methods that accept or refuse; all others rank choices: polls."""

ZERO = Decimal(0)


class Outcome(StrEnum):
    """What became of a vote; all but the last authorise nothing."""

    CANCELLED = "cancelled"
    PENDING = "pending"
    ACTIVE = "active"
    RANKING = "ranking"
    NO_RULE = "no_rule"
    OTHER_SPACE = "other_space"
    TOO_SHORT = "too_short"
    SUPPLY_UNKNOWN = "supply_unknown"
    QUORUM_MISSED = "quorum_missed"
    NOT_APPROVED = "not_approved"
    PASSED = "passed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """A vote as it was seen: where, when, how, and the HBOT given for each side."""

    space: str
    method: str
    state: str
    starts_at: datetime
    ends_at: datetime
    votes_for: Decimal
    votes_against: Decimal
    given: Decimal
    """All that voted: for, against, abstaining."""
    circulating_supply: Decimal | None = None
    total_supply: Decimal | None = None
    supply_source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteRule:
    """A version of a policy that ruled votes, and its value."""

    version: str
    """Such as `governance-hgp version 6, from 2022-08-17`."""
    value: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What became of a vote: its figures against the rule's, and a sentence for each of them.

    `quorum` is in HBOT; blank where no rule or supply tells it. `quorum_met` is blank with it.
    """

    outcome: Outcome
    rule_version: str
    quorum: Decimal | None
    quorum_met: bool | None
    sentences: tuple[str, ...]

    @property
    def has_passed(self) -> bool:
        """Return whether the vote authorises what it asked for."""
        return self.outcome == Outcome.PASSED

    @property
    def told(self) -> str:
        """Return the outcome and every sentence as one line, without a full stop at its end."""
        return f"{self.outcome}. {' '.join(self.sentences)}".rstrip(".")


def decide(ballot: Ballot, rule: VoteRule | None) -> Decision:
    """Return what became of a vote by a rule; without one, it authorises nothing."""
    quorum = None if rule is None else quorum_of(ballot, rule)
    told = _told(ballot, rule, quorum)
    unmet = [outcome for outcome, met, _ in told if not met]
    return Decision(
        outcome=unmet[0] if unmet else Outcome.PASSED,
        rule_version="" if rule is None else rule.version,
        quorum=quorum,
        quorum_met=None if quorum is None else ballot.given >= quorum,
        sentences=tuple(sentence for _, _, sentence in told),
    )


def quorum_of(ballot: Ballot, rule: VoteRule) -> Decimal | None:
    """Return how much HBOT has to vote: the rule's amount, else its part of a supply if known."""
    wanted = rule.value["quorum"]
    if "amount" in wanted:
        return Decimal(wanted["amount"])
    supply = _supply(ballot, wanted)
    if supply is None:
        return None
    return CONTEXT.multiply(supply, Decimal(wanted["percent"])).scaleb(-2, CONTEXT)


def _supply(ballot: Ballot, wanted: Mapping[str, Any]) -> Decimal | None:
    return ballot.circulating_supply if wanted["of"] == CIRCULATING else ballot.total_supply


def _told(
    ballot: Ballot, rule: VoteRule | None, quorum: Decimal | None
) -> list[tuple[Outcome, bool, str]]:
    """Return what is asked of a vote: the outcome where it lacks, whether it is met, and why."""
    told = [_state(ballot)]
    if ballot.method not in DECIDING:
        why = f"The {ballot.method} poll ranks its choices; it accepts nothing."
        return [*told, (Outcome.RANKING, False, why)]
    if rule is None:
        why = f"No rule of its type was in force on {_day(ballot.starts_at)}, when it started."
        return [*told, (Outcome.NO_RULE, False, why)]
    return [
        *told,
        _space(ballot, rule),
        _window(ballot, rule),
        _quorum(ballot, rule, quorum),
        _approval(ballot, rule),
    ]


def _state(ballot: Ballot) -> tuple[Outcome, bool, str]:
    until = f"{ballot.ends_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    sentence = {
        "cancelled": "It was cancelled.",
        "pending": f"The vote has not started; it ends on {until}.",
        "active": f"The vote is open until {until}.",
        "closed": f"The vote closed on {until}.",
    }[ballot.state]
    is_closed = ballot.state == "closed"
    return (Outcome.PASSED if is_closed else Outcome(ballot.state), is_closed, sentence)


def _space(ballot: Ballot, rule: VoteRule) -> tuple[Outcome, bool, str]:
    wanted = rule.value["space"]
    met = wanted in ("", ballot.space)
    told = wanted or "any space (the rule states none)"
    where = f"It was held in {ballot.space}; the rule says {told}."
    return Outcome.OTHER_SPACE, met, where


def _window(ballot: Ballot, rule: VoteRule) -> tuple[Outcome, bool, str]:
    lasted, days = ballot.ends_at - ballot.starts_at, rule.value["vote_days"]
    met = lasted >= timedelta(days=days)
    return Outcome.TOO_SHORT, met, f"It lasted {_hours(lasted)}; the rule asks for {days} days."


def _quorum(ballot: Ballot, rule: VoteRule, quorum: Decimal | None) -> tuple[Outcome, bool, str]:
    wanted = rule.value["quorum"]
    given = f"{plain(ballot.given)} HBOT voted; the quorum is"
    part = "" if "amount" in wanted else f"{wanted['percent']} percent of the {wanted['of']}"
    if quorum is None:
        return Outcome.SUPPLY_UNKNOWN, False, f"{given} {part}, which nobody has told."
    if part:
        supply = plain(_supply(ballot, wanted) or ZERO)
        part = f", {part}, {supply} by {ballot.supply_source}"
    met = ballot.given >= quorum
    missed = "" if met else f": missed by {plain(CONTEXT.subtract(quorum, ballot.given))}"
    return Outcome.QUORUM_MISSED, met, f"{given} {plain(quorum)}{part}{missed}."


def _approval(ballot: Ballot, rule: VoteRule) -> tuple[Outcome, bool, str]:
    above = Decimal(rule.value["approval_above_percent"])
    sides = CONTEXT.add(ballot.votes_for, ballot.votes_against)
    # Compared as products: no quotient is rounded.
    met = CONTEXT.multiply(ballot.votes_for, Decimal(100)) > CONTEXT.multiply(above, sides)
    return (
        Outcome.NOT_APPROVED,
        met,
        f"{plain(ballot.votes_for)} voted for it and {plain(ballot.votes_against)} against; more "
        f"than {plain(above)} percent of both {'are' if met else 'were not'} for it.",
    )


def _hours(lasted: timedelta) -> str:
    days, hours = lasted.days, lasted.seconds // 3600
    return f"{days} days" + (f" and {hours} hours" if lasted.seconds else "")


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).date().isoformat()
