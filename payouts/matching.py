"""Which bank line paid which payout line: pure, exact and unique, or left to a person.

Law: a bank line pays a line if amount and commodity are equal and it names the line's reference,
or goes to its address. A match counts only if neither side has another one; a reference is
stronger than an address, as two months' equal amounts go to one address.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

REFERENCE_SHAPE = re.compile(r"[0-9]{4}-[0-9]{2}:\S+/[0-9]+")
"""A payout line's reference; one of another line says that the address is a coincidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A line of an exported batch that was not seen paid yet."""

    batch: str
    line: int
    reference: str
    address: str
    commodity: str
    amount: Decimal
    frozen_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A bank line that left the account and is not matched; the amount is above zero here."""

    id: str
    on: date
    commodity: str
    amount: Decimal
    counterparty: str
    memo: str


@dataclass(frozen=True, slots=True)
class Pairing:
    """What was paired, by (batch, line), and the lines that several bank lines could have paid."""

    paid: dict[tuple[str, int], str]
    ambiguous: frozenset[tuple[str, int]]
    candidates: frozenset[str]


def pair(expected: Sequence[Expected], outgoing: Sequence[Outgoing]) -> Pairing:
    """Return which bank line paid which line, of all exported batches of one account."""
    paid: dict[tuple[str, int], str] = {}
    ambiguous: set[tuple[str, int]] = set()
    candidates: set[str] = set()
    for names in (names_reference, goes_to_address):
        open_lines = [it for it in expected if (it.batch, it.line) not in paid]
        left = [it for it in outgoing if it.id not in paid.values()]
        fits = [(line, out) for line in open_lines for out in left if could_pay(line, out)]
        found = [(line, out) for line, out in fits if names(line, out)]
        for line, out in found:
            candidates.add(out.id)
            lines_of = {(it.batch, it.line) for it, other in found if other.id == out.id}
            outs_of = {
                other.id for it, other in found if (it.batch, it.line) == (line.batch, line.line)
            }
            if len(lines_of) == len(outs_of) == 1:
                paid[line.batch, line.line] = out.id
            else:
                ambiguous.add((line.batch, line.line))
    return Pairing(paid, frozenset(ambiguous - paid.keys()), frozenset(candidates))


def could_pay(line: Expected, out: Outgoing) -> bool:
    """Return whether amount, commodity and day allow that a bank line paid a line."""
    return (line.amount, line.commodity) == (
        out.amount,
        out.commodity,
    ) and out.on >= line.frozen_on


def names_reference(line: Expected, out: Outgoing) -> bool:
    """Return whether a bank line names the reference, and not one that it begins (…/1, …/12)."""
    whole = rf"(?<![A-Za-z0-9]){re.escape(line.reference)}(?![A-Za-z0-9])"
    return re.search(whole, out.memo) is not None


def goes_to_address(line: Expected, out: Outgoing) -> bool:
    """Return whether a bank line went to the line's address, its checksum's case aside.

    One that names any line's reference is left to that reference.
    """
    if REFERENCE_SHAPE.search(out.memo):
        return False
    is_hex = line.address.startswith("0x")
    ours, theirs = line.address, out.counterparty.replace(" ", "")
    return ours.lower() == theirs.lower() if is_hex else ours == theirs
