"""The whole of 2023 in each shape that statements come in: the same books whichever carried it."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from examples.shapes import SHAPES, Month, Shape
from feeshare import loading
from feeshare.accruing import accrue_month
from feeshare.imported import Imported
from feeshare.importing import import_files
from feeshare.inbox import mappings_in
from ledger.balances import balances
from ledger.months import parse_month
from ledger.obligation_tables import Obligation
from ledger.people_tables import Party
from ledger.revenue import restatements
from ledger.revenue.agreements import add_terms
from ledger.revenue.receivables import receivables
from ledger.revenue.staging_tables import StatementReading
from ledger.revenue.tables import Agreement, Statement
from ledger.revenue.terms import TermsDraft
from ledger.sealing import Change
from ledger.tables import PostingRow
from support.books import Books
from support.databases import EXAMPLES
from support.public_record import WITH_MAINTAINER, independent_share, public_revenue

REVENUE = public_revenue()
PERIODS = sorted({period for period, _ in REVENUE})
EXCHANGES = sorted({exchange for _, exchange in REVENUE})
SHARES = {key: independent_share(REVENUE[key]) for key in REVENUE if key[1] in WITH_MAINTAINER}

RATE = Decimal("0.4")
"""What one of the shapes says of its fees; the terms are flat, for most shapes carry no rate."""

ROWS = {
    "semicolon-decimal-comma": (2, 0),
    "preamble-and-total": (3, 0),
    "two-currencies": (2, 0),
    "daily-rows": (None, 1),
    "per-user-rows": (12, 0),
    "workbook-text-amounts": (3, 0),
    "epoch-milliseconds": (None, 0),
    "percent-of-fees": (2, 0),
}
"""How many rows of a month post and how many are skipped; None is a row for each of its days."""


def agree(change: Change) -> None:
    """Load the exchanges, and agree the same flat rate with each."""
    for name, wanted in (("exchanges", loading.EXCHANGES), ("payees", loading.PAYEES)):
        loading.load(change, EXAMPLES / "books" / f"{name}.csv", wanted)
    for exchange in EXCHANGES:
        add_terms(
            change,
            TermsDraft(
                exchange=exchange,
                stream="spot",
                commodity="USDT",
                kind="variable",
                effective_from=date(2023, 1, 1),
                effective_to=None,
                rate_low=RATE,
                rate_high=RATE,
                fixed_amount=None,
                maintainer_rate=None,
                maintainers={"CoinAlpha": Decimal(1)} if exchange in WITH_MAINTAINER else {},
                source="a test",
            ),
        )


def write_year(shape: Shape, folder: Path) -> None:
    for (period, exchange), amount in REVENUE.items():
        content = shape.write(Month(exchange=exchange, period=period, amount=amount))
        (folder / f"{exchange}-{period}{shape.suffix}").write_bytes(content)


def names(session: Session) -> dict[str, str]:
    return {party.id: party.name for party in session.scalars(select(Party))}


def income(session: Session) -> dict[tuple[str, str], Decimal]:
    """Return what was earned, by month and exchange."""
    known = names(session)
    found: dict[tuple[str, str], Decimal] = {}
    for period, exchange, amount in session.execute(
        select(Statement.period, Agreement.exchange, PostingRow.amount)
        .join(Agreement, Agreement.id == Statement.agreement)
        .join(PostingRow, PostingRow.document == Statement.id)
        .where(PostingRow.account == "income:fee-share")
    ):
        key = (period, known[exchange])
        found[key] = found.get(key, Decimal(0)) - amount
    return found


def shares(session: Session) -> dict[tuple[str, str], Decimal]:
    """Return what the one maintainer is owed, by month and exchange."""
    known = names(session)
    owed = session.scalars(select(Obligation)).all()
    found = {(each.period, known[each.document.partition(":")[0]]): each.amount for each in owed}
    assert len(found) == len(owed)
    assert {each.payee for each in owed} == {"coinalpha"}
    return found


def trial_balance(session: Session) -> dict[tuple[str, str | None], Decimal]:
    known = names(session)
    return {
        (row.account, known.get(row.party or "")): row.balance
        for row in balances(session, by_party=True)
    }


def expected_trial_balance() -> dict[tuple[str, str | None], Decimal]:
    """Return what every account holds by the public figures alone, a debit positive."""
    owed: dict[tuple[str, str | None], Decimal] = {}
    for (_, exchange), amount in REVENUE.items():
        for account, part in (("assets:receivable", amount), ("income", -amount)):
            key = (f"{account}:fee-share", exchange)
            owed[key] = owed.get(key, Decimal(0)) + part
    whole = sum(SHARES.values(), Decimal(0))
    owed["expenses:maintainer-share", "CoinAlpha"] = whole
    owed["liabilities:accrued:maintainer-share", "CoinAlpha"] = -whole
    return owed


def require_every_row(session: Session, shape: Shape, imported: Iterable[Imported]) -> None:
    """Require that each statement's rows are all accounted for, as many as its file has."""
    posted, skipped = ROWS[shape.name]
    for each in imported:
        statement = session.get_one(Statement, each.document)
        reading = session.get_one(StatementReading, each.document)
        days = len(Month(exchange="", period=statement.period, amount=Decimal(0)).days)
        counted = (each.rows, each.skipped, each.quarantined)
        assert counted == (posted or days, skipped, 0)
        assert counted == (statement.row_count, reading.rows_skipped, reading.rows_quarantined)
        assert reading.rows_in == sum(counted)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_year_comes_to_the_same_books_in_every_shape(
    books: Books, tmp_path: Path, shape: Shape
) -> None:
    books.at = datetime(2024, 1, 10, 9, tzinfo=UTC)
    write_year(shape, tmp_path)
    with books.write() as change:
        agree(change)
    with books.write() as change:
        imported = import_files(change, [tmp_path], mappings_in(EXAMPLES / "mappings"))
        assert {(each.state, each.warnings) for each in imported} == {("staged", 0)}
        for each in imported:
            restatements.accept(change, each.document)
    with books.write() as change:
        for period in PERIODS:
            accrue_month(change, parse_month(period))
    with books.read() as session:
        require_every_row(session, shape, imported)
        assert len(imported) == len(REVENUE)
        assert income(session) == REVENUE
        assert shares(session) == SHARES
        known = names(session)
        owed = {
            (each.stated.statement.period, known[each.exchange]): each.open
            for each in receivables(session)
        }
        assert owed == REVENUE
        assert trial_balance(session) == expected_trial_balance()
