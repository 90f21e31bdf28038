"""Purchases for tests: a vote that allowed them, what an exchange paid, lines of each purchase."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from ledger import parties
from payouts import purchases
from payouts.purchase_tables import PurchaseMandate
from payouts.votes import Choice
from support import fee_shares, receipts, votes
from support.books import Books
from support.votes import seen

START = datetime(2024, 9, 20, tzinfo=UTC)
FIRST_DAY = date(2024, 10, 1)
NOW = datetime(2024, 11, 25, 9, tzinfo=UTC)
"""The day of the public post on the first purchases."""

HGP_64 = "hbot.eth/0x64"
FOR = Decimal(62_000_000)
AGAINST = Decimal(11_748_067)
"""62 million voted for it, 84.07 percent of both sides: the record; the other side follows."""


def allow(books: Books, votes_for: Decimal = FOR) -> None:
    """Record the vote that lets half of the OKX fee share be spent on HBOT; add the exchange."""
    books.at = NOW
    fee_shares.open_exchange(books)
    with books.write() as change:
        parties.add(change, name="OKX", kind="exchange")
    told = seen(
        hash="0x64",
        title="HGP-64: Buy HBOT with the OKX fee share",
        starts_at=START,
        ends_at=START + timedelta(days=7),
        choices=(
            Choice(choice="For", counts_as="for", score=votes_for),
            Choice(choice="Against", counts_as="against", score=AGAINST),
        ),
        amount=None,
        commodity=None,
    )
    votes.record(books, told)


def mandate(books: Books, **otherwise: object) -> PurchaseMandate:
    """Record the mandate: half of the USDC that OKX pays from October 2024 on."""
    told: dict[str, object] = {
        "proposal": "",
        "exchange": "",
        "fraction": Decimal("0.5"),
        "spent": "USDC",
        "bought": "HBOT",
        "since": FIRST_DAY,
        "until": None,
        "source": "the proposal",
    }
    terms = PurchaseMandate(**{**told, **otherwise})  # type: ignore[arg-type]
    with books.write() as change:
        return purchases.add_mandate(change, "HGP-64", "OKX", terms)[0]


def receive(books: Books, amount: str, on: date = date(2024, 11, 8)) -> str:
    """State, accept and receive a fee share of October from OKX; return the statement's id."""
    stream = fee_shares.agree(books, {"Ada": "1"}, exchange="OKX", commodity="USDC")
    statement = fee_shares.state(
        books, stream, amount, period="2024-10", commodity="USDC", exchange="OKX"
    )
    fee_shares.pay(books, statement, Decimal(amount), on)
    return statement


def lines(
    books: Books,
    spent: str,
    got: str,
    on: date = date(2024, 11, 15),
    *,
    commodities: tuple[str, str] = ("USDC", "HBOT"),
) -> tuple[str, str]:
    """Record what left for a purchase and what came in for it; return the two lines."""
    left = receipts.line(books, f"-{spent}", commodity=commodities[0], on=on)
    return left, receipts.line(books, got, commodity=commodities[1], on=on)
