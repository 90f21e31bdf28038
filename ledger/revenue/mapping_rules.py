"""Rules of mappings that a schema cannot say: what contradicts itself, what is not decided yet."""

import functools
import zoneinfo
from collections import Counter
from collections.abc import Iterator
from typing import Any

from ledger.errors import Problem
from ledger.revenue.cells import parse_key

OTHER_KINDS_KEYS = {
    "statement": ("amount_decimals",),
    "bank": ("exchange", "rate_unit", "amounts", "skip", "row_tolerance", "in_parts"),
}
"""Keys that mean nothing in a mapping of this kind."""

SHOWN_MESSAGE_LENGTH = 300
"""The schema's own messages may hold a whole list; they are cut to this many characters."""

UNDECIDED = "undecided"


def invalid(place: str, key: str | None, expected: str) -> Problem:
    """Return a problem with a mapping at a JSON path."""
    return Problem(
        code="mapping_invalid", place=place, column=key, expected=expected[:SHOWN_MESSAGE_LENGTH]
    )


def undecided(declared: dict[str, Any], place: str) -> list[Problem]:
    """Return what a draft leaves open; no file can be read by it until a person decides."""
    problems = []
    if declared["date_format"] == UNDECIDED:
        problems.append(
            Problem(
                code="date_ambiguous",
                place=place,
                column="$.date_format",
                expected="the order of day, month and year",
                mend="Ask the exchange: several orders fit the file that this was drafted from.",
            )
        )
    if declared["decimal_mark"] == UNDECIDED:
        problems.append(
            Problem(
                code="decimal_undeclared",
                place=place,
                column="$.decimal_mark",
                expected="the mark before the decimals",
                mend="Ask the exchange: both marks fit the file that this was drafted from.",
            )
        )
    return problems


def contradictions(declared: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (key, expectation) of declarations that do not agree with each other."""
    yield from _columns(declared)
    yield from _amounts(declared)
    yield from _fields(declared)
    yield from _times(declared)
    if "scientific" in declared and declared.get("sign_style", "plain") != "plain":
        yield "scientific", "the sign style `plain` where exponents are allowed"
    if declared["decimal_mark"] == declared.get("grouping_mark"):
        yield "grouping_mark", "another mark than the decimals have"
    constants = declared.get("constants", {})
    for key, text in {**constants, "exchange": declared.get("exchange", "none")}.items():
        if isinstance(fault := parse_key(text), Problem):
            yield key, fault.expected


def _fields(declared: dict[str, Any]) -> Iterator[tuple[str, str]]:
    columns, constants = declared["columns"], declared.get("constants", {})
    is_statement = declared["kind"] == "statement"
    for key in OTHER_KINDS_KEYS[declared["kind"]]:
        if key in declared:
            yield key, f"no such key in a mapping of kind {declared['kind']}"
    if is_statement and "exchange" not in columns and "exchange" not in declared:
        yield "exchange", "it to be given: by a column, as one fixed text, or both to compare them"
    once = [] if is_statement else ["account"]
    once += [] if "amounts" in declared else ["currency"]
    for field in once:
        if [field in columns, field in constants, field in declared].count(True) != 1:
            yield field, "it to be given once: by a column or as one fixed text"
    if "stream" in columns and "stream" in constants:
        yield "stream", "either a column or one fixed text"
    if ("rate" in columns) != ("rate_unit" in declared):
        yield "rate_unit", "the unit where a column gives the rate, only there"
    if "row_tolerance" in declared and not {"rate", "trading_fees"} <= columns.keys():
        yield "row_tolerance", "columns for rate and trading_fees, whose product it is about"


def _columns(declared: dict[str, Any]) -> Iterator[tuple[str, str]]:
    columns, footer = declared["columns"], declared.get("footer_total", {})
    amounts = [amount["column"] for amount in declared.get("amounts", ())]
    named = {f"columns.{field}": column for field, column in columns.items()}
    named |= {f"footer_total.{key}": footer[key] for key in footer if key.endswith("column")}
    named |= {f"amounts[{at}].column": column for at, column in enumerate(amounts)}
    named |= {f"skip[{at}].column": it["column"] for at, it in enumerate(declared.get("skip", ()))}
    for key, column in named.items():
        if column not in declared["header"]:
            yield key, f"a column of the header, not {column!r}"
    for column, times in Counter([*columns.values(), *amounts]).items():
        if times > 1:
            yield "columns", f"one field for column {column!r}, not {times}"
    if footer and footer.get("amount_column") != columns.get("fee_share", columns.get("amount")):
        yield "footer_total.amount_column", "the column of the amounts, none with several columns"
    if "currency_column" in footer and footer["currency_column"] != columns.get("currency"):
        yield "footer_total.currency_column", "the column of the currency"


def _amounts(declared: dict[str, Any]) -> Iterator[tuple[str, str]]:
    amounts, columns = declared.get("amounts", ()), declared["columns"]
    if declared["kind"] == "statement" and bool(amounts) == ("fee_share" in columns):
        yield "columns.fee_share", "either it or `amounts`"
    if amounts and ("currency" in columns or "currency" in declared.get("constants", {})):
        yield "currency", "no currency of the row beside `amounts`, which have their own"
    if amounts and "rate" in columns:
        yield "columns.rate", "no rate beside `amounts`: fees have one currency"
    if len({amount["currency"] for amount in amounts}) < len(amounts):
        yield "amounts", "one column for a currency"


@functools.cache
def _time_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())  # it looks through thousands of files


def _times(declared: dict[str, Any]) -> Iterator[tuple[str, str]]:
    date_format, zone = declared["date_format"], declared.get("time_zone")
    has_time = "hh" in date_format or date_format.startswith("epoch")
    if has_time != (zone is not None) and date_format != UNDECIDED:
        yield "time_zone", "the zone where dates have a time, only there"
    if zone is not None and zone not in _time_zones():
        yield "time_zone", f"`UTC` or a name such as Europe/Berlin, not {zone!r}"
