"""Migrations: one line of revisions, and a schema that is what the tables in the code say."""

import importlib
from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, create_engine, text
from sqlalchemy.engine import URL

from architecture.source import module_name, modules
from feeshare import schema
from ledger.base import Base
from support.books import Books
from support.databases import fresh_database

MARK = {"alembic_version"}
"""The migrations' own note of where a database stands: no table of ours, and not append-only."""

ERASABLE = {"personal_files", "pseudonym_keys"}
"""What must be erased when somebody asks for it: no books, and nothing of it is rewritten."""

WRITTEN_OVER = {"chain_scans", "provider_health"}
"""How things are now: no record of what was, which would grow with every look."""

WRITTEN_BY_TRIGGERS = {"change_tallies", "account_balances"}

BY_KEY = {
    *("obligation_claims_after_release_fkey", "execution_slots_after_release_fkey"),
    "durable_slots_after_release_fkey",
}
"""Keys between tables that name each other: made in the migration, told in `payouts.tables`."""

DATED_BY_THE_DATABASE = {"access_log": {"id", "at"}}
"""Columns that the service may not write, though it writes the others."""

NO_SECOND_WORDS = {"destination_lifts", "statement_acceptances"}
"""Tables whose columns are named as those of second words, but that one person's word fills."""


@pytest.fixture
def owner(books: Books) -> Iterator[Connection]:
    """Give a connection as the owner of the tables."""
    engine = create_engine(books.owner)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def import_all_tables() -> None:
    for path in modules():
        if path.endswith("tables.py"):
            importlib.import_module(module_name(path))


def tables_of(connection: Connection) -> set[str]:
    found = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return set(connection.scalars(found))


def test_revisions_are_one_line_from_the_first_to_one_head() -> None:
    script = ScriptDirectory.from_config(schema._config())
    revisions = list(script.walk_revisions())
    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1
    assert [revision.revision for revision in reversed(revisions)] == [
        f"{number:04d}" for number in range(1, len(revisions) + 1)
    ]
    assert [revision.revision for revision in revisions if not (revision.doc or "").strip()] == []


def test_an_empty_database_comes_up_to_the_newest_revision(template: URL) -> None:
    with fresh_database(template) as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
        assert schema.revision(url) is None
        schema.upgrade(url)
        assert schema.revision(url) == schema.newest_revision()
        schema.upgrade(url)
        assert schema.revision(url) == schema.newest_revision()


def test_the_schema_is_what_the_tables_in_the_code_say(owner: Connection) -> None:
    import_all_tables()
    differences = compare_metadata(MigrationContext.configure(owner), Base.metadata)
    assert [
        difference
        for difference in differences
        if not (difference[0] == "remove_fk" and difference[1].name in BY_KEY)
    ] == []
    assert tables_of(owner) - MARK == set(Base.metadata.tables)


def test_the_checks_in_the_schema_are_those_in_the_code(owner: Connection) -> None:
    import_all_tables()
    there = text("""
        SELECT k.conrelid::regclass::text || '.' || k.conname FROM pg_constraint k
        WHERE k.contype = 'c' AND k.conrelid <> 0 AND k.connamespace = 'public'::regnamespace
    """)
    written = {
        f"{table.name}.{constraint.name}"
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }
    assert set(owner.scalars(there)) == written


def test_every_table_is_append_only(owner: Connection) -> None:
    guarded = text("""
        SELECT c.relname, t.tgtype & (8 + 16 + 32) AS operations FROM pg_trigger t
        JOIN pg_class c ON c.oid = t.tgrelid
        WHERE t.tgname = 'append_only' AND t.tgenabled = 'O'
            AND c.relnamespace = 'public'::regnamespace
    """)
    # Bits of pg_trigger.tgtype: 8 DELETE, 16 UPDATE, 32 TRUNCATE.
    found = {row.relname for row in owner.execute(guarded) if row.operations == 8 + 16 + 32}
    assert tables_of(owner) - MARK - ERASABLE - WRITTEN_OVER == found


def test_every_second_word_asks_for_a_role(owner: Connection) -> None:
    columns = "('confirmed_by', 'accepted_by', 'decided_by', 'lifted_by', 'vouched_by')"
    seconds = text(f"""
        SELECT c.relname, bool_or(p.prosrc LIKE '%refuse_roles%') AS asks
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'
        LEFT JOIN pg_trigger t ON t.tgrelid = c.oid LEFT JOIN pg_proc p ON p.oid = t.tgfoid
        WHERE a.attname IN {columns} AND c.relnamespace = 'public'::regnamespace GROUP BY 1
    """)
    found = {row.relname: row.asks for row in owner.execute(seconds)}
    assert len(found) > 12
    assert {name for name, asks in found.items() if not asks} == NO_SECOND_WORDS


