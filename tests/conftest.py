from collections.abc import Iterator

import pytest
from sqlalchemy.engine import URL

from support.books import Books
from support.databases import fresh_database, make_template, service_engine


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> URL:
    return make_template(tmp_path_factory.mktemp("home"))


@pytest.fixture
def books(template: URL) -> Iterator[Books]:
    with fresh_database(template) as owner:
        engine = service_engine(owner)
        yield Books(owner=owner, engine=engine)
        engine.dispose()
