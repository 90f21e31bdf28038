"""The bytes that are hashed: length-prefixed text fields, leaves, and Merkle roots.

Law: two different lists of fields never encode to the same bytes. Each field is its length in
characters, a colon and its text; a missing value is a tilde, which no length begins with. The
first field names the record and the version of its encoding. Leaves and inner nodes are hashed
under different first bytes (RFC 6962, section 2.1), so that neither can pass for the other.
`docs/hashing.md` says the same for whoever writes a second verifier.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from hashlib import sha256

from ledger.money import plain

LEAF = b"\x00"
NODE = b"\x01"

EMPTY_ROOT = sha256(b"").digest()
"""The Merkle root of no leaves (RFC 6962)."""

GENESIS = bytes(32)
"""What stands as the previous hash of the first change."""


def encode(fields: Iterable[str | None]) -> bytes:
    """Return the one encoding of a list of text fields, `None` being a missing value."""
    return "".join(["~" if f is None else f"{len(f)}:{f}" for f in fields]).encode()


def text_of(value: object) -> str | None:  # noqa: PLR0911 - one line a kind of value
    """Return the canonical text of a stored value.

    Quantities are plain decimals, dates ISO, times UTC to the microsecond with `Z`, flags
    `true` and `false`; bytes stand by their SHA-256, so that large evidence is hashed once.

    Raises:
        TypeError: for a kind of value that has no canonical text, floats among them.
    """
    match value:
        case None:
            return None
        case Enum():
            return str(value.value)
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int():
            return str(value)
        case Decimal():
            return plain(value)
        case datetime():
            return time_text(value)
        case date():
            return value.isoformat()
        case bytes() | memoryview():
            return sha256(value).hexdigest()
        case _:
            raise TypeError(f"no canonical text for {type(value).__name__}")


def time_text(moment: datetime) -> str:
    """Return a moment in UTC, to the microsecond: `2023-11-03T09:00:00.000000Z`."""
    if moment.tzinfo is None:
        raise TypeError("a moment needs a time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def leaf(encoded: bytes) -> bytes:
    """Return the leaf hash of an encoded record."""
    return sha256(LEAF + encoded).digest()


def row_leaf(table: str, values: Iterable[tuple[str, object]]) -> bytes:
    """Return the leaf of a control row: its table, then its columns by name with their values."""
    fields: list[str | None] = ["row-1", table]
    for name, value in sorted(values):
        fields += (name, text_of(value))
    return leaf(encode(fields))


def entry_leaf(number: int, change_no: int, fingerprint: bytes) -> bytes:
    """Return the leaf of a journal entry: its place and the fingerprint of its content.

    Every entry has one, so its four fields are written out as `encode` would.
    """
    place, change, content = str(number), str(change_no), fingerprint.hex()
    return leaf(
        f"7:entry-1{len(place)}:{place}{len(change)}:{change}{len(content)}:{content}".encode()
    )


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Return the Merkle root of leaves in their order; a node without a sibling moves up as is."""
    if not leaves:
        return EMPTY_ROOT
    level = list(leaves)
    while len(level) > 1:
        paired = [
            sha256(NODE + left + right).digest()
            for left, right in zip(level[::2], level[1::2], strict=False)
        ]
        if len(level) % 2:
            paired.append(level[-1])
        level = paired
    return level[0]


def change_root(entries: Sequence[bytes], rows: Iterable[bytes]) -> bytes:
    """Return the root of a change: its entries in the order of their numbers, then its rows.

    Rows have no order of their own; they are taken in the order of their leaves.
    """
    return merkle_root([*entries, *sorted(rows)])
