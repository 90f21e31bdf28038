"""Raw SQL against the guarantees: each attempt is refused and leaves every row as it was."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import URL

from feeshare.database import writing
from ledger import bank, evidence, parties, periods, policies, users
from ledger.journal import JournalEntry, Posting, post, reverse
from ledger.obligation_tables import Obligation
from ledger.requests import Request
from ledger.sealing import header_hash
from ledger.tables import ChangeRow
from support.books import Books
from support.databases import fresh_database, service_engine

FEES = "expenses:network-fees"
OPENING = "equity:opening"
PAYABLE = "liabilities:payable:maintainer"
KEY = "ab" * 32
NOW = datetime(2023, 11, 3, 9, tzinfo=UTC)


@dataclass
class Seal:
    """A header whose hash and link are right, whatever it claims."""

    entries: int = 0
    postings: int = 0
    rows: int = 0
    after: str = ""
    claims: dict[str, object] = field(default_factory=dict)


Step = str | Seal


def entry(
    number: str = "{e}",
    *,
    change: str = "{n}",
    on: str = "2023-10-05",
    reference: str = "x",
    reverses: str = "NULL",
    proof: str = "NULL",
) -> str:
    return (
        f"INSERT INTO journal_entries VALUES ({number}, {change}, '{on}', 'manual', '', "
        f"'{reference}', sha256('x'), {reverses}, {proof}, NULL)"
    )


def posting(
    line: int,
    amount: str,
    account: str = FEES,
    *,
    number: str = "{e}",
    on: str = "2023-10-05",
    party: str = "NULL",
    document: str = "NULL",
    commodity: str = "USDT",
) -> str:
    return (
        f"INSERT INTO postings VALUES ({number}, {line}, '{account}', {party}, {document}, "
        f"'{commodity}', {amount}, '{on}', NULL)"
    )


def balanced(number: str = "{e}", on: str = "2023-10-05", amount: str = "1") -> list[Step]:
    return [
        posting(1, amount, number=number, on=on),
        posting(2, f"-{amount}", OPENING, number=number, on=on),
    ]


def policy(version: int, proposer: str = "maker", change: str = "{n}") -> str:
    return (
        "INSERT INTO policies (name, version, effective_from, value, reason, proposed_by, "
        f"change_no) VALUES ('renewal-price', {version}, '2023-10-01', '\"1\"', '', "
        f"'{proposer}', {change})"
    )


def asked(key: str, otherwise: str = "") -> str:
    return f"INSERT INTO requests VALUES ('{key}', '{'1' * 64}', {{n}}){otherwise}"


def confirmation(who: str) -> str:
    return f"INSERT INTO policy_confirmations VALUES ('renewal-price', 2, '{who}', {{n}})"


def event(period: str, what: str, close_no: int, who: str, digest: str = "NULL") -> str:
    return (
        "INSERT INTO period_events VALUES "
        f"('e', '{period}', '{what}', {close_no}, '{who}', 'r', {digest}, {{n}})"
    )


def part(amount: str, name: str = "p1", change: str = "{n}") -> str:
    return (
        "INSERT INTO obligations (id, kind, payee, commodity, amount, document, period, "
        "entry_number, payable_account, split_from, explanation, change_no) VALUES "
        f"('{name}', 'k', 'payee', 'USDT', {amount}, 'd', '2023-10', 2, '{PAYABLE}', 'o1', '', "
        f"{change})"
    )


def match(number: int, amount: str) -> str:
    return f"INSERT INTO matches VALUES ('main/1', {number}, 'k', 'd', {amount}, 2, 'w', {{n}})"


FORGED_TALLY: list[Step] = [
    "CREATE TEMPORARY TABLE forged (change_no bigint)",
    "CREATE TRIGGER t AFTER INSERT ON forged REFERENCING NEW TABLE AS added "
    "FOR EACH STATEMENT EXECUTE FUNCTION public.tally_rows()",
]
ONE = Seal(1, 2)
ROW = Seal(rows=1)

AS_SERVICE: dict[str, tuple[list[Step], str]] = {
    "rows without a seal": ([policy(3)], "change_no_fkey"),
    "an entry without a seal": ([entry(), *balanced()], "change_tallies_change_no_fkey"),
    "a row under an old seal": ([policy(3, change="1")], "sealed: rows of policies"),
    "a row under a later change": ([policy(3, change="{n} + 1")], "sealed: rows of policies"),
    "an entry under an old seal": ([entry(change="1"), *balanced()], "sealed: rows of journal"),
    "a posting to a sealed entry": ([posting(3, "1", number="2")], "sealed: a posting names"),
    "a posting after the seal": (
        [entry(), *balanced(), ONE, posting(3, "1")],
        "sealed: a posting names",
    ),
    "a row after the seal": ([policy(3), Seal(rows=1), policy(4)], "sealed: rows of policies"),
    "a row beside the header": (
        [
            policy(3),
            Seal(rows=1, after=f"WITH late AS ({policy(4)} RETURNING 1) "),  # one statement
        ],
        "sealed: rows of policies",
    ),
    "an unbalanced entry": (
        [entry(), posting(1, "1"), posting(2, "-2", OPENING), ONE],
        "unbalanced: entry",
    ),
    "balanced across commodities only": (
        [entry(), posting(1, "1"), posting(2, "-1", OPENING, commodity="USDC"), ONE],
        "unbalanced: entry",
    ),
    "an entry of one posting": ([entry(), posting(1, "1"), Seal(1, 1)], "unbalanced|line:"),
    "an entry without postings": ([entry(), Seal(1, 0)], "line: an entry has two"),
    "postings without an entry": ([*balanced(), Seal(0, 2)], "without content|without an entry"),
    "postings numbered with a gap": (
        [entry(), posting(1, "1"), posting(2, "1"), posting(4, "-2", OPENING), Seal(1, 3)],
        "line: an entry has two",
    ),
    "a posting on line zero": (
        [entry(), posting(0, "1"), posting(1, "1"), posting(2, "-2", OPENING), Seal(1, 3)],
        "line: an entry has two",
    ),
    "a gap in the entries": (
        [entry("{e} + 1"), *balanced("{e} + 1"), ONE],
        "number: entries are numbered",
    ),
    "a gap hidden by an entry below zero": (
        [
            entry("{e}"),
            entry("{e} + 2", reference="y"),
            entry("-1", reference="z"),
            *balanced("{e}"),
            *balanced("{e} + 1"),
            *balanced("{e} + 2"),
            Seal(3, 6),
        ],
        "number: entries are numbered",
    ),
    "a gap hidden by a forged tally": (FORGED_TALLY, "permission denied for function"),
    "a seal run from a table of one's own": (
        [
            "CREATE TEMPORARY TABLE mine (LIKE public.changes)",
            "CREATE TRIGGER t BEFORE INSERT ON mine FOR EACH ROW "
            "EXECUTE FUNCTION public.seal_change()",
        ],
        "permission denied for function",
    ),
    "a gap in the changes": ([policy(3), Seal(rows=1, claims={"number": 999})], "number: change"),
    "a forged hash": (
        [policy(3), Seal(rows=1, claims={"hash": bytes(32)})],
        "hash: the header",
    ),
    "a header edited after hashing": (
        [policy(3), Seal(rows=1, claims={"actor": "maker", "!reason": "another"})],
        "hash: the header",
    ),
    "a forged link": (
        [policy(3), Seal(rows=1, claims={"previous_hash": bytes(32)})],
        "link: the previous hash",
    ),
    "a short root": ([policy(3), Seal(rows=1, claims={"root": b"x"})], "hash: the header"),
    "a time before the last change": (
        [policy(3), Seal(rows=1, claims={"recorded_at": datetime(2022, 1, 1, tzinfo=UTC)})],
        "time:",
    ),
    "a time in the future": (
        [policy(3), Seal(rows=1, claims={"recorded_at": datetime(2999, 1, 1, tzinfo=UTC)})],
        "time:",
    ),
    "a change by nobody": ([policy(3), Seal(rows=1, claims={"actor": " "})], "actor: a change"),
    "an empty change": ([Seal()], "count: a change without content"),
    "fewer rows than claimed": ([policy(3), Seal(rows=2)], "count: header"),
    "the same request twice, quietly": (
        [
            entry(),
            *balanced(),
            asked("once", " ON CONFLICT DO NOTHING"),
            Seal(1, 2, claims={"request_id": "once"}, after="quiet"),
        ],
        "request: a change names its key",
    ),
    "the same request twice": (
        [entry(), *balanced(), asked("once"), Seal(1, 2, 1, claims={"request_id": "once"})],
        "requests_pkey",
    ),
    "a request without what was asked": (
        [entry(), *balanced(), Seal(1, 2, claims={"request_id": "new"})],
        "request: a change names its key",
    ),
    "what was asked without a request": (
        [entry(), *balanced(), asked("new"), Seal(1, 2, 1)],
        "request: a change names its key",
    ),
    "two requests in a change": (
        [
            entry(),
            *balanced(),
            asked("new"),
            asked("newer"),
            Seal(1, 2, 2, claims={"request_id": "new"}),
        ],
        "request: a change names its key",
    ),
    "an entry in a closed month": (
        [entry(on="2023-01-20"), *balanced(on="2023-01-20"), ONE],
        "period_closed",
    ),
    "an entry in the month that its own change closes": (
        [
            entry(on="2023-02-20"),
            *balanced(on="2023-02-20"),
            event("2023-02-01", "closed", 1, "maker"),
            Seal(1, 2, 1),
        ],
        "checkpoint|period_closed",
    ),
    "a posting dated otherwise than its entry": (
        [entry(), posting(1, "1", on="2023-10-06"), posting(2, "-1", OPENING), ONE],
        "date: a posting and its entry",
    ),
    "a date outside the calendar": (
        [entry(on="infinity"), *balanced(on="infinity"), ONE],
        "date: an entry is dated",
    ),
    "not a number": ([entry(), posting(1, "'NaN'")], "exact"),
    "an infinite amount": ([entry(), posting(1, "'Infinity'")], "exact"),
    "a nineteenth decimal": ([entry(), posting(1, "0.0000000000000000001")], "exact"),
    "an amount too large": ([entry(), posting(1, "1e20")], "exact"),
    "an amount of zero": ([entry(), posting(1, "0")], "amount_not_zero"),
    "a reversal that mirrors nothing": (
        [entry(reverses="1"), *balanced(amount="7"), ONE],
        "reversal: entry",
    ),
    "a second reversal": (
        [entry(reverses="2"), *balanced(amount="12.5")],
        "journal_entries_reverses_key",
    ),
    "a reversal of a reversal": (
        [entry(reverses="3"), *balanced(amount="12.5"), ONE],
        "reversal: entry",
    ),
    "a reversal of what comes later": ([entry(reverses="{e} + 1")], "reverses_earlier"),
    "a reference used twice": ([entry(reference="fee:1")], "journal_entries_reference_key"),
    "a payment beyond what is owed": (
        [
            entry(),
            posting(1, "1", PAYABLE, party="'payee'", document="'o1'"),
            posting(2, "-1", OPENING),
            ONE,
        ],
        "floor: liabilities:payable",
    ),
    "an unknown account": (
        [entry(), posting(1, "1", "assets:nowhere"), posting(2, "-1"), ONE],
        "account_balances_account_fkey",
    ),
    "an unknown commodity": (
        [
            entry(),
            posting(1, "1", commodity="XXX"),
            posting(2, "-1", OPENING, commodity="XXX"),
            ONE,
        ],
        "account_balances_commodity_fkey",
    ),
    "an unknown party": (
        [entry(), posting(1, "1", party="'nobody'"), posting(2, "-1", OPENING), ONE],
        "reference: there is no party",
    ),
    "unknown evidence": ([entry(proof="'none'"), *balanced(), ONE], "reference: entry"),
    "an edited entry": (["UPDATE journal_entries SET narration = 'x'"], "permission denied"),
    "a deleted posting": (["DELETE FROM postings"], "permission denied"),
    "truncated books": (["TRUNCATE changes CASCADE"], "permission denied"),
    "an upsert": (
        [
            "INSERT INTO users VALUES ('alice', 'auditor', NULL, {n}) "
            "ON CONFLICT (name) DO UPDATE SET role = 'auditor'"
        ],
        "permission denied",
    ),
    "a merge": (
        [
            "MERGE INTO users u USING (SELECT 'alice' AS name) s ON u.name = s.name "
            "WHEN MATCHED THEN UPDATE SET role = 'auditor'"
        ],
        "permission denied",
    ),
    "a balance by hand": (
        [f"INSERT INTO account_balances VALUES ('{FEES}', 'USDT', '', '', {{n}}, 1)"],
        "permission denied",
    ),
    "a tally by hand": (
        ["INSERT INTO change_tallies (change_no, table_name, row_count) VALUES (1, 'x', 1)"],
        "permission denied",
    ),
    "triggers switched off by the session": (
        ["SET session_replication_role = replica"],
        "permission denied",
    ),
    "triggers switched off by the table": (
        ["ALTER TABLE postings DISABLE TRIGGER ALL"],
        "must be owner",
    ),
    "a trigger dropped": (["DROP TRIGGER tally ON postings"], "must be owner"),
    "a function replaced": (
        ["CREATE FUNCTION public.closed_through() RETURNS date LANGUAGE sql AS 'SELECT NULL'"],
        "permission denied for schema public",
    ),
    "tables and functions shadowed": (
        [
            "CREATE TEMPORARY TABLE period_events (LIKE public.period_events)",
            "CREATE FUNCTION pg_temp.closed_through() RETURNS date LANGUAGE sql "
            "AS 'SELECT NULL::date'",
            "SET search_path = pg_temp, public",
            entry(on="2023-01-20"),
            *balanced(on="2023-01-20"),
            ONE,
        ],
        "period_closed",
    ),
    "an older view of the books": (
        ["SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", policy(3)],
        "isolation:",
    ),
    "a serializable view of the books": (
        ["SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", entry()],
        "isolation:",
    ),
    "a policy confirmed by its proposer": ([confirmation("maker"), ROW], "segregation: maker"),
    "a policy confirmed in another's name": (
        [confirmation("checker"), Seal(rows=1, claims={"actor": "maker"})],
        "actor: a row names checker",
    ),
    "a confirmation of nothing": (
        ["INSERT INTO policy_confirmations VALUES ('renewal-price', 9, 'checker', {n})"],
        "segregation: nobody",
    ),
    "a policy passed off as a default": ([policy(3, "defaults")], "segregation: policy"),
    "a key confirmed by who enrolled it": (
        [f"INSERT INTO user_key_confirmations VALUES ('{KEY}', 'maker', {{n}})"],
        "segregation: maker",
    ),
    "matches beyond the line": ([match(2, "41"), Seal(rows=1)], "match: bank line"),
    "a match of the other sign": ([match(2, "-1")], "match: bank line"),
    "a match released before it is made": (
        ["INSERT INTO match_releases VALUES ('main/1', 2, 'r', 2, {n})", match(2, "999")],
        "match: bank line",
    ),
    "a part beyond its obligation": ([part("101")], "obligation: p1 is no part"),
    "a part of a part": (
        [part("10"), part("5", "p2").replace("'o1'", "'p1'")],
        "obligation: p2 is no part",
    ),
    "a month closed out of order": (
        [event("2023-05-01", "closed", 1, "maker"), ROW],
        "period_order: months close",
    ),
    "a month reopened by who closed it": (
        [event("2023-01-01", "reopened", 1, "treasurer")],
        "segregation: treasurer closed",
    ),
    "a month reopened in another's name": (
        [
            event("2023-01-01", "reopened", 1, "checker"),
            Seal(rows=1, claims={"actor": "treasurer"}),
        ],
        "actor: a row names checker",
    ),
    "an old month reopened": ([event("2022-12-01", "reopened", 1, "c")], "only the latest"),
    "a month closed without its balances": (
        [event("2023-02-01", "closed", 1, "maker"), ROW],
        "checkpoint:",
    ),
    "balances frozen without closing": (
        [
            "INSERT INTO balance_checkpoints VALUES "
            f"('2023-01-01', 1, '{PAYABLE}', '', 'USDT', 5, {{n}})",
            ROW,
        ],
        "checkpoint: balances are frozen",
    ),
    "evidence under another hash": (
        ["INSERT INTO evidence VALUES ('00', 'f', 't', 1, 'x', {n})"],
        "evidence_content_check",
    ),
}

APPEND_ONLY = "append_only"
AS_OWNER: dict[str, tuple[list[Step], str]] = {
    "an edited amount": (["UPDATE postings SET amount = 2 * amount"], APPEND_ONLY),
    "an edit of no rows": (["UPDATE postings SET memo = '' WHERE false"], APPEND_ONLY),
    "a deleted entry": (["DELETE FROM journal_entries"], APPEND_ONLY),
    "truncated postings": (["TRUNCATE postings"], APPEND_ONLY),
    "truncated changes": (["TRUNCATE changes CASCADE"], APPEND_ONLY),
    "a moved period event": (["UPDATE period_events SET period = '2022-01-01'"], APPEND_ONLY),
    "a changed checkpoint": (["UPDATE balance_checkpoints SET balance = 1"], APPEND_ONLY),
    "a changed balance": (["UPDATE account_balances SET balance = 1"], APPEND_ONLY),
    "a changed header": (["UPDATE changes SET actor = 'x'"], APPEND_ONLY),
    "an upsert": (
        [
            "INSERT INTO users VALUES ('alice', 'auditor', NULL, {n}) "
            "ON CONFLICT (name) DO UPDATE SET role = 'auditor'"
        ],
        APPEND_ONLY,
    ),
    "a merge": (
        [
            "MERGE INTO users u USING (SELECT 'alice' AS name) s ON u.name = s.name "
            "WHEN MATCHED THEN DELETE"
        ],
        APPEND_ONLY,
    ),
    "a balance by hand": (
        [f"INSERT INTO account_balances VALUES ('{FEES}', 'USDT', '', '', {{n}}, 1)"],
        "by_hand",
    ),
    "a tally by hand": (
        ["INSERT INTO change_tallies (change_no, table_name, row_count) VALUES (1, 'x', 1)"],
        "by_hand",
    ),
    "a row without a seal": ([policy(3)], "change_no_fkey"),
    "an unbalanced entry": (
        [entry(), posting(1, "1"), posting(2, "-2", OPENING), ONE],
        "unbalanced: entry",
    ),
}


@pytest.fixture(scope="module")
def books(template: URL) -> Iterator[Books]:
    with fresh_database(template) as owner:
        engine = service_engine(owner)
        books = Books(owner=owner, engine=engine)
        _prepare(books)
        yield books
        engine.dispose()


def _prepare(books: Books) -> None:
    with books.write() as change:
        parties.add(change, name="Payee", kind="payee")
        post(change, [_fee("fee:0", date(2023, 1, 5), "2"), _fee("fee:1", date(2023, 10, 5))])
        reverse(change, 2, reason="wrong", on=date(2023, 10, 6))
    with writing(
        books.engine, actor="maker", reason="r", at=books.at, request=Request("once", "0" * 64)
    ) as change:
        policies.propose(
            change, "renewal-price", "1", effective_from=date(2023, 10, 1), reason="r"
        )
        users.add(change, "alice", "approver")
        users.enrol_key(change, "alice", KEY)
        bank.add_account(change, "main", kind="bank", purpose="test")
        proof = evidence.keep(change, b"content", "file.csv")
        movement = bank.BankMovement(
            bank_account="main",
            external_id="1",
            on=date(2023, 10, 5),
            commodity="USDT",
            amount=Decimal(100),
            counterparty="c",
            memo="m",
            row=1,
        )
        bank.record(change, movement, proof)
    with books.read() as session:
        line = bank.open_lines(session)[0][0]
    with books.write("maker") as change:
        bank.match(
            change, line, kind="k", document="d", amount=Decimal(60), entry_number=2, why="w"
        )
        change.add(
            Obligation(
                id="o1",
                kind="k",
                payee="payee",
                commodity="USDT",
                amount=Decimal(100),
                document="d",
                period="2023-10",
                entry_number=2,
                payable_account=PAYABLE,
            )
        )
    with books.write("treasurer") as change:
        periods.close(change, date(2023, 1, 1), reason="done")


def _fee(reference: str, on: date, amount: str = "12.5") -> JournalEntry:
    return JournalEntry(
        reference=reference,
        effective_date=on,
        kind="manual",
        narration="fee",
        postings=[
            Posting(FEES, Decimal(amount), "USDT"),
            Posting(OPENING, -Decimal(amount), "USDT"),
        ],
    )


def _seal(connection: psycopg.Connection, seal: Seal) -> None:
    """Insert a header that is right but for what it claims; `!` marks what is edited after."""
    newest = connection.execute(
        "SELECT number, hash, entry_last FROM changes ORDER BY number DESC LIMIT 1"
    ).fetchone()
    assert newest is not None
    header: dict[str, Any] = {
        "number": newest[0] + 1,
        "recorded_at": NOW,
        "actor": "maker",
        "reason": "r",
        "request_id": None,
        "entry_count": seal.entries,
        "posting_count": seal.postings,
        "row_count": seal.rows,
        "entry_last": newest[2] + seal.entries,
        "root": sha256(b"root").digest(),
        "previous_hash": newest[1],
        "hash": b"",
    }
    header |= {name: value for name, value in seal.claims.items() if name in header}
    header["hash"] = header["hash"] or header_hash(ChangeRow(**header))
    header |= {
        name.removeprefix("!"): value
        for name, value in seal.claims.items()
        if name.startswith("!")
    }
    quiet = " ON CONFLICT (request_id) DO NOTHING" if seal.after == "quiet" else ""
    first = "" if seal.after == "quiet" else seal.after
    values = ", ".join(f"%({name})s" for name in header)
    connection.execute(
        f"{first}INSERT INTO changes ({', '.join(header)}) VALUES ({values}){quiet}",
        header,
    )


def _run(books: Books, steps: list[Step], *, as_owner: bool) -> None:
    with books.sql(as_owner=as_owner) as connection:
        newest = connection.execute(
            "SELECT number, entry_last FROM changes ORDER BY number DESC LIMIT 1"
        ).fetchone()
        connection.rollback()
        assert newest is not None
        places = {"n": str(newest[0] + 1), "e": str(newest[1] + 1)}
        for step in steps:
            if isinstance(step, Seal):
                step.after = _filled(step.after, places)
                _seal(connection, step)
            else:
                connection.execute(_filled(step, places))
        connection.commit()


def _filled(sql: str, places: dict[str, str]) -> str:
    return sql.replace("{n}", places["n"]).replace("{e}", places["e"])


@pytest.mark.parametrize("name", AS_SERVICE)
def test_the_services_role_is_refused(books: Books, name: str) -> None:
    steps, refusal = AS_SERVICE[name]
    digest = books.digest()
    with pytest.raises(psycopg.Error, match=refusal):
        _run(books, steps, as_owner=False)
    assert books.digest() == digest


@pytest.mark.parametrize("name", AS_OWNER)
def test_the_owner_with_triggers_is_refused(books: Books, name: str) -> None:
    steps, refusal = AS_OWNER[name]
    digest = books.digest()
    with pytest.raises(psycopg.Error, match=refusal):
        _run(books, steps, as_owner=True)
    assert books.digest() == digest


def test_what_is_right_is_not_refused(books: Books) -> None:
    with books.sql() as connection:
        places = {"n": str(_newest(connection)[0] + 1), "e": str(_newest(connection)[1] + 1)}
        for sql in [entry(), *balanced(), policy(3)]:
            connection.execute(_filled(str(sql), places))
        _seal(connection, Seal(1, 2, 1))
        connection.rollback()


def test_rows_that_are_copied_in_are_checked_like_any(books: Books) -> None:
    digest = books.digest()
    with pytest.raises(psycopg.Error, match="sealed: a posting names"):  # noqa: PT012, SIM117
        with books.sql() as connection, connection.cursor() as cursor:
            with cursor.copy("COPY postings FROM STDIN") as copy:
                copy.write(f"1\t3\t{FEES}\t\\N\t\\N\tUSDT\t1\t2023-01-05\t\\N\n")
    assert books.digest() == digest


def test_a_check_never_looks_at_books_that_are_about_to_change(books: Books) -> None:
    """Two parts of 60 of an obligation of 100, the second written while the first commits."""
    digest = books.digest()
    refused: list[str] = []
    with books.sql() as first, books.sql() as second:
        number = _newest(first)[0] + 1
        first.rollback()
        first.execute(part("60", "race1", change=str(number)))

        def slip_in() -> None:
            try:
                second.execute(part("60", "race2", change=str(number + 1)))
            except psycopg.Error as error:
                refused.append(str(error))

        thread = threading.Thread(target=slip_in)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive(), "the second writer waits for the books' lock"
        _seal(first, Seal(rows=1))
        first.commit()
        thread.join()
        second.rollback()
    assert refused
    assert "obligation: race2 is no part of o1" in refused[0]
    assert books.digest() != digest


def _newest(connection: psycopg.Connection) -> tuple[int, int]:
    row = connection.execute(
        "SELECT number, entry_last FROM changes ORDER BY number DESC LIMIT 1"
    ).fetchone()
    assert row is not None
    return row[0], row[1]
