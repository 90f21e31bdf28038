from hashlib import sha256

import psycopg
import pytest

from ledger import evidence
from ledger.sealing import head
from ledger.tables import Evidence
from support.books import Books

CONTENT = b"month,fee\n2023-10,1\n\x00\xff"


def keep(books: Books, content: bytes, name: str) -> str:
    with books.write() as change:
        return evidence.keep(change, content, name)


def test_a_file_is_kept_byte_for_byte_under_its_sha_256(books: Books) -> None:
    digest = keep(books, CONTENT, "a folder/of its own/Gate.CSV")
    assert digest == sha256(CONTENT).hexdigest()
    with books.read() as session:
        kept = session.get_one(Evidence, digest)
    assert (kept.content, kept.size) == (CONTENT, len(CONTENT))
    assert (kept.file_name, kept.media_type) == ("Gate.CSV", "text/csv")


def test_the_same_bytes_are_kept_once_under_their_first_name(books: Books) -> None:
    first = keep(books, CONTENT, "one.csv")
    digest = books.digest()
    assert keep(books, CONTENT, "two.json") == first
    assert books.digest() == digest


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.json", "application/json"),
        ("a.txt", "text/plain"),
        ("a.xlsx", "application/octet-stream"),
        ("a", "application/octet-stream"),
    ],
)
def test_the_media_type_follows_the_name(books: Books, name: str, media_type: str) -> None:
    digest = keep(books, b"", name)
    with books.read() as session:
        assert session.get_one(Evidence, digest).media_type == media_type


@pytest.mark.parametrize(("digest", "size"), [("0" * 64, 3), (sha256(b"abc").hexdigest(), 4)])
def test_the_database_refuses_content_that_is_not_what_its_row_says(
    books: Books, digest: str, size: int
) -> None:
    before = books.digest()
    with books.read() as session:
        number = head(session).number + 1
    with pytest.raises(psycopg.errors.CheckViolation), books.sql() as connection:
        connection.execute(
            "INSERT INTO evidence (sha256, file_name, media_type, size, content, change_no)"
            " VALUES (%s, 'a', 'b', %s, 'abc', %s)",
            [digest, size, number],
        )
    assert books.digest() == before
