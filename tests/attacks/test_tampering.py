"""Random edits of single fields in the database, past its triggers: verification sees each.

1,900 more are made in exported books: tests/reports/test_standalone_verifier.py.
"""

from collections.abc import Iterator
from random import Random

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from attacks.past_the_guards import ASLEEP
from attacks.prepared import prepared_books
from feeshare.verifying import verify_books
from ledger.verification_queries import UNSEALED, sealed_tables

CASES, EDITS = 10, 10

OTHERWISE = {
    "text": ("{} || 'x'", "reverse({})", "upper({})", "left({}, -1)", "''", "NULL"),
    "bigint": ("{} + 1", "{} - 1", "-{}", "0", "NULL"),
    "date": ("{} + 1", "{} - 365", "NULL"),
    "timestamp with time zone": ("{} + interval '1 microsecond'", "{} - interval '1 year'"),
    "boolean": ("NOT {}",),
    "bytea": ("set_byte({0}, 0, 255 - get_byte({0}, 0))", "{} || '\\x00'", "sha256({})"),
    "numeric(78,0)": ("{} + 1", "-{}", "NULL"),
    "quantity": ("{} + 0.000000000000000001", "-{}", "{} * 10", "round({})", "NULL"),
}
"""What a field may be changed to, by its type; what is no change or no value is tried again."""

UNREAD = {("change_tallies", "id")}
"""A row's own number, which nothing refers to and no figure depends on."""


@pytest.fixture(scope="module")
def owner(template: URL) -> Iterator[Engine]:
    with prepared_books(template) as books:
        engine = create_engine(books.owner)
        yield engine
        engine.dispose()


def fields(session: Session) -> list[tuple[str, str, str]]:
    """Return table, column and type of every field that verification is to hold."""
    names = [*UNSEALED, *(table.name for table in sealed_tables(session))]
    found = session.execute(
        text("""
            SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
            JOIN pg_class c ON c.oid = a.attrelid
            WHERE c.relname = ANY(:names) AND a.attnum > 0 AND NOT a.attisdropped
                AND c.relnamespace = 'public'::regnamespace ORDER BY 1, 2
        """),
        {"names": names},
    )
    return [(row[0], row[1], row[2]) for row in found if (row[0], row[1]) not in UNREAD]


def edit(session: Session, chance: Random) -> str | None:
    """Change one field of one row; return which, or nothing if the database would not."""
    table, column, kind = chance.choice(fields(session))
    other = chance.choice(OTHERWISE[kind]).format(f'"{column}"')
    rows = session.scalar(text(f"SELECT count(*) FROM {table}")) or 0
    if not rows:
        return None
    row = session.scalar(
        text(f"SELECT ctid::text FROM {table} ORDER BY ctid OFFSET :at LIMIT 1"),
        {"at": chance.randrange(rows)},
    )
    session.execute(text(ASLEEP))
    try:
        changed = session.scalars(
            text(
                f"UPDATE {table} SET \"{column}\" = {other} WHERE ctid = '{row}' "
                f'AND "{column}" IS DISTINCT FROM ({other}) RETURNING 1'
            )
        ).all()
    except DBAPIError:
        return None
    return f"{table}.{column} = {other} at {row}" if changed else None


@pytest.mark.parametrize("seed", range(CASES))
def test_every_single_field_edit_is_detected(owner: Engine, seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - the same edits every time
    missed, made = [], 0
    while made < EDITS:
        with Session(owner) as session:
            edited = edit(session, chance)
            if edited is not None:
                made += 1
                missed += [] if verify_books(session).problems else [edited]
            session.rollback()
    assert missed == [], f"seed {seed}"
    with Session(owner) as session:
        session.execute(text(ASLEEP))
        assert verify_books(session).clean
