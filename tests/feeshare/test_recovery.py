from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from chains import health
from chains.movements import Block
from feeshare import keys, recovery
from feeshare.backup import back_up, restore
from feeshare.recovery import Recovering
from ledger import anchors, parties
from ledger.sealing import head
from payouts import plans
from support.books import Books
from support.command_line import Answer, feeshare
from support.databases import fresh_database, service_engine
from support.payout_endings import watch_the_safe
from support.payouts import (
    BOB,
    PERIOD,
    TODAY,
    WALLET,
    approve,
    freeze,
    furnish,
    left_the_wallet,
    owe,
    pem_of,
    public_key,
    usual_debts,
)

AT = datetime(2023, 11, 3, 10, tzinfo=UTC)


@pytest.fixture
def restored(template: URL) -> Iterator[Books]:
    """Give a database that is to be restored into."""
    with fresh_database(template.set(database="template0")) as owner:
        engine = service_engine(owner)
        yield Books(owner=owner, engine=engine)
        engine.dispose()


@pytest.fixture
def anchored(tmp_path: Path) -> Path:
    return tmp_path / "anchors.jsonl"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key.pem"
    keys.make(path)
    return path


def anchor(books: Books, key: Path, file: Path) -> Answer:
    return feeshare(books, "audit", "anchor", "--key", str(key), "--output", str(file))


def verify(books: Books, file: Path, *more: str) -> Answer:
    return feeshare(books, "audit", "verify", "--anchor", str(file), *more, actor="carol")


def approved_batch(books: Books) -> str:
    furnish(books)
    usual_debts(books)
    batch = freeze(books)
    approve(books, batch, "carol")
    return batch.id


def is_recovering(books: Books) -> bool:
    with books.read() as session:
        try:
            recovery.require_none(session)
        except Recovering:
            return True
    return False


def test_books_that_were_never_restored_are_not_recovering(books: Books) -> None:
    assert not is_recovering(books)


def test_restored_books_pay_nothing_until_they_met_the_last_anchor(
    books: Books, restored: Books, key: Path, anchored: Path, tmp_path: Path
) -> None:
    batch = approved_batch(books)
    assert anchor(books, key, anchored).status == 0
    back_up(books.owner, tmp_path / "dump")
    restore(restored.owner, tmp_path / "dump", by="treasurer", at=AT)
    export = ("payout", "export", batch, "--output", str(tmp_path / "to-sign"))
    with restored.write() as change:
        owe(change, "share:a3", "alice", "7")
    with restored.read() as session:
        plan = plans.plan(session, PERIOD, on=TODAY).hash
    submit = ("payout", "submit", "2023-10", "--plan", plan, "--nonce", f"{WALLET}=8")
    before = restored.digest()
    for command in (export, submit):
        refused = feeshare(restored, *command)
        assert refused.status == 5
        assert refused.err.startswith("recovering: These books were restored from a backup")
    assert not (tmp_path / "to-sign").exists()
    assert restored.digest() == before

    plain = feeshare(restored, "audit", "verify")
    assert plain.status == 0
    assert "Payouts wait" in plain.err
    assert is_recovering(restored)

    compared = verify(restored, anchored)
    assert (compared.status, "The recovery has ended" in compared.err) == (0, True), compared
    assert not is_recovering(restored)
    with restored.sql() as connection:
        ended = connection.execute("SELECT ended_by, anchor_number FROM recovery_ends").fetchall()
    with books.read() as session:
        assert ended == [("carol", head(session).number)]
    for command in (export, submit):
        done = feeshare(restored, *command)
        assert done.status == 0, done
    assert "recovery" not in verify(restored, anchored).err


def test_a_backup_older_than_the_last_anchor_stays_in_recovery(
    books: Books, restored: Books, key: Path, anchored: Path, tmp_path: Path
) -> None:
    assert anchor(books, key, anchored).status == 0
    back_up(books.owner, tmp_path / "dump")
    for name in ("Alice", "Bob"):
        with books.write() as change:
            parties.add(change, name=name, kind="payee")
    assert anchor(books, key, anchored).status == 0
    assert len(anchored.read_text().splitlines()) == 2
    restore(restored.owner, tmp_path / "dump", by="treasurer", at=AT)
    refused = verify(restored, anchored)
    assert refused.status == 3
    assert "the books end at change 1: changes 2 to 3 are missing" in refused.err
    assert is_recovering(restored)


def test_an_anchor_of_other_books_ends_no_recovery(
    books: Books, restored: Books, key: Path, anchored: Path, tmp_path: Path
) -> None:
    back_up(books.owner, tmp_path / "dump")
    with books.write() as change:
        parties.add(change, name="Alice", kind="payee")
    assert anchor(books, key, anchored).status == 0
    restore(restored.owner, tmp_path / "dump", by="treasurer", at=AT)
    with restored.write() as change:
        parties.add(change, name="Mallory", kind="payee")
    refused = verify(restored, anchored)
    assert (refused.status, "written anew" in refused.err) == (3, True)
    assert is_recovering(restored)


def test_another_key_than_was_asked_for_ends_no_recovery(
    books: Books, restored: Books, key: Path, anchored: Path, tmp_path: Path
) -> None:
    assert anchor(books, key, anchored).status == 0
    back_up(books.owner, tmp_path / "dump")
    restore(restored.owner, tmp_path / "dump", by="treasurer", at=AT)
    refused = verify(restored, anchored, "--public-key", public_key("dave"))
    assert (refused.status, "it is signed with" in refused.err) == (3, True)
    assert is_recovering(restored)


