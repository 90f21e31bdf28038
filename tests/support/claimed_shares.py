"""Fee shares whose maintainers can be paid, so that a batch may claim what is due of them."""

from decimal import Decimal

from ledger import parties
from support.books import Books
from support.fee_shares import accrue, agree, pay, state
from support.payouts import fund, furnish


def open_payable_exchange(books: Books) -> None:
    """Add an exchange, Alice and Bob with addresses, and money to pay them."""
    furnish(books)
    fund(books, "10000")
    with books.write() as change:
        parties.add(change, name="Gate", kind="exchange")


def share_of_alice(books: Books, *received: str) -> tuple[str, str]:
    """State 1000 USDC and receive amounts; return the stream and the document.

    Alice's share is a fifth, 200.
    """
    stream = agree(books, {"Alice": "1"}, commodity="USDC")
    document = restate(books, stream, "1000")
    accrue(books)
    for amount in received:
        pay(books, document, Decimal(amount))
    return stream, document


def restate(books: Books, stream: str, amount: str) -> str:
    """State a month in USDC, or state it anew; return the version's id."""
    return state(books, stream, amount, commodity="USDC")
