import gc
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from feeshare.database import throw_away_home
from ledger.recursion import usual_recursion_limit
from support.books import Books
from support.databases import make_furnished_template, make_template
from support.shelf import Shelf

with usual_recursion_limit():
    import py_ecc  # noqa: F401 - raises the limit, whatever imports it later

MEMORY = Path("/dev/shm")  # noqa: S108 - a throw-away server makes a folder of its own there
"""Where there is a file system in memory: thousands of databases are copied for as many tests."""


gc.set_threshold(100_000)  # as the command line does


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak-seconds", type=float, default=10, help="how long a soak searches")


@pytest.fixture(scope="session")
def template() -> URL:
    in_memory = MEMORY if os.access(MEMORY, os.W_OK) else None
    return make_template(throw_away_home(in_memory))


@pytest.fixture(scope="session")
def shelf(template: URL) -> Iterator[Shelf]:
    with closing(Shelf(template)) as shelf:
        yield shelf


@pytest.fixture
def books(shelf: Shelf) -> Iterator[Books]:
    with shelf.lend() as books:
        yield books


@pytest.fixture(scope="session")
def furnished_shelf(template: URL) -> Iterator[Shelf]:
    with closing(Shelf(make_furnished_template(template))) as shelf:
        yield shelf


@pytest.fixture
def furnished_books(furnished_shelf: Shelf) -> Iterator[Books]:
    """Give books with the examples' exchanges, payees, wallets and agreements."""
    with furnished_shelf.lend() as books:
        yield books
