import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from feeshare.verifying import verify_books
from ledger import anchors, parties
from ledger.anchors import Anchor
from ledger.encoding import GENESIS
from ledger.errors import BadInput, Conflict
from ledger.journal import JournalEntry, Posting, post
from ledger.policies import canonical
from ledger.sealing import Head, head
from ledger.tables import ChangeRow
from support.books import Books
from support.forgery import cut_off_the_tail, owner_of, unguarded, write_anew
from support.payouts import pem_of, private_key, public_key

HEAD = Head(
    number=7,
    hash=bytes(range(32)),
    recorded_at=datetime(2023, 11, 3, 9, 0, 0, 250, tzinfo=UTC),
    entry_last=12,
)
LINE = anchors.make(HEAD, pem_of("carol"))


def fee(number: int) -> JournalEntry:
    return JournalEntry(
        reference=f"fee:{number}",
        effective_date=date(2023, 1, number),
        kind="manual",
        narration="fee",
        postings=[
            Posting("expenses:network-fees", Decimal(number), "USDT", party="payee"),
            Posting("equity:opening", -Decimal(number), "USDT"),
        ],
    )


def write_four_changes(books: Books) -> None:
    """Seal a payee and three fees, each in a change of its own."""
    with books.write() as change:
        parties.add(change, name="Payee", kind="payee")
    for number in (1, 2, 3):
        with books.write() as change:
            post(change, [fee(number)])


def anchored(books: Books) -> Anchor:
    with books.read() as session:
        return anchors.read(anchors.make(head(session), pem_of("carol")))


def compared(books: Books, anchor: Anchor) -> list[str]:
    with books.read() as session:
        return anchors.compare(session, anchor)


def is_clean(books: Books) -> bool:
    with books.read() as session:
        return verify_books(session).clean


def test_an_anchor_is_one_line_of_canonical_json() -> None:
    fields = json.loads(LINE)
    assert canonical(fields) == LINE
    assert "\n" not in LINE
    signature = fields.pop("signature")
    assert fields == {
        "version": 1,
        "books": "feeshare",
        "number": 7,
        "hash": bytes(range(32)).hex(),
        "entry_last": 12,
        "recorded_at": "2023-11-03T09:00:00.000250Z",
        "public_key": public_key("carol"),
    }
    signed = b"feeshare-anchor-1\n" + canonical(fields).encode()
    assert private_key("carol").sign(signed).hex() == signature


def test_an_anchor_is_read_as_it_was_made() -> None:
    anchor = anchors.read(LINE)
    assert anchor.line() == LINE
    assert anchors.read(f"{LINE}\n") == anchor
    assert anchors.is_signed(anchor)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", 8),
        ("hash", "00" * 32),
        ("entry_last", 13),
        ("recorded_at", "2023-11-03T09:00:00.000251Z"),
        ("public_key", public_key("dave")),
        ("public_key", "ff" * 32),
        ("signature", "00" * 64),
    ],
)
def test_a_signature_covers_every_field(field: str, value: object) -> None:
    changed = canonical({**json.loads(LINE), field: value})
    assert not anchors.is_signed(anchors.read(changed))


def test_a_signature_over_the_same_fields_without_their_purpose_is_none() -> None:
    anchor = anchors.read(LINE)
    bare = private_key("carol").sign(anchor.signed().removeprefix(anchors.DOMAIN)).hex()
    assert not anchors.is_signed(anchors.read(canonical({**json.loads(LINE), "signature": bare})))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("version", 2),
        ("version", True),
        ("books", "other"),
        ("number", 0),
        ("number", "7"),
        ("number", 2**63),
        ("hash", "AB" * 32),
        ("hash", "ab" * 31),
        ("entry_last", -1),
        ("entry_last", False),
        ("recorded_at", "2023-11-03T09:00:00Z"),
        ("recorded_at", "2023-13-03T09:00:00.000000Z"),
        ("recorded_at", 7),
        ("public_key", None),
        ("signature", "ab" * 63),
        ("more", 1),
    ],
)
def test_a_field_that_is_wrong_is_named(field: str, value: object) -> None:
    with pytest.raises(BadInput) as refused:
        anchors.read(canonical({**json.loads(LINE), field: value}), place="file", row=3)
    [problem] = refused.value.problems
    assert (problem.code, problem.place, problem.row) == ("anchor_invalid", "file", 3)
    assert problem.column == field


def test_all_problems_of_an_anchor_are_named_at_once() -> None:
    with pytest.raises(BadInput) as refused:
        anchors.read('{"number":0,"x":1}')
    assert [problem.column for problem in refused.value.problems] == [*anchors._RULES, "x"]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "nothing",
        "[]",
        "[" * 100_000,
        LINE.replace(":", ": "),
        LINE.replace('"number":7', '"number":8,"number":7'),
    ],
)
def test_what_is_not_spelt_as_an_anchor_is_none(line: str) -> None:
    with pytest.raises(BadInput, match="anchor_invalid"):
        anchors.read(line)


