"""The table of rules: which policies there are, their defaults, and what values fit.

Law: a rule that may change with time is named here once, with every default that ever held and
the day it began; a value that does not fit is never proposed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ledger.money import parse_plain

BEGINNING = date(2021, 1, 1)
"""Defaults hold from here on."""


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


def _split(developer: str, foundation: str, reviewer: str = "0") -> dict[str, str]:
    return {"developer": developer, "foundation": foundation, "reviewer": reviewer}


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
    "statement-timing": Rule(
        about="By which day of the next month a statement is expected, and how many days after "
        "its month the money is due, where the terms do not say",
        defaults=((BEGINNING, {"statement_day": 10, "payment_days": 30}),),
        expected='whole numbers, such as {"statement_day": 10, "payment_days": 30}: a day from '
        "1 to 28, and days from 0 to 365",
        fits=_timing,
    ),
}