def test_recovering_books_are_not_anchored(
    books: Books, restored: Books, key: Path, anchored: Path, tmp_path: Path
) -> None:
    back_up(books.owner, tmp_path / "dump")
    restore(restored.owner, tmp_path / "dump", by="treasurer", at=AT)
    refused = anchor(restored, key, anchored)
    assert (refused.status, refused.err.partition(":")[0]) == (5, "recovering")
    assert not anchored.exists()


def test_a_restore_that_was_cut_off_pays_nothing(books: Books) -> None:
    with books.sql(as_owner=True) as connection:
        connection.execute(f"CREATE SCHEMA {recovery.RESTORING}")
    with books.read() as session, pytest.raises(Recovering, match="cut off"):
        recovery.require_none(session)


def test_a_recovery_within_a_recovery_ends_with_it(
    books: Books, restored: Books, key: Path, anchored: Path, tmp_path: Path
) -> None:
    assert anchor(books, key, anchored).status == 0
    with books.sql() as connection:
        connection.execute("INSERT INTO recoveries VALUES (1, now(), 'treasurer', 1, '')")
    back_up(books.owner, tmp_path / "dump")
    restore(restored.owner, tmp_path / "dump", by="treasurer", at=AT)
    assert verify(restored, anchored).status == 0
    with restored.sql() as connection:
        ended = connection.execute("SELECT recovery FROM recovery_ends ORDER BY 1").fetchall()
    assert ended == [(1,), (2,)]


@pytest.mark.parametrize("table", ["recoveries", "recovery_ends"])
def test_what_is_written_of_recoveries_stays(books: Books, table: str) -> None:
    for as_owner in (False, True):
        with books.sql(as_owner=as_owner) as connection, pytest.raises(psycopg.Error):
            connection.execute(f"DELETE FROM {table}")


def test_two_who_compare_at_once_end_a_recovery_once(books: Books) -> None:
    with books.sql() as connection:
        connection.execute("INSERT INTO recoveries VALUES (1, now(), 'treasurer', 1, '')")
    line = anchors.read(anchor_line(books))
    with Session(books.engine) as one, Session(books.engine) as other:
        for session in (one, other):
            assert len(recovery.unended(session)) == 1
        for session, name in ((one, "carol"), (other, "dave")):
            recovery.end(session, [line], by=name, at=AT)
            session.commit()
    with books.sql() as connection:
        ended = connection.execute("SELECT ended_by FROM recovery_ends").fetchall()
    assert ended == [("carol",)]


def anchor_line(books: Books) -> str:
    with books.read() as session:
        return anchors.make(head(session), pem_of("carol"))


def wait(books: Books) -> str:
    """Let a recovery begin that the treasurer restored; return the head's hash."""
    with Session(books.engine) as session, session.begin():
        newest = head(session)
        recovery.begin(session, newest, by="treasurer", at=AT)
    return newest.hash.hex()


def accept(books: Books, given: str, *, actor: str) -> Answer:
    return feeshare(
        books, "audit", "accept-head", given, "--reason", "no anchor was made", actor=actor
    )


def test_without_an_anchor_another_person_answers_for_the_head(books: Books) -> None:
    given = wait(books)
    assert is_recovering(books)
    answer = accept(books, given.upper(), actor="carol")
    assert (answer.status, "has ended" in answer.err) == (0, True), answer
    assert not is_recovering(books)
    digest = books.digest()
    again = accept(books, given, actor="carol")
    assert (again.status, "Nothing to do" in again.err) == (0, True), again
    assert books.digest() == digest


def test_whoever_restored_the_books_does_not_answer_for_them(books: Books) -> None:
    given = wait(books)
    digest = books.digest()
    answer = accept(books, given, actor="treasurer")
    assert (answer.status, "self_confirmation" in answer.err) == (4, True), answer
    for values in ("(1, now(), 'treasurer', NULL, 'why')", "(1, now(), 'carol', NULL, ' ')"):
        with books.sql() as connection, pytest.raises(psycopg.Error, match="segregation"):
            connection.execute(f"INSERT INTO recovery_ends VALUES {values}")
    assert books.digest() == digest
    assert is_recovering(books)


def test_a_hash_that_is_not_the_heads_ends_no_recovery(books: Books) -> None:
    wait(books)
    digest = books.digest()
    answer = accept(books, "00" * 32, actor="carol")
    assert (answer.status, "the books end with" in answer.err.lower()) == (5, True), answer
    assert books.digest() == digest


def test_what_left_after_the_backup_is_explained_before_anything_is_paid(books: Books) -> None:
    furnish(books)
    with Session(books.engine) as session, session.begin():
        recovery.begin(session, head(session), by="treasurer", at=AT)
    with Session(books.engine) as session, session.begin():
        recovery.accept(
            session, head(session), head(session).hash.hex(), by="carol", at=AT, reason="lost"
        )
    assert not is_recovering(books)
    left_the_wallet(books, [("0x1/log:0", "300", BOB, "")])
    with books.read() as session, pytest.raises(Recovering, match="0x1/log:0 left our accounts"):
        recovery.require_none(session)


def test_a_watched_chain_is_read_again_before_anything_is_paid(books: Books) -> None:
    furnish(books)
    watch_the_safe(books)
    with Session(books.engine) as session, session.begin():
        recovery.begin(session, head(session), by="treasurer", at=AT)
        recovery.accept(
            session, head(session), head(session).hash.hex(), by="carol", at=AT, reason="lost"
        )
    with books.read() as session, pytest.raises(Recovering, match="ethereum was not read"):
        recovery.require_none(session)
    with Session(books.engine) as session, session.begin():
        health.note_scan(
            session,
            "ethereum",
            AT,
            worker="here",
            seconds=1.0,
            fault="",
            head=1,
            final=Block(number=1, hash="0x1", at=AT),
        )
    assert not is_recovering(books)
