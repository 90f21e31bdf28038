"""Backup and restore: the whole database in one file, and its head beside it.

Law: a backup is whole or not there, and overwrites nothing. Books are restored into an empty
database only, in one transaction, and are then recomputed; until their head was compared with the
last anchor they are in recovery (`feeshare.recovery`). The file beside the dump says what came
out of the database: it finds damage, not forgery. Against forgery stand the anchors.
"""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import Engine, text
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from feeshare import recovery, schema
from feeshare.database import SERVICE_ROLE, make_engine, reading, translated
from feeshare.tools import ToolFailed, postgresql_program, run
from feeshare.verifying import verify_books
from ledger.errors import BadInput, Conflict, NeedsReview, Problem
from ledger.policies import canonical
from ledger.sealing import Head, head
from ledger.verification import Progress, Verification

VERSION = 1
HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What a dump holds: the number and hash (hex) of its head, and its own SHA-256 (hex)."""

    number: int
    hash: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """Books as they came out of a backup."""

    head: Head
    verification: Verification


def sidecar_of(path: Path) -> Path:
    """Return the path of the file that stands beside a dump and says what is in it."""
    return path.with_name(f"{path.name}.json")


def back_up(owner: URL, path: Path) -> Backup:
    """Dump the database to a new file, with its sidecar.

    Raises:
        Conflict: one of the two files is there already, or the database has no books.
        ToolFailed: pg_dump did not do it; nothing is left behind.
    """
    if path.is_dir():
        raise Conflict(f"{path} is a folder.", mend="Name a new file.")
    sidecar = sidecar_of(path)
    for each in (path, sidecar):
        if each.exists():
            raise Conflict(f"{each} is there already.", mend="Choose another file.")
    draft = path.with_name(f".{path.name}.{token_hex(4)}")
    try:
        with _own_file(draft), _engine(owner) as engine, reading(engine) as session:
            newest = head(session)
            # The dump sees what this session sees, whatever is written meanwhile.
            snapshot = session.scalar(text("SELECT pg_export_snapshot()"))
            _postgresql(
                owner, "pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={draft}"
            )
            made = Backup(number=newest.number, hash=newest.hash.hex(), sha256=_sha256(draft))
        _write_new(sidecar, canonical(_fields(made)).encode() + b"\n")
        try:
            # A link refuses to replace a file; the dump comes last, so it never lacks its sidecar.
            os.link(draft, path)
        except BaseException:
            sidecar.unlink()
            raise
        _sync(path.parent)
    except FileExistsError as there:
        raise Conflict(f"{there.filename2 or there.filename} is there already.") from None
    except OSError as error:
        expected = f"a file that can be written ({error.strerror})"
        raise _problem("file_missing", path, expected) from None
    finally:
        draft.unlink(missing_ok=True)
    return made


def restore(
    owner: URL,
    path: Path,
    *,
    by: str,
    at: datetime,
    needs_sidecar: bool = True,
    progress: Progress | None = None,
) -> Restored:
    """Restore a dump into an empty database, recompute the books, and begin their recovery.

    Raises:
        BadInput: the dump or its sidecar is not there, or is not what was backed up.
        Conflict: the database holds tables.
        ToolFailed: pg_restore did not do it; the database is empty as before.
        NeedsReview: the books are not what was sealed, or end elsewhere than they did.
    """
    expected = _checked(path, needs_sidecar=needs_sidecar)
    with _engine(owner) as engine:
        _prepare(owner)
        _load(owner, path)
        schema.upgrade(owner)
        newest = _begin_recovery(engine, by, at)
        with reading(engine) as session:
            found = verify_books(session, progress=progress)
    problems = [*found.problems]
    if expected is not None and (newest.number, newest.hash.hex()) != (
        expected.number,
        expected.hash,
    ):
        problems.insert(
            0,
            f"the head is {newest.number} {newest.hash.hex()}, "
            f"{expected.number} {expected.hash} was backed up",
        )
    if problems:
        raise NeedsReview(
            "The books that were restored are not what was sealed:\n" + "\n".join(problems),
            mend="Do not work with this database; restore another backup into an empty one.",
        )
    return Restored(head=newest, verification=found)


def _checked(path: Path, *, needs_sidecar: bool) -> Backup | None:
    """Return what the sidecar says, after the dump was held against it."""
    if not path.is_file():
        raise _problem("file_missing", path, "a backup")
    sidecar = sidecar_of(path)
    if not sidecar.exists():
        if needs_sidecar:
            raise _problem(
                "sidecar_missing",
                sidecar,
                "the file that backup wrote beside the dump",
                "Bring it along; or give --without-sidecar, and nothing says what is restored.",
            )
        return None
    said = _read(sidecar)
    if _sha256(path) != said.sha256:
        raise _problem("backup_changed", path, f"a dump whose SHA-256 is {said.sha256}")
    return said


def _read(sidecar: Path) -> Backup:
    try:
        fields = json.loads(sidecar.read_bytes())
        made = Backup(number=fields["number"], hash=fields["hash"], sha256=fields["sha256"])
        well = (
            fields == _fields(made)
            and type(made.number) is int
            and all(HEX.fullmatch(each) for each in (made.hash, made.sha256))
        )
    except (OSError, ValueError, KeyError, TypeError):
        well = False
    if not well:
        raise _problem("sidecar_invalid", sidecar, "the file that backup wrote beside the dump")
    return made


def _fields(made: Backup) -> dict[str, object]:
    return {
        "version": VERSION,
        "number": made.number,
        "hash": made.hash,
        "sha256": made.sha256,
    }


def _prepare(owner: URL) -> None:
    """Require an empty database, mark it as being restored, make the service's role."""
    with translated(), psycopg.connect(_dsn(owner)) as connection:
        there = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace LIMIT 1"
        ).fetchone()
        if there is not None:
            raise Conflict(
                f"The database {owner.database} is not empty: it has {there[0]}.",
                mend="Restore into a new database; books are never restored over others.",
            )
        # A dump has no roles. The marker outlasts a restore that is cut off after pg_restore.
        role = connection.execute(
            "SELECT 1 FROM pg_roles WHERE rolname = %s", [SERVICE_ROLE]
        ).fetchone()
        if role is None:
            connection.execute(SQL("CREATE ROLE {} LOGIN").format(Identifier(SERVICE_ROLE)))
        connection.execute(
            SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(recovery.RESTORING))
        )


