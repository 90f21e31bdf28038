"""The books as a Beancount file: every entry, exact to the last digit, in date order.

Law: what Beancount adds up is what the books hold. The tolerance is inferred from the amounts'
own digits, so its multiplier is set to zero: no difference is tolerated, however small. That
holds where the file itself is loaded; Beancount ignores the option in one that is included.

Made for and tried with Beancount 3.2. It counts with 28 digits: negative amounts and balances
that have more are rounded, and right entries refused, unless whoever loads the file gives
Python's decimal context more digits first.

Beancount allows fewer signs in names than the books do. Names are mapped so that no two become
one and each can be read back; the code itself stands beside it as the metadata `code`.

- An account's root is its type; each part behind it begins upper-case where the code's part is
  lower-case. A sign that is no ASCII letter, digit or single hyphen inside a part is `--`, one
  digit that says how many follow, and its code point in hexadecimal digits (`_` is `--25f`). A
  part that begins with neither a lower-case letter nor a digit has `X--0` in front. A code that
  does not begin with the word of its type stands whole in one part, behind a colon.
- A commodity keeps upper-case letters, digits and `._-`. `'` and a letter is a lower-case letter.
  Any other sign is `'`, one digit that says how many follow, and its code point (`1,5` is
  `X'01'22C5`). A code that does not begin with an upper-case letter, or that Beancount takes for
  a value (`TRUE`), has `X'0` in front.
"""

from collections.abc import Iterator
from datetime import date
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ledger.accounts import TYPES
from ledger.money import plain
from reports import plain_text
from reports.query import Asked, Scope, scope

WORDS = {kind: word for word, kind in TYPES.items()}
"""The word that an account's code begins with, by type."""

KEPT_IN_ACCOUNTS = frozenset(ascii_letters + digits)
KEPT_IN_COMMODITIES = frozenset(ascii_uppercase + digits)
INNER_IN_COMMODITIES = frozenset("._-")
"""Kept inside a commodity, never at its end."""

VALUES = frozenset({"TRUE", "FALSE", "NULL"})
"""What would be a commodity, but is a value to Beancount."""

ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})

HEADING = """\
; Amounts are exact. Beancount counts with 28 digits unless Python's decimal context has more.
; Names of accounts and commodities are spelt as Beancount allows; `code` is the books' own.
option "tolerance_multiplier" "0"
"""


def export(
    session: Session, *, as_of: date | None = None, known_at: int | None = None
) -> Iterator[str]:
    """Return the file's lines, each with its newline.

    Args:
        session: a session that reads.
        as_of: the last effective day to write; all days if blank.
        known_at: the last change to read; all if blank.

    Raises:
        BadInput: no sealed change has the number `known_at`.
    """
    limits = scope(session, Asked(as_of=as_of, known_at=known_at))
    since = plain_text.first_day(session, limits)
    yield from heading(limits)
    for row in plain_text.commodities(session, limits):
        yield f"\n{since} commodity {commodity(row.code)}\n"
        yield from metadata({"code": row.code, "name": row.name}, indent=2)
    names = {}
    for row in plain_text.accounts(session, limits):
        names[row.code] = account(row.code, row.type)
        yield f"\n{since} open {names[row.code]}\n"
        yield from metadata({"code": row.code, "name": row.name}, indent=2)
    for postings in plain_text.entries(session, limits):
        yield from entry(postings[0])
        for row in postings:
            yield from posting(row, names[row.account])


def heading(limits: Scope) -> Iterator[str]:
    """Return what the file was made from, and the options that make it exact."""
    for sentence in plain_text.origin(limits):
        yield f"; {sentence}\n"
    yield HEADING


def entry(row: Row[Any]) -> Iterator[str]:
    """Return the first lines of a transaction."""
    yield f"\n{row.effective_date} * {quoted(row.narration)}\n"
    yield from metadata({"number": str(row.number), **plain_text.facts_of_entry(row)}, indent=2)


def posting(row: Row[Any], name: str) -> Iterator[str]:
    """Return the lines of a posting to the account that has this name in Beancount."""
    yield f"  {name}  {plain(row.amount)} {commodity(row.commodity)}\n"
    yield from metadata(plain_text.facts_of_posting(row), indent=4)


def metadata(facts: dict[str, str], *, indent: int) -> Iterator[str]:
    """Return one line for each fact."""
    for name, value in facts.items():
        yield f"{' ' * indent}{name}: {quoted(value)}\n"


def account(code: str, kind: str) -> str:
    """Return an account's name in Beancount: its type's root, and its code's parts behind it."""
    word = WORDS[kind]
    below = code.removeprefix(f"{word}:")
    parts = [f":{code}"] if below == code else below.split(":")
    return ":".join((word.capitalize(), *map(_part, parts)))


def commodity(code: str) -> str:
    """Return a commodity's name in Beancount."""
    plainly = code[:1] in KEPT_IN_COMMODITIES and not code[:1].isdigit() and code not in VALUES
    last = len(code) - 1
    return ("" if plainly else "X'0") + "".join(
        sign
        if sign in KEPT_IN_COMMODITIES or (sign in INNER_IN_COMMODITIES and at < last)
        else f"'{sign.upper()}"
        if sign in ascii_lowercase
        else f"'{_point(sign).upper()}"
        for at, sign in enumerate(code)
    )


def quoted(text: str) -> str:
    """Return a text as a Beancount string, on one line."""
    return f'"{text.translate(ESCAPES)}"'


def _part(text: str) -> str:
    if text[:1] and text[0] in ascii_lowercase + digits:
        return text[0].upper() + _inner(text[1:])
    return f"X--0{_inner(text)}"


def _inner(text: str) -> str:
    return "".join(
        sign
        if sign in KEPT_IN_ACCOUNTS or (sign == "-" and text[at + 1 : at + 2] in KEPT_IN_ACCOUNTS)
        else f"--{_point(sign)}"
        for at, sign in enumerate(text)
    )


def _point(sign: str) -> str:
    """Return a sign's code point in hexadecimal digits, behind their number."""
    point = f"{ord(sign):x}"
    return f"{len(point)}{point}"
