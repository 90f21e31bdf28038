"""The guards themselves: the schema as it stands, held against what the migrations made.

Law: what the database refuses, it refuses through triggers, functions, constraints, domains and
privileges; whoever owns it can take any of them away. Each has a fingerprint of its definition in
`migrations/fingerprint.txt`, from the revision that made it to the one that replaced it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

from sqlalchemy import text
from sqlalchemy.orm import Session

from ledger.schema_queries import (
    CHILDREN,
    GUARDED,
    MAY_SET,
    OBJECTS,
    REVISION,
    RIGHTS,
    SETTINGS,
    UNGUARDED,
)
from ledger.verification_queries import UNSEALED, sealed_tables

FINGERPRINT = "fingerprint.txt"
MADE_WITH = "# PostgreSQL "
PARAMETERS_SINCE = 15
"""The server's version since which the right to set a parameter can be granted."""

PARTS = ("column", "constraint", "trigger", "rule", "policy", "index")
"""Kinds of objects that belong to a table; their names begin with it and a full stop."""

Key = tuple[str, str]
"""Kind and name of an object of the schema."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """What the migrations make: the server's major version, and the hash of each object."""

    major: int
    revisions: tuple[str, ...]
    objects: dict[Key, tuple[tuple[str, str, str], ...]]

    def at(self, revision: str) -> dict[Key, str]:
        """Return the hashes of the objects that are there at a revision."""
        return {
            key: digest
            for key, spans in self.objects.items()
            for since, until, digest in spans
            if since <= revision <= until
        }


def check_guards(session: Session, problems: list[str]) -> None:
    """Check that the guards stand as the migrations made them, on every table and on no other.

    Each difference is one problem that names the object; other schemas than `public` are not
    looked at, but for what could undo the guards from there.
    """
    session.execute(text("SET LOCAL search_path = pg_catalog, public, pg_temp"))
    problems += differences(session, fingerprint())
    problems += [
        f"{row.name}: its trigger {row.trigger} is disabled" for row in session.execute(UNGUARDED)
    ]
    guarded = {row.name: row.kept for row in session.execute(GUARDED)}
    checked = {table.name for table in sealed_tables(session)} | set(UNSEALED)
    problems += [
        f"{name}: it is guarded but unknown here" for name in sorted(guarded.keys() - checked)
    ]
    problems += [
        f"{name}: its guards are gone" for name in sorted(checked) if not guarded.get(name)
    ]
    problems += [
        f"{row.child}: its rows show in {row.parent} past the guards"
        for row in session.execute(CHILDREN)
    ]
    problems += [str(row.problem) for row in session.execute(RIGHTS)]
    if server_major(session) >= PARAMETERS_SINCE and session.scalar(MAY_SET):
        problems.append("role feeshare_app: it may set session_replication_role")
    problems += [
        f"{row.place}: it sets {row.setting}, which leads past the guards"
        for row in session.execute(SETTINGS)
    ]


def objects_of(session: Session) -> dict[Key, str]:
    """Return the hash of the definition of every object in the schema, by kind and name."""
    found = {}
    for row in session.execute(OBJECTS):
        # White space is the server's choice, but for the bodies of functions.
        told = row.told if row.kind == "function" else " ".join(row.told.split())
        found[row.kind, row.name] = sha256(told.encode()).hexdigest()
    return found


def server_major(session: Session) -> int:
    """Return the major version of the server."""
    return int(session.scalar(text("SHOW server_version_num")) or 0) // 10_000


@cache
def fingerprint() -> Fingerprint:
    """Return the fingerprint that is kept beside the migrations."""
    head, *lines = (files("migrations") / FINGERPRINT).read_text("utf-8").splitlines()
    objects: dict[Key, tuple[tuple[str, str, str], ...]] = {}
    for line in lines:
        since, until, digest, kind, name = line.split(" ", 4)
        objects[kind, name] = (*objects.get((kind, name), ()), (since, until, digest))
    ends = {until for spans in objects.values() for _, until, _ in spans}
    return Fingerprint(
        major=int(head.removeprefix(MADE_WITH)),
        revisions=tuple(f"{number:04d}" for number in range(1, int(max(ends)) + 1)),
        objects=objects,
    )


def differences(session: Session, expected: Fingerprint) -> Iterator[str]:
    """Yield each object of the schema that is not as it was made at the books' revision.

    Another major version of the server may print a definition otherwise; both are named then.
    """
    revision = session.scalar(REVISION)
    if revision not in expected.revisions:
        yield f"schema: revision {revision} is unknown here, so its guards were not compared"
        return
    major = server_major(session)
    wanted, there = expected.at(revision), objects_of(session)
    gone = {name for kind, name in wanted.keys() - there.keys() if kind == "table"}
    strange = {name for kind, name in there.keys() - wanted.keys() if kind == "table"}
    elsewhere = (
        ""
        if major == expected.major
        else f" (printed by PostgreSQL {major}, compared with {expected.major})"
    )
    for key in sorted(wanted.keys() | there.keys()):
        kind, name = key
        table = name.partition(".")[0]
        if kind in PARTS and table in gone | strange:
            continue
        if key not in there:
            yield f"{_named(key)} is gone"
        elif key not in wanted:
            yield f"{_named(key)} was not made by the migrations"
        elif there[key] != wanted[key]:
            yield f"{_named(key)} is not as the migrations made it{elsewhere}"


def _named(key: Key) -> str:
    kind, name = key
    if kind in PARTS:
        table, _, part = name.partition(".")
        return f"{table}: its {kind} {part}"
    return f"{kind} {name}"
