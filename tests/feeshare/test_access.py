"""The access log: who read and who was refused, beside the books and never in their way."""

import csv
import io
import json
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.engine import URL

from feeshare import access, keys
from feeshare.tables import Access
from ledger import users
from support.books import Books
from support.command_line import Answer, feeshare
from support.databases import fresh_database, service_engine

READ, REFUSED = "read", "refused"
UNCHANGEABLE = (
    "UPDATE access_log SET actor = 'somebody else'",
    "DELETE FROM access_log",
    "TRUNCATE access_log",
)


@pytest.fixture
def empty(template: URL) -> Iterator[Books]:
    """Give a database without anything in it."""
    with fresh_database(template.set(database="template0")) as owner:
        engine = service_engine(owner)
        yield Books(owner=owner, engine=engine)
        engine.dispose()


def lines(books: Books) -> list[dict[str, Any]]:
    with books.sql() as sql:
        cursor = sql.cursor(row_factory=psycopg.rows.dict_row)
        return cursor.execute("SELECT * FROM access_log ORDER BY id").fetchall()


def told(books: Books) -> list[tuple[str, str, str, str | None, int]]:
    return [
        (line["actor"], line["action"], line["subject"], line["code"], line["exit_status"])
        for line in lines(books)
    ]


def a_line(
    actor: str = "ann",
    channel: str = "web",
    action: str = READ,
    subject: str = "report x",
    code: str | None = None,
) -> Access:
    return Access(actor=actor, channel=channel, action=action, subject=subject, code=code)


def test_a_read_leaves_one_line_and_the_books_as_they_were(books: Books) -> None:
    digest = books.digest()
    feeshare(books, "report", "trial-balance", "--period", "2023-10", "--csv", actor="ann")
    assert told(books) == [
        ("ann", READ, "report trial-balance --period 2023-10 --csv", None, 0),
    ]
    assert lines(books)[0]["channel"] == "command line"
    assert books.digest() == digest


def test_what_a_read_finds_wrong_is_its_exit_status(furnished_books: Books) -> None:
    feeshare(furnished_books, "month", "status", "2023-10")
    assert told(furnished_books) == [("treasurer", READ, "month status 2023-10", None, 3)]


@pytest.mark.parametrize(
    ("command", "code", "status"),
    [
        ("month close 2023-10", "needs_review", 3),
        ("month reopen 2023-10 --reason why", "conflict", 5),
        ("user key confirm 00", "reference_unknown", 2),
        ("user add bob --role king", "bad_input", 2),
        ("report balances", "bad_input", 2),
        ("audit prove 9", "reference_unknown", 2),
    ],
)
def test_who_is_refused_leaves_one_line_with_the_code_and_the_books_as_they_were(
    furnished_books: Books, command: str, code: str, status: int
) -> None:
    books = furnished_books
    digest = books.digest()
    assert feeshare(books, *shlex.split(command), actor="eve").status == status
    assert told(books) == [("eve", REFUSED, command, code, status)]
    assert books.digest() == digest


def test_who_may_not_is_refused_with_a_line(books: Books) -> None:
    key = "ab" * 32
    with books.write("treasurer") as change:
        users.add(change, "treasurer", "treasurer")
        users.enrol_key(change, "treasurer", key)
    feeshare(books, "user", "key", "confirm", key)
    assert told(books) == [
        ("treasurer", REFUSED, f"user key confirm {key}", "self_confirmation", 4)
    ]


def test_what_is_sealed_leaves_no_line_and_what_seals_nothing_was_a_look(books: Books) -> None:
    command = ("user", "add", "bob", "--role", "auditor")
    assert feeshare(books, *command).status == 0
    assert told(books) == []
    assert feeshare(books, *command).status == 0
    assert told(books) == [("treasurer", READ, "user add bob --role auditor", None, 0)]


def test_what_never_comes_to_the_books_leaves_no_line(books: Books, tmp_path: Path) -> None:
    for command, status in (
        (("--help",), 0),
        (("report", "list"), 0),
        (("report", "trial-balance", "--period", "soon"), 2),
        (("report", "trial-balance", "--peroid", "2023-10"), 2),
        (("user", "key", "new", str(tmp_path / "key.pem")), 0),
        (("doctor",), 6),  # the tests' server does not wait for the disk
        (("init",), 0),
    ):
        assert feeshare(books, *command).status == status, command
    assert told(books) == []


