"""Anchors: signed heads that are kept away from the books, one line of canonical JSON each.

Law: whoever owns the database can cut off its tail or write the whole chain anew, and every hash
in it will fit; the anchors that were made before will not. A signature made for anything else is
none here: the bytes that are signed begin with what they are for. An anchor names the key that
signed it; whose key it is, the reader has to know from elsewhere.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from ledger import signing
from ledger.encoding import time_text
from ledger.errors import BadInput, Conflict, Problem
from ledger.policies import canonical
from ledger.sealing import Head, head, header_hash
from ledger.signing import private_key_of
from ledger.tables import ChangeRow

DOMAIN = b"feeshare-anchor-1\n"
"""First bytes of what is signed: a signature made for anything else is no anchor's."""

VERSION = 1
BOOKS = "feeshare"

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A head as it was signed: hash, key and signature in hex, the time in its canonical text."""

    number: int
    hash: str
    entry_last: int
    recorded_at: str
    public_key: str
    signature: str = ""

    def signed(self) -> bytes:
        """Return the bytes that are signed: all fields but the signature."""
        fields = self._fields()
        del fields["signature"]
        return DOMAIN + canonical(fields).encode()

    def line(self) -> str:
        """Return the anchor as its one line, without an end of line."""
        return canonical(self._fields())

    def _fields(self) -> dict[str, object]:
        return {
            "version": VERSION,
            "books": BOOKS,
            "number": self.number,
            "hash": self.hash,
            "entry_last": self.entry_last,
            "recorded_at": self.recorded_at,
            "public_key": self.public_key,
            "signature": self.signature,
        }


def make(newest: Head, private_pem: bytes) -> str:
    """Return the line of an anchor of a head, signed with an Ed25519 key in PEM.

    Raises:
        BadInput: it is no Ed25519 private key in PEM without a password.
        Conflict: the books have no change yet.
    """
    key = private_key_of(private_pem)
    if newest.recorded_at is None:
        raise Conflict("The books have no change to anchor.", mend="Run: feeshare init")
    facts = {
        "number": newest.number,
        "hash": newest.hash.hex(),
        "entry_last": newest.entry_last,
        "recorded_at": time_text(newest.recorded_at),
        "public_key": key.public_key().public_bytes_raw().hex(),
    }
    unsigned = _anchor_of(facts)
    return _anchor_of({**facts, "signature": key.sign(unsigned.signed()).hex()}).line()


def read(text: str, *, place: str = "anchor", row: int | None = None) -> Anchor:
    """Return the anchor that a line stands for; whether it is signed is not asked.

    Raises:
        BadInput: it is no anchor; carries all its problems.
    """
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise BadInput([_problem(place, row, "line", text, "an anchor: one object of JSON")])
    problems = [
        _problem(place, row, name, fields.get(name), expected)
        for name, (fits, expected) in _RULES.items()
        if not fits(fields.get(name))
    ]
    problems += [
        _problem(place, row, name, fields[name], "no such field")
        for name in sorted(fields.keys() - _RULES.keys())
    ]
    if problems:
        raise BadInput(problems)
    anchor = _anchor_of(fields)
    if anchor.line() != text.strip():
        raise BadInput([_problem(place, row, "line", text, "the canonical spelling")])
    return anchor


def read_all(text: str, *, place: str) -> list[Anchor]:
    """Return the anchors of a file, one a line, in its order.

    Raises:
        BadInput: a line is no anchor, or there is none; carries the problems of all lines.
    """
    found: list[Anchor] = []
    problems: list[Problem] = []
    for row, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            found.append(read(line, place=place, row=row))
        except BadInput as refused:
            problems += refused.problems
    if not found and not problems:
        problems.append(Problem(code="file_empty", place=place, expected="an anchor a line"))
    if problems:
        raise BadInput(problems)
    return found


def is_signed(anchor: Anchor) -> bool:
    """Return whether the key that an anchor names made its signature."""
    return signing.is_signed(anchor.signed(), anchor.public_key, anchor.signature)


def compare(session: Session, anchor: Anchor) -> list[str]:
    """Return how the books differ from what was anchored; nothing if they hold it.

    That the change's content hashes to its header is for `ledger.verification` to say.
    """
    name = f"anchor of change {anchor.number}"
    problems = []
    if not is_signed(anchor):
        problems.append(f"{name}: its key {anchor.public_key} did not make its signature")
    newest = head(session)
    if newest.number < anchor.number:
        missing = f"{newest.number + 1} to {anchor.number}"
        problems.append(
            f"{name}: the books end at change {newest.number}: changes {missing} are missing"
        )
        return problems
    row = session.get(ChangeRow, anchor.number)
    if row is None:
        problems.append(f"{name}: the books have no such change")
    elif (row.hash.hex(), header_hash(row).hex()) != (anchor.hash, anchor.hash):
        problems.append(
            f"{name}: the books were written anew: its hash is {row.hash.hex()}, "
            f"{anchor.hash} was anchored"
        )
    elif (row.entry_last, time_text(row.recorded_at)) != (anchor.entry_last, anchor.recorded_at):
        problems.append(f"{name}: its last entry or its time are not those of the change")
    return problems


def _anchor_of(fields: dict[str, object]) -> Anchor:
    names = ("number", "hash", "entry_last", "recorded_at", "public_key", "signature")
    return Anchor(**{name: fields[name] for name in names if name in fields})  # type: ignore[arg-type]


def _problem(place: str, row: int | None, name: str, value: object, expected: str) -> Problem:
    shown = value if isinstance(value, str) else canonical(value)
    return Problem(
        code="anchor_invalid", place=place, row=row, column=name, value=shown, expected=expected
    )


def _is_hex(length: int) -> Callable[[object], bool]:
    pattern = re.compile(f"[0-9a-f]{{{length}}}")
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_count(least: int) -> Callable[[object], bool]:
    return lambda value: type(value) is int and least <= value < 2**63


def _is_time(value: object) -> bool:
    if not isinstance(value, str) or TIME.fullmatch(value) is None:
        return False
    try:
        return time_text(datetime.fromisoformat(value).astimezone(UTC)) == value
    except (ValueError, OverflowError):
        return False


_RULES: dict[str, tuple[Callable[[object], bool], str]] = {
    "version": (lambda value: type(value) is int and value == VERSION, f"{VERSION}"),
    "books": (lambda value: value == BOOKS, BOOKS),
    "number": (_is_count(1), "a change's number, from 1"),
    "hash": (_is_hex(64), "64 hexadecimal digits in small letters"),
    "entry_last": (_is_count(0), "an entry's number, from 0"),
    "recorded_at": (_is_time, "a time such as 2023-11-03T09:00:00.000000Z"),
    "public_key": (_is_hex(64), "64 hexadecimal digits in small letters"),
    "signature": (_is_hex(128), "128 hexadecimal digits in small letters"),
}
