"""Wallets: what each wallet of ours holds by the books, and what its chain said of it last.

Law: what was not booked or not proved is blank, never zero. What a chain said stands beside the
books: as known at a change it is what was proved before the next one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ledger.money import CONTEXT
from reports.explorers import address_link
from reports.query import Asked, Scope, fetch, scope
from reports.report import Cell, Column, Kind, Report, TieOut
from reports.ties import ZERO, count_tie, sums, ties

COLUMNS = (
    Column(name="wallet", kind=Kind.IDENTIFIER),
    Column(name="purpose", kind=Kind.TEXT),
    Column(name="chain", kind=Kind.IDENTIFIER),
    Column(name="address", kind=Kind.IDENTIFIER),
    Column(name="asset", kind=Kind.IDENTIFIER),
    Column(name="balance_by_books", kind=Kind.AMOUNT, commodity_column="asset", total=True),
    Column(name="balance_by_chain", kind=Kind.AMOUNT, commodity_column="asset", total=True),
    Column(name="difference", kind=Kind.AMOUNT, commodity_column="asset"),
    Column(name="block", kind=Kind.INTEGER),
    Column(name="block_hash", kind=Kind.IDENTIFIER),
    Column(name="proved_at", kind=Kind.TIME),
    Column(name="address_link", kind=Kind.TEXT),
)
NOTES = (
    "balance_by_books is what was posted; a line that waits for its match is not in it yet.",
    "balance_by_chain is what the chain had at the block, by the newest proof that was kept.",
    "difference = balance_by_chain - balance_by_books, blank where either is unknown.",
)

HOLDINGS = """
    WITH booked AS (
        SELECT account, commodity, sum(amount) AS amount FROM postings
        WHERE entry_number <= :entry_last AND effective_date <= CAST(:until AS date)
            AND account IN (SELECT account FROM bank_accounts WHERE change_no <= :change)
        GROUP BY 1, 2
    ), proved AS (
        SELECT DISTINCT ON (p.bank_account, t.commodity) p.bank_account, t.commodity,
            t.decimals, p.on_chain, p.block, p.block_hash, p.recorded_at
        FROM chain_proofs p JOIN wallet_watches w ON w.bank_account = p.bank_account
        JOIN tokens t ON t.chain = w.chain AND as_on_chain(t.contract) = p.contract
        WHERE (p.recorded_at AT TIME ZONE 'UTC')::date <= CAST(:until AS date)
            AND p.recorded_at < coalesce((SELECT n.recorded_at FROM public.changes n
                WHERE n.number = :change + 1), 'infinity')
        ORDER BY p.bank_account, t.commodity, p.block DESC, p.id DESC
    ), held AS (
        SELECT a.id, b.commodity FROM bank_accounts a JOIN booked b ON b.account = a.account
        UNION SELECT bank_account, commodity FROM proved
    )
    SELECT a.id, a.kind, a.purpose, a.chain, a.address, h.commodity, b.amount AS by_books,
        p.on_chain, p.decimals, p.block, p.block_hash, p.recorded_at
    FROM bank_accounts a LEFT JOIN held h ON h.id = a.id
    LEFT JOIN booked b ON b.account = a.account AND b.commodity = h.commodity
    LEFT JOIN proved p ON p.bank_account = a.id AND p.commodity = h.commodity
    WHERE a.change_no <= :change
    ORDER BY a.id COLLATE "C", h.commodity COLLATE "C" NULLS FIRST
"""

BY_ACCOUNTS = """
    SELECT p.commodity, sum(p.amount) AS amount FROM postings p
    JOIN bank_accounts a ON a.account = p.account AND a.kind = 'wallet'
    WHERE p.entry_number <= :entry_last AND p.effective_date <= CAST(:until AS date)
        AND a.change_no <= :change
    GROUP BY 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What one account of ours holds of a commodity; `of` has where that is, blank if unknown."""

    of: Row[Any]

    @property
    def by_chain(self) -> Decimal | None:
        """Return the chain's balance, exact, in the commodity."""
        if self.of.on_chain is None:
            return None
        return CONTEXT.scaleb(self.of.on_chain, -self.of.decimals)

    @property
    def difference(self) -> Decimal | None:
        """Return how much more the chain has than the books."""
        if self.by_chain is None or self.of.by_books is None:
            return None
        return CONTEXT.subtract(self.by_chain, self.of.by_books)


def build(session: Session, asked: Asked, made_at: datetime) -> Report:
    """Return every wallet with each commodity that it holds or held, until the day asked for."""
    limits = scope(session, asked)
    found = [each for each in holdings(session, limits) if each.of.kind == "wallet"]
    return Report(
        name="tracker-wallets",
        title="Wallets",
        columns=COLUMNS,
        rows=[cells(each) for each in found],
        sorted_by=("wallet", "asset"),
        filters=limits.filters,
        head_number=limits.head.number,
        head_hash=limits.head_hash,
        made_at=made_at,
        notes=NOTES,
        tie_outs=tie_outs(session, limits, found),
    )


def holdings(session: Session, limits: Scope) -> Iterator[Holding]:
    """Yield what each account of ours holds; one that holds nothing known comes once, blank."""
    for row in fetch(session, HOLDINGS, **limits.parameters):
        yield Holding(of=row)


def cells(each: Holding) -> tuple[Cell, ...]:
    """Return the row of one holding."""
    of = each.of
    return (
        *(of.id, of.purpose or None, of.chain, of.address, of.commodity),
        *(of.by_books, each.by_chain, each.difference),
        *(of.block, of.block_hash, of.recorded_at),
        address_link(of.chain, of.address),
    )


def tie_outs(session: Session, limits: Scope, found: list[Holding]) -> tuple[TieOut, ...]:
    """Return the checks: by the books the wallets hold what their accounts come to."""
    booked = fetch(session, BY_ACCOUNTS, **limits.parameters)
    held = [(each.of.commodity, each.of.by_books or ZERO) for each in found if each.of.commodity]
    return (
        count_tie(
            "holdings = wallets and commodities, each once",
            len(found),
            len({(each.of.id, each.of.commodity) for each in found}),
        ),
        *ties(
            "balance by books = wallets' accounts",
            sums(held),
            sums((row.commodity, row.amount) for row in booked),
        ),
    )
