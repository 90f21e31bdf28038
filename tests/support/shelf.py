"""A shelf of databases that tests use one after another: emptied in between, not made anew.

Copying a template and warming up a connection take longer than most tests. Law: a test finds what
the template holds and nothing else. Whatever may have changed more than rows gets its database
thrown away: who asked for its owner, left a connection open or kept a lock.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg
from sqlalchemy.engine import URL

from support.books import Books
from support.databases import fresh_database, owner_dsn, service_engine

TESTS = 100
"""So many tests use a database before another one is made: rows that were deleted stay in it."""

PATIENCE = 0.1
"""Seconds until a connection that a test closed is gone from the server."""

CONNECTED = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
        AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
LOCKED = """
    SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
    WHERE d.datname = current_database() AND l.locktype = 'advisory'
"""


class Lent:
    """A database of its own, with an engine that stays warm and a connection that empties it."""

    def __init__(self, template: URL) -> None:
        self._stack = ExitStack()
        self.owner = self._stack.enter_context(fresh_database(template))
        self.engine = service_engine(self.owner)
        self._stack.callback(self.engine.dispose)
        self._admin = self._stack.enter_context(
            psycopg.connect(owner_dsn(self.owner, str(self.owner.database)), autocommit=True)
        )
        self._admin.execute("SET session_replication_role = replica")  # append-only is for others
        self._admin.execute("SET lock_timeout = '2s'")
        self._rows = self._prepare()
        self._digest = Books(self.owner, self.engine).digest()
        self.tests = 0

    def _prepare(self) -> int:
        """Make the function that empties every table; return how many rows the template has."""
        tables = [
            name
            for (name,) in self._admin.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
            )
        ]
        first = self._one("SELECT pg_current_xact_id()::text::bigint")
        filled = [name for name in tables if self._one(f'SELECT count(*) FROM "{name}"')]
        emptying = "".join(
            f'DELETE FROM public."{name}" WHERE xmin::text::bigint >= {first};' for name in tables
        )
        resetting = "".join(
            f"PERFORM setval('public.{name}', {value or start}, {value is not None});"
            for name, start, value in self._admin.execute(
                "SELECT sequencename, start_value, last_value FROM pg_sequences"
            )
        )
        counting = " + ".join(f'(SELECT count(*) FROM public."{name}")' for name in filled)
        self._admin.execute(
            f"""
            CREATE FUNCTION pg_temp.empty_tables() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN
                {emptying}
                {resetting}
                RETURN {counting};
            END $$
            """
        )
        return self._one(f"SELECT {counting}")

    def _one(self, question: str) -> int:
        row = self._admin.execute(question).fetchone()
        assert row is not None
        return int(row[0])

    def is_empty_again(self) -> bool:
        """Delete what a test wrote; say whether only what the template holds is left."""
        self.tests += 1
        if self._is_used():
            return False
        try:
            if self._one("SELECT pg_temp.empty_tables()") != self._rows:
                return False
        except psycopg.errors.LockNotAvailable:
            return False
        if self.tests < TESTS:
            return True
        # One look in a hundred: else nothing would ever say that rows are left.
        assert Books(self.owner, self.engine).digest() == self._digest, "a test left rows behind"
        return False

    def _is_used(self) -> bool:
        """Return whether somebody else than the idle engine is still there, or a lock is held."""
        pool = self.engine.pool
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if self._one(CONNECTED) == pool.checkedin():  # type: ignore[attr-defined]
                return bool(pool.checkedout() or self._one(LOCKED))  # type: ignore[attr-defined]
            time.sleep(0.002)
        return True

    def drop(self) -> None:
        """Throw the database away."""
        self._stack.close()


class Shelf:
    """Lends books in databases that are copies of a template, one at a time or several."""

    def __init__(self, template: URL) -> None:
        self._template = template
        self._waiting: list[Lent] = []

    @contextmanager
    def lend(self) -> Iterator[Books]:
        """Give books that hold what the template holds."""
        lent = self._waiting.pop() if self._waiting else Lent(self._template)
        books = Books(owner=lent.owner, engine=lent.engine.execution_options())
        books.is_warm = True
        can_be_lent = False
        try:
            yield books
            can_be_lent = not books.owner_was_asked and lent.is_empty_again()
        finally:
            if can_be_lent:
                self._waiting.append(lent)
            else:
                lent.drop()

    def close(self) -> None:
        """Throw every database away."""
        while self._waiting:
            self._waiting.pop().drop()
