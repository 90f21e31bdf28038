"""The fingerprint of the schema: what the migrations make at each revision, as one text.

Run as a program, it writes the file that verification compares with: `make fingerprint`.
"""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import psycopg
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

import migrations
from feeshare import schema
from feeshare.database import embedded_url, throw_away_home
from ledger.schema_guards import FINGERPRINT, MADE_WITH, Key, objects_of, server_major
from support.databases import owner_dsn

PATH = Path(migrations.__file__).parent / FINGERPRINT


def revisions() -> list[str]:
    """Return the revisions, the first one first."""
    walked = ScriptDirectory.from_config(schema._config()).walk_revisions()
    return [each.revision for each in walked][::-1]


def made(url: URL) -> str:
    """Return the fingerprint of the schema, made one revision after another in a new database."""
    database = f"{url.database}_fingerprint"
    with psycopg.connect(owner_dsn(url, "postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {database}")
        connection.execute(f"CREATE DATABASE {database}")
    engine = create_engine(url.set(database=database), isolation_level="READ COMMITTED")
    found: dict[str, dict[Key, str]] = {}
    with engine.connect() as connected:
        config = schema._config()
        config.attributes["connection"] = connected
        for revision in revisions():
            command.upgrade(config, revision)
            with Session(connected) as session:
                found[revision] = objects_of(session)
                major = server_major(session)
    engine.dispose()
    with psycopg.connect(owner_dsn(url, "postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {database}")
    return "\n".join([f"{MADE_WITH}{major}", *lines(found)]) + "\n"


def lines(found: dict[str, dict[Key, str]]) -> Iterator[str]:
    """Yield a line for each object as long as it stayed the same: since, until, hash, name."""
    for kind, name in sorted({key for objects in found.values() for key in objects}):
        digests = ((each, found[each].get((kind, name))) for each in found)
        for digest, same in groupby(digests, key=lambda pair: pair[1]):
            spans = [revision for revision, _ in same]
            if digest is not None:
                yield f"{spans[0]} {spans[-1]} {digest} {kind} {name}"


if __name__ == "__main__":
    PATH.write_text(made(embedded_url(throw_away_home(), keep=False)), "utf-8")
