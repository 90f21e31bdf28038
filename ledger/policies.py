"""Policies: the rules of the house, as dated rows that two persons change.

Law: a rule in force on a day is the newest confirmed version that begins on or before it. The
defaults that `init` loads need no second person; every later version does, and the database
refuses the proposer's own word.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from ledger.errors import BadInput, Denied, Problem, UnknownReference
from ledger.money import parse_plain
from ledger.sealing import Change
from ledger.tables import Policy, PolicyConfirmation

BEGINNING = date(2021, 1, 1)
"""Defaults hold from here on."""

DEFAULTS = "defaults"
"""Who proposed the policies that `init` loads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a policy is about, its default from a day on, and what its values look like."""

    about: str
    defaults: tuple[tuple[date, object], ...]
    expected: str
    fits: Callable[[Any], bool]


def _fraction(value: object) -> bool:
    try:
        return isinstance(value, str) and 0 <= parse_plain(value) <= 1
    except ValueError:
        return False


def _amount(value: object) -> bool:
    try:
        return isinstance(value, str) and parse_plain(value) >= 0
    except ValueError:
        return False


def _one_of(*words: str) -> Callable[[object], bool]:
    return lambda value: value in words


def _fractions(*keys: str) -> Callable[[object], bool]:
    return lambda value: (
        isinstance(value, dict)
        and set(value) == set(keys)
        and all(_fraction(part) for part in value.values())
    )


def _whole(low: int, high: int) -> Callable[[object], bool]:
    return lambda value: type(value) is int and low <= value <= high


def _division(value: object) -> bool:
    return (
        _fractions("developer", "foundation", "reviewer")(value)
        and isinstance(value, dict)
        and sum((Decimal(part) for part in value.values()), Decimal(0)) == 1
    )


def _bands(value: object) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(
            isinstance(band, dict)
            and set(band) == {"from", "checkers"}
            and _amount(band["from"])
            and type(band["checkers"]) is int
            and band["checkers"] >= 1
            for band in value
        )
        and value[0]["from"] == "0"
    )


def _split(developer: str, foundation: str, reviewer: str = "0") -> dict[str, str]:
    return {"developer": developer, "foundation": foundation, "reviewer": reviewer}


RULES: dict[str, Rule] = {
    "share-becomes-due": Rule(
        about="When a maintainer's share becomes due",
        defaults=((BEGINNING, "received"),),
        expected="received or stated",
        fits=_one_of("received", "stated"),
    ),
    "maintainer-rates": Rule(
        about="The maintainers' part of a fee share, by kind of agreement",
        defaults=((BEGINNING, {"variable": "0.2", "fixed": "0.5"}),),
        expected='fractions, such as {"variable": "0.2", "fixed": "0.5"}',
        fits=_fractions("variable", "fixed"),
    ),
    "bounty-division-stablecoin": Rule(
        about="How a bounty in a stablecoin or in dollars is divided on release",
        defaults=(
            (BEGINNING, _split("0.75", "0.25")),
            (date(2023, 5, 25), _split("0.8", "0.2")),
        ),
        expected="developer, foundation and reviewer as fractions that sum to 1",
        fits=_division,
    ),
    "bounty-division-hbot": Rule(
        about="How a bounty in HBOT is divided on release",
        defaults=(
            (BEGINNING, _split("0.8", "0.2")),
            (date(2022, 8, 17), _split("0.8", "0.1", "0.1")),
            (date(2022, 8, 18), _split("0.8", "0", "0.2")),
            (date(2023, 1, 13), _split("0.8", "0.2")),
            (date(2023, 5, 3), _split("0.95", "0.05")),
            (date(2023, 10, 2), _split("0.9", "0.1")),
        ),
        expected="developer, foundation and reviewer as fractions that sum to 1",
        fits=_division,
    ),
    "renewal-price": Rule(
        about="A renewal's price a year, in USD",
        defaults=((BEGINNING, "2000"),),
        expected="an amount such as 2000",
        fits=_amount,
    ),
    "approval-bands": Rule(
        about="How many checkers a batch needs from an amount in USD on",
        defaults=((BEGINNING, [{"from": "0", "checkers": 1}, {"from": "5000", "checkers": 2}]),),
        expected="bands, the first from 0, each with at least one checker",
        fits=_bands,
    ),
    "destination-hold-days": Rule(
        about="Days that a first or changed payout address waits after its confirmation",
        defaults=((BEGINNING, 7),),
        expected="a whole number of days from 1 to 365",
        fits=_whole(1, 365),
    ),
}


def default_policies() -> list[Policy]:
    """Return the policies that every set of books starts with."""
    return [
        Policy(
            name=name,
            version=version,
            effective_from=day,
            value=canonical(value),
            reason="default",
            proposed_by=DEFAULTS,
        )
        for name, rule in RULES.items()
        for version, (day, value) in enumerate(rule.defaults, start=1)
    ]


def canonical(value: object) -> str:
    """Return a policy's value as the one JSON text it is stored and hashed as."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def in_force(session: Session, name: str, on: date) -> Any:  # noqa: ANN401 - JSON of many shapes
    """Return a policy's value in force on a day, decoded from its JSON.

    Raises:
        UnknownReference: no policy has this name, or none is in force on that day.
    """
    row = session.scalars(
        select(Policy)
        .where(Policy.name == name, Policy.effective_from <= on)
        .where(
            or_(
                Policy.proposed_by == DEFAULTS,
                exists().where(
                    PolicyConfirmation.name == Policy.name,
                    PolicyConfirmation.version == Policy.version,
                ),
            )
        )
        .order_by(Policy.effective_from.desc(), Policy.version.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        raise UnknownReference("policy", name, mend="See: feeshare policy list")
    return json.loads(row.value)


def propose(
    change: Change, name: str, value: object, *, effective_from: date, reason: str
) -> Policy:
    """Propose a new version of a policy; it is in force once another person confirms it.

    Raises:
        UnknownReference: no policy has this name.
        BadInput: the value is none that the policy can have.
    """
    rule = RULES.get(name)
    if rule is None:
        raise UnknownReference("policy", name, mend="See: feeshare policy list")
    if not rule.fits(value):
        raise BadInput(
            [
                Problem(
                    code="policy_invalid",
                    place=f"policy {name}",
                    value=canonical(value),
                    expected=rule.expected,
                )
            ]
        )
    rows = change.session.scalars(select(Policy).where(Policy.name == name)).all()
    for row in rows:
        same = (row.value, row.effective_from) == (canonical(value), effective_from)
        if same and row.version == max(other.version for other in rows):
            return row
    policy = Policy(
        name=name,
        version=1 + max((row.version for row in rows), default=0),
        effective_from=effective_from,
        value=canonical(value),
        reason=reason,
        proposed_by=change.actor,
    )
    change.add(policy)
    return policy


def confirm(change: Change, name: str, version: int) -> tuple[Policy, bool]:
    """Put a proposed policy in force, as another person than proposed it; say if that is new.

    Raises:
        UnknownReference: there is no such version.
        Denied: the proposer asks.
    """
    policy = change.session.get(Policy, (name, version))
    if policy is None:
        raise UnknownReference("policy", f"{name} version {version}")
    if policy.proposed_by == change.actor:
        raise Denied(f"{change.actor} proposed this policy; another person confirms it.")
    confirmed = change.session.get(PolicyConfirmation, (name, version)) is not None
    if confirmed or policy.proposed_by == DEFAULTS:
        return policy, False
    change.add(PolicyConfirmation(name=name, version=version, confirmed_by=change.actor))
    return policy, True
