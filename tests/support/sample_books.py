"""Books with something of everything in them, posted by hand, for reports to be read from."""

from datetime import date
from decimal import Decimal

from ledger import prices
from ledger.accounts import Chart, add_wallet_account
from ledger.journal import post_one
from ledger.people_tables import Party
from ledger.price_origins import Origin
from ledger.tables import Commodity
from support.books import Books
from support.sample_entries import BANK, NASTY, TINY, WALLET, add_each, entry, move
from support.sample_payees import answer, ask
from support.sample_payouts import authorise, freeze, settle
from support.sample_shares import make_due, state


def open_books(books: Books) -> None:
    """Add parties, accounts and odd commodities."""
    with books.write() as change:
        add_each(
            change,
            Party(id="binance", kind="exchange", name="Binance"),
            Party(id="kucoin", kind="exchange", name="KuCoin"),
            Party(id="ada", kind="payee", name="Ada"),
            Party(id="bob", kind="payee", name="=Bob"),
            Commodity(code="USDC.e", name="Bridged; USDC", allocation_scale=6),
            Commodity(code="1INCH", name="1inch", allocation_scale=18),
        )
        add_wallet_account(change, WALLET, "Ethereum wallet")
        add_wallet_account(change, BANK, "Bank")
        for commodity, price, source in (("HBOT", "0.0039", "market"), ("USDT", "1", "policy")):
            prices.add(
                change,
                commodity=commodity,
                quote="USD",
                on=date(2023, 9, 30),
                price=Decimal(price),
                source=source,
                origin=Origin(
                    provider="file", retrieved_at=change.at, raw=b"prices", file_name="prices.csv"
                ),
            )


def post_months(books: Books) -> None:
    """Post three months in several commodities, with a conversion, odd text and a reversal."""
    opening = Chart.OPENING.value
    fees = Chart.EXPENSE_NETWORK_FEES.value
    with books.write() as change:
        for each in (
            entry(
                "open:1", date(2023, 9, 1), move(WALLET, opening, f"{10**19}", "HBOT"), "opening"
            ),
            entry("open:2", date(2023, 9, 30), move(WALLET, opening, str(TINY), "HBOT")),
            entry("open:3", date(2023, 9, 30), move(WALLET, opening, "2000.5", "USDC.e")),
            entry("open:4", date(2023, 9, 30), move(WALLET, opening, "1.5", "1INCH")),
            entry(
                "odd", date(2023, 10, 2), move(fees, WALLET, "0.25", "USDC.e", memo=NASTY), NASTY
            ),
            entry("fee:1", date(2023, 10, 3), move(fees, WALLET, "0.1", "HBOT", party="ada")),
            entry(
                "convert",
                date(2023, 10, 4),
                [
                    *move(Chart.CONVERSION.value, WALLET, "100", "USDC.e"),
                    *move(WALLET, Chart.CONVERSION.value, "99.123456", "USDT"),
                ],
            ),
            entry("late", date(2023, 11, 5), move(fees, WALLET, "0.3", "HBOT")),
        ):
            post_one(change, each)
    with books.write(actor="second treasurer") as change:
        post_one(change, entry("early", date(2023, 10, 1), move(fees, WALLET, "1", "HBOT")))


def fill_until_settled(books: Books) -> None:
    """Do all of it up to the settlement of the batch."""
    for step in (open_books, post_months, state, make_due, authorise, freeze, settle):
        step(books)


def fill(books: Books) -> None:
    """Do all of it."""
    fill_until_settled(books)
    ask(books)
    answer(books)
