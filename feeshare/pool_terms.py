"""Terms of a pool: as a person states them, or as the policy of polls had them on a poll's day."""

from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from ledger import policies
from ledger.errors import UnknownReference
from ledger.money import CONTEXT, parse_plain
from ledger.validation import bad_input
from payouts.vote_tables import Vote

PRO_RATA, TOP, FIXED = "pro-rata", "top", "fixed"
METHODS = (PRO_RATA, TOP, FIXED)
POLLS = "governance-polls"
PRIZES_MAX = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a pool is shared: its method, and what the method takes; blank is not stated.

    `pool` and `cap` are in the proposal's commodity, `prizes` by place, the first place first.
    `threshold` is the votes below which one is not considered.
    """

    method: str
    pool: Decimal | None = None
    cap: Decimal | None = None
    places: int | None = None
    threshold: Decimal = Decimal(0)
    prizes: tuple[Decimal, ...] = ()


def terms_of_poll(session: Session, poll: Vote) -> Terms:
    """Return how the pot of a poll is shared, by the policy in force on the day it started.

    Raises:
        UnknownReference: no polls were held by policy then, or they gave nothing.
    """
    day = poll.starts_at.astimezone(UTC).date()
    row = policies.version_in_force(session, POLLS, day)
    rule: Any = policies.in_force(session, POLLS, day) if row is not None else None
    if not isinstance(rule, dict) or rule["rule"] == "none":
        raise UnknownReference(f"pot of polls on {day}", poll.proposal, mend="Name --pool.")
    threshold = Decimal(rule["threshold"])
    if rule["rule"] == "fixed":
        prizes = [Decimal(tier["amount"]) for tier in rule["tiers"] for _ in range(tier["places"])]
        return Terms(method=FIXED, prizes=tuple(prizes), threshold=threshold)
    return Terms(
        method=TOP,
        pool=Decimal(rule["pot"]),
        cap=None if rule["cap"] is None else Decimal(rule["cap"]),
        places=rule["places"],
        threshold=threshold,
    )


def parse_cap(text: str, pool: Decimal | None) -> Decimal:
    """Return a cap as an amount: plain digits, or a percentage of the pool such as `20%`.

    Raises:
        BadInput: it is neither, or not above zero.
    """
    try:
        told = parse_plain(text.removesuffix("%"))
    except ValueError:
        told = Decimal(0)
    if text.endswith("%"):
        told = CONTEXT.multiply(told, pool or Decimal(0)).scaleb(-2, CONTEXT)
    if told <= 0:
        expected = "an amount above 0, or a percentage of the pool such as 20%"
        raise bad_input(code="amount_invalid", place="--cap", value=text, expected=expected)
    return told


def parse_prizes(text: str) -> tuple[Decimal, ...]:
    """Return prizes by place from `400000, 100000x3`.

    Raises:
        BadInput: they are not written so.
    """
    found: list[Decimal] = []
    for part in text.split(","):
        amount, _, times = part.strip().partition("x")
        try:
            found += [parse_plain(amount)] * min(int(times or "1"), PRIZES_MAX)
        except ValueError:
            expected = "amounts by place, such as 400000, 100000x3"
            raise bad_input(
                code="not_a_number", place="--prizes", value=text, expected=expected
            ) from None
    return tuple(found)
