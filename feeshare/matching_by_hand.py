"""Matching by hand: lines and documents that a person names, and matches taken back.

Several lines are laid on several documents in the order in which both were named, each document
with the amount that it was named with, or as much as is left. All of it is done, or nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from feeshare.matching import Placed, place
from ledger import bank
from ledger.bank_tables import BankLine
from ledger.errors import BadInput, Conflict, Problem
from ledger.money import CONTEXT, parse_plain, plain, total
from ledger.revenue import transfers, unmatching
from ledger.revenue.receivables import Difference
from ledger.revenue.unmatching import Released
from ledger.sealing import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A document that a person names, with its amount; blank is as much as is left."""

    document: str
    amount: Decimal | None = None


def amount_of(text: str, whole: str) -> Decimal:
    """Return an amount that a person wrote.

    Raises:
        BadInput: it is no positive number.
    """
    try:
        found = parse_plain(text)
    except ValueError:
        found = Decimal(0)
    if found <= 0:
        raise BadInput(
            [
                Problem(
                    code="match_invalid",
                    place="command line",
                    value=whole,
                    expected="an amount above 0, such as 12.5",
                )
            ]
        )
    return found


def wanted_of(text: str) -> Wanted:
    """Return what `DOCUMENT` or `DOCUMENT=AMOUNT` names.

    Raises:
        BadInput: the amount is no positive number.
    """
    document, equals, amount = text.rpartition("=")
    if not equals:
        return Wanted(document=text)
    return Wanted(document=document, amount=amount_of(amount, text))


def difference_of(text: str | None) -> Difference | None:
    """Return what `KIND` or `KIND=AMOUNT` names; nothing for nothing.

    Raises:
        BadInput: the amount is no positive number.
    """
    if text is None:
        return None
    kind, equals, amount = text.partition("=")
    return Difference(kind=kind, amount=amount_of(amount, text) if equals else None)


def match_by_hand(
    change: Change,
    lines: Sequence[str],
    wanted: Sequence[Wanted],
    difference: Difference | None = None,
    *,
    funder: str | None = None,
) -> list[Placed]:
    """Match bank lines, or parts of them, to the documents or accounts that a person names.

    Documents are statements, bounties, renewals, sponsorships and, for a transfer of our own,
    the other line; accounts are those of `ledger.classification`, for fees and the unknown.
    `funder` says whose deposit it is, where several put a bounty up.

    Raises:
        UnknownReference: there is no such line or document.
        BadInput: an amount is none, or more than is left of the lines; or a difference is given
            for several documents.
    """
    session = change.session
    left = {line.id: amount for line, amount in bank.open_lines(session)}
    found = [bank.line_named(session, each) for each in dict.fromkeys(lines)]
    open_ = {line.id: left.get(line.id, Decimal(0)) for line in found}
    why = f"named by {change.actor}"
    _check(found, open_, wanted, difference)
    (first, *others) = found
    other = session.get(BankLine, wanted[0].document)
    if other is not None and not others:
        return _transfer(change, first, other, difference, why)
    placed = []
    for each in wanted:
        rest = each.amount
        for line in found:
            part = open_[line.id]
            if rest is not None:
                part = min(rest, part.copy_abs()).copy_sign(part)
                rest = CONTEXT.subtract(rest, part.copy_abs())
            if not part:
                continue
            open_[line.id] = CONTEXT.subtract(open_[line.id], part)
            placed.append(
                place(
                    change,
                    line,
                    part,
                    difference,
                    document=each.document,
                    why=why,
                    funder=funder,
                )
            )
    return placed


def _check(
    lines: Sequence[BankLine],
    left: dict[str, Decimal],
    wanted: Sequence[Wanted],
    difference: Difference | None,
) -> None:
    """Refuse amounts that are not there, and a difference of more than one line or document."""
    names = ", ".join(line.id for line in lines)
    whole = total(amount.copy_abs() for amount in left.values())
    asked = total(each.amount for each in wanted if each.amount is not None)
    open_ended = sum(each.amount is None for each in wanted)
    beyond = asked >= whole if open_ended else asked > whole
    problems = []
    if beyond or open_ended > 1 or not all(left.values()):
        problems.append(
            Problem(
                code="match_invalid",
                place=names,
                value=plain(asked) if asked else None,
                expected="an amount other than 0, up to what is left, "
                + ", ".join(f"{plain(left[line.id])} {line.commodity}" for line in lines)
                + ("; one document at most without an amount" if open_ended > 1 else ""),
            )
        )
    if difference is not None and (len(wanted) > 1 or len(lines) > 1):
        problems.append(
            Problem(
                code="difference_invalid",
                place=names,
                value=difference.kind,
                expected="one line and one document, so that it is known what it belongs to",
            )
        )
    if problems:
        raise BadInput(problems)


def _transfer(
    change: Change, line: BankLine, other: BankLine, difference: Difference | None, why: str
) -> list[Placed]:
    open_ = {each.id: amount for each, amount in bank.open_lines(change.session)}
    for each in (line, other):
        if open_.get(each.id) != each.amount:
            raise Conflict(
                f"{each.id} is matched in part or whole; a transfer takes both lines whole.",
                mend=f"See what it is: feeshare unmatch {each.id} --reason … takes it back.",
            )
    out, into = (line, other) if line.amount < 0 else (other, line)
    transfers.book(change, out, into, difference.kind if difference else None, why=why)
    return [
        Placed(
            line=one.id,
            amount=one.amount,
            commodity=one.commodity,
            document=two.id,
            why=why,
        )
        for one, two in ((line, other), (other, line))
    ]


def unmatch_by_hand(change: Change, line: str, number: int | None, *, reason: str) -> Released:
    """Take a match of a bank line back; a second time changes nothing.

    Raises:
        UnknownReference: there is no such match.
        BadInput, Conflict, ShareClaimed: see `ledger.revenue.unmatching.unmatch`.
    """
    match = unmatching.match_of(change.session, line, number)
    return unmatching.unmatch(change, match, reason=reason)
