"""Months of made-up exchanges that come in files: written, imported, settled and weighed."""

import csv
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from sqlalchemy import text

from feeshare.imported import Imported
from feeshare.importing import import_files
from ledger import bank, parties
from ledger.revenue import restatements, review, warnings
from ledger.revenue.agreements import add_terms
from ledger.revenue.mapping import load_mapping
from ledger.revenue.review import Correction
from ledger.revenue.terms import TermsDraft
from support.books import Books

HEADER = ("Date", "Venue", "Coin", "Pair", "Commission", "Status")
COINS = ("USDT", "USDC")

WHOLE = """
name: {name}
version: 1
kind: statement
encoding: utf-8
delimiter: ","
decimal_mark: "."
date_format: YYYY-MM-DD
in_parts: {in_parts}
header: [Date, Venue, Coin, Pair, Commission, Status]
columns: {{period: Date, exchange: Venue, currency: Coin, memo: Pair, fee_share: Commission}}
skip: [{{column: Status, text: pending, reason: not settled yet}}]
"""

WHOLE_MONTHS = load_mapping(WHOLE.format(name="whole", in_parts="false"), "whole.yaml")
IN_PARTS = load_mapping(WHOLE.format(name="parts", in_parts="true"), "parts.yaml")

_numbers = itertools.count(1)

Record = tuple[str, str, str, str, str]
"""A row without its exchange: date, coin, pair, commission, status."""

Weights = Mapping[tuple[str, str, str, str], Decimal]
"""Balances by account, party other than the exchange, commodity and the document's month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """A made-up exchange with an agreement for each coin, and the folder for its files."""

    books: Books
    name: str
    folder: Path

    def write(self, records: Iterable[Record], name: str = "") -> Path:
        """Write rows to a file that has the bytes of no other."""
        path = self.folder / f"{name or next(_numbers)}-{self.name}.csv"
        with path.open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(HEADER)
            writer.writerows((day, self.name, *rest) for day, *rest in records)
        return path

    def bring(self, *paths: Path, in_parts: bool = False) -> list[Imported]:
        """Import files in one change."""
        with self.books.write() as change:
            return import_files(change, paths, [IN_PARTS if in_parts else WHOLE_MONTHS])

    def agreement(self, coin: str) -> str:
        """Return the id of the agreement in a coin."""
        return f"{self.name}:spot:{coin.lower()}"

    def weigh(self) -> Weights:
        """Return what its documents hold on every account; zeros are left out."""
        with self.books.read() as session:
            rows = session.execute(
                text(
                    "SELECT account, CASE party WHEN :venue THEN '' ELSE coalesce(party, '') END,"
                    " commodity, substring(document from '[0-9]{4}-[0-9]{2}'), sum(amount)"
                    " FROM postings WHERE document ~ :ours GROUP BY 1, 2, 3, 4"
                    " HAVING sum(amount) <> 0"
                ),
                {"venue": self.name, "ours": f"(^|:){self.name}:spot:"},
            )
            return {(row[0], row[1], row[2], row[3]): row[4] for row in rows}


def open_books(books: Books) -> None:
    """Add payees and a bank account."""
    with books.write() as change:
        for name in ("Ada", "Bob", "Carol"):
            parties.add(change, name=name, kind="payee")
        bank.add_account(change, "bank-main", kind="bank", purpose="receipts")


def add_venue(books: Books, folder: Path, *, rebate: str | None = None) -> Venue:
    """Add an exchange that nobody knew, its users' rebate through Carol, if there is one."""
    name = f"venue{next(_numbers)}"
    with books.write() as change:
        parties.add(change, name=name, kind="exchange")
        for coin in COINS:
            add_terms(
                change,
                TermsDraft(
                    exchange=name,
                    stream="spot",
                    commodity=coin,
                    kind="variable",
                    effective_from=date(2023, 1, 1),
                    effective_to=None,
                    rate_low=Decimal("0.3"),
                    rate_high=Decimal("0.3"),
                    fixed_amount=None,
                    maintainer_rate=None,
                    maintainers={"Ada": Decimal("0.65"), "Bob": Decimal("0.35")},
                    source="made up",
                    rebate_rate=None if rebate is None else Decimal(rebate),
                    rebate_payer=None if rebate is None else "foundation",
                    rebate_payee=None if rebate is None else "Carol",
                ),
            )
    return Venue(books=books, name=name, folder=folder)


def settle(books: Books, statement: str, amount: Decimal) -> int:
    """Give each quarantined row of a statement an amount, each by a reason; return how many."""
    with books.write() as change:
        held = review.in_quarantine(change.session, statement)
        return review.correct(
            change,
            statement,
            [Correction(row=each.row, fee_share=amount, reason="asked") for each in held],
        )


def accept(books: Books, statements: Sequence[str]) -> None:
    """Accept statements in an order, whatever they warn of."""
    for statement in statements:
        with books.write() as change:
            warnings.acknowledge(change, statement, code=None, reason="seen")
            restatements.accept(change, statement)
