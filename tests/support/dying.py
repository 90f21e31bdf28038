"""Work in a process of its own that is killed around a commit, as power fails."""

import os
from collections.abc import Callable
from signal import SIGKILL

from sqlalchemy import event

from feeshare.database import make_engine
from support.books import Books
from support.chain_books import ChainBooks, setup_of


def die_before_commit(watching: ChainBooks, write: int) -> bool:
    """Scan until the nth commit is about to be made, and die; return whether it came to that."""
    child = os.fork()
    if child == 0:
        try:
            _scan(watching, write)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def die_around(books: Books, act: Callable[[Books], object], *, before: bool) -> None:
    """Do something in a process that is killed before its first commit, or after all of it."""
    child = os.fork()
    if child == 0:
        try:
            engine = make_engine(books.engine.url)
            if before:
                event.listen(engine, "commit", lambda _: os.kill(os.getpid(), SIGKILL))
            act(books.through(engine))
            os.kill(os.getpid(), SIGKILL)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)


def _scan(watching: ChainBooks, write: int) -> None:
    engine = make_engine(watching.books.engine.url)
    seen = 0

    def before_commit(_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == write:
            os.kill(os.getpid(), SIGKILL)

    event.listen(engine, "commit", before_commit)
    # Lines to providers are not shared with the process that goes on.
    held = watching.setup
    setup = setup_of(
        watching.chain, *watching.urls, agreeing=held.agreeing, identity=held.chain.identity
    )
    ChainBooks(watching.books.through(engine), setup).scan()
