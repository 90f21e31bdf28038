"""Prices as they are in force: the one that was told, or the other that two persons stand for."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, literal, select, union_all
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from ledger.price_tables import PriceAcceptance, PriceOrigin, PriceProposal
from ledger.tables import Price

POLICY_SOURCE = "policy"
"""How the source of a price begins that is a rule of the house (a stablecoin at par)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """What one unit of a commodity was worth in `quote` on a day, and who says so.

    The origin is blank for prices that were told without one. `override_by` is the second person
    who accepted it against what was there, or against the prices before it.
    """

    commodity: str
    quote: str
    on: date
    source: str
    price: Decimal
    provider: str | None
    observed_at: datetime | None
    retrieved_at: datetime | None
    raw_sha256: str | None
    override_by: str | None
    change_no: int

    @property
    def is_policy(self) -> bool:
        """Return whether the price is a rule of the house, which does not age."""
        return is_policy(self.source)


def is_policy(source: str) -> bool:
    """Return whether a source is the house's own rule."""
    return source.casefold().startswith(POLICY_SOURCE)


def _told(*limits: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Price.commodity,
            Price.quote,
            Price.on,
            Price.source,
            Price.price,
            PriceOrigin.provider,
            PriceOrigin.observed_at,
            PriceOrigin.retrieved_at,
            PriceOrigin.raw_sha256,
            literal(None, Text).label("override_by"),
            Price.change_no,
            literal(0).label("number"),
        )
        .outerjoin(
            PriceOrigin,
            and_(
                PriceOrigin.commodity == Price.commodity,
                PriceOrigin.quote == Price.quote,
                PriceOrigin.on == Price.on,
                PriceOrigin.source == Price.source,
            ),
        )
        .where(*limits)
    )


def _accepted(*limits: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            PriceProposal.commodity,
            PriceProposal.quote,
            PriceProposal.on,
            PriceProposal.source,
            PriceProposal.price,
            PriceProposal.provider,
            PriceProposal.observed_at,
            PriceProposal.retrieved_at,
            PriceProposal.raw_sha256,
            PriceAcceptance.accepted_by,
            PriceAcceptance.change_no,
            PriceProposal.number,
        )
        .join(PriceAcceptance, PriceAcceptance.proposal == PriceProposal.number)
        .where(*limits)
    )


def told(session: Session) -> list[Quoted]:
    """Return every price that is or was in force, the superseded ones too, newest word first."""
    every = union_all(_told(), _accepted()).subquery()
    key = (every.c.commodity, every.c.quote, every.c.on, every.c.source)
    return _read(
        session,
        select(every).order_by(*key, every.c.change_no.desc(), every.c.number.desc()),
    )


def in_force(
    session: Session,
    commodity: str,
    quote: str,
    *,
    since: date = date.min,
    until: date,
    newest: int | None = None,
    seen_only: bool = False,
) -> list[Quoted]:
    """Return the prices in force of a stretch of days, the newest first, then by source.

    `newest` limits how many are returned; `seen_only` leaves out rules of the house.
    """
    every = union_all(
        *(
            part(
                table.commodity == commodity,
                table.quote == quote,
                table.on >= since,
                table.on <= until,
                *([~table.source.istartswith(POLICY_SOURCE)] if seen_only else []),
            )
            for part, table in ((_told, Price), (_accepted, PriceProposal))
        )
    ).subquery()
    last_word = (
        select(every)
        .ext(distinct_on(every.c.on, every.c.source))
        .order_by(
            every.c.on.desc(), every.c.source, every.c.change_no.desc(), every.c.number.desc()
        )
        .limit(newest)
    )
    return _read(session, last_word)


def _read(session: Session, statement: Select[*tuple[Any, ...]]) -> list[Quoted]:
    rows = session.execute(statement).mappings()
    return [Quoted(**{name: row[name] for name in Quoted.__slots__}) for row in rows]
