"""How many checkers a batch needs: by what its maker freezes, and its payees get, in a day.

Law: splitting a payout does not lower the number, and neither does a price that nobody can rest
on: a missing, stale or outlying one, or one person's word, counts as the highest band.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from ledger import policies, prices
from ledger.money import CONTEXT, parse_plain
from ledger.sealing import Change
from payouts.ending_tables import LineFailure
from payouts.tables import BatchEvent, PayoutBatch, PayoutLine

DOLLAR = "USD"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What a maker has a payee paid of a commodity."""

    maker: str
    payee: str
    commodity: str
    amount: Decimal


def outgoing_of_day(session: Session, day: date, *, until_change: int) -> list[Outgoing]:
    """Return what live batches frozen on a day, up to a change, pay out."""
    return outgoing_of_days(session, day, day, until_change=until_change)


def outgoing_of_days(
    session: Session, first: date, last: date, *, until_change: int, leaving_out: str = ""
) -> list[Outgoing]:
    """Return what live batches frozen on days, up to a change, pay out; all but one of them."""
    start = datetime.combine(first, time(), UTC)
    end = datetime.combine(last, time(), UTC) + timedelta(days=1)
    dead = exists().where(
        BatchEvent.batch == PayoutBatch.id, BatchEvent.state.in_(("cancelled", "rejected"))
    )
    failed = exists().where(
        LineFailure.batch == PayoutLine.batch, LineFailure.line == PayoutLine.line
    )
    rows = session.execute(
        select(PayoutBatch.maker, PayoutLine.payee, PayoutLine.commodity, PayoutLine.amount)
        .join(PayoutLine, PayoutLine.batch == PayoutBatch.id)
        .where(
            PayoutBatch.frozen_at >= start,
            PayoutBatch.frozen_at < end,
            PayoutBatch.change_no <= until_change,
            PayoutBatch.id != leaving_out,
            ~dead,
            ~failed,
        )
    )
    return [Outgoing(*row) for row in rows]


def checkers_needed(
    session: Session, day: date, maker: str, payees: Collection[str], outgoing: Iterable[Outgoing]
) -> int:
    """Return how many checkers a batch needs.

    Args:
        session: a session.
        day: the day it is frozen; policies and prices are those of that day.
        maker: who froze it.
        payees: whom it pays.
        outgoing: everything frozen that day, the batch itself included.
    """
    bands = policies.in_force(session, "approval-bands", day)
    highest = max(int(band["checkers"]) for band in bands)
    values: dict[str, Decimal | None] = {}
    by_maker = Decimal(0)
    by_payee: dict[str, Decimal] = dict.fromkeys(payees, Decimal(0))
    for row in outgoing:
        if row.maker != maker and row.payee not in by_payee:
            continue
        if row.commodity not in values:
            values[row.commodity] = dollars(session, row.commodity, day)
        unit = values[row.commodity]
        if unit is None:
            return highest
        value = CONTEXT.multiply(row.amount, unit)
        if row.maker == maker:
            by_maker = CONTEXT.add(by_maker, value)
        if row.payee in by_payee:
            by_payee[row.payee] = CONTEXT.add(by_payee[row.payee], value)
    largest = max([by_maker, *by_payee.values()])
    return max(int(band["checkers"]) for band in bands if parse_plain(band["from"]) <= largest)


def checkers_of(session: Session, batch: PayoutBatch) -> int:
    """Return how many checkers a frozen batch needs: what it was frozen with, or more."""
    day = batch.frozen_at.astimezone(UTC).date()
    outgoing = outgoing_of_day(session, day, until_change=batch.change_no)
    payees = session.scalars(select(PayoutLine.payee).where(PayoutLine.batch == batch.id)).all()
    return max(batch.checkers, checkers_needed(session, day, batch.maker, payees, outgoing))


def checkers_to_freeze(change: Change, payees: Collection[str], fresh: list[Outgoing]) -> int:
    """Return how many checkers a batch needs that this change freezes, `fresh` being all of it."""
    day = change.at.astimezone(UTC).date()
    earlier = outgoing_of_day(change.session, day, until_change=change.previous.number)
    return checkers_needed(change.session, day, change.actor, payees, [*earlier, *fresh])


def dollars(session: Session, commodity: str, day: date) -> Decimal | None:
    """Return what one unit is worth in dollars; nothing if no price of it can be rested on."""
    if commodity == DOLLAR:
        return Decimal(1)
    found = prices.trusted(session, commodity, DOLLAR, day)
    return found.price if found else None
