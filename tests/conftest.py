from collections.abc import Iterator

import pytest
from sqlalchemy.engine import URL

from feeshare.database import throw_away_home
from support.books import Books
from support.databases import (
    fresh_database,
    make_furnished_template,
    make_template,
    service_engine,
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak-seconds", type=float, default=10, help="how long a soak searches")


@pytest.fixture(scope="session")
def template() -> URL:
    return make_template(throw_away_home())


@pytest.fixture
def books(template: URL) -> Iterator[Books]:
    with fresh_database(template) as owner:
        engine = service_engine(owner)
        yield Books(owner=owner, engine=engine)
        engine.dispose()


@pytest.fixture(scope="session")
def furnished_template(template: URL) -> URL:
    return make_furnished_template(template)


@pytest.fixture
def furnished_books(furnished_template: URL) -> Iterator[Books]:
    """Give books with the examples' exchanges, payees, wallets and agreements."""
    with fresh_database(furnished_template) as owner:
        engine = service_engine(owner)
        yield Books(owner=owner, engine=engine)
        engine.dispose()
