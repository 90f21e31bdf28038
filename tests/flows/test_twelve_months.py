"""The whole of 2023 on the public figures: each month imported, accrued, reconciled and closed."""

from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal

import psycopg
import pytest
from sqlalchemy import select

from feeshare import loading, loading_agreements, month
from feeshare.accruing import accrue_month
from feeshare.importing import import_files
from feeshare.inbox import mappings_in
from feeshare.matching import reconcile_month
from feeshare.reporting import PROGRAMS
from ledger.balances import balances
from ledger.errors import DatabaseRefused
from ledger.journal import JournalEntry, Posting, post_one
from ledger.months import last_day, month_of
from ledger.obligation_tables import Obligation
from ledger.people_tables import Party
from ledger.revenue import statements
from ledger.revenue.stated import stated_in
from ledger.revenue.tables import Agreement, Statement
from ledger.sealing import header_hash
from ledger.tables import ChangeRow, PostingRow
from reports.query import Asked
from support import beancount, hledger
from support.books import Books
from support.closings import closings
from support.databases import EXAMPLES
from support.matching import SHORT_PAYING, tolerate
from support.public_record import WITH_MAINTAINER, independent_share, public_revenue

MONTHS = [date(2023, number, 1) for number in range(1, 13)]


def load_examples(books: Books) -> None:
    with books.write() as change:
        for name, wanted in (
            ("exchanges", loading.EXCHANGES),
            ("payees", loading.PAYEES),
            ("wallets", loading.WALLETS),
            ("agreements", loading_agreements.AGREEMENTS),
        ):
            loading.load(change, EXAMPLES / "books" / f"{name}.csv", wanted)


def require_zero_trial_balance(books: Books) -> None:
    with books.read() as session:
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for row in balances(session):
            sums[row.commodity] += row.balance
    assert all(total == 0 for total in sums.values()), sums


def require_other_programs_agree(books: Books) -> None:
    """Require that hledger and Beancount take the books and say what the trial balance says."""
    hledger.require()
    beancount.require()
    with books.read() as session:
        journal = "".join(PROGRAMS["hledger"](session))
        file = "".join(PROGRAMS["beancount"](session))
        ours = closings(session, Asked())
    hledger.check(journal)
    beancount.check(file)
    assert hledger.balances(journal) == beancount.balances(file) == ours
    assert len(ours) > 5


def run_month(books: Books, period: date) -> None:
    mappings = mappings_in(EXAMPLES / "mappings")
    folder = EXAMPLES / month_of(period)
    receipts = folder / "bank" / f"receipts-{month_of(period)}.csv"
    with books.write() as change:
        import_files(change, [folder / "statements", receipts], mappings)
    require_zero_trial_balance(books)
    with books.write() as change:
        for statement in statements.waiting(change.session):
            statements.accept(change, statement.id)
    require_zero_trial_balance(books)
    with books.write() as change:
        accrue_month(change, period)
    require_zero_trial_balance(books)
    with books.write() as change:
        _, unmatched = reconcile_month(change, period)
    assert unmatched == []
    require_zero_trial_balance(books)
    with books.write() as change:
        month.waive_missing(change, period, reason="no revenue in the public record")
        month.close(change, period, reason="month end")
    require_zero_trial_balance(books)


def require_closed(books: Books, period: date) -> None:
    """Require that the month refuses a back-dated entry, by the service and by raw SQL."""
    digest = books.digest()
    backdated = JournalEntry(
        reference=f"late:{period}",
        effective_date=last_day(period),
        kind="manual",
        narration="too late",
        postings=[
            Posting("expenses:bank-fees", Decimal(1), "USD"),
            Posting("equity:opening", Decimal(-1), "USD"),
        ],
    )
    with pytest.raises(DatabaseRefused, match="period_closed"):  # noqa: SIM117
        with books.write() as change:
            post_one(change, backdated)
    with pytest.raises(psycopg.Error, match="period_closed"):
        backdate_by_hand(books, last_day(period))
    assert books.digest() == digest


def backdate_by_hand(books: Books, day: date) -> None:
    """Write a back-dated entry with raw SQL, balanced, numbered and sealed as it should be."""
    with books.sql() as connection:
        connection.execute(
            "INSERT INTO journal_entries SELECT max(number) + 1, (SELECT max(number) + 1 FROM"
            " changes), %s, 'manual', 'raw', 'raw', sha256('x'), NULL, NULL, NULL"
            " FROM journal_entries",
            [day],
        )
        connection.execute(
            "INSERT INTO postings SELECT max(number), l, a, NULL, NULL, 'USD', m, %s, NULL"
            " FROM journal_entries, (VALUES (1, 'expenses:bank-fees', 1),"
            " (2, 'equity:opening', -1)) v (l, a, m) GROUP BY l, a, m",
            [day],
        )
        seal_by_hand(connection)