def _load(owner: URL, path: Path) -> None:
    """Run pg_restore, all but the defaults of privileges, which name whoever owned the books."""
    try:
        _run_restore(owner, path)
    except ToolFailed:
        with translated(), psycopg.connect(_dsn(owner)) as connection:
            connection.execute(SQL("DROP SCHEMA {}").format(Identifier(recovery.RESTORING)))
        raise
    with translated(), psycopg.connect(_dsn(owner)) as connection:
        connection.execute("ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC")


def _run_restore(owner: URL, path: Path) -> None:
    wanted = [
        line
        for line in run([postgresql_program("pg_restore"), "--list", path]).splitlines()
        if " DEFAULT ACL " not in line
    ]
    with TemporaryDirectory(prefix="feeshare-") as folder:
        chosen = Path(folder) / "list"
        chosen.write_text("\n".join(wanted) + "\n", "utf-8")
        arguments = ["--no-owner", "--exit-on-error", "--single-transaction"]
        _postgresql(owner, "pg_restore", *arguments, f"--use-list={chosen}", str(path))


def _begin_recovery(engine: Engine, by: str, at: datetime) -> Head:
    with translated(), Session(engine) as session, session.begin():
        newest = head(session)
        recovery.begin(session, newest, by=by, at=at)
        session.execute(text(f"DROP SCHEMA {recovery.RESTORING}"))
    return newest


@contextmanager
def _engine(url: URL) -> Iterator[Engine]:
    engine = make_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def _postgresql(url: URL, name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on a database; its password is not for the process list."""
    shown = url._replace(password=None)
    secret = {"PGPASSWORD": str(url.password)} if url.password is not None else {}
    run(
        [postgresql_program(name), "--no-password", f"--dbname={_dsn(shown)}", *arguments],
        secret,
    )


def _dsn(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def _own_file(path: Path) -> Iterator[None]:
    """Make a file that only its owner reads, and bring what was written to it onto the disk."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    yield
    _sync(path)


def _write_new(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _problem(code: str, path: Path, expected: str, mend: str = "") -> BadInput:
    return BadInput([Problem(code=code, place=str(path), expected=expected, mend=mend)])
