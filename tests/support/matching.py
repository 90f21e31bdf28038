"""Matching by hand as a person types it, for tests."""

from datetime import date

from feeshare.matching import Placed
from feeshare.matching_by_hand import (
    Wanted,
    amount_of,
    difference_of,
    match_by_hand,
    unmatch_by_hand,
)
from ledger import policies
from ledger.revenue.unmatching import Released
from support.books import Books


def matched(
    books: Books,
    line: str,
    document: str,
    amount: str | None = None,
    difference: str | None = None,
) -> Placed:
    """Match a line, or an amount of it, to one document."""
    with books.write() as change:
        part = None if amount is None else amount_of(amount, amount)
        wanted = Wanted(document=document, amount=part)
        return match_by_hand(change, [line], [wanted], difference_of(difference))[0]


def unmatched(
    books: Books, line: str, number: int | None = None, reason: str = "another's"
) -> Released:
    """Take a match back."""
    with books.write() as change:
        return unmatch_by_hand(change, line, number, reason=reason)


def tolerate(books: Books, value: object, since: date = date(2023, 10, 1)) -> None:
    """Put tolerances in force, by two persons."""
    with books.write("maker") as change:
        made = policies.propose(
            change, "match-tolerance", value, effective_from=since, reason="agreed"
        )
        version = made.version
    with books.write("checker") as change:
        policies.confirm(change, "match-tolerance", version)


SHORT_PAYING = {"gate-io": {"short-pay": {"fraction": "0.4"}}}
"""What the examples need: Gate.io paid two thirds of October, and names the month."""
