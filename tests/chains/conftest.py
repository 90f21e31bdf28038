from collections.abc import Iterator

import pytest

from support.chain_books import close_clients


@pytest.fixture(autouse=True)
def _closed_lines() -> Iterator[None]:
    """Close the lines that a test opened to providers."""
    yield
    close_clients()
