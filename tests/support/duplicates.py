"""Commands typed at the same moment, each in a process of its own."""

import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from sqlalchemy.engine import URL, make_url

from ledger.sealing import BOOKS_LOCK
from support.books import Books
from support.command_line import Answer, feeshare
from support.databases import service_engine
from support.processes import FORKS

WAIT_SECONDS = 60
WAITING = """
    SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
    WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted
"""


def at_once(
    books: Books, *commands: Sequence[str], actor: str = "treasurer", at: str = "2023-11-03T09:00Z"
) -> list[Answer]:
    """Run commands that write, all of which wait for the books when the first may begin."""
    url = books.owner.render_as_string(hide_password=False)
    with ProcessPoolExecutor(len(commands), mp_context=FORKS) as pool:
        with books.sql() as holder, books.sql() as watcher:
            watcher.autocommit = True
            holder.execute(f"SELECT pg_advisory_xact_lock({BOOKS_LOCK})")
            answers = [pool.submit(_type, url, tuple(each), actor, at) for each in commands]
            until = time.monotonic() + WAIT_SECONDS
            while watcher.execute(WAITING).fetchone() != (len(commands),):
                assert time.monotonic() < until, "not all of them wait"
                time.sleep(0.02)
            holder.rollback()
        return [answer.result() for answer in answers]


def _type(url: str, arguments: Sequence[str], actor: str, at: str) -> Answer:
    owner: URL = make_url(url)
    engine = service_engine(owner)
    try:
        return feeshare(Books(owner=owner, engine=engine), *arguments, actor=actor, at=at)
    finally:
        engine.dispose()
