"""Strict reading of the text of one cell: names, codes and notes.

What is wrong is a value (`Problem`, without its place), never an exception and never a guess.
`ledger.revenue.reading` adds the place.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from ledger.errors import Problem

FORMULA_SIGNS = ("=", "+", "-", "@", "\uff1d")
"""What makes a spreadsheet run a text, the full-width equals sign included."""

LOOK_ALIKE_SCRIPTS = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"})
"""Alphabets whose letters pass for each other's."""


ODD_SIGN = re.compile(r"[^\x20-\x7e]")
"""A sign beyond printable ASCII: its cell is looked at, whatever the cell means."""

PLAIN_KEY = re.compile(r"[0-9A-Za-z](?:[ -;=?-~]*[!-;=?-~])?", re.ASCII)
"""Printable ASCII that no page takes for markup, no spreadsheet for a formula, without padding."""

T = TypeVar("T")


class Doubtful(NamedTuple):
    """A value that is taken, and what a person has to acknowledge about its cell."""

    value: object
    warning: Problem


@dataclass(frozen=True, slots=True)
class Glance(Generic[T]):
    """A parser that takes texts of a plain pattern at a glance and looks at all others closely.

    `value` makes of a plain text what `look` would.
    """

    plain: re.Pattern[str]
    value: Callable[[str], T]
    look: Callable[[str], object]

    def __call__(self, text: str) -> object:
        """Return the value of a cell, or what is to be said of it."""
        return self.value(text) if self.plain.fullmatch(text) else self.look(text)

    def column(self, texts: Sequence[str]) -> list[T] | None:
        """Return the values of many cells, None where one needs a closer look."""
        return [*map(self.value, texts)] if all(map(self.plain.fullmatch, texts)) else None


def cell_fault(text: str) -> Problem | None:
    """Return what no cell of any column may hold: control characters, wrongly decoded text."""
    control = next((sign for sign in text if _is_control(sign)), None)
    if control is not None:
        return fault("control_char", text, f"no control character such as {control!a}")
    if not text.isascii() and ("\ufffd" in text or _was_misdecoded(text)):
        return fault("encoding_invalid", text, "text that was decoded once, correctly")
    return None


def parse_commodity(text: str, commodities: Mapping[str, int]) -> str | Problem:
    """Return the code of a known commodity, in its exact spelling."""
    if text in commodities:
        return text
    known = ", ".join(sorted(commodities))
    return blank_or_padded(text) or fault("currency_mismatch", text, f"one of {known}")


def key_parser() -> Glance[str]:
    """Return what reads a column of names or codes, and takes the space around them away."""
    return Glance(PLAIN_KEY, str, trimming(parse_key))


def parse_key(text: str) -> str | Problem:
    """Return text that identifies something: given, and the same for the eye and the machine."""
    return blank_or_padded(text) or _key_fault(text) or text


def trimming(parse: Callable[[str], object]) -> Callable[[str], object]:
    """Return a parser that takes the space around a value away and says so."""

    def parse_trimmed(text: str) -> object:
        bare = text.strip()
        value = parse(bare or text)
        if isinstance(value, Problem) or bare == text:
            return value
        return Doubtful(value, fault("whitespace_trimmed", text, "no space around the value"))

    return parse_trimmed


def parse_optional_key(text: str) -> str | Problem:
    """Return text that identifies something, or the empty text."""
    return parse_key(text) if text else text


def parse_memo(text: str) -> str | Problem:
    """Return text for people, blanks kept, without characters that hide or turn it."""
    return _invisible(text) or text


def parse_note(text: str) -> str | Doubtful | Problem:
    """Return a memo, doubtful where a spreadsheet would take it for a formula."""
    memo = parse_memo(text)
    if isinstance(memo, Problem) or not text.startswith(FORMULA_SIGNS):
        return memo
    return Doubtful(memo, fault("formula_text", text, "a note that is no formula"))


def blank_or_padded(text: str) -> Problem | None:
    """Return what is wrong with a cell that is blank, or has space around its value."""
    if not text.strip():
        return fault("value_missing", text, "a value")
    if text != text.strip():
        return fault("whitespace_trimmed", text, "no space around the value")
    return None


def fault(code: str, text: str, expected: str) -> Problem:
    """Return what is wrong with a cell, without its place."""
    return Problem(code=code, value=text, expected=expected)


def _key_fault(text: str) -> Problem | None:
    if hidden := _invisible(text):
        return hidden
    if "<" in text or ">" in text:
        return fault("text_unsafe", text, "a name that no page takes for markup")
    if text.startswith(FORMULA_SIGNS):
        return fault("formula_text", text, "a name that no spreadsheet takes for a formula")
    if unicodedata.normalize("NFKC", text) != text or _mixes_scripts(text):
        return fault("name_confusable", text, "plain letters, digits and spaces")
    return None


def _invisible(text: str) -> Problem | None:
    if any(unicodedata.category(sign) == "Cf" for sign in text):
        return fault("text_unsafe", text, "no zero-width or text-direction characters")
    return None


def _mixes_scripts(text: str) -> bool:
    """Return whether letters of look-alike alphabets stand in one name."""
    if text.isascii():
        return False
    scripts = {unicodedata.name(sign, "").partition(" ")[0] for sign in text if sign.isalpha()}
    return len(scripts & LOOK_ALIKE_SCRIPTS) > 1


def _is_control(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Zl", "Zp")


def _was_misdecoded(text: str) -> bool:
    """Return whether the text is UTF-8 that someone read as Windows-1252."""
    try:
        return text.encode("cp1252").decode("utf-8") != text
    except UnicodeError:
        return False
