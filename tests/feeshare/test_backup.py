import json
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import URL

from feeshare.backup import Backup, back_up, restore, sidecar_of
from feeshare.database import SERVICE_ROLE, embedded_url, throw_away_home
from feeshare.recovery import Recovering, require_none
from feeshare.tools import ToolFailed, postgresql_program, run
from feeshare.verifying import verify_books
from ledger import parties
from ledger.errors import BadInput, Conflict, NeedsReview
from ledger.sealing import Head, head
from support.books import Books
from support.command_line import feeshare
from support.databases import fresh_database, owner_dsn, service_engine
from support.payouts import exported_batch

AT = datetime(2023, 11, 4, 9, tzinfo=UTC)
KEEPER = "keeper_of_restored_books"


@pytest.fixture
def empty(template: URL) -> Iterator[Books]:
    """Give a database without anything in it."""
    with fresh_database(template.set(database="template0")) as owner:
        engine = service_engine(owner)
        yield Books(owner=owner, engine=engine)
        engine.dispose()


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    return tmp_path / "books.dump"


def head_of(books: Books) -> Head:
    with books.read() as session:
        return head(session)


def schema_of(books: Books) -> str:
    url = owner_dsn(books.owner, str(books.owner.database))
    said = run(
        [postgresql_program("pg_dump"), "--schema-only", "--restrict-key=x", f"--dbname={url}"]
    )
    # The rows of `recoveries` differ, the schema may not.
    return "\n".join(line for line in said.splitlines() if "feeshare_restoring" not in line)


def is_untouched(books: Books) -> bool:
    with books.sql(as_owner=True) as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname IN ('public', 'feeshare_restoring')"
        ).fetchone()
        marked = connection.execute(
            "SELECT 1 FROM pg_namespace WHERE nspname = 'feeshare_restoring'"
        ).fetchone()
    return found == (0,) and marked is None


def test_restored_books_have_the_same_head_and_are_clean(
    books: Books, empty: Books, dump: Path
) -> None:
    exported_batch(books)
    made = back_up(books.owner, dump)
    newest = head_of(books)
    assert made == Backup(
        number=newest.number,
        hash=newest.hash.hex(),
        sha256=json.loads(sidecar_of(dump).read_text())["sha256"],
    )
    restored = restore(empty.owner, dump, by="treasurer", at=AT)
    assert restored.head == newest
    assert head_of(empty) == newest
    assert restored.verification.clean
    with books.read() as session:
        assert restored.verification == verify_books(session)


def test_restored_books_have_the_same_schema_guards_and_privileges(
    books: Books, empty: Books, dump: Path
) -> None:
    back_up(books.owner, dump)
    restore(empty.owner, dump, by="treasurer", at=AT)
    assert schema_of(empty) == schema_of(books)
    with empty.sql() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("UPDATE changes SET reason = 'x'")
    with empty.write() as change:
        parties.add(change, name="Payee", kind="payee")
    assert head_of(empty).number == head_of(books).number + 1


