"""Prices: what a commodity was worth on a day, each with its source. None is ever guessed."""

from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import ReferenceReused
from ledger.money import plain
from ledger.sealing import Change
from ledger.tables import Price


def add(
    change: Change, *, commodity: str, quote: str, on: date, price: Decimal, source: str
) -> bool:
    """Add what one unit of a commodity is worth in another on a day; say whether it is new.

    Raises:
        ReferenceReused: the source gave another price for that day.
    """
    known = change.session.get(Price, (commodity, quote, on, source))
    if known is not None:
        if known.price != price:
            raise ReferenceReused(
                "Price", f"{commodity}/{quote} on {on} by {source}", plain(known.price)
            )
        return False
    change.add(Price(commodity=commodity, quote=quote, on=on, source=source, price=price))
    return True


def latest(session: Session, commodity: str, quote: str, on: date) -> Price | None:
    """Return the newest price on or before a day; nothing if there is none."""
    return session.scalars(
        select(Price)
        .where(Price.commodity == commodity, Price.quote == quote, Price.on <= on)
        .order_by(Price.on.desc(), Price.source)
        .limit(1)
    ).one_or_none()


def all_of(session: Session) -> list[Price]:
    """Return every price, by commodity, quote and day."""
    return list(
        session.scalars(
            select(Price).order_by(Price.commodity, Price.quote, Price.on, Price.source)
        )
    )
