"""What values fit the rules of the house: shapes of JSON, amounts as text (no float is made)."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from ledger.money import parse_plain

FEED_KEYS = {"source", "commodity", "quote", "feed"}
CHAIN_FEED_KEYS = {"chain_id", "description", "max_age_hours"}
"""What a price feed says: what it is for, its name there; what one on a chain is held to."""


def is_fraction(value: object) -> bool:
    """Return whether a value is a text of a number from 0 to 1."""
    try:
        return isinstance(value, str) and 0 <= parse_plain(value) <= 1
    except ValueError:
        return False


def is_amount(value: object) -> bool:
    """Return whether a value is a text of a number from 0."""
    try:
        return isinstance(value, str) and parse_plain(value) >= 0
    except ValueError:
        return False


def is_limit(value: object) -> bool:
    """Return whether a value is an amount above 0, or `none`."""
    return value == "none" or (is_amount(value) and parse_plain(str(value)) > 0)


def one_of(*words: str) -> Callable[[object], bool]:
    """Return what takes one of some words."""
    return lambda value: value in words


def fractions(*keys: str) -> Callable[[object], bool]:
    """Return what takes fractions under some keys, all of them."""
    return lambda value: (
        isinstance(value, dict)
        and set(value) == set(keys)
        and all(is_fraction(part) for part in value.values())
    )


def whole(low: int, high: int) -> Callable[[object], bool]:
    """Return what takes a whole number between two, both included."""
    return lambda value: type(value) is int and low <= value <= high


def whole_by_key(*keys: str) -> Callable[[object], bool]:
    """Return what takes whole numbers of days, from 0 to 365, under some keys, all of them."""
    return lambda value: (
        isinstance(value, dict)
        and set(value) == set(keys)
        and all(whole(0, 365)(part) for part in value.values())
    )


def is_span(value: object) -> bool:
    """Return whether a value is a low and a high amount."""
    return (
        isinstance(value, dict)
        and set(value) == {"low", "high"}
        and all(is_limit(part) and part != "none" for part in value.values())
        and parse_plain(value["low"]) <= parse_plain(value["high"])
    )


def is_phases(value: object) -> bool:
    """Return whether a value says how many weeks each phase of a bounty takes."""
    return (
        isinstance(value, dict)
        and set(value) == {"set-up", "development", "testing", "governance"}
        and all(
            isinstance(weeks, list)
            and [whole(0, 52)(week) for week in weeks] == [True, True]
            and weeks[0] <= weeks[1]
            for weeks in value.values()
        )
    )


def is_division(value: object) -> bool:
    """Return whether a value divides a bounty whole."""
    return (
        fractions("developer", "foundation", "reviewer")(value)
        and isinstance(value, dict)
        and sum((Decimal(part) for part in value.values()), Decimal(0)) == 1
    )


def is_price_checks(value: object) -> bool:
    """Return whether a value says how old and how far off a price may be."""
    try:
        return (
            isinstance(value, dict)
            and set(value) == {"max_age_days", "outlier_factor", "window"}
            and whole(1, 366)(value["max_age_days"])
            and whole(1, 366)(value["window"])
            and isinstance(value["outlier_factor"], str)
            and parse_plain(value["outlier_factor"]) > 1
        )
    except ValueError:
        return False


def is_code(value: object) -> bool:
    """Return whether a value is a text without space around it."""
    return isinstance(value, str) and bool(value) and value == value.strip()


def is_codes(value: object) -> bool:
    """Return whether a value is a list of codes."""
    return isinstance(value, list) and all(is_code(code) for code in value)


def is_feeds(value: object) -> bool:
    """Return whether a value is a list of feeds, each of another price."""
    return (
        isinstance(value, list)
        and all(_feed(feed) for feed in value)
        and len({tuple(feed[key] for key in FEED_KEYS - {"feed"}) for feed in value}) == len(value)
    )


def _feed(feed: object) -> bool:
    if not (
        isinstance(feed, dict)
        and set(feed) >= FEED_KEYS
        and all(is_code(feed[key]) for key in FEED_KEYS)
    ):
        return False
    if feed["source"] != "chainlink":
        return set(feed) == FEED_KEYS
    return (
        set(feed) == FEED_KEYS | CHAIN_FEED_KEYS
        and re.fullmatch("0x[0-9a-fA-F]{40}", feed["feed"]) is not None
        and whole(1, 2**53)(feed["chain_id"])
        and is_code(feed["description"])
        and whole(1, 744)(feed["max_age_hours"])
    )


def is_bands(value: object) -> bool:
    """Return whether a value is bands, the first from 0, each with a checker."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(
            isinstance(band, dict)
            and set(band) == {"from", "checkers"}
            and is_amount(band["from"])
            and type(band["checkers"]) is int
            and band["checkers"] >= 1
            for band in value
        )
        and value[0]["from"] == "0"
    )


