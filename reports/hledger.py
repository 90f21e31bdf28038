"""The books as an hledger journal: every entry, exact to the last digit, in date order.

Law: what hledger adds up is what the books hold. Commodity directives declare 18 decimals, so
that hledger neither tolerates a difference nor rounds what it shows. Text that would mean
something to hledger is percent-encoded, as in a URL, and so comes back by decoding; a `%` stays
as it is unless two hexadecimal digits follow. Made for and tried with hledger 1.25.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import quote

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ledger.money import MAX_SCALE, plain
from reports import plain_text
from reports.query import Asked, Scope, scope

TYPES = {"asset": "A", "liability": "L", "equity": "E", "income": "R", "expense": "X"}
SAMPLE = f"1000.{'0' * MAX_SCALE}"
"""How a commodity directive shows the decimal mark, no grouping and all decimals."""

SPECIAL_IN_TEXT = ";|"
SPECIAL_IN_TAGS = ";|,[]"
"""A comma ends a tag, brackets are dates."""

SPECIAL_IN_COMMODITIES = ';"'
ACCOUNT_MARKS = ":-_./"
HEX_PAIR = re.compile("[0-9A-Fa-f]{2}")


def export(
    session: Session, *, as_of: date | None = None, known_at: int | None = None
) -> Iterator[str]:
    """Return the journal's lines, each with its newline.

    Args:
        session: a session that reads.
        as_of: the last effective day to write; all days if blank.
        known_at: the last change to read; all if blank.

    Raises:
        BadInput: no sealed change has the number `known_at`.
    """
    limits = scope(session, Asked(as_of=as_of, known_at=known_at))
    yield from heading(limits)
    for row in plain_text.commodities(session, limits):
        yield f"commodity {SAMPLE} {commodity(row.code)}\n"
        yield f"    ; name:{escaped(row.name, SPECIAL_IN_TAGS)}\n"
    yield "\n"
    for row in plain_text.accounts(session, limits):
        name = escaped(row.name, SPECIAL_IN_TAGS)
        yield f"account {account(row.code)}  ; type:{TYPES[row.type]}, name:{name}\n"
    for postings in plain_text.entries(session, limits):
        yield from entry(postings[0])
        for row in postings:
            yield posting(row)


def heading(limits: Scope) -> Iterator[str]:
    """Return the comments that say what the journal was made from and how text is written."""
    for sentence in plain_text.origin(limits):
        yield f"; {sentence}\n"
    yield "; Codes in brackets are entry numbers. Percent signs encode as in URLs (RFC 3986).\n"
    yield "decimal-mark .\n\n"


def entry(row: Row[Any]) -> Iterator[str]:
    """Return the first lines of a transaction."""
    description = escaped(row.narration, SPECIAL_IN_TEXT)
    yield f"\n{row.effective_date} * ({row.number}) {description}".rstrip() + "\n"
    yield f"    ; {tags(plain_text.facts_of_entry(row))}\n"


def posting(row: Row[Any]) -> str:
    """Return the line of a posting."""
    line = f"    {account(row.account)}  {plain(row.amount)} {commodity(row.commodity)}"
    told = tags(plain_text.facts_of_posting(row))
    return f"{line}  ; {told}\n" if told else f"{line}\n"


def tags(facts: dict[str, str]) -> str:
    """Return tags for what is known."""
    return ", ".join(f"{name}:{escaped(value, SPECIAL_IN_TAGS)}" for name, value in facts.items())


def account(code: str) -> str:
    """Return an account's name; anything but letters, digits and `:-_./` is encoded."""
    return "".join(
        sign if sign.isalnum() or sign in ACCOUNT_MARKS else quote(sign, safe="") for sign in code
    )


def commodity(code: str) -> str:
    """Return a commodity's symbol, in quotes unless it is letters alone."""
    return code if code.isalpha() else f'"{escaped(code, SPECIAL_IN_COMMODITIES)}"'


def escaped(text: str, special: str) -> str:
    """Return text in which special and unprintable characters are percent-encoded.

    So are spaces at either end, which hledger cuts off. `urllib.parse.unquote` gives it back.
    """
    ends = (len(text) - len(text.lstrip(" ")), len(text.rstrip(" ")))
    return "".join(
        quote(sign, safe="")
        if sign in special
        or not sign.isprintable()
        or (sign == " " and not ends[0] <= at < ends[1])
        or (sign == "%" and HEX_PAIR.match(text, at + 1))
        else sign
        for at, sign in enumerate(text)
    )