def test_what_may_be_erased_is_not_rewritten(owner: Connection) -> None:
    guarded = text("""
        SELECT c.relname, t.tgtype & (8 + 16 + 32) AS operations FROM pg_trigger t
        JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname = 'not_rewritten'
    """)
    found = {row.relname for row in owner.execute(guarded) if row.operations == 16 + 32}
    assert found == ERASABLE


def test_the_service_may_only_read_and_insert(owner: Connection) -> None:
    granted = text("""
        SELECT table_name, privilege_type FROM information_schema.role_table_grants
        WHERE grantee IN ('feeshare_app', 'PUBLIC') AND table_schema = 'public'
    """)
    grants: dict[str, set[str]] = {table: set() for table in tables_of(owner)}
    for row in owner.execute(granted):
        grants[row.table_name].add(row.privilege_type)
    read_only = WRITTEN_BY_TRIGGERS | MARK | set(DATED_BY_THE_DATABASE)
    expected = {table: {"SELECT", "INSERT"} for table in grants}
    expected |= {table: {"SELECT"} for table in read_only}
    expected |= {table: {"SELECT", "INSERT", "DELETE"} for table in ERASABLE}
    expected |= {table: {"SELECT", "INSERT", "UPDATE"} for table in WRITTEN_OVER}
    assert grants == expected


def test_the_service_writes_no_number_and_no_time_of_the_access_log(owner: Connection) -> None:
    granted = text("""
        SELECT a.attname, has_column_privilege('feeshare_app', a.attrelid, a.attnum, 'INSERT')
        FROM pg_attribute a WHERE a.attrelid = CAST(:table AS regclass)
            AND a.attnum > 0 AND NOT a.attisdropped
    """)
    for table, kept in DATED_BY_THE_DATABASE.items():
        found = owner.execute(granted, {"table": table}).all()
        assert {name for name, may in found if not may} == kept
        assert any(may for _, may in found)


def test_the_service_owns_nothing_and_may_do_nothing_else(owner: Connection) -> None:
    role = owner.execute(
        text("""
            SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls
            FROM pg_roles WHERE rolname = 'feeshare_app'
        """)
    ).one()
    assert not any(role)
    owned = text("""
        SELECT relname FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
        WHERE r.rolname = 'feeshare_app'
    """)
    assert owner.scalars(owned).all() == []
    may_create = text("SELECT has_schema_privilege('feeshare_app', 'public', 'CREATE')")
    assert owner.scalar(may_create) is False


def test_the_service_may_call_no_function_that_writes(owner: Connection) -> None:
    callable_ones = text("""
        SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
            AND has_function_privilege('feeshare_app', p.oid, 'EXECUTE')
            AND (p.provolatile = 'v' OR p.prosecdef)
    """)
    assert owner.scalars(callable_ones).all() == []


def test_every_table_of_a_change_can_be_read_as_it_was_known(owner: Connection) -> None:
    columns = text("""
        SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position) AS names
        FROM information_schema.columns WHERE table_schema = :schema GROUP BY 1
    """)
    tables, views = (
        {row.table_name: row.names for row in owner.execute(columns, {"schema": schema})}
        for schema in ("public", "as_known")
    )
    of_changes = {"changes", "postings"} | {
        name for name, names in tables.items() if "change_no" in names
    }
    assert views == {name: tables[name] for name in of_changes}


def test_what_was_known_can_only_be_read(owner: Connection) -> None:
    granted = text("""
        SELECT DISTINCT privilege_type FROM information_schema.role_table_grants
        WHERE grantee IN ('feeshare_app', 'PUBLIC') AND table_schema = 'as_known'
    """)
    assert set(owner.scalars(granted)) == {"SELECT"}
    may_create = text("SELECT has_schema_privilege('feeshare_app', 'as_known', 'CREATE')")
    assert owner.scalar(may_create) is False
    # A view that reads as its owner would show what the reader may not see.
    as_reader = text("""
        SELECT relname FROM pg_class WHERE relnamespace = 'as_known'::regnamespace
            AND NOT coalesce('security_invoker=true' = ANY(reloptions), false)
    """)
    assert owner.scalars(as_reader).all() == []