def test_a_file_of_anchors_is_read_whole_or_refused_with_the_problems_of_all_lines() -> None:
    assert anchors.read_all(f"{LINE}\n\n{LINE}\n", place="f") == [anchors.read(LINE)] * 2
    with pytest.raises(BadInput) as refused:
        anchors.read_all(f"x\n{LINE}\ny\n", place="f")
    assert [problem.row for problem in refused.value.problems] == [1, 3]
    with pytest.raises(BadInput, match="file_empty"):
        anchors.read_all("\n", place="f")


def test_only_an_ed25519_key_signs() -> None:
    for pem in (b"", b"nothing", pem_of("carol")[:40]):
        with pytest.raises(BadInput, match="key_invalid"):
            anchors.make(HEAD, pem)


def test_books_without_a_change_have_nothing_to_anchor() -> None:
    empty = Head(number=0, hash=GENESIS, recorded_at=None, entry_last=0)
    with pytest.raises(Conflict):
        anchors.make(empty, pem_of("carol"))


def test_books_hold_what_was_anchored_however_long_they_grow(books: Books) -> None:
    first = anchored(books)
    assert compared(books, first) == []
    write_four_changes(books)
    assert compared(books, first) == []
    assert compared(books, anchored(books)) == []


def test_a_tail_cut_off_is_seen_by_the_anchor_alone(books: Books) -> None:
    write_four_changes(books)
    anchor = anchored(books)
    cut_off_the_tail(books, 2)
    assert is_clean(books)
    [problem] = compared(books, anchor)
    assert "the books end at change 3: changes 4 to 5 are missing" in problem


def test_books_written_anew_are_seen_by_the_anchor_alone(books: Books) -> None:
    write_four_changes(books)
    anchor = anchored(books)
    write_anew(books, "fee")
    assert compared(books, anchor) == []
    write_anew(books, "another story")
    assert is_clean(books)
    [problem] = compared(books, anchor)
    assert "written anew" in problem


def test_a_tail_cut_off_and_written_otherwise_is_seen(books: Books) -> None:
    write_four_changes(books)
    anchor = anchored(books)
    cut_off_the_tail(books, 1)
    with books.write() as change:
        post(change, [fee(4)])
    assert is_clean(books)
    [problem] = compared(books, anchor)
    assert "written anew" in problem


def test_a_hash_put_over_other_content_does_not_pass(books: Books) -> None:
    write_four_changes(books)
    anchor = anchored(books)
    engine = owner_of(books)
    with Session(engine) as session, session.begin():
        unguarded(session)
        session.execute(text("UPDATE changes SET reason = 'x' WHERE number = 5"))
    engine.dispose()
    assert any("written anew" in problem for problem in compared(books, anchor))


@pytest.mark.parametrize("field", ["entry_last", "recorded_at"])
def test_a_signed_anchor_that_says_otherwise_of_the_change_does_not_pass(
    books: Books, field: str
) -> None:
    with books.read() as session:
        newest = head(session)
        assert newest.recorded_at is not None
        other: dict[str, Any] = {
            "entry_last": newest.entry_last + 1,
            "recorded_at": newest.recorded_at.replace(year=2022),
        }
        facts = {
            "number": newest.number,
            "hash": newest.hash,
            "entry_last": newest.entry_last,
            "recorded_at": newest.recorded_at,
        }
        wrong = Head(**{**facts, field: other[field]})
        [problem] = anchors.compare(session, anchors.read(anchors.make(wrong, pem_of("carol"))))
    assert "its last entry or its time" in problem


def test_an_anchor_that_nobody_signed_is_no_proof(books: Books) -> None:
    fields = json.loads(anchored(books).line())
    forged = anchors.read(canonical({**fields, "public_key": public_key("dave")}))
    [problem] = compared(books, forged)
    assert "did not make its signature" in problem


def test_a_change_missing_in_the_middle_is_named(books: Books) -> None:
    write_four_changes(books)
    with books.read() as session:
        row = session.get_one(ChangeRow, 3)
        middle = Head(
            number=3, hash=row.hash, recorded_at=row.recorded_at, entry_last=row.entry_last
        )
    anchor = anchors.read(anchors.make(middle, pem_of("carol")))
    engine = owner_of(books)
    with Session(engine) as session, session.begin():
        unguarded(session)
        session.execute(text("DELETE FROM changes WHERE number = 3"))
    engine.dispose()
    [problem] = compared(books, anchor)
    assert "no such change" in problem
