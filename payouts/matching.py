"""Which bank line paid which payout line: pure, exact and unique, or left to a person.

Law: a bank line pays a line if amount and commodity are equal and it names the line's reference,
or goes to its address. What signers signed is stronger than anything: the rows of a transaction
with a part's hash pay that part and no other. Next comes a transaction whose rows are exactly
those of a part, then what names a line's reference, the oldest first each time. An address comes
last, as two months' equal amounts go to one: a match counts there if neither side has another.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeAlias

REFERENCE_SHAPE = re.compile(r"[0-9]{4}-[0-9]{2}:\S+/[0-9]+")
"""A payout line's reference; one of another line says that the address is a coincidence."""

Line: TypeAlias = tuple[str, int]
"""A batch and the number of a line, or of a part, of it."""

Row: TypeAlias = tuple[str, str, Decimal]
"""Where something goes, of which commodity, and how much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A line of an exported batch; `part` is blank where its rail knows no transactions."""

    batch: str
    line: int
    reference: str
    address: str
    commodity: str
    amount: Decimal
    frozen_on: date
    part: int | None = None
    signed_hash: str | None = None

    @property
    def row(self) -> Row:
        """Return what a transfer that pays it is like."""
        return _comparable(self.address), self.commodity, self.amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A bank line that left the account and is not matched; the amount is above zero here.

    `signed_hash` is what the owners of the account signed for its transaction, as far as known.
    """

    id: str
    on: date
    commodity: str
    amount: Decimal
    counterparty: str
    memo: str
    transaction: str = ""
    signed_hash: str | None = None

    @property
    def row(self) -> Row:
        """Return what it is like as a transfer."""
        return _comparable(self.counterparty), self.commodity, self.amount


@dataclass(slots=True)
class Pairing:
    """What was paired, by (batch, line), and the lines that several bank lines could have paid."""

    paid: dict[Line, str] = field(default_factory=dict)
    ambiguous: set[Line] = field(default_factory=set)
    candidates: set[str] = field(default_factory=set)

    def pay(self, pairs: Iterable[tuple[Expected, Outgoing]]) -> None:
        """Note which bank line paid which line."""
        for line, out in pairs:
            self.paid[line.batch, line.line] = out.id
            self.candidates.add(out.id)


def pair(expected: Sequence[Expected], outgoing: Sequence[Outgoing]) -> Pairing:
    """Return which bank line paid which line, of all exported batches of one account."""
    found = Pairing()
    by_transaction = transactions_of(outgoing)
    parts = parts_of(expected)
    signed = {lines[0].signed_hash or "": lines for lines in parts.values()}
    taken: set[str] = set()
    for transaction, outs in by_transaction.items():
        lines = signed.pop(outs[0].signed_hash, None) if outs[0].signed_hash else None
        if lines:
            found.pay(same_rows(lines, outs))
            taken.add(transaction)
    for lines in signed.values():
        paid_in = next(_exactly(lines, by_transaction, taken), None)
        if paid_in:
            found.pay(same_rows(lines, by_transaction[paid_in]))
            taken.add(paid_in)
    rest = [out for out in outgoing if out.transaction not in taken]
    found.pay(_by_reference(expected, rest, found))
    _pair_alone(expected, rest, goes_to_address, found)
    found.ambiguous -= found.paid.keys()
    return found


def again(settled: Sequence[Expected], outgoing: Sequence[Outgoing]) -> dict[str, Line]:
    """Return the bank lines that paid once more what is settled, with the line that each repeats.

    A transaction repeats a part if its rows are exactly those of the part; elsewhere a bank line
    repeats the line whose reference it names.
    """
    by_transaction = transactions_of(outgoing)
    taken: set[str] = set()
    found: dict[str, Line] = {}
    for lines in parts_of(settled).values():
        for transaction in _exactly(lines, by_transaction, taken):
            taken.add(transaction)
            for line, out in same_rows(lines, by_transaction[transaction]):
                found[out.id] = line.batch, line.line
    loose = [line for line in settled if line.part is None]
    for line, out in _fitting(loose, outgoing):
        if names_reference(line, out):
            found[out.id] = line.batch, line.line
    return found


def parts_of(lines: Iterable[Expected]) -> dict[Line, list[Expected]]:
    """Return the lines that run together, by batch and part."""
    found: dict[Line, list[Expected]] = defaultdict(list)
    for line in lines:
        if line.part is not None:
            found[line.batch, line.part].append(line)
    return found


def transactions_of(outgoing: Iterable[Outgoing]) -> dict[str, list[Outgoing]]:
    """Return what left by transaction, oldest first; bank lines without one are left out."""
    found: dict[str, list[Outgoing]] = defaultdict(list)
    for out in sorted(outgoing, key=lambda each: (each.on, each.id)):
        if out.transaction:
            found[out.transaction].append(out)
    return found


def same_rows(
    lines: Iterable[Expected], outs: Iterable[Outgoing]
) -> Iterator[tuple[Expected, Outgoing]]:
    """Yield each line with one of the bank lines that are like it, each of them once."""
    left: dict[Row, list[Outgoing]] = defaultdict(list)
    for out in outs:
        left[out.row].append(out)
    for line in lines:
        if left[line.row]:
            yield line, left[line.row].pop(0)


def could_pay(line: Expected, out: Outgoing) -> bool:
    """Return whether amount, commodity and day allow that a bank line paid a line."""
    return (line.amount, line.commodity) == (
        out.amount,
        out.commodity,
    ) and out.on >= line.frozen_on


def names_reference(line: Expected, out: Outgoing) -> bool:
    """Return whether a bank line names the reference, and not one that it begins (…/1, …/12)."""
    if line.reference not in out.memo:
        return False
    whole = rf"(?<![A-Za-z0-9]){re.escape(line.reference)}(?![A-Za-z0-9])"
    return re.search(whole, out.memo) is not None


def goes_to_address(line: Expected, out: Outgoing) -> bool:
    """Return whether a bank line went to the line's address, its checksum's case aside.

    One that names any line's reference is left to that reference.
    """
    if REFERENCE_SHAPE.search(out.memo):
        return False
    return _comparable(line.address) == _comparable(out.counterparty)


def _exactly(
    lines: Sequence[Expected], outs: Mapping[str, Sequence[Outgoing]], taken: Collection[str]
) -> Iterator[str]:
    """Yield the transactions whose rows are exactly these lines, oldest first."""
    wanted = Counter(line.row for line in lines)
    for transaction, rows in outs.items():
        if (
            transaction not in taken
            and len(rows) == len(lines)
            and rows[0].on >= lines[0].frozen_on
            and Counter(row.row for row in rows) == wanted
        ):
            yield transaction


def _by_reference(
    expected: Sequence[Expected], outgoing: Sequence[Outgoing], found: Pairing
) -> list[tuple[Expected, Outgoing]]:
    """Return each line with the oldest bank line that names it; what names it later is a repeat.

    A bank line that names several lines is left to a person.
    """
    open_lines = [line for line in expected if (line.batch, line.line) not in found.paid]
    fits = [
        (line, out) for line, out in _fitting(open_lines, outgoing) if names_reference(line, out)
    ]
    lines_of = Counter(out.id for _, out in fits)
    oldest: dict[Line, tuple[Expected, Outgoing]] = {}
    for line, out in sorted(fits, key=lambda fit: (fit[1].on, fit[1].id)):
        if lines_of[out.id] == 1:
            oldest.setdefault((line.batch, line.line), (line, out))
        else:
            found.ambiguous.add((line.batch, line.line))
            found.candidates.add(out.id)
    return list(oldest.values())


def _pair_alone(
    expected: Sequence[Expected],
    outgoing: Sequence[Outgoing],
    names: Callable[[Expected, Outgoing], bool],
    found: Pairing,
) -> None:
    """Pair lines one by one where neither side fits another one."""
    paid = set(found.paid.values())
    open_lines = [line for line in expected if (line.batch, line.line) not in found.paid]
    left = [out for out in outgoing if out.id not in paid]
    fits = [(line, out) for line, out in _fitting(open_lines, left) if names(line, out)]
    outs_of = Counter((line.batch, line.line) for line, _ in fits)
    lines_of = Counter(out.id for _, out in fits)
    found.candidates |= lines_of.keys()
    for line, out in fits:
        if lines_of[out.id] == outs_of[line.batch, line.line] == 1:
            found.paid[line.batch, line.line] = out.id
        else:
            found.ambiguous.add((line.batch, line.line))


def _fitting(
    lines: Iterable[Expected], outgoing: Iterable[Outgoing]
) -> Iterator[tuple[Expected, Outgoing]]:
    """Yield every pair that amount, commodity and day allow."""
    by_amount: dict[tuple[str, Decimal], list[Outgoing]] = defaultdict(list)
    for out in outgoing:
        by_amount[out.commodity, out.amount].append(out)
    for line in lines:
        for out in by_amount[line.commodity, line.amount]:
            if could_pay(line, out):
                yield line, out


def _comparable(address: str) -> str:
    """Return an address as it is compared: hexadecimal has no case, accounts have no spaces."""
    return address.lower() if address.startswith(("0x", "0X")) else address.replace(" ", "")
