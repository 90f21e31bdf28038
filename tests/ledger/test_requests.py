import pytest

from feeshare.database import writing
from ledger.errors import ReferenceReused
from ledger.requests import Request, RequestDone, fingerprint
from ledger.users import add
from support.books import Books

ASKED = Request("r-1", fingerprint(["user add", "alice", "approver"]))


def ask(books: Books, request: Request, name: str = "alice") -> None:
    with writing(books.engine, actor="a", reason="r", at=books.at, request=request) as change:
        add(change, name, "approver")


def test_a_request_asked_again_is_answered_with_its_change(books: Books) -> None:
    ask(books, ASKED)
    digest = books.digest()
    with pytest.raises(RequestDone, match="is change 2 of 2023-11-03T09:00:00Z") as done:
        ask(books, ASKED)
    assert (done.value.change_no, done.value.exit_status) == (2, 0)
    assert books.digest() == digest


def test_what_was_done_before_is_not_done_again(books: Books) -> None:
    ask(books, ASKED)
    digest = books.digest()
    with pytest.raises(RequestDone):
        # The fingerprint is the caller's word for what it asks; the work is not begun.
        ask(books, ASKED, "bob")
    assert books.digest() == digest


def test_a_key_with_other_content_is_refused(books: Books) -> None:
    ask(books, ASKED)
    digest = books.digest()
    other = Request("r-1", fingerprint(["user add", "bob", "approver"]))
    with pytest.raises(ReferenceReused, match="Request 'r-1' is recorded already") as refused:
        ask(books, other, "bob")
    assert refused.value.exit_status == 5
    assert books.digest() == digest


def test_another_key_is_another_request(books: Books) -> None:
    ask(books, ASKED)
    digest = books.digest()
    ask(books, Request("r-2", ASKED.fingerprint), "bob")
    assert books.digest() != digest


def test_a_request_that_failed_may_be_asked_again(books: Books) -> None:
    with (  # noqa: PT012 - the error comes after a write
        pytest.raises(RuntimeError),
        writing(books.engine, actor="a", reason="r", at=books.at, request=ASKED) as change,
    ):
        add(change, "alice", "approver")
        raise RuntimeError
    digest = books.digest()
    ask(books, ASKED)
    assert books.digest() != digest


def test_a_request_that_changes_nothing_leaves_its_key_free(books: Books) -> None:
    ask(books, ASKED)
    digest = books.digest()
    ask(books, Request("r-2", ASKED.fingerprint))
    assert books.digest() == digest


@pytest.mark.parametrize(
    "fields", [["user add", "alice"], ["user add", "aliceapprover"], ["user add", None, "alice"]]
)
def test_other_fields_have_another_fingerprint(fields: list[str | None]) -> None:
    assert fingerprint(fields) != ASKED.fingerprint
