"""The command line in tests: what a person types, who types it when, and what it answers."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from unittest.mock import patch

from sqlalchemy import Engine
from sqlalchemy.engine import URL
from sqlalchemy.engine.base import OptionEngine

from feeshare.cli.main import run
from feeshare.database import make_engine
from support.books import Books


@dataclass(frozen=True)
class Answer:
    """An exit status and what went to each stream."""

    status: int
    out: str
    err: str


@contextmanager
def surroundings(books: Books, actor: str, at: str) -> Iterator[None]:
    """Set the environment of a command: the test's books, who acts, and the moment."""
    ours = {
        "FEESHARE_DATABASE_URL": books.engine.url.render_as_string(hide_password=False),
        "FEESHARE_ACTOR": actor,
        "FEESHARE_CLOCK": at,
        "NO_COLOR": "1",
    }
    with patch.dict(os.environ, ours):
        yield


class Kept(OptionEngine):
    """An engine whose connections outlive the command that used it."""

    def dispose(self, close: bool = True) -> None:  # noqa: FBT001, FBT002 - the library's
        """Leave the connections to whoever lent the engine."""


def lent(books: Books) -> Callable[[URL], Engine]:
    """Return what makes engines for commands: of the test's own books the one that is warm."""

    def make(url: URL) -> Engine:
        if not books.is_warm or url != books.engine.url:
            return make_engine(url)
        return Kept(books.engine, {})

    return make


def feeshare(
    books: Books, *arguments: str, actor: str = "treasurer", at: str = "2023-11-03T09:00:00Z"
) -> Answer:
    """Run one command in this process, whole: arguments in, exit status and streams out."""
    out, err = StringIO(), StringIO()
    status = 0
    with (
        surroundings(books, actor, at),
        patch("sys.argv", ["feeshare", *arguments]),
        patch("feeshare.cli.desk.make_engine", lent(books)),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            run()
        except SystemExit as left:
            status = left.code if isinstance(left.code, int) else 1
    return Answer(status=status, out=out.getvalue(), err=err.getvalue())
