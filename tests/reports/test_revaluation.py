from datetime import date
from decimal import Decimal

from ledger import policies, prices
from ledger.accounts import add_conversion_account, add_wallet_account
from ledger.journal import post_one
from reports import revaluation
from reports.query import Asked
from reports.report import Report
from support import sample_books
from support.books import Books
from support.sample_entries import MADE_AT, entry, move

WALLET, DEPOSITS = "assets:wallet:treasury", "liabilities:bounty-deposits"
OPENING = "equity:opening"


def price(books: Books, commodity: str, amount: str, on: date, source: str = "m") -> None:
    with books.write() as change:
        prices.add(
            change, commodity=commodity, quote="USD", on=on, price=Decimal(amount), source=source
        )


def converted(books: Books) -> None:
    """Hold 1,000 HBOT owed as a deposit and 2,016 USDC; turn the USDC into 500,000 HBOT."""
    with books.write() as change:
        add_wallet_account(change, WALLET, "Treasury")
        pair = add_conversion_account(change, "USDC", "HBOT")
        for each in (
            entry("d", date(2023, 10, 1), move(WALLET, DEPOSITS, "1000", "HBOT")),
            entry("o", date(2023, 10, 1), move(WALLET, OPENING, "2016", "USDC")),
            entry("s", date(2023, 10, 9), move(pair, WALLET, "2016", "USDC")),
            entry("b", date(2023, 10, 9), move(WALLET, pair, "500000", "HBOT")),
        ):
            post_one(change, each)


def build(books: Books, asked: Asked | None = None) -> Report:
    with books.read() as session:
        return revaluation.build(session, asked or Asked(), MADE_AT)


def facts(report: Report) -> dict[str, str]:
    return dict(report.facts)


def test_what_conversions_gained_is_their_balance_at_closing_prices(books: Books) -> None:
    converted(books)
    price(books, "HBOT", "0.0050", date(2023, 10, 31))
    price(books, "USDC", "1", date(2023, 10, 1), "policy")
    report = build(books, Asked(period=date(2023, 10, 1)))
    rows = {(row[0], row[2]): row[3:] for row in report.rows}
    assert rows["equity:conversion:hbot-usdc", "HBOT"] == (
        *(Decimal(-500_000), Decimal("0.005"), date(2023, 10, 31), "m", "priced", "USD"),
        *(Decimal(-2500), None),
    )
    assert rows[WALLET, "HBOT"][6:] == (Decimal(2505), None)
    assert facts(report) == {
        "closing_day": "2023-10-31",
        "net_assets": "2500.00 USD",
        "net_assets_without_own_token": "0.00 USD",
        "own_token": "2500.00 USD",
        "conversion_gain": "484.00 USD",
        "without_value": "nothing",
    }
    assert [tie.difference for tie in report.tie_outs] == [0, 0]


def test_before_it_was_converted_there_is_no_gain(books: Books) -> None:
    converted(books)
    price(books, "HBOT", "0.004", date(2023, 10, 1))
    price(books, "USDC", "1", date(2023, 10, 1), "policy")
    report = build(books, Asked(as_of=date(2023, 10, 8)))
    assert facts(report)["net_assets"] == "2016.00 USD"
    assert facts(report)["net_assets_without_own_token"] == "2016.00 USD"
    assert facts(report)["conversion_gain"] == "0.00 USD"


def test_what_has_no_price_or_a_stale_one_is_marked_and_never_zero(books: Books) -> None:
    converted(books)
    price(books, "HBOT", "0.0050", date(2023, 9, 1))
    report = build(books)
    assert {(row[2], row[4], row[7], row[9]) for row in report.rows} == {
        ("HBOT", Decimal("0.005"), "stale", None),
        ("USDC", None, "unpriced", None),
    }
    told = facts(report)
    assert told["without_value"] == "HBOT, USDC"
    assert told["net_assets"] == "0.00 USD without 2 balances that have no value"
    assert told["conversion_gain"] == "0.00 USD without 2 balances that have no value"


def test_the_currency_is_a_policy_and_its_own_price_is_one(books: Books) -> None:
    converted(books)
    with books.write("maker") as change:
        policies.propose(
            change,
            "reporting-currency",
            "USDC",
            effective_from=date(2023, 10, 1),
            reason="r",
        )
    with books.write("checker") as change:
        policies.confirm(change, "reporting-currency", 2)
    report = build(books)
    assert {(row[2], row[7], row[8]) for row in report.rows} == {
        ("HBOT", "unpriced", "USDC"),
        ("USDC", "currency", "USDC"),
    }


def test_the_sample_books_are_valued_with_what_is_known(books: Books) -> None:
    sample_books.fill(books)
    report = build(books, Asked(as_of=date(2020, 1, 1)))
    assert (report.rows, facts(report)["closing_day"]) == ([], "2021-01-01")
    states = {(row[2], row[7]) for row in build(books).rows}
    assert {("HBOT", "priced"), ("USDT", "priced"), ("1INCH", "unpriced")} <= states


def test_a_value_is_rounded_once(books: Books) -> None:
    with books.write() as change:
        add_wallet_account(change, WALLET, "Treasury")
        post_one(
            change,
            entry(
                "o",
                date(2023, 10, 1),
                move(WALLET, OPENING, "2.5", "HBOT"),
            ),
        )
    price(books, "HBOT", "0.05", date(2023, 10, 31))
    assert [row[9] for row in build(books).rows] == [Decimal("0.12"), Decimal("-0.12")]
