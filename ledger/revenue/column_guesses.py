"""Guesses about columns, for drafts of mappings only: a person confirms each of them.

No file is ever read by a guess. What fits every row of a sample in several ways stays open.
"""

import collections.abc
import re
from collections.abc import Iterable, Sequence

from ledger.errors import Problem
from ledger.money import MAX_SCALE
from ledger.revenue.dates import day_parser
from ledger.revenue.quantities import Marks, parse_number

WORDS = {
    "period": "month period date day settle time ts epoch monat datum",
    "currency": "currency coin asset ccy token commodity währung",
    "exchange": "exchange venue partner platform börse sponsor",
    "user": "uid user customer client kunde",
    "volume": "volume traded turnover umsatz",
    "rate": "rate percent % ratio satz",
    "trading_fees": "trading_fee tradingfee fees gebühr",
    "fee_share": "fee_share rebate commission payable share reward earned anteil amount fee",
    "memo": "note memo remark description comment bemerkung",
}
"""Words in a column's name that speak for a field; fields and words stand by their weight."""

NUMBERS = ("volume", "rate", "trading_fees", "fee_share")

DAYS = (
    "YYYY-MM",
    "YYYY/MM",
    "YYYYMM",
    "MM/YYYY",
    "MM.YYYY",
    "YYYY-MM-DD",
    "YYYY/MM/DD",
    "YYYYMMDD",
    "DD/MM/YYYY",
    "MM/DD/YYYY",
    "DD.MM.YYYY",
    "DD-MM-YYYY",
    "epoch_s",
    "epoch_ms",
)
TIMES = ("", "hh:mm", "hh:mm:ss", "hh:mm:ss.fff")
OFFSETS = ("", "Z", "+hh:mm")

GROUPINGS = (None, ",", ".", "'", " ", "\u00a0", "\u202f")


def formats_of(texts: Sequence[str]) -> list[str]:
    """Return every date format that all texts are written in."""
    formats = [*DAYS]
    formats += [
        f"{day}{separator}{time}{offset}"
        for day in DAYS
        if "DD" in day
        for time in TIMES[1:]
        for separator in " T"
        for offset in OFFSETS
    ]
    return [found for found in formats if _all_fit(day_parser(found, zone_of(found)), texts)]


def zone_of(date_format: str) -> str | None:
    """Return the zone to propose for a format, None where it has no time."""
    return "UTC" if "hh" in date_format or date_format.startswith("epoch") else None


def marks_of(texts: Sequence[str]) -> list[Marks]:
    """Return the marks that all texts fit; several where they would be different numbers."""
    found: dict[tuple[object, ...], Marks] = {}
    for grouping in GROUPINGS:
        for decimal in ".,":
            marks = Marks(decimal=decimal, grouping=grouping)
            numbers = [_number(text, marks) for text in texts]
            if decimal != grouping and not any(isinstance(it, Problem) for it in numbers):
                found.setdefault(tuple(numbers), marks)
    return list(found.values())


def rate_unit_of(texts: Sequence[str]) -> str:
    """Return the unit to propose for a column of rates."""
    if any(text.endswith("%") for text in texts):
        return "percent-sign"
    return "percent" if any(re.match("[1-9][0-9]", text) for text in texts) else "fraction"


def is_number(text: str) -> bool:
    """Return whether a text could be a number under some marks."""
    return bool(re.fullmatch(r"-?[0-9][0-9.,'\s]*%?", text))


def fields_of(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    commodities: collections.abc.Container[str],
    like: collections.abc.Mapping[str, str],
) -> dict[str, str]:
    """Return which column to propose for each field: as in `like`, else by its name and cells."""
    found = {field: column for field, column in like.items() if column in header}
    for field, words in WORDS.items():
        if field in found:
            continue
        for word in words.split():
            fitting = [
                name
                for at, name in enumerate(header)
                if word in re.sub("[^a-z%äöü]+", "_", name.lower()).strip("_")
                and name not in found.values()
                and _could_be(field, [row[at] for row in rows], commodities)
            ]
            if fitting:
                found[field] = fitting[0]
                break
    return found


def amounts_of(
    header: Sequence[str], taken: Iterable[str], commodities: Iterable[str]
) -> dict[str, str]:
    """Return columns whose names end in a commodity each, with it, where there are several."""
    found = {
        name: code
        for name in header
        for code in sorted(commodities)
        if re.split("[^a-z]+", name.lower())[-1] == code.lower() and name not in set(taken)
    }
    return found if len(found) > 1 else {}


def _could_be(
    field: str, texts: Sequence[str], commodities: collections.abc.Container[str]
) -> bool:
    given = [text for text in texts if text]
    if field in NUMBERS:
        return bool(given) and all(map(is_number, given))
    if field == "period":
        return bool(formats_of(given))
    if field == "currency":
        return bool(given) and all(text in commodities for text in given)
    return True


def _all_fit(parse: collections.abc.Callable[[str], object], texts: Sequence[str]) -> bool:
    return bool(texts) and not any(isinstance(parse(text), Problem) for text in texts)


def _number(text: str, marks: Marks) -> object:
    return parse_number(text.removesuffix("%"), marks=marks, scale=MAX_SCALE, signed=True)
