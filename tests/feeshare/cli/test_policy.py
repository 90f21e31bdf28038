import json

import pytest

from support.books import Books
from support.command_line import feeshare


def propose(books: Books, name: str, value: str) -> int:
    told = ("--from", "2023-12-01", "--reason", "decided")
    return feeshare(books, "policy", "propose", name, value, *told).status


def proposed(books: Books, name: str) -> object:
    """Return the newest value of a policy, as the list prints it."""
    rows = json.loads(feeshare(books, "policy", "list", "--json").out)
    return [row["value"] for row in rows if row["name"] == name][-1]


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("renewal-price", "2500", '"2500"'),
        ("renewal-price", "2500.50", '"2500.50"'),
        ("destination-hold-days", "10", "10"),
        ("share-becomes-due", "stated", '"stated"'),
    ],
)
def test_a_policys_value_is_typed_as_it_is_read(
    books: Books, name: str, value: str, kept: str
) -> None:
    assert propose(books, name, value) == 0
    assert proposed(books, name) in (kept, kept.strip('"'))


def test_a_policys_value_that_does_not_fit_is_refused(books: Books) -> None:
    digest = books.digest()
    for name, value in (
        ("renewal-price", "much"),
        ("destination-hold-days", "0"),
        ("nothing", "1"),
    ):
        assert propose(books, name, value) != 0
    assert books.digest() == digest
