"""Price register (R21): every price with where it came from, who overrode it and what used it.

Law: what was superseded stays in sight beside what is in force, and what waits for a second
person is told as such; a price without an origin has blanks there.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import price_proposals
from ledger.price_checks import checks
from ledger.price_queries import Quoted, told
from ledger.price_tables import PriceProposal
from ledger.tables import Price
from payouts.conversion_tables import PayoutPriceSource
from payouts.quorum import DOLLAR
from payouts.tables import PayoutBatch, PayoutLine
from reports.price_days import closing_day
from reports.query import Asked, Scope, scope
from reports.report import Cell, Column, Kind, Report
from reports.ties import count_tie

COLUMNS = (
    Column(name="asset", kind=Kind.IDENTIFIER),
    Column(name="quote", kind=Kind.IDENTIFIER),
    Column(name="as_of", kind=Kind.DATE),
    Column(name="source", kind=Kind.TEXT),
    Column(name="change", kind=Kind.INTEGER),
    Column(name="price", kind=Kind.RATE),
    Column(name="state", kind=Kind.IDENTIFIER),
    Column(name="stale", kind=Kind.FLAG),
    Column(name="used_by_count", kind=Kind.INTEGER),
    Column(name="override_by", kind=Kind.TEXT),
    Column(name="provider", kind=Kind.TEXT),
    Column(name="observed_at", kind=Kind.TIME),
    Column(name="retrieved_at", kind=Kind.TIME),
    Column(name="raw_sha256", kind=Kind.IDENTIFIER),
)
NOTES = (
    "state: in force, superseded by what two persons accepted, or proposed and not accepted.",
    "stale: too old to be used at the end of what the report reads (policy price-checks).",
    "used_by_count: payout batches whose checkers were counted, or lines converted, at it.",
    "A price whose source is a policy is a rule of the house; it does not grow stale.",
)

Key: TypeAlias = tuple[object, ...]


def build(session: Session, asked: Asked, made_at: datetime) -> Report:
    """Return the register of the prices of a stretch of days."""
    limits = scope(session, asked)
    every = [each for each in told(session) if limits.since <= each.on <= limits.until]
    day = closing_day(limits)
    held_to, used = checks(session, day), _uses(session)
    newest: dict[Key, Quoted] = {}
    for each in every:
        newest.setdefault(_key(each), each)
    rows: list[tuple[Cell, ...]] = [
        (
            *(each.commodity, each.quote, each.on, each.source, each.change_no, each.price),
            "in_force" if newest[_key(each)] is each else "superseded",
            held_to.is_stale(each, day),
            used.get((*_key(each), each.change_no), 0),
            *(each.override_by, each.provider, each.observed_at, each.retrieved_at),
            each.raw_sha256,
        )
        for each in every
    ] + [_waiting(each) for each in _proposed(session, limits)]
    rows.sort(key=lambda row: tuple(map(_sortable, row[:6])))
    return Report(
        name="prices",
        title="Price register",
        columns=COLUMNS,
        rows=rows,
        sorted_by=("asset", "quote", "as_of", "source", "change", "price"),
        filters=limits.filters,
        head_number=limits.head.number,
        head_hash=limits.head_hash,
        made_at=made_at,
        notes=NOTES,
        facts=(("closing_day", day.isoformat()),),
        tie_outs=(
            count_tie("prices told and proposed = rows", _count(session, limits), len(rows)),
        ),
    )


def _key(each: Quoted) -> Key:
    return (each.commodity, each.quote, each.on, each.source)


def _sortable(cell: Cell) -> object:
    return cell.encode() if isinstance(cell, str) else cell


def _proposed(session: Session, limits: Scope) -> Iterator[PriceProposal]:
    for each in price_proposals.waiting(session):
        if limits.since <= each.on <= limits.until:
            yield each


def _waiting(each: PriceProposal) -> tuple[Cell, ...]:
    return (
        *(each.commodity, each.quote, each.on, each.source, each.change_no, each.price),
        *("proposed", None, 0, None, each.provider, each.observed_at, each.retrieved_at),
        each.raw_sha256,
    )


def _count(session: Session, limits: Scope) -> int:
    """Return how many prices were told and proposed, counted by the database."""
    return sum(
        session.scalar(
            select(func.count())
            .select_from(table)
            .where(table.on >= limits.since, table.on <= limits.until)
        )
        or 0
        for table in (Price, PriceProposal)
    )


def _uses(session: Session) -> Mapping[Key, int]:
    """Return how many payout batches had checkers counted, or lines converted, at each price."""
    batches = session.execute(
        select(PayoutBatch.id, PayoutBatch.frozen_at, PayoutBatch.change_no, PayoutLine.commodity)
        .join(PayoutLine, PayoutLine.batch == PayoutBatch.id)
        .where(PayoutLine.commodity != DOLLAR)
        .distinct()
    ).all()
    dollars = [each for each in told(session) if each.quote == DOLLAR]
    used_by: dict[Key, set[str]] = defaultdict(set)
    for batch, frozen_at, change_no, commodity in batches:
        day = frozen_at.astimezone(UTC).date()
        known = [
            each
            for each in dollars
            if each.commodity == commodity and each.on <= day and each.change_no < change_no
        ]
        used = _first(known)
        if used is not None and not checks(session, day).is_stale(used, day):
            used_by[*_key(used), used.change_no].add(batch)
    figures = session.execute(
        select(PayoutPriceSource, PayoutBatch.change_no).join(
            PayoutBatch, PayoutBatch.id == PayoutPriceSource.batch
        )
    )
    for figure, change_no in figures:
        named = (figure.commodity, DOLLAR, figure.on, figure.source)
        used = _first([it for it in dollars if _key(it) == named and it.change_no < change_no])
        if used is not None:
            used_by[*named, used.change_no].add(figure.batch)
    return {key: len(batches) for key, batches in used_by.items()}


def _first(known: Sequence[Quoted]) -> Quoted | None:
    """Return the price that is taken of several: newest day, then source, then last word."""
    return min(
        known, key=lambda each: (-each.on.toordinal(), each.source, -each.change_no), default=None
    )