def is_timing(value: object) -> bool:
    """Return whether a value says when statements and money are expected."""
    return (
        isinstance(value, dict)
        and set(value) == {"statement_day", "payment_days"}
        and whole(1, 28)(value["statement_day"])
        and whole(0, 365)(value["payment_days"])
    )


def is_confirmation(value: object) -> bool:
    """Return whether a value says how soon and how long deposits are looked for."""
    return (
        isinstance(value, dict)
        and set(value) == {"minutes", "days"}
        and whole(1, 10080)(value["minutes"])
        and whole(0, 365)(value["days"])
    )


def is_outlier(value: object) -> bool:
    """Return whether a value says from which factor on a figure is far off."""
    return (
        isinstance(value, dict)
        and set(value) == {"factor", "months"}
        and is_amount(value["factor"])
        and parse_plain(value["factor"]) > 1
        and whole(3, 60)(value["months"])
    )


def is_tolerances(value: object) -> bool:
    """Return whether a value has limits of differences by exchange."""
    return isinstance(value, dict) and all(
        isinstance(limits, dict)
        and set(limits) <= DIFFERENCES
        and all(
            isinstance(limit, dict)
            and limit.keys() <= {"amount", "fraction"}
            and all(
                is_amount(size) if name == "amount" else is_fraction(size)
                for name, size in limit.items()
            )
            for limit in limits.values()
        )
        for limits in value.values()
    )


def is_amounts(value: object) -> bool:
    """Return whether a value has amounts by commodity."""
    return isinstance(value, dict) and all(is_amount(amount) for amount in value.values())


def is_supply(value: object) -> bool:
    """Return whether a value says how much of a token there is, and what of it is locked."""
    return (
        isinstance(value, dict)
        and set(value) == {"total", "locked"}
        and is_limit(value["total"])
        and is_codes(value["locked"])
    )


def is_waiver(value: object) -> bool:
    """Return whether a value says above what average, over how many months, a year is waived."""
    return (
        isinstance(value, dict)
        and set(value) == {"usd", "at_most", "at_least"}
        and is_amount(value["usd"])
        and whole(1, 120)(value["at_most"])
        and whole(1, value["at_most"])(value["at_least"])
    )


def is_price_list(value: object) -> bool:
    """Return whether a value has prices above 0 by name, no two the same."""
    return (
        isinstance(value, dict)
        and bool(value)
        and all(is_code(name) and is_amount(price) for name, price in value.items())
        and 0 not in (prices := [parse_plain(price) for price in value.values()])
        and len(set(prices)) == len(prices)
    )


def is_github_evidence(value: object) -> bool:
    """Return whether a value says where evidence on GitHub may come from."""
    return (
        isinstance(value, dict)
        and set(value) == {"repositories", "boards", "status_field", "qa_passed"}
        and is_codes(value["repositories"])
        and all(re.fullmatch(REPOSITORY, name) for name in value["repositories"])
        and is_codes(value["boards"])
        and all(url.startswith("https://") for url in value["boards"])
        and is_code(value["status_field"])
        and is_codes(value["qa_passed"])
    )


def is_holiday_calendar(value: object) -> bool:
    """Return whether a value names a calendar of public holidays, or none, and further days."""
    if not (
        isinstance(value, dict)
        and set(value) == {"country", "subdivision", "extra_days"}
        and is_codes(value["extra_days"])
        and all(is_day(day) for day in value["extra_days"])
    ):
        return False
    country, subdivision = value["country"], value["subdivision"]
    if country == "none":
        return bool(subdivision == "none")
    import holidays

    known = holidays.list_supported_countries()
    return country in known and subdivision in {"none", *known[country]}


def is_day(value: str) -> bool:
    """Return whether a text is a day such as 2026-12-24."""
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


REPOSITORY = r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+"
"""The name of a repository on GitHub: its owner's and its own."""

DIFFERENCES = {"network-fee", "bank-fee", "fx", "short-pay", "overpaid"}
"""Kinds of differences that a receipt may have without a person's word."""
