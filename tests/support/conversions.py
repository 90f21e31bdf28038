"""Preferences of payees and prices that a control may rest on, for tests of conversions."""

from collections.abc import Iterable
from datetime import UTC, date, timedelta
from decimal import Decimal

from ledger import prices
from ledger.price_origins import Origin
from payouts import payee_preferences
from support.books import Books
from support.payouts import TODAY

SINCE = date(2023, 11, 1)
WINDOW = tuple(TODAY - timedelta(days=back) for back in range(7, 0, -1))
"""The days whose mean HBOT counts at on `TODAY`."""

MARKET = "a-market"


def prefer(books: Books, payee: str, commodity: str | None, *, since: date = SINCE) -> bool:
    """Say what a payee is paid in."""
    with books.write() as change:
        return payee_preferences.set_preference(
            change, payee, commodity, since=since, source="a call"
        )


def quote(
    books: Books,
    commodity: str,
    price: str,
    days: Iterable[date],
    *,
    provider: str = MARKET,
    source: str = MARKET,
) -> None:
    """Add a price of days as a provider answered it."""
    with books.write() as change:
        for day in days:
            prices.add(
                change,
                commodity=commodity,
                quote="USD",
                on=day,
                price=Decimal(price),
                source=source,
                origin=Origin(
                    provider=provider,
                    retrieved_at=books.at.astimezone(UTC),
                    raw=f"{commodity} {day} {price} {source}".encode(),
                    file_name="answer.json",
                ),
            )


def par(books: Books, commodity: str, on: date = date(2023, 1, 1)) -> None:
    """Add a stablecoin's price by the house's rule."""
    with books.write() as change:
        prices.add(
            change,
            commodity=commodity,
            quote="USD",
            on=on,
            price=Decimal(1),
            source="policy: stablecoins at par",
        )
