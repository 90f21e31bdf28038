"""Upkeep of sample books: connectors, a notice, decisions, an override, a sponsorship."""

from datetime import date
from decimal import Decimal

from ledger import parties
from ledger.revenue import (
    connectors,
    prepaid_earning,
    prepaid_ends,
    renewal_decisions,
    renewal_waivers,
    renewals,
    sponsorships,
)
from support.books import Books

RELEASED = date(2022, 11, 2)
SECOND_YEAR = date(2023, 11, 2)


def connect(books: Books) -> None:
    """Add two connectors, keep them by a poll and their exchange, notice a year, invoice one."""
    with books.write() as change:
        for name, exchange in (("binance", "binance"), ("=kucoin", "kucoin")):
            made, _ = connectors.add(change, identity=name, exchange=exchange, kind="clob-spot")
            connectors.release(change, made, on=RELEASED, evidence="=release 1")
        connectors.poll(change, made, "2023-Q4", evidence="poll 4")
        connectors.self_maintained(change, made, since=date(2024, 1, 1), evidence="letter")
        renewal_decisions.notice(
            change,
            connectors.named(change.session, "binance"),
            sent_to="ops",
            evidence="mail 1",
            on=date(2023, 9, 3),
        )
        parties.add(change, name="Vega", kind="exchange")
        renewals.invoice(
            change,
            identity="vega-2023",
            exchange="vega",
            connector="vega",
            year_from=date(2023, 10, 20),
            amount=Decimal("7.000001"),
            commodity="USDT",
        )
        renewal_waivers.override(
            change, renewals.named(change.session, "vega-2023"), reason="a vote"
        )


def decide(books: Books) -> None:
    """Decide on a year, waive another by two persons' word, sponsor, and earn a month."""
    with books.write() as change:
        renewal_decisions.decide(
            change, connectors.named(change.session, "binance"), on=date(2023, 11, 3)
        )
    with books.write("second") as change:
        waived = renewals.named(change.session, "vega-2023")
        renewal_waivers.confirm(change, waived)
        renewal_waivers.waive(change, waived, evidence="vote 4", on=date(2023, 11, 3))
    with books.write() as change:
        sponsorships.add(
            change,
            identity="binance-gold",
            exchange="binance",
            tier="gold",
            year_from=date(2023, 11, 3),
            moved=[renewals.named(change.session, "renewal-binance-2023")],
        )
        prepaid_earning.earn(change, date(2023, 11, 3))


def give_up(books: Books) -> None:
    """Cancel the sponsorship."""
    with books.write() as change:
        prepaid_ends.cancel(
            change,
            sponsorships.named(change.session, "binance-gold"),
            evidence="=letter",
            on=date(2023, 11, 4),
        )
