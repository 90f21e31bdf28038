"""The table of rules: which policies there are, their defaults, and what values fit.

Law: a rule that may change with time is named here once, with every default that ever held and
the day it began; a value that does not fit is never proposed.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ledger.money import parse_plain

BEGINNING = date(2021, 1, 1)
"""Defaults hold from here on."""


FEED_KEYS = {"source", "commodity", "quote", "feed"}
CHAIN_FEED_KEYS = {"chain_id", "description", "max_age_hours"}
"""What a price feed says: what it is for, its name there; what one on a chain is held to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a policy is about, its default from a day on, and what its values look like."""

    about: str
    defaults: tuple[tuple[date, object], ...]
    expected: str
    fits: Callable[[Any], bool]


def _fraction(value: object) -> bool:
    try:
        return isinstance(value, str) and 0 <= parse_plain(value) <= 1
    except ValueError:
        return False


def _amount(value: object) -> bool:
    try:
        return isinstance(value, str) and parse_plain(value) >= 0
    except ValueError:
        return False


def _one_of(*words: str) -> Callable[[object], bool]:
    return lambda value: value in words


def _fractions(*keys: str) -> Callable[[object], bool]:
    return lambda value: (
        isinstance(value, dict)
        and set(value) == set(keys)
        and all(_fraction(part) for part in value.values())
    )


def _whole(low: int, high: int) -> Callable[[object], bool]:
    return lambda value: type(value) is int and low <= value <= high


def _division(value: object) -> bool:
    return (
        _fractions("developer", "foundation", "reviewer")(value)
        and isinstance(value, dict)
        and sum((Decimal(part) for part in value.values()), Decimal(0)) == 1
    )


def _price_checks(value: object) -> bool:
    try:
        return (
            isinstance(value, dict)
            and set(value) == {"max_age_days", "outlier_factor", "window"}
            and _whole(1, 366)(value["max_age_days"])
            and _whole(1, 366)(value["window"])
            and isinstance(value["outlier_factor"], str)
            and parse_plain(value["outlier_factor"]) > 1
        )
    except ValueError:
        return False


def _code(value: object) -> bool:
    return isinstance(value, str) and bool(value) and value == value.strip()


def _codes(value: object) -> bool:
    return isinstance(value, list) and all(_code(code) for code in value)


def _feeds(value: object) -> bool:
    return (
        isinstance(value, list)
        and all(_feed(feed) for feed in value)
        and len({tuple(feed[key] for key in FEED_KEYS - {"feed"}) for feed in value}) == len(value)
    )


def _feed(feed: object) -> bool:
    if not (
        isinstance(feed, dict)
        and set(feed) >= FEED_KEYS
        and all(_code(feed[key]) for key in FEED_KEYS)
    ):
        return False
    if feed["source"] != "chainlink":
        return set(feed) == FEED_KEYS
    return (
        set(feed) == FEED_KEYS | CHAIN_FEED_KEYS
        and re.fullmatch("0x[0-9a-fA-F]{40}", feed["feed"]) is not None
        and _whole(1, 2**53)(feed["chain_id"])
        and _code(feed["description"])
        and _whole(1, 744)(feed["max_age_hours"])
    )


def _bands(value: object) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(
            isinstance(band, dict)
            and set(band) == {"from", "checkers"}
            and _amount(band["from"])
            and type(band["checkers"]) is int
            and band["checkers"] >= 1
            for band in value
        )
        and value[0]["from"] == "0"
    )


def _timing(value: object) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"statement_day", "payment_days"}
        and _whole(1, 28)(value["statement_day"])
        and _whole(0, 365)(value["payment_days"])
    )


def _confirmation(value: object) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"minutes", "days"}
        and _whole(1, 10080)(value["minutes"])
        and _whole(0, 365)(value["days"])
    )


def _split(developer: str, foundation: str, reviewer: str = "0") -> dict[str, str]:
    return {"developer": developer, "foundation": foundation, "reviewer": reviewer}


def _outlier(value: object) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"factor", "months"}
        and _amount(value["factor"])
        and parse_plain(value["factor"]) > 1
        and _whole(3, 60)(value["months"])
    )


def _tolerances(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(limits, dict)
        and set(limits) <= DIFFERENCES
        and all(
            isinstance(limit, dict)
            and limit.keys() <= {"amount", "fraction"}
            and all(
                _amount(size) if name == "amount" else _fraction(size)
                for name, size in limit.items()
            )
            for limit in limits.values()
        )
        for limits in value.values()
    )


def _amounts(value: object) -> bool:
    return isinstance(value, dict) and all(_amount(amount) for amount in value.values())


DIFFERENCES = {"network-fee", "bank-fee", "fx", "short-pay", "overpaid"}
"""Kinds of differences that a receipt may have without a person's word."""

