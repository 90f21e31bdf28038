"""Votes as they were seen: observations kept one after the other, the newest decides.

Law: an observation is never changed, and a vote does not go back: what was closed is not open
again. What was told of a vote once (a supply, what it asks for) stands until it is told anew.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from ledger import policies
from ledger.errors import BadInput, Problem
from ledger.governance_rules import TYPES, policy_of
from ledger.money import CONTEXT, total
from ledger.sealing import Change
from ledger.validation import require_payable
from payouts.vote_rules import DECIDING, Ballot, Decision, VoteRule, decide
from payouts.vote_tables import Vote, VoteChoice

STATES = ("pending", "active", "closed", "cancelled")
"""A vote's states in their order."""

LABEL = re.compile(rf"({'|'.join(TYPES)})-\d+")
KEPT = ("circulating_supply", "total_supply", "supply_source", "amount", "commodity")
"""What an observation that does not tell it takes from the one before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A choice, the HBOT that voted for it, and what it counts as.

    That is `for`, `against` or `abstain`; blank in a poll.
    """

    choice: str
    counts_as: str
    score: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A vote as it was seen; blank is not told. Moments are in UTC, amounts and supplies exact.

    `space` and `hash` are as the books write them (`proposals.identified`).
    """

    space: str
    hash: str
    title: str
    method: str
    state: str
    starts_at: datetime
    ends_at: datetime
    choices: tuple[Choice, ...]
    label: str = ""
    kind: str = ""
    created_at: datetime | None = None
    snapshot_block: str = ""
    circulating_supply: Decimal | None = None
    total_supply: Decimal | None = None
    supply_source: str = ""
    amount: Decimal | None = None
    commodity: str | None = None
    link: str = ""
    author: str = ""

    @property
    def proposal(self) -> str:
        """Return the id of the proposal that the vote is on."""
        return f"{self.space}/{self.hash}"


def record(change: Change, seen: Seen, evidence: str) -> tuple[Vote, bool]:
    """Record what was seen of a vote; say whether it is other than what was seen last.

    Args:
        change: the open change; what says that it closed in the future is refused.
        seen: what was seen.
        evidence: the SHA-256 of the file that says so.

    Raises:
        BadInput: with everything that is wrong with it: no type can be told, the vote goes back,
            or what it asks for cannot be paid.
        UnknownReference: no commodity is the one that it asks for.
    """
    session = change.session
    before = newest(session, seen.proposal)
    told = _completed(session, seen, before)
    problems = list(_problems(change, told, before))
    if problems:
        raise BadInput(problems)
    if told.amount is not None:
        require_payable(session, told.amount, told.commodity or "", f"proposal {told.proposal}")
    if before is not None and _is_same(session, told, before):
        return before, False
    number = 1 if before is None else before.number + 1
    columns = {name: getattr(told, name) for name in Seen.__slots__ if name != "choices"}
    vote = Vote(proposal=told.proposal, number=number, evidence=evidence, **columns)
    change.add(vote)
    change.add(
        *(
            VoteChoice(
                proposal=vote.proposal,
                number=number,
                place=place,
                choice=each.choice,
                counts_as=each.counts_as,
                score=each.score,
            )
            for place, each in enumerate(told.choices, start=1)
        )
    )
    return vote, True


def newest(session: Session, proposal: str) -> Vote | None:
    """Return the newest observation of a proposal's vote; nothing where none was seen."""
    return session.scalars(
        select(Vote).where(Vote.proposal == proposal).order_by(Vote.number.desc()).limit(1)
    ).one_or_none()


def all_of(session: Session) -> Sequence[Vote]:
    """Return the newest observation of every vote, by the day it started and its proposal."""
    return session.scalars(
        select(Vote)
        .where(
            tuple_(Vote.proposal, Vote.number).in_(
                select(Vote.proposal, func.max(Vote.number)).group_by(Vote.proposal)
            )
        )
        .order_by(Vote.starts_at, Vote.proposal)
    ).all()


def choices_of(session: Session, vote: Vote) -> Sequence[VoteChoice]:
    """Return the choices of an observation in their order on the ballot."""
    return session.scalars(
        select(VoteChoice)
        .where(VoteChoice.proposal == vote.proposal, VoteChoice.number == vote.number)
        .order_by(VoteChoice.place)
    ).all()


