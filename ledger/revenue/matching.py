"""Matching: which receipts pay which claims; pure, exact and unique, or ranked for a person.

Law: only what is exact, or within a tolerance that two persons agreed, and unique from both sides
is certain: a receipt that has one claim, which has no other receipt. Two receipts or two claims
that could stand for each other are left to a person. Looking is by party, commodity, month and
amount in sorted shelves, so that the work grows as n log n.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ledger.money import CONTEXT, plain, total
from ledger.revenue.match_sums import Bundle, bundles, unshared
from ledger.revenue.shelves import Shelf
from ledger.revenue.tolerances import EXACT, Tolerance

MONTH_IN_MEMO = re.compile(r"\b(\d{4}-(?:0[1-9]|1[0-2]))\b", re.ASCII)

SHOWN = 5
"""So many proposals are made for a receipt at most, the best ones."""

MATCH = 2
"""One more than is unique: no search looks any further."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Money of a known party that came in and is open: what is left of a bank line, above zero.

    `months` are those that its memo names, in order.
    """

    id: str
    on: date
    party: str
    commodity: str
    amount: Decimal
    months: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a party owes for a document: what is open of it, above zero, and when it is due."""

    document: str
    party: str
    commodity: str
    open: Decimal
    month: str
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """So much of a receipt for a claim."""

    receipt: Receipt
    claim: Claim
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What receipts and claims belong together, why, and what kind of difference remains.

    `rank` 1 is the best. Where `difference` is set, the receipt brings less or more than is open;
    it is a kind of `ledger.revenue.tolerances`.
    """

    parts: tuple[Part, ...]
    rank: int
    reasons: tuple[str, ...]
    difference: str | None = None

    @property
    def why(self) -> str:
        """Return the reasons as one text."""
        return ", ".join(self.reasons)


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What is certain, and for each receipt left what it may be for, best first.

    `looked_at` counts what was compared with something, to hold the growth of the work against.
    """

    certain: list[Found] = field(default_factory=list)
    proposals: dict[str, list[Found]] = field(default_factory=dict)
    looked_at: int = 0


def months_in(memo: str) -> tuple[str, ...]:
    """Return the months that a memo names, in order."""
    return tuple(sorted(set(MONTH_IN_MEMO.findall(memo))))


def of_party(item: Receipt | Claim) -> tuple[str, str]:
    """Return the key of everything that a party owes or paid in a commodity."""
    return item.party, item.commodity


def of_month(claim: Claim) -> tuple[str, str, str]:
    """Return the key of a claim's month."""
    return claim.party, claim.commodity, claim.month


def named_month(receipt: Receipt) -> tuple[str, str, str]:
    """Return the key of the one month that a receipt names, blank if none or several."""
    months = receipt.months
    return receipt.party, receipt.commodity, months[0] if len(months) == 1 else ""


def match(
    receipts: Sequence[Receipt],
    claims: Sequence[Claim],
    tolerances: Mapping[str, Tolerance] | None = None,
) -> Outcome:
    """Find what receipts pay which claims.

    Args:
        receipts: what came in, each under an id of its own.
        claims: what is owed, each under a document of its own.
        tolerances: what may differ, by party; nothing for those that are left out.

    Returns:
        What is certain, in the order of its finding, and proposals for each receipt left.
    """
    outcome = Outcome()
    left_receipts, left_claims = list(receipts), list(claims)
    for allowed in ({}, tolerances or {}):
        for named in (True, False):
            found = _pairs(left_receipts, left_claims, allowed, outcome, named=named)
            left_receipts, left_claims = _without(found, left_receipts, left_claims)
            outcome.certain += found
    together = _sums(left_receipts, left_claims, outcome)
    sure = unshared(together)
    found = [_found_of(each) for each in sure]
    outcome.certain += found
    left_receipts, left_claims = _without(found, left_receipts, left_claims)
    gone = {part.receipt.id for each in found for part in each.parts}
    gone |= {part.claim.document for each in found for part in each.parts}
    waiting = [each for each in together if not gone & {*each.receipts, *each.claims}]
    _propose(left_receipts, left_claims, waiting, tolerances or {}, outcome)
    return outcome


def _pairs(
    receipts: Sequence[Receipt],
    claims: Sequence[Claim],
    tolerances: Mapping[str, Tolerance],
    outcome: Outcome,
    *,
    named: bool,
) -> list[Found]:
    """Return the pairs of which either side has no other, of receipts that name a month or none.

    A receipt that names its month is stronger than one that only fits, and comes first; those
    that it leaves count as rivals of whoever comes after.
    """
    by_claim = _claims(claims, of_month if named else of_party)
    naming = _receipts([each for each in receipts if each.months], named_month)
    silent = _receipts([each for each in receipts if not each.months], of_party)
    found = []
    for receipt in receipts:
        if len(receipt.months) != int(named):
            continue
        tolerance = tolerances.get(receipt.party, EXACT)
        key = named_month(receipt) if named else of_party(receipt)
        fits = by_claim.within(key, *tolerance.claims_for(receipt.amount), MATCH)
        outcome.looked_at += 1 + len(fits)
        if len(fits) != 1:
            continue
        (claim,) = fits
        window = tolerance.receipts_for(claim.open)
        rivals = naming.within(of_month(claim), *window, MATCH)
        if not named:
            rivals = rivals + silent.within(of_party(claim), *window, MATCH)
        outcome.looked_at += len(rivals)
        difference = CONTEXT.subtract(claim.open, receipt.amount)
        kind = tolerance.kind_of(difference, claim.open)
        if len(rivals) == 1 and (difference == 0 or kind is not None):
            found.append(_found(receipt, claim, kind, within=True))
    return found