def test_books_can_be_restored_under_another_owner(books: Books, empty: Books, dump: Path) -> None:
    back_up(books.owner, dump)
    name = str(empty.owner.database)
    with psycopg.connect(owner_dsn(empty.owner, name), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {KEEPER} LOGIN PASSWORD 'a/b@c'")
        connection.execute(f"ALTER DATABASE {name} OWNER TO {KEEPER}")
        try:
            keeper = empty.owner.set(username=KEEPER, password="a/b@c")
            assert restore(keeper, dump, by="treasurer", at=AT).head == head_of(books)
            owners = connection.execute(
                "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
            ).fetchall()
            assert owners == [(KEEPER,)]
            left = connection.execute(
                "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace "
                "AND provolatile = 'v' AND has_function_privilege(%s, oid, 'EXECUTE')",
                [SERVICE_ROLE],
            ).fetchone()
            assert left == (0,)
        finally:
            connection.execute(f"DROP OWNED BY {KEEPER} CASCADE")
            connection.execute(f"ALTER DATABASE {name} OWNER TO CURRENT_USER")
            connection.execute(f"DROP ROLE {KEEPER}")


def test_books_can_be_restored_on_a_server_that_never_had_any(books: Books, dump: Path) -> None:
    back_up(books.owner, dump)
    owner = embedded_url(throw_away_home(), keep=False)
    assert restore(owner, dump, by="treasurer", at=AT).head == head_of(books)
    other = Books(owner=owner, engine=service_engine(owner))
    assert head_of(other) == head_of(books)
    other.engine.dispose()


def test_what_is_written_during_a_backup_is_not_in_it(
    books: Books, empty: Books, dump: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def program_after_a_change(name: str) -> Path:
        with books.write() as change:
            parties.add(change, name="Payee", kind="payee")
        return postgresql_program(name)

    before = head_of(books)
    with monkeypatch.context() as patched:
        patched.setattr("feeshare.backup.postgresql_program", program_after_a_change)
        back_up(books.owner, dump)
    assert head_of(books).number == before.number + 1
    assert restore(empty.owner, dump, by="treasurer", at=AT).head == before


def test_a_restore_that_dies_before_its_recovery_is_written_leaves_books_that_wait(
    books: Books, empty: Books, dump: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(books.owner, dump)
    monkeypatch.setattr("feeshare.recovery.begin", None)
    with pytest.raises(TypeError):
        restore(empty.owner, dump, by="treasurer", at=AT)
    assert head_of(empty) == head_of(books)
    with empty.read() as session, pytest.raises(Recovering, match="cut off"):
        require_none(session)


def test_a_backup_is_its_owners_alone_and_leaves_no_draft(books: Books, dump: Path) -> None:
    back_up(books.owner, dump)
    assert stat.S_IMODE(dump.stat().st_mode) == 0o600
    assert sorted(each.name for each in dump.parent.iterdir()) == ["books.dump", "books.dump.json"]


def test_a_backup_overwrites_neither_dump_nor_sidecar(books: Books, dump: Path) -> None:
    for there in (dump, sidecar_of(dump)):
        there.write_text("mine")
        with pytest.raises(Conflict, match="is there already"):
            back_up(books.owner, dump)
        assert there.read_text() == "mine"
        assert list(dump.parent.iterdir()) == [there]
        there.unlink()
    with pytest.raises(Conflict, match="is a folder"):
        back_up(books.owner, dump.parent)


def test_a_backup_that_fails_leaves_nothing(
    books: Books, dump: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeshare.backup.postgresql_program", lambda _: Path("/bin/false"))
    with pytest.raises(ToolFailed):
        back_up(books.owner, dump)
    assert list(dump.parent.iterdir()) == []
    with pytest.raises(BadInput, match="file_missing"):
        back_up(books.owner, dump.parent / "no folder" / "x")


def test_a_database_without_books_is_not_backed_up(empty: Books, dump: Path) -> None:
    with pytest.raises(Conflict, match="no books yet"):
        back_up(empty.owner, dump)
    assert list(dump.parent.iterdir()) == []


@pytest.mark.parametrize("place", [0.0, 0.5, 0.999])
def test_a_flipped_byte_is_refused(books: Books, empty: Books, dump: Path, place: float) -> None:
    back_up(books.owner, dump)
    content = bytearray(dump.read_bytes())
    content[int(place * len(content))] ^= 1
    dump.write_bytes(content)
    with pytest.raises(BadInput, match="backup_changed"):
        restore(empty.owner, dump, by="treasurer", at=AT)
    assert is_untouched(empty)


def test_books_are_not_restored_over_others(books: Books, dump: Path) -> None:
    back_up(books.owner, dump)
    before = books.digest()
    with pytest.raises(Conflict, match="is not empty"):
        restore(books.owner, dump, by="treasurer", at=AT)
    assert books.digest() == before


def test_a_dump_without_its_sidecar_takes_a_word_of_its_own(
    books: Books, empty: Books, dump: Path
) -> None:
    back_up(books.owner, dump)
    sidecar_of(dump).unlink()
    with pytest.raises(BadInput, match="sidecar_missing"):
        restore(empty.owner, dump, by="treasurer", at=AT)
    assert is_untouched(empty)
    assert restore(empty.owner, dump, by="treasurer", at=AT, needs_sidecar=False).head == head_of(
        books
    )


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"number":1}', '{"hash":1,"number":1,"sha256":1,"version":1}']
)
def test_a_sidecar_that_says_nothing_is_refused(empty: Books, dump: Path, content: str) -> None:
    dump.write_bytes(b"dump")
    sidecar_of(dump).write_text(content)
    with pytest.raises(BadInput, match="sidecar_invalid"):
        restore(empty.owner, dump, by="treasurer", at=AT)
    dump.unlink()
    with pytest.raises(BadInput, match="file_missing"):
        restore(empty.owner, dump, by="treasurer", at=AT)


def test_a_head_other_than_was_backed_up_is_named(books: Books, empty: Books, dump: Path) -> None:
    back_up(books.owner, dump)
    sidecar = sidecar_of(dump)
    fields = json.loads(sidecar.read_text())
    sidecar.write_text(json.dumps({**fields, "number": fields["number"] + 1}))
    with pytest.raises(NeedsReview, match="the head is 1 "):
        restore(empty.owner, dump, by="treasurer", at=AT)


def test_books_that_were_wrong_when_backed_up_are_named(
    books: Books, empty: Books, dump: Path
) -> None:
    with books.sql(as_owner=True) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute("UPDATE changes SET reason = 'x'")
    back_up(books.owner, dump)
    with pytest.raises(NeedsReview, match="change 1: its header does not hash"):
        restore(empty.owner, dump, by="treasurer", at=AT)


def test_a_dump_that_pg_restore_refuses_leaves_the_database_empty(
    empty: Books, books: Books, dump: Path
) -> None:
    back_up(books.owner, dump)
    sidecar_of(dump).unlink()
    content = dump.read_bytes()
    for broken in (b"no dump", content[: len(content) * 3 // 4]):
        dump.write_bytes(broken)
        with pytest.raises(ToolFailed, match="pg_restore failed"):
            restore(empty.owner, dump, by="treasurer", at=AT, needs_sidecar=False)
        assert is_untouched(empty)


def test_the_commands_print_the_same_head(
    books: Books, empty: Books, dump: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "FEESHARE_DATABASE_OWNER_URL", books.owner.render_as_string(hide_password=False)
    )
    made = feeshare(books, "backup", str(dump), "--json")
    assert made.status == 0, made
    assert feeshare(books, "backup", str(dump)).status == 5
    assert feeshare(books, "restore", str(dump)).status == 5
    monkeypatch.setenv(
        "FEESHARE_DATABASE_OWNER_URL", empty.owner.render_as_string(hide_password=False)
    )
    restored = feeshare(empty, "restore", str(dump), "--json")
    assert restored.status == 0, restored
    assert restored.out == made.out
    newest = head_of(books)
    assert json.loads(made.out) == [{"change": newest.number, "hash": newest.hash.hex()}]