def decision_of(session: Session, vote: Vote) -> Decision:
    """Return what became of a vote by the rule in force on the day (UTC) that it started."""
    scores: dict[str, Decimal] = {}
    for each in choices_of(session, vote):
        before = scores.get(each.counts_as, Decimal(0))
        scores[each.counts_as] = CONTEXT.add(before, each.score)
    ballot = Ballot(
        space=vote.space,
        method=vote.method,
        state=vote.state,
        starts_at=vote.starts_at,
        ends_at=vote.ends_at,
        votes_for=scores.get("for", Decimal(0)),
        votes_against=scores.get("against", Decimal(0)),
        given=total(scores.values()),
        circulating_supply=vote.circulating_supply,
        total_supply=vote.total_supply,
        supply_source=vote.supply_source,
    )
    return decide(ballot, rule_of(session, vote))


def rule_of(session: Session, vote: Vote) -> VoteRule | None:
    """Return the rule in force on the day (UTC) that a vote started; nothing where none was."""
    return rule_on(session, vote.kind, vote.starts_at.astimezone(UTC).date())


def rule_on(session: Session, kind: str, day: date) -> VoteRule | None:
    """Return the rule of a type of proposals on a day; nothing where the type was not in use."""
    row = policies.version_in_force(session, policy_of(kind), day) if kind else None
    value = None if row is None else json.loads(row.value)
    if row is None or not isinstance(value, dict):
        return None
    version = f"{row.name} version {row.version}, from {row.effective_from}"
    return VoteRule(version=version, value=value)


def _completed(session: Session, seen: Seen, before: Vote | None) -> Seen:
    """Return what was seen, with what was told before and with its label and type."""
    told = {
        name: getattr(before, name)
        for name in KEPT
        if before is not None and getattr(seen, name) in (None, "")
    }
    found = LABEL.match(seen.title)
    label = seen.label or (before.label if before else "") or (found.group() if found else "")
    kind = seen.kind or (before.kind if before else "") or _kind(session, seen, label)
    return replace(seen, label=label, kind=kind, **told)


def _kind(session: Session, seen: Seen, label: str) -> str:
    """Return a proposal's type by its label, else by the only rule of its day for its space."""
    found = LABEL.match(label)
    if found is not None:
        return found.group(1)
    day = seen.starts_at.astimezone(UTC).date()
    rules = {kind: rule_on(session, kind, day) for kind in TYPES}
    fit = [kind for kind, rule in rules.items() if rule and rule.value["space"] == seen.space]
    return fit[0] if len(fit) == 1 else ""


def _problems(change: Change, told: Seen, before: Vote | None) -> list[Problem]:
    def wrong(expected: str, value: str | None = None, mend: str = "") -> Problem:
        place = f"proposal {told.proposal}"
        return Problem(
            code="proposal_invalid", place=place, value=value, expected=expected, mend=mend
        )

    problems = []
    if told.method in DECIDING and not told.kind:
        mend = f"Name it with --type: {', '.join(TYPES)}."
        problems.append(wrong("a type that its label or space tells", told.title, mend))
    sides = [each.counts_as for each in told.choices]
    if told.method in DECIDING and ("" in sides or "for" not in sides):
        names = ", ".join(each.choice for each in told.choices if not each.counts_as)
        mend = "Say what it counts as: --choice 'TEXT=for' (or against, or abstain)."
        problems.append(wrong("choices that are known, and one that counts for it", names, mend))
    if told.ends_at <= told.starts_at:
        problems.append(wrong("an end after its start", f"{told.ends_at:%Y-%m-%dT%H:%M:%SZ}"))
    if told.state == "closed" and told.ends_at > change.at:
        problems.append(wrong("an end that has come, as it is closed", f"{told.ends_at:%Y-%m-%d}"))
    if before is not None and STATES.index(told.state) < STATES.index(before.state):
        problems.append(wrong(f"{before.state}, as it was seen before, or later", told.state))
    if not told.supply_source and (told.circulating_supply or told.total_supply):
        problems.append(wrong("who says what the supply was", None, "Add --supply-source."))
    if (told.amount is None) != (told.commodity is None):
        problems.append(wrong("an amount and its commodity, or neither"))
    return problems


def _is_same(session: Session, told: Seen, before: Vote) -> bool:
    seen = tuple(
        Choice(choice=each.choice, counts_as=each.counts_as, score=each.score)
        for each in choices_of(session, before)
    )
    names = [name for name in Seen.__slots__ if name != "choices"]
    return seen == told.choices and all(
        getattr(told, name) == getattr(before, name) for name in names
    )
