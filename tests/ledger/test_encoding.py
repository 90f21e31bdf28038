import re
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, StrEnum
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.encoding import (
    EMPTY_ROOT,
    change_root,
    encode,
    entry_leaf,
    merkle_root,
    row_leaf,
    text_of,
    time_text,
)
from ledger.journal import JournalEntry, Posting, fingerprint
from ledger.money import plain

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)
FIELDS = st.lists(st.none() | TEXTS | st.sampled_from(["", "~", "1:a", ":", "0:"]), max_size=5)


class Colour(StrEnum):
    RED = "red"


class Level(Enum):
    HIGH = 3


@pytest.fixture
def _machine_in_kathmandu(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Kathmandu")
        time.tzset()
        yield
    time.tzset()


def decoded(encoded: bytes) -> list[str | None]:
    """Read an encoding back, as a second verifier might."""
    text, at = encoded.decode(), 0
    fields: list[str | None] = []
    while at < len(text):
        if text[at] == "~":
            fields.append(None)
            at += 1
        else:
            length, _, _ = text[at:].partition(":")
            start = at + len(length) + 1
            fields.append(text[start : start + int(length)])
            at = start + int(length)
    return fields


@given(FIELDS)
def test_what_is_encoded_can_be_read_back(fields: list[str | None]) -> None:
    assert decoded(encode(fields)) == fields


@given(FIELDS, FIELDS)
def test_different_fields_never_encode_alike(
    left: list[str | None], right: list[str | None]
) -> None:
    assert (encode(left) == encode(right)) == (left == right)


@pytest.mark.parametrize(
    ("fields", "encoded"),
    [
        ([], b""),
        ([None], b"~"),
        ([""], b"0:"),
        (["~"], b"1:~"),
        (["a", "b"], b"1:a1:b"),
        (["ab"], b"2:ab"),
        (["a1:b"], b"4:a1:b"),
        (["é"], "1:é".encode()),
        (["€uro", None, "x"], "4:€uro~1:x".encode()),
        (["\U0001f600"], "1:\U0001f600".encode()),
        (["row-1", "users", None, ""], b"5:row-15:users~0:"),
    ],
)
def test_encodings_stay_what_they_are(fields: list[str | None], encoded: bytes) -> None:
    assert encode(fields) == encoded


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (-7, "-7"),
        ("text", "text"),
        (Colour.RED, "red"),
        (Level.HIGH, "3"),
        (Decimal("1.50"), "1.5"),
        (Decimal("-0.00"), "0"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-18"), "0.000000000000000001"),
        (date(2023, 11, 3), "2023-11-03"),
        (datetime(2023, 11, 3, 9, tzinfo=UTC), "2023-11-03T09:00:00.000000Z"),
        (b"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ],
)
def test_values_have_one_text(value: object, text: str | None) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize(
    ("value", "kind"), [(1.5, "float"), ([], "list"), (object(), "object"), (1j, "complex")]
)
def test_what_has_no_canonical_text_is_refused(value: object, kind: str) -> None:
    with pytest.raises(TypeError, match=f"^no canonical text for {kind}$"):
        text_of(value)


def test_a_moment_is_the_same_in_every_zone_and_needs_one() -> None:
    moment = datetime(
        2023, 11, 3, 12, 30, 0, 123456, tzinfo=timezone(timedelta(hours=3, minutes=30))
    )
    assert time_text(moment) == "2023-11-03T09:00:00.123456Z"
    with pytest.raises(TypeError, match=r"^a moment needs a time zone$"):
        time_text(moment.replace(tzinfo=None))


@pytest.mark.usefixtures("_machine_in_kathmandu")
def test_a_moment_is_the_same_wherever_the_machine_stands() -> None:
    moment = datetime(2023, 11, 3, 9, tzinfo=UTC)
    assert moment.astimezone().utcoffset() == timedelta(hours=5, minutes=45)
    assert time_text(moment) == "2023-11-03T09:00:00.000000Z"


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=20))
def test_a_root_is_that_of_rfc_6962(leaves: list[bytes]) -> None:
    def by_definition(part: list[bytes]) -> bytes:
        if len(part) == 1:
            return part[0]
        split = 1 << (len(part) - 1).bit_length() - 1
        both = by_definition(part[:split]) + by_definition(part[split:])
        return sha256(b"\x01" + both).digest()

    assert merkle_root(leaves) == by_definition(leaves)


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert merkle_root([]) == EMPTY_ROOT == sha256().digest()


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=6), st.randoms())
def test_rows_of_a_change_have_no_order(rows: list[bytes], random: object) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert change_root([b"e" * 32], rows) == change_root([b"e" * 32], shuffled)


def test_a_row_leaf_does_not_depend_on_the_order_of_columns() -> None:
    assert row_leaf("t", [("a", 1), ("b", None)]) == row_leaf("t", [("b", None), ("a", 1)])
    assert row_leaf("t", [("a", 1)]) != row_leaf("u", [("a", 1)])
    assert row_leaf("t", [("a", None)]) != row_leaf("t", [("a", "")])


@given(
    reference=TEXTS,
    narration=TEXTS,
    optional=st.lists(st.none() | TEXTS, min_size=5, max_size=5),
    units=st.integers(1, 10**30),
)
def test_a_fingerprint_is_the_documented_encoding(
    reference: str, narration: str, optional: list[str | None], units: int
) -> None:
    amount = Decimal(units).scaleb(-18)
    made = JournalEntry(
        reference=reference,
        effective_date=date(2023, 10, 5),
        kind="k",
        narration=narration,
        evidence=optional[0],
        relates_to_period=optional[1],
        postings=[
            Posting("a:b", amount, "X", optional[2], optional[3], optional[4]),
            Posting("c:d", -amount, "X"),
        ],
    )
    fields: list[str | None] = [
        "content-1",
        reference,
        "2023-10-05",
        "k",
        narration,
        optional[0],
        None,
    ]
    fields += [optional[1], "2", "a:b", optional[2], optional[3], "X", plain(amount), optional[4]]
    fields += ["c:d", None, None, "X", plain(-amount), None]
    assert fingerprint(made) == sha256(encode(fields)).digest()


def test_the_examples_of_the_documentation_hold() -> None:
    page = (Path(__file__).parents[2] / "docs" / "hashing.md").read_text(encoding="utf-8")
    made = JournalEntry(
        reference="fee:1",
        effective_date=date(2023, 10, 5),
        kind="manual",
        narration="network fee",
        postings=[
            Posting("expenses:network-fees", Decimal("12.50"), "USDT", memo="é"),
            Posting("equity:opening", Decimal("-12.5"), "USDT"),
        ],
    )
    row = row_leaf(
        "users", [("name", "alice"), ("role", "approver"), ("party", None), ("change_no", 3)]
    )
    leaf = entry_leaf(1, 2, fingerprint(made))
    found = [EMPTY_ROOT, fingerprint(made), leaf, row, change_root([leaf], [row])]
    assert re.findall(r"`([0-9a-f]{64})`", page) == [digest.hex() for digest in found]
    (shown,) = re.findall(r"^    (9:content-1.*)$", page, re.MULTILINE)
    assert sha256(shown.encode()).digest() == fingerprint(made)
