"""Strict reading of one cell: a text to one value.

What is wrong is a value (`Problem`, without its place), never an exception and never a guess:
marks, unit and date order are declared. `ledger.revenue.reading` adds the place.
"""

import datetime as dt
import functools
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from ledger.errors import Problem
from ledger.money import CONTEXT, MAX_SCALE, parse_plain

WHOLE_DIGITS = 20
"""Digits before the decimal mark: what `money.MAX_MAGNITUDE` leaves room for."""

FORMULA_SIGNS = ("=", "+", "-", "@", "\uff1d")
"""What makes a spreadsheet run a text, the full-width equals sign included."""

DATE_TOKENS = {
    "YYYY": "(?P<year>[0-9]{4})",
    "MM": "(?P<month>[0-9]{2})",
    "DD": "(?P<day>[0-9]{2})",
}

NUMBER_FAULTS = (
    ("digit_nonascii", re.compile(r".*(?:(?![0-9])\d|[0-9]_[0-9]).*"), "the ASCII digits 0 to 9"),
    (
        "scientific",
        re.compile(r"[+-]?[0-9]+(?:[.,][0-9]*)*[eE][+-]?[0-9]+"),
        "all digits written out, without an exponent",
    ),
    (
        "currency_in_amount",
        re.compile(
            r".*[$\u00a2-\u00a5\u20a0-\u20cf].*"
            r"|[A-Za-z]{2,}\s?[-+(]?[0-9][^A-Za-z]*"
            r"|[-+(]?[0-9][^A-Za-z]*[A-Za-z]{2,}"
        ),
        "digits and marks only; the currency has its own column",
    ),
    (
        "sign_style",
        re.compile(r"[+(\u2212\u2013].*[0-9].*|-[-+(].*[0-9].*|[0-9].*[-)\u2212]"),
        "a leading ASCII minus for a negative quantity, no sign otherwise",
    ),
)
"""Known ways to misspell a number, most telling first; each pattern is for the whole cell."""