def seal_by_hand(connection: psycopg.Connection) -> None:
    """Insert a header whose hash is right, so that only the closed month can stop it."""
    last = connection.execute(
        "SELECT number, recorded_at, entry_last, hash FROM changes ORDER BY number DESC LIMIT 1"
    ).fetchone()
    assert last is not None
    header = ChangeRow(
        number=last[0] + 1,
        recorded_at=last[1],
        actor="x",
        reason="x",
        request_id=None,
        entry_count=1,
        posting_count=2,
        row_count=0,
        entry_last=last[2] + 1,
        root=bytes(32),
        previous_hash=last[3],
        hash=b"",
    )
    columns = [column.key for column in ChangeRow.__table__.columns]
    header.hash = header_hash(header)
    connection.execute(
        f"INSERT INTO changes ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})",
        [getattr(header, column) for column in columns],
    )


def test_twelve_months_of_2023_equal_their_input_and_close_in_order(books: Books) -> None:
    books.at = datetime(2024, 1, 10, 9, tzinfo=UTC)
    load_examples(books)
    tolerate(books, SHORT_PAYING)
    for period in MONTHS:
        run_month(books, period)
        require_closed(books, period)
    revenue = public_revenue()
    with books.read() as session:
        income: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        names: dict[str, str] = {party.id: party.name for party in session.scalars(select(Party))}
        rows = session.execute(
            select(Statement.period, Agreement.exchange, PostingRow.amount)
            .join(Agreement, Agreement.id == Statement.agreement)
            .join(PostingRow, PostingRow.document == Statement.id)
            .where(PostingRow.account == "income:fee-share")
        )
        for period_text, exchange, amount in rows:
            income[period_text, names[exchange]] -= amount
        public = {key: value for key, value in income.items() if "made up" not in key[1]}
        assert public == revenue
        assert sum(public.values()) == Decimal(309000)
        shares = {
            (
                obligation.period,
                names[obligation.document.partition(":")[0]],
                obligation.payee,
            ): obligation.amount
            for obligation in session.scalars(
                select(Obligation).where(Obligation.split_from.is_(None))
            )
        }
    made_up = {key for key in shares if "made up" in key[1]}
    expected = {
        (period_text, exchange, "coinalpha"): independent_share(amount)
        for (period_text, exchange), amount in revenue.items()
        if exchange in WITH_MAINTAINER
    }
    assert {key: value for key, value in shares.items() if key not in made_up} == expected
    # 50 % of a fixed 750 USD; 20 % of 1234.567891 USDT is 246.9135782, up to 246.913579, of which
    # 65 % is 160.49382635 and 35 % is 86.41975265: both get the floor, and the larger remainder
    # (0.65 of a unit against 0.35 ... of 0.35 and 0.65) takes the unit that is left.
    assert {key: shares[key] for key in made_up} == {
        ("2023-10", "Examplex (made up)", "coinalpha"): Decimal(375),
        ("2023-10", "Duomarket (made up)", "duo-one-made-up"): Decimal("160.493826"),
        ("2023-10", "Duomarket (made up)", "duo-two-made-up"): Decimal("86.419753"),
    }
    require_other_programs_agree(books)
    with books.read() as session:
        owed = [row for row in balances(session) if row.account == "assets:receivable:fee-share"]
        accrued = [row for row in balances(session) if "accrued" in row.account]
        assert owed == []
        assert accrued == []


def test_every_step_of_a_month_repeated_changes_nothing(books: Books) -> None:
    load_examples(books)
    period = date(2023, 1, 1)
    run_month(books, period)
    digest = books.digest()
    mappings = mappings_in(EXAMPLES / "mappings")
    load_examples(books)
    with books.write() as change:
        imported = import_files(change, [EXAMPLES / "2023-01"], mappings)
        assert {each.state for each in imported} == {"known already"}
        for stated in stated_in(change.session, "2023-01"):
            assert statements.accept(change, stated.statement.id)[1] is False
        assert accrue_month(change, period).new == 0
        assert reconcile_month(change, period) == ([], [])
        assert month.waive_missing(change, period, reason="again") == []
    assert books.digest() == digest
