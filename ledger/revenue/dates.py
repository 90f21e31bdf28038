"""Strict reading of days, months and moments: one declared spelling, one declared zone.

What is wrong is a value (`Problem`, without its place), never an exception and never a guess.
"""

import datetime as dt
import functools
import re
import zoneinfo
from collections.abc import Callable

from ledger.errors import Problem
from ledger.revenue.cells import blank_or_padded

TOKENS = {
    "YYYY": "(?P<year>[0-9]{4})",
    "MM": "(?P<month>[0-9]{2})",
    "DD": "(?P<day>[0-9]{2})",
    "hh": "(?P<hour>[0-9]{2})",
    "mm": "(?P<minute>[0-9]{2})",
    "ss": "(?P<second>[0-9]{2})",
    "fff": "(?P<millisecond>[0-9]{3})",
}

OFFSETS = {"Z": "Z", "+hh:mm": "[+-](?P<offset>[0-9]{2}:[0-9]{2})"}
"""How a format says that a time is of UTC, or how far it is from it."""

EPOCH_SECONDS = (1_230_768_000, 4_102_444_800)
"""From 2009 to 2100: a number outside is of another unit."""

EPOCH_UNITS = {"epoch_s": 1, "epoch_ms": 1000}

SERIAL = re.compile(r"[0-9]{1,5}(?:\.[0-9]+)?", re.ASCII)
"""What a spreadsheet shows for a date that lost its format."""

ABBREVIATION = re.compile(r"\s?[A-Z]{2,5}", re.ASCII)
"""A zone by letters: CST alone is three of them."""


def has_day(date_format: str) -> bool:
    """Return whether a format tells days, not months only."""
    return "DD" in date_format or date_format in EPOCH_UNITS


def day_parser(date_format: str, time_zone: str | None) -> Callable[[str], dt.date | Problem]:
    """Return what reads a column of dates to days, those of times as they fall in a zone.

    A format without a day gives the first of its month.
    """
    if date_format in EPOCH_UNITS:
        zone = zoneinfo.ZoneInfo(time_zone or "UTC")
        return functools.partial(_parse_epoch, unit=date_format, zone=zone)
    if time_zone is None:
        return functools.partial(parse_date, date_format=date_format)
    return functools.partial(
        _parse_time, date_format=date_format, zone=zoneinfo.ZoneInfo(time_zone)
    )


def parse_date(text: str, date_format: str) -> dt.date | Problem:
    """Return the date of a cell; a format without a day gives the first of its month."""
    moment = _spelled(text, date_format)
    return moment if isinstance(moment, Problem) else moment.date()


def written(moment: dt.datetime, date_format: str) -> str:
    """Return a moment as a format without an offset writes it."""
    numbers = {
        "YYYY": f"{moment.year:04}",
        "MM": f"{moment.month:02}",
        "DD": f"{moment.day:02}",
        "hh": f"{moment.hour:02}",
        "mm": f"{moment.minute:02}",
        "ss": f"{moment.second:02}",
        "fff": f"{moment.microsecond // 1000:03}",
    }
    for token, number in numbers.items():
        date_format = date_format.replace(token, number)
    return date_format


def _parse_time(text: str, *, date_format: str, zone: zoneinfo.ZoneInfo) -> dt.date | Problem:
    """Return the day in a zone that a time falls on."""
    moment = _spelled(text, date_format)
    if isinstance(moment, Problem):
        return moment
    if moment.tzinfo is not None:
        try:
            return moment.astimezone(zone).date()
        except OverflowError:
            return Problem(code="date_invalid", value=text, expected="a date of this century")
    offsets = {moment.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1)}
    if len(offsets) > 1:
        expected = f"a time that {zone.key} has once: its clocks were changed then"
        return Problem(code="timezone_missing", value=text, expected=expected)
    return moment.date()


def _parse_epoch(text: str, *, unit: str, zone: zoneinfo.ZoneInfo) -> dt.date | Problem:
    """Return the day in a zone that a count of seconds or milliseconds since 1970 falls on."""
    if blank := blank_or_padded(text):
        return blank
    first, last = (bound * EPOCH_UNITS[unit] for bound in EPOCH_SECONDS)
    if not (text.isascii() and text.isdigit()):
        expected = f"digits only, as {unit} says"
        return Problem(code="date_invalid", value=text, expected=expected)
    # As many digits as the bounds have, or the number is not even made.
    if not len(str(first)) <= len(text) <= len(str(last)) or not first <= int(text) < last:
        expected = f"{unit} from 2009 to 2100"
        return Problem(code="epoch_unit", value=text, expected=expected)
    return _day_of(int(text) // EPOCH_UNITS[unit], zone)


def _day_of(seconds: int, zone: zoneinfo.ZoneInfo) -> dt.date:
    return dt.datetime.fromtimestamp(seconds, zone).date()


def _spelled(text: str, date_format: str) -> dt.datetime | Problem:
    """Return the moment of a cell; with its zone where the format has an offset."""
    if blank := blank_or_padded(text):
        return blank
    pattern, bare = _patterns(date_format)
    if spelled := pattern.fullmatch(text):
        parts = spelled.groupdict()
        numbers = {name: int(parts.get(name) or 0) for name in ("hour", "minute", "second")}
        try:
            return dt.datetime(
                int(parts["year"]),
                int(parts["month"]),
                int(parts.get("day") or 1),
                **numbers,
                microsecond=1000 * int(parts.get("millisecond") or 0),
                tzinfo=_offset(text, date_format),
            )
        except ValueError:
            pass  # 30 February, 24:00 and the like: refused below like any other spelling
    elif _lacks_zone(text, bare, has_offset=pattern is not bare):
        expected = f"a time with its offset from UTC, or in the declared zone, as {date_format}"
        return Problem(code="timezone_missing", value=text, expected=expected)
    expected = f"a date of the calendar written {date_format}"
    if SERIAL.fullmatch(text):
        return Problem(code="date_serial", value=text, expected=expected)
    return Problem(code="date_invalid", value=text, expected=expected)


def _lacks_zone(text: str, bare: re.Pattern[str], *, has_offset: bool) -> bool:
    """Return whether the time alone is well written, and the zone is not what was declared."""
    if spelled := bare.match(text):
        rest = text[spelled.end() :]
        return has_offset if not rest else ABBREVIATION.fullmatch(rest) is not None
    return False


def _offset(text: str, date_format: str) -> dt.tzinfo | None:
    """Return the zone that a time of a format with an offset says.

    Raises:
        ValueError: the offset is a day or more.
    """
    if date_format.endswith("Z"):
        return dt.UTC
    if not date_format.endswith("+hh:mm"):
        return None
    sign, hours, minutes = text[-6], int(text[-5:-3]), int(text[-2:])
    size = dt.timedelta(hours=hours, minutes=minutes)
    return dt.timezone(-size if sign == "-" else size)


@functools.cache
def _patterns(date_format: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the pattern of a format, and that of the same without its offset."""
    bare, offset = date_format, ""
    for sign, spelled in OFFSETS.items():
        if date_format.endswith(sign):
            bare, offset = date_format.removesuffix(sign), spelled
    pattern = re.escape(bare)
    for token, group in TOKENS.items():
        pattern = pattern.replace(token, group)
    compiled = re.compile(pattern, re.ASCII)
    return (re.compile(pattern + offset, re.ASCII) if offset else compiled), compiled
