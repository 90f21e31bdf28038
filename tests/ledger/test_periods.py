from datetime import date
from decimal import Decimal

import psycopg
import pytest

from ledger import balances, periods
from ledger.errors import Conflict, DatabaseRefused, Denied, PeriodClosed
from ledger.journal import JournalEntry, Posting, post_one
from support.books import Books

JANUARY, FEBRUARY, MARCH = (date(2023, month, 1) for month in (1, 2, 3))


def fee(reference: str, on: date, amount: str = "1") -> JournalEntry:
    return JournalEntry(
        reference=reference,
        effective_date=on,
        kind="manual",
        narration="fee",
        postings=[
            Posting("expenses:network-fees", Decimal(amount), "USDT"),
            Posting("equity:opening", -Decimal(amount), "USDT"),
        ],
    )


def close(books: Books, period: date, actor: str = "closer") -> str | None:
    with books.write(actor) as change:
        return periods.close(change, period, reason="done").trial_balance_hash


def reopen(books: Books, period: date) -> None:
    with books.write("other") as change:
        periods.reopen(change, period, reason="late invoice")


@pytest.fixture
def opened(books: Books) -> Books:
    with books.write() as change:
        post_one(change, fee("a", date(2023, 1, 31)))
    return books


def test_months_close_in_order(opened: Books) -> None:
    close(opened, JANUARY)
    digest = opened.digest()
    with pytest.raises(Conflict, match="2023-02 comes before 2023-03"):
        close(opened, MARCH)
    with pytest.raises(Conflict, match="2023-01 is closed already"):
        close(opened, JANUARY)
    assert opened.digest() == digest
    close(opened, FEBRUARY)
    with opened.read() as session:
        assert periods.closed_through(session) == FEBRUARY


def test_the_first_month_to_close_is_the_first_with_entries(opened: Books) -> None:
    with pytest.raises(Conflict, match="begin in 2023-01"):
        close(opened, FEBRUARY)


def test_an_entry_of_a_closed_month_is_refused(opened: Books) -> None:
    close(opened, JANUARY)
    digest = opened.digest()
    with pytest.raises(DatabaseRefused, match="period_closed"), opened.write() as change:
        post_one(change, fee("late", date(2023, 1, 31)))
    assert opened.digest() == digest
    with opened.write() as change:
        post_one(change, fee("first open day", FEBRUARY))


def test_a_late_fact_is_dated_on_the_first_open_day(opened: Books) -> None:
    close(opened, JANUARY)
    with opened.read() as session:
        assert periods.open_date(session, date(2023, 1, 9)) == (FEBRUARY, "2023-01")
        assert periods.open_date(session, date(2023, 2, 9)) == (date(2023, 2, 9), None)
        with pytest.raises(PeriodClosed, match="2023-01"):
            periods.require_open(session, date(2023, 1, 31), "A fee")


def test_only_another_person_reopens_and_only_the_latest(opened: Books) -> None:
    close(opened, JANUARY)
    close(opened, FEBRUARY)
    with pytest.raises(Denied, match="another person"), opened.write("closer") as change:
        periods.reopen(change, FEBRUARY, reason="mine")
    with pytest.raises(Conflict, match="not the latest"), opened.write("other") as change:
        periods.reopen(change, JANUARY, reason="old")
    reopen(opened, FEBRUARY)
    with opened.read() as session:
        assert periods.closed_through(session) == JANUARY


def test_reopening_again_is_the_same_event_until_the_month_is_closed(opened: Books) -> None:
    def reopen(actor: str = "other", reason: str = "late invoice") -> str:
        with opened.write(actor) as change:
            return periods.reopen(change, JANUARY, reason=reason).id

    close(opened, JANUARY)
    first = reopen()
    digest = opened.digest()
    assert reopen() == first
    for asked in ({"actor": "third"}, {"reason": "another reason"}):
        with pytest.raises(Conflict, match="not the latest"):
            reopen(**asked)
    assert opened.digest() == digest
    close(opened, JANUARY)
    assert reopen() != first


def test_a_month_that_was_never_closed_does_not_reopen(opened: Books) -> None:
    digest = opened.digest()
    with pytest.raises(Conflict, match="2023-01 is not the latest closed month"):
        reopen(opened, JANUARY)
    assert opened.digest() == digest


def test_the_close_of_a_month_is_found_while_it_stands(opened: Books) -> None:
    close(opened, JANUARY)
    with opened.read() as session:
        found = periods.closing(session, JANUARY)
        assert found is not None
        assert (found.close_no, found.actor, found.reason) == (1, "closer", "done")
        assert periods.closing(session, FEBRUARY) is None
    reopen(opened, JANUARY)
    with opened.read() as session:
        assert periods.closing(session, JANUARY) is None


def test_a_second_close_has_a_number_and_balances_of_its_own(opened: Books) -> None:
    first = close(opened, JANUARY)
    reopen(opened, JANUARY)
    with opened.write() as change:
        post_one(change, fee("late", date(2023, 1, 30)))
    second = close(opened, JANUARY)
    assert first != second
    with opened.sql() as connection:
        rows = connection.execute(
            "SELECT close_no, balance FROM balance_checkpoints WHERE balance > 0 ORDER BY 1"
        ).fetchall()
    assert rows == [(1, Decimal(1)), (2, Decimal(2))]


def test_a_backdated_row_is_refused_by_raw_sql(opened: Books) -> None:
    close(opened, JANUARY)
    digest = opened.digest()
    with pytest.raises(DatabaseRefused, match="period_closed"), opened.write() as change:  # noqa: PT012
        post_one(change, fee("sly", date(2023, 2, 1)))
        connection = change.session.connection().connection.driver_connection
        assert isinstance(connection, psycopg.Connection)
        connection.execute(
            "INSERT INTO journal_entries SELECT number + 1, change_no, '2023-01-05', kind, '', "
            "'sly too', fingerprint, NULL, NULL, NULL FROM journal_entries WHERE reference = 'sly'"
        )
        connection.execute(
            "INSERT INTO postings SELECT entry_number + 1, line, account, party, document, "
            "commodity, amount, '2023-01-05', memo FROM postings WHERE entry_number = %s",
            [change.entry_last],
        )
        change.entry_leaves.append(bytes(32))
        change.posting_count += 2
        change.entry_last += 1
    assert opened.digest() == digest


def test_what_a_close_froze_is_what_the_postings_sum_to(opened: Books) -> None:
    close(opened, JANUARY)
    reopen(opened, JANUARY)
    close(opened, JANUARY)
    with opened.read() as session:
        assert [event.event for event in periods.events(session, JANUARY)] == [
            *("closed", "reopened", "closed")
        ]
        froze = balances.frozen(session, JANUARY, 2)
        assert froze == balances.summed(session, until=date(2023, 1, 31), entry_last=1)
        assert [(it.account, it.balance) for it in froze] == [
            ("equity:opening", Decimal(-1)),
            ("expenses:network-fees", Decimal(1)),
        ]
