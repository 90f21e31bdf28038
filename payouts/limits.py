"""Limits: how much may be paid to a payee, and in all, in a day and in a month, in dollars.

Law: what counts is what live batches froze, whoever made them, at prices that a control may rest
on; over a limit nothing is paid until two persons set another. Where a limit is set, a commodity
without such a price is over it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import policies
from ledger.money import CONTEXT, parse_plain, plain
from ledger.sealing import Change
from payouts import quorum
from payouts.quorum import Outgoing
from payouts.tables import PayoutBatch, PayoutLine

NONE = "none"
"""A policy's word for no limit."""


@dataclass(frozen=True, slots=True)
class _Limit:
    """One limit: its policy, the amount, and whether it is a payee's and a day's."""

    name: str
    amount: Decimal
    a_payee: bool
    a_day: bool


def exceeded(
    session: Session,
    day: date,
    lines: Sequence[Outgoing],
    *,
    on: date,
    until_change: int,
    leaving_out: str = "",
) -> list[str]:
    """Return every limit that lines would pass on top of what live batches froze before.

    Args:
        session: a session.
        day: the day on which the lines are frozen, with whose prices they are valued.
        lines: what is to be paid.
        on: the day whose policies hold.
        until_change: batches of later changes do not count.
        leaving_out: the batch that the lines are of, if it is frozen already.
    """
    limits = list(_in_force(session, on))
    if not limits or not lines:
        return []
    month = quorum.outgoing_of_days(
        session, day.replace(day=1), day, until_change=until_change, leaving_out=leaving_out
    )
    today = quorum.outgoing_of_days(
        session, day, day, until_change=until_change, leaving_out=leaving_out
    )
    units = {
        code: quorum.dollars(session, code, day)
        for code in sorted({row.commodity for row in (*month, *lines)})
    }
    payees = {line.payee for line in lines}
    return [
        reason
        for limit in limits
        for reason in _passed(limit, [*(today if limit.a_day else month), *lines], payees, units)
    ]


def exceeded_by(session: Session, batch: PayoutBatch, on: date) -> list[str]:
    """Return every limit that a frozen batch passes by a day's policies."""
    rows = session.execute(
        select(PayoutLine.payee, PayoutLine.commodity, PayoutLine.amount).where(
            PayoutLine.batch == batch.id
        )
    )
    return exceeded(
        session,
        batch.frozen_at.astimezone(UTC).date(),
        [Outgoing(batch.maker, *row) for row in rows],
        on=on,
        until_change=batch.change_no,
        leaving_out=batch.id,
    )


def exceeded_to_freeze(change: Change, lines: Sequence[Outgoing]) -> list[str]:
    """Return every limit that lines which a change is to freeze would pass."""
    day = change.at.astimezone(UTC).date()
    return exceeded(change.session, day, lines, on=day, until_change=change.previous.number)


def _in_force(session: Session, on: date) -> Iterator[_Limit]:
    for name, a_payee, a_day in (
        ("payout-limit-payee-day", True, True),
        ("payout-limit-payee-month", True, False),
        ("payout-limit-day", False, True),
        ("payout-limit-month", False, False),
    ):
        value = policies.in_force(session, name, on)
        if value != NONE:
            yield _Limit(name, parse_plain(value), a_payee, a_day)


def _passed(
    limit: _Limit,
    counted: Iterable[Outgoing],
    payees: set[str],
    units: Mapping[str, Decimal | None],
) -> Iterator[str]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    unpriced = set()
    for row in counted:
        if limit.a_payee and row.payee not in payees:
            continue
        unit = units[row.commodity]
        if unit is None:
            unpriced.add(row.commodity)
            continue
        whom = row.payee if limit.a_payee else "all payees"
        sums[whom] = CONTEXT.add(sums[whom], CONTEXT.multiply(row.amount, unit))
    for code in sorted(unpriced):
        yield f"{code} has no price in USD that a limit can rest on (policy {limit.name})"
    for whom, reached in sorted(sums.items()):
        if reached > limit.amount:
            yield (
                f"{whom}: {plain(reached)} USD in the {'day' if limit.a_day else 'month'}, "
                f"the limit is {plain(limit.amount)} (policy {limit.name})"
            )
