"""Bad input, typed: its code is told, the exit status fits, and nothing of it is posted."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from errors import table
from errors.catalogue import NOT_HERE, NUMBERS, REPRODUCTIONS
from errors.on_statements import (
    january_is_closed,
    october_waits,
    same_bytes_by_another_name,
    statement_of_the_closed_month,
)
from errors.reproductions import Reproduction, messages, opened, small_books, taken, waiting
from support.books import Books
from support.command_line import Answer, feeshare
from support.databases import fresh_database
from support.shelf import Shelf

NEEDS_REVIEW = 3
STATUSES = {"F": {2}, "E": {2, 5}, "Q": {2, 3}, "W": {3}, "ok": {0}}


@pytest.fixture(scope="module")
def small(template: URL) -> Iterator[URL]:
    with small_books(template) as owner:
        yield owner


@pytest.fixture(scope="module")
def shared(small: URL) -> Iterator[Books]:
    """Give books for what is refused at once: each use leaves them as they were."""
    with fresh_database(small) as owner, opened(owner) as books:
        yield books


@pytest.fixture(scope="module")
def small_shelf(small: URL) -> Iterator[Shelf]:
    with closing(Shelf(small)) as shelf:
        yield shelf


@pytest.fixture
def own(small_shelf: Shelf) -> Iterator[Books]:
    """Give books for what writes."""
    with small_shelf.lend() as books:
        yield books


def entries(books: Books) -> int:
    with books.sql() as connection:
        row = connection.execute("SELECT count(*) FROM journal_entries").fetchone()
    assert row is not None
    return int(row[0])


def require_told(books: Books, folder: Path, answer: Answer, wanted: Reproduction) -> None:
    assert wanted.status in STATUSES[wanted.level]
    assert answer.status == wanted.status, answer
    assert answer.out == "" or wanted.status in {0, NEEDS_REVIEW}
    told = messages(books, folder, answer)
    assert any(f"{wanted.code}: " in line for line in told) or not wanted.code, told
    assert str(folder) not in "".join(told)
    if table.examples().get(wanted.code) is wanted:
        assert table.written()[wanted.code] == table.example(wanted.code, told), "make errors"


@pytest.mark.parametrize(
    "wanted",
    [each for each in REPRODUCTIONS if each.status not in {0, NEEDS_REVIEW}],
    ids=str,
)
def test_bad_input_is_refused_and_nothing_of_it_is_kept(
    wanted: Reproduction, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    books: Books = request.getfixturevalue("own" if wanted.prepare else "shared")
    if wanted.prepare:
        wanted.prepare(books, tmp_path)
    before = books.digest()
    answer = wanted.provoke(books, tmp_path)
    require_told(books, tmp_path, answer, wanted)
    assert books.digest() == before


@pytest.mark.parametrize(
    "wanted",
    [each for each in REPRODUCTIONS if each.status == NEEDS_REVIEW],
    ids=str,
)
def test_what_a_person_has_to_look_at_posts_nothing_until_it_is_settled(
    wanted: Reproduction, own: Books, tmp_path: Path
) -> None:
    if wanted.prepare:
        wanted.prepare(own, tmp_path)
    before = entries(own)
    answer = wanted.provoke(own, tmp_path)
    require_told(own, tmp_path, answer, wanted)
    staged = own.digest()
    accepted = feeshare(own, "review", "accept", "--all")
    assert accepted.status == NEEDS_REVIEW, accepted
    statement = waiting(accepted) or accepted.err.rpartition(" accept ")[2].strip()
    if waiting(accepted):
        by_name = feeshare(own, "review", "accept", statement)
        assert by_name.status not in {0, 1}, by_name
    assert (entries(own), own.digest()) == (before, staged)
    if wanted.level == "W":
        if waiting(accepted):
            taken(own, "review", "acknowledge", statement, "--reason", "as the exchange says")
        taken(own, "review", "accept", statement)
        assert entries(own) == before + 1


@pytest.mark.parametrize("wanted", [each for each in REPRODUCTIONS if not each.status], ids=str)
def test_what_only_looks_bad_is_taken(wanted: Reproduction, own: Books, tmp_path: Path) -> None:
    if wanted.prepare:
        wanted.prepare(own, tmp_path)
    answer = wanted.provoke(own, tmp_path)
    require_told(own, tmp_path, answer, wanted)


def test_every_number_has_a_reproduction_or_a_reason() -> None:
    tried = {each.number for each in REPRODUCTIONS}
    assert tried | NOT_HERE.keys() == set(NUMBERS)
    assert not tried & NOT_HERE.keys()


def test_every_reproduction_has_a_name_of_its_own() -> None:
    names = [str(each) for each in REPRODUCTIONS]
    assert len(names) == len(set(names))


def test_every_code_that_is_met_has_its_example() -> None:
    assert list(table.written()) == list(table.examples()), "make errors"
    before, between, after = table.split(table.PATH.read_text("utf-8"))
    assert before
    assert after
    assert between == table.table(table.written()), "make errors"


def test_a_statement_of_a_closed_month_is_dated_in_the_first_open_one(
    own: Books, tmp_path: Path
) -> None:
    january_is_closed(own, tmp_path)
    assert statement_of_the_closed_month(own, tmp_path).status == 0
    assert "Entry 1 of 2023-02-01" in taken(own, "entry", "show", "1").err


def test_the_same_bytes_by_another_name_change_nothing(own: Books, tmp_path: Path) -> None:
    october_waits(own, tmp_path)
    before = own.digest()
    assert "Nothing new" in same_bytes_by_another_name(own, tmp_path).err
    assert own.digest() == before
