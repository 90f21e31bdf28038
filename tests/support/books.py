"""Books for tests: a service's engine, writing at a test's own moment, and what is in them."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from typing import Self

import psycopg
from sqlalchemy import Engine, text
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from feeshare.database import reading, writing
from ledger.sealing import Change
from support.databases import owner_dsn


class Books:
    """One test's books; `at` is when what the test writes is written.

    `is_warm` says that the engine is another's, who keeps its connections for the next test.
    """

    def __init__(
        self, owner: URL, engine: Engine, at: datetime = datetime(2023, 11, 3, 9, tzinfo=UTC)
    ) -> None:
        self._owner = owner
        self._asked: list[str] = []
        self.is_warm = False
        self.engine = engine
        self.at = at

    @property
    def owner(self) -> URL:
        """Return the owner's URL; the owner may change more than rows, which is remembered."""
        self._asked.append("owner")
        return self._owner

    @property
    def owner_was_asked(self) -> bool:
        """Return whether somebody asked for the owner, of these books or through others."""
        return bool(self._asked)

    def through(self, engine: Engine) -> Self:
        """Return the same books, reached by another engine."""
        same = type(self)(self._owner, engine, self.at)
        same._asked = self._asked
        return same

    def write(
        self, actor: str = "treasurer", reason: str = "test"
    ) -> AbstractContextManager[Change]:
        """Open a change that is sealed at the end."""
        return writing(self.engine, actor=actor, reason=reason, at=self.at)

    def read(self) -> AbstractContextManager[Session]:
        """Open a session that cannot write."""
        return reading(self.engine)

    @contextmanager
    def sql(self, *, as_owner: bool = False) -> Iterator[psycopg.Connection]:
        """Open a raw connection: as the service's role, or as the owner of the tables."""
        url = self.owner if as_owner else self.engine.url
        with psycopg.connect(owner_dsn(url, str(url.database))) as connection:
            yield connection

    def digest(self) -> str:
        """Return a digest of every row of every table, to show that nothing was written.

        The access log is left out: it is no part of the books, and grows with every look at them.
        """
        whole = sha256()
        with self.engine.connect() as connection:
            tables = connection.scalars(
                text(
                    "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
                    " AND tablename <> 'access_log' ORDER BY 1"
                )
            ).all()
            # One question for all of them: there are many tables, and most hold little.
            every = " UNION ALL ".join(
                f"SELECT '{table}' AS name, t::text AS row FROM \"{table}\" t" for table in tables
            )
            for name, row in connection.execute(text(f"{every} ORDER BY 1, 2")):
                whole.update(f"{name}\n{row}\n".encode())
        return whole.hexdigest()
