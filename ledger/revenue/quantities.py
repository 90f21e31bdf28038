"""Strict reading of quantities and rates: declared marks, signs and units, and nothing else.

What is wrong is a value (`Problem`, without its place), never an exception and never a guess.
"""

import dataclasses
import functools
import re
from dataclasses import dataclass
from decimal import Decimal

from ledger.errors import Problem
from ledger.money import CONTEXT, MAX_SCALE, parse_plain, plain
from ledger.revenue.cells import Glance, blank_or_padded, fault

WHOLE_DIGITS = 20
"""Digits before the decimal mark: what `money.MAX_MAGNITUDE` leaves room for."""

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
    """How a file writes numbers: its decimal mark and, where it has one, its grouping mark.

    `sign_style` says how a quantity below zero looks: `plain` (-5), `parentheses` (5) or
    `trailing-minus` 5-. `scientific` allows an exponent.
    """

    decimal: str
    grouping: str | None
    sign_style: str = "plain"
    scientific: bool = False


def number_parser(*, marks: Marks, scale: int, signed: bool) -> Glance[Decimal]:
    """Return `parse_number` for one column: plain digits are taken at a glance."""
    mark = re.escape(marks.decimal)
    decimals = f"(?:{mark}[0-9]{{1,{scale}}})?" if scale else ""
    digits = re.compile(f"(?:0|[1-9][0-9]{{0,{WHOLE_DIGITS - 1}}}){decimals}", re.ASCII)
    look = functools.partial(parse_number, marks=marks, scale=scale, signed=signed)
    if marks.decimal == ".":
        return Glance(digits, Decimal, look)
    return Glance(digits, lambda text: Decimal(text.replace(marks.decimal, ".")), look)


def parse_number(text: str, *, marks: Marks, scale: int, signed: bool) -> Decimal | Problem:
    """Return the quantity that a cell stands for.

    Args:
        text: the cell.
        marks: the only marks that the cell may use.
        scale: most decimals that the quantity may need, trailing zeros not counted.
        signed: whether it may be below zero.
    """
    if blank := blank_or_padded(text):
        return blank
    written = _plainly_written(text, marks)
    if isinstance(written, Problem):
        return written
    spelled = _number_pattern(marks).fullmatch(written)
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
            return fault(code, text, expected)
    return parse_plain(f"{minus}{whole}.{decimals}" if decimals else f"{minus}{whole}")


def parse_rate(text: str, *, marks: Marks, unit: str) -> Decimal | Problem:
    """Return a rate as a fraction of 1, read in its declared unit.

    The units are `fraction` (0.4), `percent` (40) and `percent-sign` (40%).
    """
    percent = unit != "fraction"
    expected = "a percentage from 1 to 100 such as 40" if percent else "a fraction from 0 to 1"
    number = text
    if unit == "percent-sign":
        expected += "%"
        number = text.removesuffix("%")
        if number == text and text.strip():
            return fault("rate_unit", text, expected)
    if "%" in number:
        return fault("rate_unit", text, f"{expected}, without another percent sign")
    # A percentage gets two decimals more on its way to a fraction.
    scale = MAX_SCALE - 2 if percent else MAX_SCALE
    rate = parse_number(number, marks=marks, scale=scale, signed=False)
    if isinstance(rate, Problem):
        return dataclasses.replace(rate, value=text)
    # Nobody shares half a percent of fees: a percentage below 1 is a fraction in the wrong column.
    if rate > (100 if percent else 1) or (percent and 0 < rate < 1):
        return fault("rate_unit", text, expected)
    return CONTEXT.scaleb(rate, -2) if percent else rate


def _plainly_written(text: str, marks: Marks) -> str | Problem:
    """Return a number with a leading minus and without an exponent, where those are declared."""
    if marks.sign_style == "plain":
        return _without_exponent(text, marks) if marks.scientific else text
    if text.startswith("-"):
        return fault("sign_style", text, f"the sign style {marks.sign_style}")
    if marks.sign_style == "parentheses" and text.startswith("(") and text.endswith(")"):
        return f"-{text[1:-1]}"
    if marks.sign_style == "trailing-minus" and text.endswith("-"):
        return f"-{text[:-1]}"
    return text


def _without_exponent(text: str, marks: Marks) -> str | Problem:
    """Return a number with all its digits written out, if it has all of them."""
    spelled = _exponent_pattern(marks.decimal).fullmatch(text)
    if spelled is None:
        return text
    decimals = spelled["decimals"] or ""
    exponent = int(spelled["exponent"])
    # A spreadsheet writes an exponent when the digits no longer fit: those are lost.
    if exponent > len(decimals):
        return fault("scientific", text, "all digits: an exponent beyond them hides some")
    number = CONTEXT.scaleb(Decimal(f"{spelled['whole']}.{decimals or 0}"), exponent)
    return plain(number).replace(".", marks.decimal)


@functools.cache
def _exponent_pattern(decimal: str) -> re.Pattern[str]:
    whole = f"(?P<whole>-?[0-9]{{1,{WHOLE_DIGITS}}})"
    decimals = f"(?:{re.escape(decimal)}(?P<decimals>[0-9]{{1,40}}))?"
    return re.compile(whole + decimals + "[eE](?P<exponent>[+-]?[0-9]{1,2})", re.ASCII)


@functools.cache
def _number_pattern(marks: Marks) -> re.Pattern[str]:
    whole = "0|[1-9][0-9]*"
    if marks.grouping:
        whole += f"|[1-9][0-9]{{0,2}}(?:{re.escape(marks.grouping)}[0-9]{{3}})+"
    decimals = f"(?:{re.escape(marks.decimal)}(?P<decimals>[0-9]+))?"
    return re.compile(f"(?P<minus>-?)(?P<whole>{whole}){decimals}", re.ASCII)


def _number_fault(text: str, marks: Marks) -> Problem:
    for code, pattern, expected in NUMBER_FAULTS:
        if pattern.fullmatch(text):
            return fault(code, text, expected)
    grouping = f"{marks.grouping!r} between thousands" if marks.grouping else "no grouping mark"
    expected = f"digits with {marks.decimal!r} before the decimals and {grouping}"
    return fault(_mark_fault(text, marks), text, expected)


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