RULES: dict[str, Rule] = {
    "share-becomes-due": Rule(
        about="When a maintainer's share becomes due",
        defaults=((BEGINNING, "received"),),
        expected="received or stated",
        fits=_one_of("received", "stated"),
    ),
    "maintainer-rates": Rule(
        about="The maintainers' part of a fee share, by kind of agreement",
        defaults=((BEGINNING, {"variable": "0.2", "fixed": "0.5"}),),
        expected='fractions, such as {"variable": "0.2", "fixed": "0.5"}',
        fits=_fractions("variable", "fixed"),
    ),
    "statement-outlier": Rule(
        about="When a statement needs a second look: above so many times the median of the months "
        "before",
        defaults=((BEGINNING, {"factor": "10", "months": 6}),),
        expected='a factor above 1 and 3 to 60 months, such as {"factor": "10", "months": 6}',
        fits=_outlier,
    ),
    "volume-outlier": Rule(
        about="When fee share per trading volume is far off: so many times the median of the "
        "months before, or as small a part of it",
        defaults=((BEGINNING, {"factor": "3", "months": 6}),),
        expected='a factor above 1 and 3 to 60 months, such as {"factor": "3", "months": 6}',
        fits=_outlier,
    ),
    "bounty-division-stablecoin": Rule(
        about="How a bounty in a stablecoin or in dollars is divided on release",
        defaults=(
            (BEGINNING, _split("0.75", "0.25")),
            (date(2023, 5, 25), _split("0.8", "0.2")),
        ),
        expected="developer, foundation and reviewer as fractions that sum to 1",
        fits=_division,
    ),
    "bounty-division-hbot": Rule(
        about="How a bounty in HBOT is divided on release",
        defaults=(
            (BEGINNING, _split("0.8", "0.2")),
            (date(2022, 8, 17), _split("0.8", "0.1", "0.1")),
            (date(2022, 8, 18), _split("0.8", "0", "0.2")),
            (date(2023, 1, 13), _split("0.8", "0.2")),
            (date(2023, 5, 3), _split("0.95", "0.05")),
            (date(2023, 10, 2), _split("0.9", "0.1")),
        ),
        expected="developer, foundation and reviewer as fractions that sum to 1",
        fits=_division,
    ),
    "renewal-price": Rule(
        about="A renewal's price a year, in USD",
        defaults=((BEGINNING, "2000"),),
        expected="an amount such as 2000",
        fits=_amount,
    ),
    "approval-bands": Rule(
        about="How many checkers a batch needs from an amount in USD on",
        defaults=((BEGINNING, [{"from": "0", "checkers": 1}, {"from": "5000", "checkers": 2}]),),
        expected="bands, the first from 0, each with at least one checker",
        fits=_bands,
    ),
    "destination-hold-days": Rule(
        about="Days that a first or changed payout address waits after its confirmation",
        defaults=((BEGINNING, 7),),
        expected="a whole number of days from 1 to 365",
        fits=_whole(1, 365),
    ),
    "destination-proof": Rule(
        about="Which payout addresses a payee's key signs for, or a further person vouches for: "
        "those that replace another one, or first ones, too",
        defaults=((BEGINNING, "changes"),),
        expected="changes or all",
        fits=_one_of("changes", "all"),
    ),
    "payee-form-gates": Rule(
        about="Without which approved forms a payee is not paid",
        defaults=((BEGINNING, []),),
        expected='kinds of forms, such as ["tax", "aml"]',
        fits=lambda value: _codes(value) and set(value) <= {"tax", "aml"},
    ),
    "match-tolerance": Rule(
        about="How far a receipt may be from what is owed and still be matched, by exchange",
        defaults=((BEGINNING, {"default": {}}),),
        expected='limits by exchange and kind, such as {"default": {}, "gate-io": {"network-fee": '
        '{"amount": "5", "fraction": "0.01"}}}; kinds are network-fee, bank-fee, fx, short-pay '
        "and overpaid",
        fits=_tolerances,
    ),
    "transfer-days": Rule(
        about="How many days apart the two lines of a transfer of our own may be",
        defaults=((BEGINNING, 3),),
        expected="a whole number of days from 0 to 31",
        fits=_whole(0, 31),
    ),
    "exception-limit": Rule(
        about="How much may be open as exceptions when a month closes, by commodity",
        defaults=((BEGINNING, {}),),
        expected='amounts by commodity, such as {"USDT": "100"}; nothing where none is named',
        fits=_amounts,
    ),
    "deposit-confirmation": Rule(
        about="Within how many minutes of its first sight a deposit is promised to be confirmed, "
        "and for how many days one that nobody declared is taken for a bounty of its amount",
        defaults=((BEGINNING, {"minutes": 60, "days": 30}),),
        expected='whole numbers, such as {"minutes": 60, "days": 30}: minutes from 1 to 10080, '
        "days from 0 to 365",
        fits=_confirmation,
    ),
    "statement-timing": Rule(
        about="By which day of the next month a statement is expected, and how many days after "
        "its month the money is due, where the terms do not say",
        defaults=((BEGINNING, {"statement_day": 10, "payment_days": 30}),),
        expected='whole numbers, such as {"statement_day": 10, "payment_days": 30}: a day from '
        "1 to 28, and days from 0 to 365",
        fits=_timing,
    ),
    "price-checks": Rule(
        about="How old a price may be, and how far from the median of those before it",
        defaults=((BEGINNING, {"max_age_days": 45, "outlier_factor": "3", "window": 7}),),
        expected='such as {"max_age_days": 45, "outlier_factor": "3", "window": 7}; days and '
        "window from 1 to 366, the factor above 1",
        fits=_price_checks,
    ),
    "price-feeds": Rule(
        about="Which coin or feed of which source is the price of which commodity",
        defaults=((BEGINNING, []),),
        expected="feeds with source, commodity, quote and feed; those of chainlink have an "
        "address as feed, and chain_id, description and max_age_hours (1 to 744) too",
        fits=_feeds,
    ),
    "par-commodities": Rule(
        about="Which commodities may have a price of 1 by a rule of the house",
        defaults=((BEGINNING, ["USDC", "USDT"]),),
        expected='commodities, such as ["USDC", "USDT"]',
        fits=_codes,
    ),
    "hbot-averaging-days": Rule(
        about="Over how many days the price is averaged at which HBOT is converted",
        defaults=((date(2023, 7, 28), 7), (date(2025, 3, 30), 30)),
        expected="a whole number of days from 1 to 366",
        fits=_whole(1, 366),
    ),
    "reporting-currency": Rule(
        about="The commodity in which reports state values",
        defaults=((BEGINNING, "USD"),),
        expected="a commodity, such as USD",
        fits=_code,
    ),
    "own-token": Rule(
        about="The token of our own, with and without which totals are shown",
        defaults=((BEGINNING, "HBOT"),),
        expected="a commodity, such as HBOT",
        fits=_code,
    ),
}
