from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from ledger import parties, periods, policies, users
from ledger.journal import JournalEntry, Posting, post, reverse
from ledger.verification import Verification, verify
from support.books import Books
from support.databases import fresh_database, service_engine
from support.machine import load_tables

FEES = "expenses:network-fees"


@pytest.fixture(scope="module")
def owner(template: URL) -> Iterator[Engine]:
    """Give books with a bit of everything, through their owner, who can do anything."""
    load_tables()
    with fresh_database(template) as url:
        books = Books(owner=url, engine=service_engine(url))
        with books.write() as change:
            parties.add(change, name="Payee", kind="payee")
            post(change, [_fee(number) for number in range(1, 4)])
            reverse(change, 2, reason="wrong", on=date(2023, 1, 9))
        with books.write("maker") as change:
            policies.propose(
                change, "renewal-price", "1", effective_from=date(2023, 1, 1), reason="r"
            )
            users.add(change, "alice", "approver")
        with books.write() as change:
            post(change, [_fee(number) for number in range(4, 6)])
        for actor, act in (("closer", periods.close), ("other", periods.reopen)):
            with books.write(actor) as change:
                act(change, date(2023, 1, 1), reason="done")
        with books.write("closer") as change:
            periods.close(change, date(2023, 1, 1), reason="done again")
        books.engine.dispose()
        engine = create_engine(url)
        yield engine
        engine.dispose()


def _fee(number: int) -> JournalEntry:
    return JournalEntry(
        reference=f"fee:{number}",
        effective_date=date(2023, 1, number),
        kind="manual",
        narration="fee",
        postings=[
            Posting(FEES, Decimal(number), "USDT", party="payee", memo="m"),
            Posting("equity:opening", -Decimal(number), "USDT"),
        ],
    )


def _tampered(owner: Engine, *statements: str) -> Verification:
    """Verify what the books would be after statements that no trigger saw."""
    with Session(owner) as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            session.execute(text(statement))
        found = verify(session)
        session.rollback()
        return found


def test_untouched_books_are_clean(owner: Engine) -> None:
    seen: list[tuple[int, int]] = []
    with Session(owner) as session:
        found = verify(session, lambda changes, entries: seen.append((changes, entries)))
    assert found.problems == ()
    assert found.clean
    assert (found.changes, found.entries, found.postings) == (7, 6, 12)
    assert found.rows > 50
    assert seen == [(1, 0), (2, 4), (3, 4), (4, 6), (5, 6), (6, 6), (7, 6)]


