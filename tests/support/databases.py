"""Databases for tests: the real embedded server, one copy of a ready template a test."""

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from sqlalchemy import Engine
from sqlalchemy.engine import URL

from feeshare import loading, loading_agreements, schema
from feeshare.books import load_defaults
from feeshare.database import SERVICE_ROLE, embedded_url, make_engine, writing

EXAMPLES = Path(__file__).parents[2] / "examples"

OPENED_AT = datetime(2023, 1, 1, tzinfo=UTC)
"""When the books of tests were opened: changes of tests come later."""

_numbers = itertools.count(1)


def owner_dsn(url: URL, database: str) -> str:
    """Return a libpq URL of the owner for a database of the same server."""
    return url.set(drivername="postgresql", database=database).render_as_string(
        hide_password=False
    )


def make_template(home: Path) -> URL:
    """Start the server, make the template database with fresh books; return the owner's URL."""
    url = embedded_url(home, keep=False)
    template = url.set(database="template_books")
    with psycopg.connect(owner_dsn(url, "postgres"), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("ALTER SYSTEM SET max_connections = 200")
        connection.execute("SELECT pg_reload_conf()")
        connection.execute("DROP DATABASE IF EXISTS template_books")
        connection.execute("CREATE DATABASE template_books")
    schema.upgrade(template)
    engine = make_engine(template.set(username=SERVICE_ROLE))
    load_defaults(engine, actor="tests", at=OPENED_AT)
    engine.dispose()
    return template


def make_furnished_template(template: URL) -> URL:
    """Make a second template: the first with the examples' master data; return its URL."""
    furnished = template.set(database="furnished_books")
    with psycopg.connect(owner_dsn(template, "postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS furnished_books")
        connection.execute(
            "CREATE DATABASE furnished_books TEMPLATE template_books STRATEGY file_copy"
        )
    engine = service_engine(furnished)
    with writing(engine, actor="tests", reason="furnish", at=OPENED_AT) as change:
        for name, wanted in (
            ("exchanges", loading.EXCHANGES),
            ("payees", loading.PAYEES),
            ("wallets", loading.WALLETS),
            ("agreements", loading_agreements.AGREEMENTS),
        ):
            loading.load(change, EXAMPLES / "books" / f"{name}.csv", wanted)
    engine.dispose()
    return furnished


@contextmanager
def fresh_database(template: URL) -> Iterator[URL]:
    """Give a database of its own, copied from the template; yield its owner's URL."""
    name = f"books_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(owner_dsn(template, "postgres"), autocommit=True) as connection:
        connection.execute(
            f"CREATE DATABASE {name} TEMPLATE {template.database} STRATEGY file_copy"
        )
        try:
            yield template.set(database=name)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def service_engine(url: URL) -> Engine:
    """Return an engine as the service's role, which owns nothing."""
    return make_engine(url.set(username=SERVICE_ROLE))