def test_who_names_nobody_stands_in_the_log_without_a_name(books: Books) -> None:
    assert feeshare(books, "user", "list", actor="").status == 0
    assert feeshare(books, "user", "add", "bob", "--role", "auditor", actor="").status == 2
    assert [line[:2] for line in told(books)] == [("", READ), ("", REFUSED)]


def test_the_name_that_acts_is_the_one_that_is_typed(books: Books) -> None:
    feeshare(books, "--as", "ann", "user", "list", actor="treasurer")
    assert told(books) == [("ann", READ, "user list", None, 0)]


def test_a_read_that_breaks_off_was_a_read(books: Books, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(FileExistsError):
        feeshare(books, "report", "trial-balance", "--output", str(file))
    ((_, action, _, code, status),) = told(books)
    assert (action, code, status) == (READ, None, 1)


@pytest.mark.parametrize("statement", UNCHANGEABLE)
@pytest.mark.parametrize("as_owner", [False, True])
def test_a_line_stays_as_it_was_written(books: Books, statement: str, *, as_owner: bool) -> None:
    feeshare(books, "user", "list")
    before = lines(books)
    said = "append_only" if as_owner else "permission denied"
    with pytest.raises(psycopg.Error, match=said), books.sql(as_owner=as_owner) as sql:
        sql.execute(statement)
    assert lines(books) == before != []


@pytest.mark.parametrize("column", ["id", "at"])
def test_the_service_neither_numbers_nor_dates_a_line(books: Books, column: str) -> None:
    value = {"id": "7", "at": "'2023-11-03'"}[column]
    with pytest.raises(psycopg.errors.InsufficientPrivilege), books.sql() as sql:
        sql.execute(
            f"INSERT INTO access_log ({column}, actor, channel, action, subject)"
            f" OVERRIDING SYSTEM VALUE VALUES ({value}, 'x', 'web', 'read', 'x')"
        )
    assert lines(books) == []


def test_a_line_is_dated_by_the_database_whatever_clock_is_set(books: Books) -> None:
    with books.sql() as sql:
        (before,) = sql.execute("SELECT clock_timestamp()").fetchone() or ()
    feeshare(books, "user", "list", at="2023-11-03T09:00:00Z")
    with books.sql() as sql:
        (after,) = sql.execute("SELECT clock_timestamp()").fetchone() or ()
    assert before < lines(books)[0]["at"] < after


@pytest.mark.parametrize(
    "wrong",
    [
        {"action": "write"},
        {"channel": "mail"},
        {"action": REFUSED},
        {"code": "denied"},
        {"action": "login", "code": "denied"},
    ],
)
def test_a_line_that_says_no_such_thing_is_refused(books: Books, wrong: dict[str, str]) -> None:
    with pytest.raises(Exception, match=r"access_log_\w+_check"):
        access.record(books.engine, a_line(**wrong))
    assert lines(books) == []


@pytest.mark.parametrize("channel", ["command line", "web", "worker"])
def test_each_channel_has_reads_refusals_and_logins(books: Books, channel: str) -> None:
    for line in (
        a_line(channel=channel),
        a_line(channel=channel, action=REFUSED, code="denied"),
        a_line(channel=channel, action="login"),
    ):
        access.record(books.engine, line)
    assert [line["action"] for line in lines(books)] == [READ, REFUSED, "login"]


def test_whoever_holds_the_books_lock_blocks_neither_a_read_nor_its_line(books: Books) -> None:
    with books.write() as change:
        users.add(change, "slow", "treasurer")
        answer = feeshare(books, "report", "trial-balance")
        assert (answer.status, answer.err.count("access_not_logged")) == (0, 0)
        assert [line[1] for line in told(books)] == [READ]


def test_a_change_is_sealed_while_the_log_is_held(books: Books) -> None:
    with books.sql(as_owner=True) as sql:
        sql.execute("LOCK TABLE access_log")
        assert feeshare(books, "user", "add", "bob", "--role", "auditor").status == 0


@pytest.mark.parametrize("command", ["user list", "user key confirm 00"])
def test_a_log_that_cannot_be_written_changes_no_answer_and_is_told(
    books: Books, command: str
) -> None:
    well = feeshare(books, *shlex.split(command))
    with books.sql(as_owner=True) as sql:
        sql.execute("LOCK TABLE access_log")
        held = feeshare(books, *shlex.split(command))
    event, _, said = held.err.partition("\n")
    assert Answer(status=held.status, out=held.out, err=said) == well
    assert json.loads(event) | {"timestamp": ""} == {
        "event": "access_not_logged",
        "level": "warning",
        "timestamp": "",
        "actor": "treasurer",
        "action": READ if well.status == 0 else REFUSED,
        "subject": command,
        "code": None if well.status == 0 else "reference_unknown",
        "why": json.loads(event)["why"],
    }
    assert "statement timeout" in event
    assert len(lines(books)) == 1


def test_a_read_of_a_schema_without_the_log_is_told(books: Books) -> None:
    with books.sql(as_owner=True) as sql:
        sql.execute("DROP TABLE access_log")
    answer = feeshare(books, "user", "list", "--json")
    assert (answer.status, answer.out) == (0, "[]\n")
    assert "access_not_logged" in answer.err


@pytest.mark.parametrize(
    "command", ["user list", "user add bob --role auditor", "payout plan 2023-10"]
)
def test_where_no_database_answers_the_error_is_the_same(books: Books, command: str) -> None:
    gone = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    answer = feeshare(Books(owner=books.owner, engine=gone), *shlex.split(command))
    assert (answer.status, answer.out) == (6, "")
    first, mend = answer.err.splitlines()
    assert first.startswith("unavailable: The database does not answer:")
    assert mend == "Look at it with: feeshare doctor"


@pytest.mark.parametrize("command", ["user list", "user add bob --role auditor"])
def test_where_there_are_no_books_yet_the_error_is_the_same(empty: Books, command: str) -> None:
    answer = feeshare(empty, *shlex.split(command))
    assert answer == Answer(
        status=5, out="", err="conflict: The database has no books yet.\nRun: feeshare init\n"
    )


def test_no_secret_is_in_the_log(books: Books, tmp_path: Path) -> None:
    secret = books.engine.url.set(password="hunter2")
    file = tmp_path / "somebodys-private.pem"
    keys.make(file)
    with_password = Books(owner=books.owner, engine=create_engine(secret))
    for command in (
        ("user", "list"),
        ("payout", "approve", "2023-10", "--hash", "ab" * 32, "--key", str(file)),
        ("audit", "anchor", "--key", str(file)),
        ("user", "key", "confirm", "00"),
    ):
        feeshare(with_password, *command)
    written = json.dumps(lines(books), default=str)
    assert len(lines(books)) == 4
    assert "payout approve 2023-10 --hash" in written
    for each in ("hunter2", file.name, "--key", *file.read_text().split()):
        assert each not in written


def test_lines_of_many_at_once_are_all_there(books: Books) -> None:
    def read_often(name: str) -> None:
        for number in range(20):
            access.record(books.engine, a_line(actor=name, subject=f"look {number}"))

    readers = [Thread(target=read_often, args=(f"reader-{number}",)) for number in range(4)]
    for reader in readers:
        reader.start()
    for number in range(5):
        with books.write() as change:
            users.add(change, f"user-{number}", "auditor")
    for reader in readers:
        reader.join()
    found = lines(books)
    assert len({line["id"] for line in found}) == 80
    assert {(line["actor"], line["subject"]) for line in found} == {
        (f"reader-{reader}", f"look {number}") for reader in range(4) for number in range(20)
    }


@given(st.text(st.characters(codec=None)))
def test_a_subject_gives_a_terminal_nothing_to_obey(said: str) -> None:
    shown = access.printable(said)
    assert shown.isprintable()
    shown.encode()
    assert shown == said or not said.isprintable()


def test_what_is_no_text_and_what_is_very_long_is_logged_all_the_same(books: Books) -> None:
    feeshare(books, "report", "\x1b[2J\udcff" + "x" * 5_000, actor="\udcff")
    ((actor, action, subject, _, _),) = told(books)
    assert (actor, action) == ("\\udcff", REFUSED)
    assert subject.startswith("report '\\x1b[2J\\udcffxxx")
    assert len(subject) == access.SUBJECT_LENGTH


@pytest.mark.parametrize(
    ("typed", "subject"),
    [
        ("report general-ledger --as-of 2023-10-31 --account 'a b'",) * 2,
        ("report trial-balance --format csv --format json --output 'FOLDER/a b'",) * 2,
        ("user list", "user list"),
        ("month start 2023-10 --json", "month start 2023-10 --json"),
    ],
)
def test_a_subject_is_what_was_typed(
    books: Books, tmp_path: Path, typed: str, subject: str
) -> None:
    feeshare(books, *shlex.split(typed.replace("FOLDER", str(tmp_path))))
    assert [line[2] for line in told(books)] == [subject.replace("FOLDER", str(tmp_path))]


def test_a_backup_is_a_read_and_a_restore_over_books_is_refused(
    books: Books, empty: Books, tmp_path: Path
) -> None:
    dump = tmp_path / "dump"
    as_owner = Books(owner=books.owner, engine=create_engine(books.owner))
    assert feeshare(as_owner, "backup", str(dump)).status == 0
    assert feeshare(as_owner, "backup", str(dump)).status == 5
    assert feeshare(as_owner, "restore", str(dump)).status == 5
    assert told(books) == [
        ("treasurer", READ, f"backup {dump}", None, 0),
        ("treasurer", REFUSED, f"backup {dump}", "conflict", 5),
        ("treasurer", REFUSED, f"restore {dump}", "conflict", 5),
    ]
    elsewhere = Books(owner=empty.owner, engine=create_engine(empty.owner))
    missing = feeshare(elsewhere, "restore", str(tmp_path / "nothing"))
    assert (missing.status, "access_not_logged" in missing.err) == (2, False)
    assert feeshare(elsewhere, "restore", str(dump)).status == 0
    assert told(empty) == []
    assert feeshare(empty, "user", "list").status == 0
    assert len(told(empty)) == 1


def test_a_backup_holds_the_log_and_its_numbers_go_on(
    books: Books, empty: Books, tmp_path: Path
) -> None:
    feeshare(books, "user", "list", actor="ann")
    before = lines(books)
    dump = str(tmp_path / "dump")
    feeshare(Books(owner=books.owner, engine=create_engine(books.owner)), "backup", dump)
    feeshare(Books(owner=empty.owner, engine=create_engine(empty.owner)), "restore", dump)
    assert lines(empty) == before
    feeshare(empty, "user", "list", actor="bob")
    assert [(line["id"], line["actor"]) for line in lines(empty)] == [(1, "ann"), (2, "bob")]


def test_books_with_a_log_are_still_what_was_sealed(books: Books) -> None:
    feeshare(books, "user", "list")
    assert feeshare(books, "audit", "verify").status == 0


def test_the_log_is_listed_and_narrowed(books: Books) -> None:
    feeshare(books, "user", "list", actor="ann")
    feeshare(books, "user", "key", "confirm", "00", actor="ann")
    feeshare(books, "user", "key", "confirm", "00", actor="bob")

    def listed(*narrowed: str) -> list[tuple[str, str]]:
        found = json.loads(feeshare(books, "audit", "access-log", "--json", *narrowed).out)
        return [(row["actor"], row["action"]) for row in found if row["actor"] != "treasurer"]

    assert listed() == [("ann", READ), ("ann", REFUSED), ("bob", REFUSED)]
    assert listed("--actor", "ann") == [("ann", READ), ("ann", REFUSED)]
    assert listed("--refused") == [("ann", REFUSED), ("bob", REFUSED)]
    day = lines(books)[0]["at"].astimezone(UTC).date().isoformat()
    assert len(listed("--since", day)) == len(listed("--since", "1999-01-01")) == 3
    assert listed("--until", "2023-11-03") == listed("--since", "9999-12-31") == []
    assert len(listed("--until", "9999-12-31")) == 3
    table = feeshare(books, "audit", "access-log", "--refused", "--csv").out
    (first, _) = csv.DictReader(io.StringIO(table))
    assert (first["code"], first["exit_status"]) == ("reference_unknown", "2")
    assert first["at"] == lines(books)[1]["at"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_days_of_the_log_are_those_of_utc_and_both_are_counted(books: Books) -> None:
    with books.sql(as_owner=True) as sql:
        for at in ("2023-10-31T23:59:59.999999Z", "2023-11-01T00:00:00Z", "2023-11-02T00:00:00Z"):
            sql.execute(
                "INSERT INTO access_log (at, actor, channel, action, subject)"
                " VALUES (%s, 'ann', 'web', 'read', 'x')",
                [at],
            )
    day = datetime(2023, 11, 1, tzinfo=UTC).date()
    with books.read() as session:
        assert [line.id for line in access.accesses(session, since=day)] == [2, 3]
        assert [line.id for line in access.accesses(session, until=day)] == [1, 2]
        assert [line.id for line in access.accesses(session, since=day, until=day)] == [2]