TAMPERED = {
    "UPDATE journal_entries SET effective_date = '2023-01-09' WHERE number = 3": "entry 3 (fee:3)",
    "UPDATE journal_entries SET kind = 'x' WHERE number = 3": "entry 3 (fee:3): its content",
    "UPDATE journal_entries SET narration = 'x' WHERE number = 3": "entry 3 (fee:3): its content",
    "UPDATE journal_entries SET reference = 'x' WHERE number = 3": "entry 3 (x): its content",
    "UPDATE journal_entries SET evidence = 'x' WHERE number = 3": "entry 3 (fee:3): its content",
    "UPDATE journal_entries SET reverses = NULL WHERE number = 4": "entry 4 (reversal:2)",
    "UPDATE journal_entries SET relates_to_period = '2022-12' WHERE number = 3": "entry 3 (fee:3)",
    "UPDATE journal_entries SET fingerprint = sha256('') WHERE number = 3": "entry 3 (fee:3)",
    "UPDATE journal_entries SET change_no = 3 WHERE number = 3": "entry 3 (fee:3): it names",
    "UPDATE journal_entries SET number = 30 WHERE number = 3": "entry 3 is missing",
    "DELETE FROM journal_entries WHERE number = 3": "entry 3 is missing",
    "UPDATE postings SET amount = 7 WHERE entry_number = 3 AND line = 1": "entry 3 (fee:3)",
    "UPDATE postings SET amount = 2 * amount WHERE entry_number = 3": "entry 3 (fee:3): its cont",
    "UPDATE postings SET account = 'income:rounding' WHERE entry_number = 3 AND line = 1": "entry",
    "UPDATE postings SET party = NULL WHERE entry_number = 3": "entry 3 (fee:3): its content",
    "UPDATE postings SET document = 'd' WHERE entry_number = 3": "entry 3 (fee:3): its content",
    "UPDATE postings SET commodity = 'USDC' WHERE entry_number = 3": "entry 3 (fee:3): its cont",
    "UPDATE postings SET memo = NULL WHERE entry_number = 3 AND line = 1": "entry 3 (fee:3): its",
    "UPDATE postings SET effective_date = '2023-02-01' WHERE entry_number = 3": "entry 3 (fee:3)",
    "UPDATE postings SET line = 3 WHERE entry_number = 3 AND line = 2": "entry 3 (fee:3): its",
    "UPDATE postings SET entry_number = 99 WHERE entry_number = 3": "entry 3 (fee:3)",
    "UPDATE postings SET effective_date = 'infinity' WHERE entry_number = 3": "entry 3 (fee:3): a",
    "DELETE FROM postings WHERE entry_number = 3": "entry 3 (fee:3): an entry has two postings",
    "DELETE FROM journal_entries WHERE number = 6": "posting 6/1: its entry is not there",
    "UPDATE postings SET amount = 7 WHERE entry_number = 6 AND line = 1": "entry 6 (fee:5): it do",
    "UPDATE account_balances SET commodity = 'USDC' WHERE change_no = 2": "account_balances",
    "UPDATE changes SET actor = 'x' WHERE number = 2": "change 2: its header",
    "UPDATE changes SET reason = 'x' WHERE number = 2": "change 2: its header",
    "UPDATE changes SET request_id = 'x' WHERE number = 2": "change 2: its header",
    "UPDATE changes SET recorded_at = '2022-01-01' WHERE number = 2": "change 2: its header",
    "UPDATE changes SET root = sha256('') WHERE number = 2": "change 2: its header",
    "UPDATE changes SET hash = sha256('') WHERE number = 2": "change 3: it is not linked",
    "UPDATE changes SET row_count = 9 WHERE number = 2": "change 2: its header",
    "UPDATE changes SET entry_last = 3 WHERE number = 2": "change 2: its entries are not",
    "DELETE FROM changes WHERE number = 3": "change 3 is missing",
    "UPDATE change_tallies SET row_count = 9 WHERE change_no = 3": "change 3: ",
    "UPDATE users SET role = 'treasurer'": "users alice",
    "UPDATE users SET change_no = 1": "change 3: users has 0 rows",
    "UPDATE policies SET value = '9' WHERE name LIKE 'renew%'": "policies renewal",
    "UPDATE parties SET name = 'Another'": "change 2: its content does not hash",
    "UPDATE accounts SET floor = false": "change 1: its content does not hash",
    "UPDATE policies SET effective_from = 'infinity'": "policies: a row cannot be read",
    "DELETE FROM tokens": "change 1: tokens has 0 rows",
    "INSERT INTO users VALUES ('mallory', 'approver', NULL, 3)": "change 3: users has 2 rows",
    "INSERT INTO users VALUES ('mallory', 'approver', NULL, 99)": "users mallory: it and what",
    "UPDATE account_balances SET balance = 5 WHERE change_no = 4": "account_balances ",
    "DELETE FROM account_balances WHERE change_no = 2": "account_balances ",
    "UPDATE period_events SET period = '2022-12-01' WHERE close_no = 2": "period_events",
    "UPDATE period_events SET actor = 'x' WHERE event = 'reopened'": "2023-01:1:reopened",
    "UPDATE balance_checkpoints SET balance = 5 WHERE close_no = 2": "close 2 of 2023-01: its bal",
    "DELETE FROM balance_checkpoints WHERE close_no = 1": "close 1 of 2023-01",
    "ALTER TABLE postings DISABLE TRIGGER tally": "postings: its trigger tally is disabled",
    "DROP TRIGGER append_only ON postings": "postings: its guards are gone",
    "CREATE TABLE shadow () INHERITS (users)": "shadow: its rows show in users",
}


@pytest.mark.parametrize("statement", TAMPERED)
def test_what_was_changed_past_the_triggers_is_named(owner: Engine, statement: str) -> None:
    problems = _tampered(owner, statement).problems
    assert any(TAMPERED[statement] in problem for problem in problems), problems


def test_a_table_that_may_not_be_read_is_named_and_the_others_are_read(books: Books) -> None:
    with books.sql(as_owner=True) as connection:
        connection.execute("REVOKE SELECT ON users FROM feeshare_app")
    with books.read() as session:
        found = verify(session)
    assert [problem for problem in found.problems if "cannot be read" in problem] == [
        "users: it cannot be read: permission denied for table users"
    ]
    assert "table users is not as the migrations made it" in found.problems
    assert found.rows > 100


def test_a_guarded_table_that_nobody_checks_is_named(owner: Engine) -> None:
    found = _tampered(
        owner, "CREATE TABLE unknown (change_no int)", "SELECT guard_table('unknown')"
    )
    assert found.problems == (
        "table unknown was not made by the migrations",
        "view as_known.unknown was not made by the migrations",
        "unknown: it is guarded but unknown here",
    )


def test_edited_content_with_a_new_fingerprint_still_differs_from_the_root(owner: Engine) -> None:
    found = _tampered(
        owner,
        "UPDATE journal_entries SET narration = 'x', fingerprint = sha256('forged') "
        "WHERE number = 5",
    )
    assert any("change 4: its content does not hash to its root" in p for p in found.problems)


def test_a_function_put_in_front_of_the_servers_own_is_not_asked(owner: Engine) -> None:
    found = _tampered(
        owner,
        "CREATE FUNCTION public.length(text) RETURNS int LANGUAGE sql AS 'SELECT 7'",
        "SET LOCAL search_path = public, pg_catalog",
    )
    assert not [problem for problem in found.problems if "does not hash" in problem]