MARKED_DIGITS = re.compile(r"-?(?=[^0-9]*[0-9])[0-9.,'\u2019\s]+")
"""Digits and every mark that anyone groups or parts decimals with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """How a file writes numbers: its decimal mark and, where it has one, its grouping mark."""

    decimal: str
    grouping: str | None


class Doubtful(NamedTuple):
    """A value that is taken, and what a person has to acknowledge about its cell."""

    value: object
    warning: Problem


def cell_fault(text: str) -> Problem | None:
    """Return what no cell of any column may hold: control characters, wrongly decoded text."""
    control = next((sign for sign in text if _is_control(sign)), None)
    if control is not None:
        return _problem("control_char", text, f"no control character such as {control!a}")
    if not text.isascii() and ("\ufffd" in text or _was_misdecoded(text)):
        return _problem("encoding_invalid", text, "text that was decoded once, correctly")
    return None


def number_parser(*, marks: Marks, scale: int, signed: bool) -> Callable[[str], Decimal | Problem]:
    """Return `parse_number` for one column: plain digits are taken at a glance."""
    mark = re.escape(marks.decimal)
    decimals = f"(?:{mark}[0-9]{{1,{scale}}})?" if scale else ""
    glance = re.compile(f"(?:0|[1-9][0-9]{{0,{WHOLE_DIGITS - 1}}}){decimals}", re.ASCII).fullmatch
    look = functools.partial(parse_number, marks=marks, scale=scale, signed=signed)
    if marks.decimal == ".":
        return lambda text: Decimal(text) if glance(text) else look(text)
    return lambda text: Decimal(text.replace(marks.decimal, ".")) if glance(text) else look(text)


def parse_number(text: str, *, marks: Marks, scale: int, signed: bool) -> Decimal | Problem:
    """Return the quantity that a cell stands for.

    Args:
        text: the cell.
        marks: the only marks that the cell may use.
        scale: most decimals that the quantity may need, trailing zeros not counted.
        signed: whether it may be below zero.
    """
    if blank := _blank_or_padded(text):
        return blank
    spelled = _number_pattern(marks).fullmatch(text)
    if spelled is None:
        return _number_fault(text, marks)
    minus = spelled["minus"]
    whole = spelled["whole"].replace(marks.grouping or "", "")
    decimals = (spelled["decimals"] or "").rstrip("0")
    # Counted in the text: Decimal arithmetic would round digits beyond its precision away first.
    for found, code, expected in (
        (len(whole) > WHOLE_DIGITS, "overflow", f"a quantity below 10^{WHOLE_DIGITS}"),
        (len(decimals) > scale, "too_precise", f"at most {scale} decimals"),
        (minus and whole == "0" and not decimals, "sign_style", "zero without a sign"),
        (minus and not signed, "negative_amount", "zero or more"),
    ):
        if found:
            return _problem(code, text, expected)
    return parse_plain(f"{minus}{whole}.{decimals}" if decimals else f"{minus}{whole}")


def parse_rate(text: str, *, marks: Marks, unit: str) -> Decimal | Problem:
    """Return a rate as a fraction of 1, read in its declared unit `fraction` or `percent`."""
    percent = unit == "percent"
    expected = "a percentage from 1 to 100 such as 40" if percent else "a fraction from 0 to 1"
    if "%" in text:
        return _problem("rate_unit", text, f"{expected}, without a percent sign")
    # A percentage gets two decimals more on its way to a fraction.
    scale = MAX_SCALE - 2 if percent else MAX_SCALE
    rate = parse_number(text, marks=marks, scale=scale, signed=False)
    if isinstance(rate, Problem):
        return rate
    # Nobody shares half a percent of fees: a percentage below 1 is a fraction in the wrong column.
    if rate > (100 if percent else 1) or (percent and 0 < rate < 1):
        return _problem("rate_unit", text, expected)
    return CONTEXT.scaleb(rate, -2) if percent else rate


def parse_date(text: str, date_format: str) -> dt.date | Problem:
    """Return the date of a cell; a format without a day gives the first of its month."""
    if blank := _blank_or_padded(text):
        return blank
    if spelled := _date_pattern(date_format).fullmatch(text):
        parts = {"day": "1", **spelled.groupdict()}
        try:
            return dt.date(int(parts["year"]), int(parts["month"]), int(parts["day"]))
        except ValueError:
            pass  # 30 February and the like: refused below like any other spelling
    return _problem("date_invalid", text, f"a date of the calendar written {date_format}")


def parse_commodity(text: str, commodities: Mapping[str, int]) -> str | Problem:
    """Return the code of a known commodity, in its exact spelling."""
    if text in commodities:
        return text
    known = ", ".join(sorted(commodities))
    return _blank_or_padded(text) or _problem("currency_mismatch", text, f"one of {known}")


def parse_key(text: str) -> str | Problem:
    """Return text that identifies something: given, and the same for the eye and the machine."""
    return _blank_or_padded(text) or _key_fault(text) or text


def trimming(parse: Callable[[str], object]) -> Callable[[str], object]:
    """Return a parser that takes the space around a value away and says so."""

    def parse_trimmed(text: str) -> object:
        bare = text.strip()
        value = parse(bare or text)
        if isinstance(value, Problem) or bare == text:
            return value
        return Doubtful(value, _problem("whitespace_trimmed", text, "no space around the value"))

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
    return Doubtful(memo, _problem("formula_text", text, "a note that is no formula"))


def _problem(code: str, text: str, expected: str) -> Problem:
    return Problem(code=code, value=text, expected=expected)


def _blank_or_padded(text: str) -> Problem | None:
    if not text.strip():
        return _problem("value_missing", text, "a value")
    if text != text.strip():
        return _problem("whitespace_trimmed", text, "no space around the value")
    return None


def _key_fault(text: str) -> Problem | None:
    if hidden := _invisible(text):
        return hidden
    if unicodedata.normalize("NFKC", text) != text:
        return _problem("name_confusable", text, "plain letters, digits and spaces")
    if text.startswith(FORMULA_SIGNS):
        return _problem("formula_text", text, "a name that no spreadsheet takes for a formula")
    return None


def _invisible(text: str) -> Problem | None:
    if any(unicodedata.category(sign) == "Cf" for sign in text):
        return _problem("text_unsafe", text, "no zero-width or text-direction characters")
    return None


def _is_control(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Zl", "Zp")


def _was_misdecoded(text: str) -> bool:
    """Return whether the text is UTF-8 that someone read as Windows-1252."""
    try:
        return text.encode("cp1252").decode("utf-8") != text
    except UnicodeError:
        return False


@functools.cache
def _number_pattern(marks: Marks) -> re.Pattern[str]:
    whole = "0|[1-9][0-9]*"
    if marks.grouping:
        whole += f"|[1-9][0-9]{{0,2}}(?:{re.escape(marks.grouping)}[0-9]{{3}})+"
    decimals = f"(?:{re.escape(marks.decimal)}(?P<decimals>[0-9]+))?"
    return re.compile(f"(?P<minus>-?)(?P<whole>{whole}){decimals}", re.ASCII)


@functools.cache
def _date_pattern(date_format: str) -> re.Pattern[str]:
    pattern = re.escape(date_format)
    for token, group in DATE_TOKENS.items():
        pattern = pattern.replace(token, group)
    return re.compile(pattern, re.ASCII)


def _number_fault(text: str, marks: Marks) -> Problem:
    for code, pattern, expected in NUMBER_FAULTS:
        if pattern.fullmatch(text):
            return _problem(code, text, expected)
    grouping = f"{marks.grouping!r} between thousands" if marks.grouping else "no grouping mark"
    expected = f"digits with {marks.decimal!r} before the decimals and {grouping}"
    return _problem(_mark_fault(text, marks), text, expected)


def _mark_fault(text: str, marks: Marks) -> str:
    """Return which mark is wrong: one foreign mark at the end means the decimals."""
    foreign = "," if marks.decimal == "." else "."
    others = re.sub(f"[-0-9{marks.decimal}]", "", text)
    if not MARKED_DIGITS.fullmatch(text) or not (others or text.count(marks.decimal) > 1):
        return "not_a_number"
    before, mark, after = text.rpartition(foreign)
    ends_in_foreign = bool(mark) and foreign not in before and marks.decimal not in after
    # `1234,567` where commas group: more likely a thousand badly grouped than a decimal comma.
    could_group = foreign == marks.grouping and marks.decimal not in before
    if ends_in_foreign and not (could_group and len(after) == len("000")):
        return "decimal_mark"
    return "grouping_invalid"
