"""Safety checks: what a person should look at before a line is paid; pure over facts read once.

Law: `stop` keeps a line out of a plan, `warn` is to be looked at, `info` is worth knowing. A check
pays nobody and writes nothing; what may never be paid is refused where lines are frozen.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from ledger.money import CONTEXT, plain

MEDIAN_FACTOR = Decimal(3)
"""An amount above so many times the median of a payee's earlier lines stands out."""

RECENT_DAYS = 30
"""For so many days after its confirmation a changed address is told as changed."""


class Level(StrEnum):
    """How much a check weighs."""

    INFO = "info"
    WARN = "warn"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFacts:
    """What is known of a line, planned or frozen.

    `earlier` are the amounts of the payee's settled lines in the commodity; `recipient` and
    `recipient_detail` what was found at the address, blank where nobody looked.
    """

    payee: str
    destination: str
    commodity: str
    amount: Decimal
    confirmed_on: date | None
    is_change: bool
    is_proved: bool
    is_frozen: bool
    was_paid: bool
    earlier: tuple[Decimal, ...]
    shared_with: tuple[str, ...]
    looks_like: tuple[str, ...]
    recipient: str | None
    recipient_detail: str
    is_overridden: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing to know about a line."""

    level: Level
    code: str
    payee: str
    destination: str
    detail: str


def checks(lines: Sequence[LineFacts], on: date) -> list[Check]:
    """Return what is to be known about lines on a day, the gravest first, then by payee."""
    order = list(Level)
    found = [
        Check(
            level=level,
            code=code,
            payee=line.payee,
            destination=line.destination,
            detail=detail,
        )
        for line in lines
        for level, code, detail in _of(line, on)
    ]
    return sorted(found, key=lambda it: (-order.index(it.level), it.payee, it.code, it.detail))


def median(amounts: Sequence[Decimal]) -> Decimal:
    """Return the median of amounts, of which there is one at least."""
    ordered = sorted(amounts)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return CONTEXT.divide(CONTEXT.add(ordered[middle - 1], ordered[middle]), Decimal(2))


def _of(line: LineFacts, on: date) -> Iterator[tuple[Level, str, str]]:
    yield from _of_address(line, on)
    yield from _of_recipient(line)
    if not line.was_paid:
        yield (
            Level.WARN,
            "first_payment",
            f"nothing was paid to it yet: pay a small part of the {plain(line.amount)} "
            f"{line.commodity} first, and ask whether it came",
        )
    if line.earlier:
        usual = median(line.earlier)
        if line.amount > CONTEXT.multiply(usual, MEDIAN_FACTOR):
            detail = f"{plain(line.amount)} {line.commodity}, usually {plain(usual)}"
            yield Level.WARN, "amount_unusual", detail


def _of_address(line: LineFacts, on: date) -> Iterator[tuple[Level, str, str]]:
    if line.is_frozen:
        yield Level.STOP, "address_frozen", "it is frozen"
    if line.is_change and line.confirmed_on is not None:
        days = (on - line.confirmed_on).days
        if days <= RECENT_DAYS:
            yield Level.WARN, "address_changed", f"it took another's place {days} days ago"
    if not line.is_proved:
        level = Level.WARN if line.is_change else Level.INFO
        yield level, "address_unproved", "no key of the payee's signed for it"
    if line.shared_with:
        detail = f"it is {', '.join(line.shared_with)}'s, too"
        yield Level.WARN, "address_shared", detail
    if line.looks_like:
        yield Level.WARN, "address_lookalike", f"it looks like {', '.join(line.looks_like)}"


def _of_recipient(line: LineFacts) -> Iterator[tuple[Level, str, str]]:
    match line.recipient:
        case "contract" | "elsewhere":
            level = Level.WARN if line.is_overridden else Level.STOP
            yield level, "recipient_contract", line.recipient_detail
        case "delegated":
            yield Level.WARN, "recipient_delegated", line.recipient_detail
        case "safe":
            yield Level.INFO, "recipient_safe", line.recipient_detail
        case _:
            pass