def _without(
    found: Sequence[Found], receipts: Sequence[Receipt], claims: Sequence[Claim]
) -> tuple[list[Receipt], list[Claim]]:
    paid = {part.claim.document for each in found for part in each.parts}
    used = {part.receipt.id for each in found for part in each.parts}
    return (
        [each for each in receipts if each.id not in used],
        [each for each in claims if each.document not in paid],
    )


def _sums(
    receipts: Sequence[Receipt], claims: Sequence[Claim], outcome: Outcome
) -> list[Bundle[Receipt, Claim]]:
    """Return what sums up exactly: one receipt for several claims, or several for one."""
    groups: dict[tuple[str, str], tuple[list[Receipt], list[Claim]]] = defaultdict(
        lambda: ([], [])
    )
    for receipt in receipts:
        groups[of_party(receipt)][0].append(receipt)
    for claim in claims:
        groups[of_party(claim)][1].append(claim)
    found: list[Bundle[Receipt, Claim]] = []
    for paid, owed in groups.values():
        made, looked_at = bundles(
            {each.id: (each, each.amount, frozenset(each.months)) for each in paid},
            {each.document: (each, each.open, each.month) for each in owed},
        )
        found += made
        outcome.looked_at += looked_at
    return found


def _found(receipt: Receipt, claim: Claim, kind: str | None, *, within: bool = False) -> Found:
    difference = CONTEXT.subtract(claim.open, receipt.amount)
    names = claim.month in receipt.months
    reasons = [f"memo names {claim.month}"] if names else []
    if difference == 0:
        reasons.append("amount exact")
        rank = 1 if names else 2
    elif within and kind is not None:
        word = "less" if difference > 0 else "plus"
        size = plain(difference.copy_abs())
        reasons.append(f"{word} {size}: {kind.replace('-', ' ')} within tolerance")
        rank = 3 if names else 4
    elif difference > 0:
        reasons.append(f"part of {plain(claim.open)}")
        rank = 5 if names else 6
    else:
        reasons.append(f"{plain(-difference)} more than the {plain(claim.open)} owed")
        rank = 7 if names else 8
    late = (receipt.on - claim.due_on).days
    if late > 0:
        reasons.append(f"{late} day{'s' if late > 1 else ''} late")
    part = Part(receipt=receipt, claim=claim, amount=receipt.amount)
    return Found(
        parts=(part,),
        rank=rank,
        reasons=tuple(reasons),
        difference=kind if within and difference else None,
    )


def _found_of(bundle: Bundle[Receipt, Claim], rank: int = 3) -> Found:
    """Return a bundle as what is found."""
    receipts, claims = [*bundle.receipts.values()], [*bundle.claims.values()]
    names = sorted({month for each in receipts for month in each.months})
    reasons = [f"memo names {' and '.join(names)}"] if names else []
    if len(claims) > 1:
        reasons.append(f"sum of {len(claims)} statements")
    if len(receipts) > 1:
        reasons.append(f"sum of {len(receipts)} receipts")
    # One side is a single one, so that the smaller amount of a pair is all of that side's part.
    parts = [
        Part(receipt=receipt, claim=claim, amount=min(receipt.amount, claim.open))
        for receipt in receipts
        for claim in claims
    ]
    return Found(parts=tuple(parts), rank=rank, reasons=tuple(reasons))


def _propose(
    receipts: Sequence[Receipt],
    claims: Sequence[Claim],
    together: Sequence[Bundle[Receipt, Claim]],
    tolerances: Mapping[str, Tolerance],
    outcome: Outcome,
) -> None:
    """Say for each receipt left what it may be for: sums, and the claims nearest in amount."""
    sums: dict[str, list[Found]] = defaultdict(list)
    for bundle in together:
        for identity in bundle.receipts:
            sums[identity].append(_found_of(bundle))
    whole, months = _claims(claims, of_party), _claims(claims, of_month)
    for receipt in receipts:
        tolerance = tolerances.get(receipt.party, EXACT)
        keys: list[tuple[str, ...]] = [(*of_party(receipt), each) for each in receipt.months]
        shelf = months if receipt.months else whole
        near: list[Claim] = []
        for key in keys or [of_party(receipt)]:
            above = shelf.within(key, receipt.amount, Decimal("Infinity"), SHOWN)
            near += above + shelf.below(key, receipt.amount, SHOWN)
        outcome.looked_at += len(near)
        found = [
            _found(
                receipt,
                claim,
                kind := tolerance.kind_of(
                    CONTEXT.subtract(claim.open, receipt.amount), claim.open
                ),
                within=kind is not None,
            )
            for claim in near
        ]
        found += sums[receipt.id]
        found.sort(key=_order)
        outcome.proposals[receipt.id] = found[:SHOWN]


def _order(found: Found) -> tuple[int, Decimal, str, str]:
    """Return the key that puts the best first: rank, how near the amounts are, oldest month."""
    first = found.parts[0]
    owed = total(part.claim.open for part in found.parts)
    paid = total(part.receipt.amount for part in found.parts)
    return found.rank, abs(owed - paid), first.claim.month, first.claim.document


def _claims(claims: Iterable[Claim], key: Callable[[Claim], object]) -> Shelf[Claim]:
    return Shelf(claims, key, lambda each: each.open, lambda each: each.document)


def _receipts(receipts: Iterable[Receipt], key: Callable[[Receipt], object]) -> Shelf[Receipt]:
    return Shelf(receipts, key, lambda each: each.amount, lambda each: each.id)
