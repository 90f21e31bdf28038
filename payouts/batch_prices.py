"""The prices of a batch and what its lines convert: rows that are written once and read again."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.base import Sealed
from payouts.conversion_tables import PayoutLineConversion, PayoutPrice, PayoutPriceSource
from payouts.converting import Figure, Priced, Rule


def price_rows(batch: str, prices: Sequence[Priced]) -> Iterator[Sealed]:
    """Yield the rows of a batch's prices, each before the figures it rests on."""
    for priced in prices:
        yield PayoutPrice(
            batch=batch, commodity=priced.commodity, rule=priced.rule.value, price=priced.price
        )
        for figure in priced.figures:
            yield PayoutPriceSource(
                batch=batch,
                commodity=priced.commodity,
                on=figure.on,
                source=figure.source,
                price=figure.price,
            )


def prices_of(session: Session, batch: str) -> list[Priced]:
    """Return the prices of a batch, by commodity; none where nothing is converted."""
    figures: dict[str, list[Figure]] = defaultdict(list)
    rows = session.scalars(
        select(PayoutPriceSource)
        .where(PayoutPriceSource.batch == batch)
        .order_by(PayoutPriceSource.on, PayoutPriceSource.source)
    )
    for row in rows:
        figures[row.commodity].append(Figure(on=row.on, source=row.source, price=row.price))
    return [
        Priced(
            commodity=row.commodity,
            rule=Rule(row.rule),
            price=row.price,
            figures=tuple(figures[row.commodity]),
        )
        for row in session.scalars(
            select(PayoutPrice).where(PayoutPrice.batch == batch).order_by(PayoutPrice.commodity)
        )
    ]


def conversions_of(session: Session, batch: str) -> dict[int, PayoutLineConversion]:
    """Return what the lines of a batch convert, by line."""
    rows = session.scalars(
        select(PayoutLineConversion)
        .where(PayoutLineConversion.batch == batch)
        .order_by(PayoutLineConversion.line)
    )
    return {row.line: row for row in rows}
