"""Sixteen processes post to ten accounts at once: nothing is lost, and nobody sees an error."""

from pathlib import Path

from support.books import Books
from support.load import many_writers

SECONDS = 5


def test_many_writers_on_a_few_accounts_lose_nothing(books: Books, tmp_path: Path) -> None:
    reckoned = many_writers(books.engine.url, tmp_path, SECONDS)
    assert reckoned.acknowledged > reckoned.refused > 0
