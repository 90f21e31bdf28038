"""Run by the interpreter that has Beancount: loads files and prints as JSON what they say.

Beancount is under the GPL, so nothing else imports it. Standard input is a JSON object: `files`,
paths, and `days`, the last day to count for each set of balances, null for all.
"""

import decimal
import json
import sys
from datetime import date, timedelta
from typing import Any

from beancount import loader
from beancount.core.data import Commodity, Open, Transaction
from beancount.ops.summarize import balance_by_account

DIGITS = 90
"""Beancount counts in Python's decimal context; the standard one would round beyond 28 digits."""

ITS_OWN = {"filename", "lineno"}


def read(path: str, days: list[str | None]) -> dict[str, Any]:
    directives, errors, _ = loader.load_file(path)
    return {
        "errors": [error.message for error in errors],
        "balances": [balances(directives, day) for day in days],
        "commodities": {
            each.currency: told(each.meta) for each in directives if isinstance(each, Commodity)
        },
        "accounts": {
            each.account: told(each.meta) for each in directives if isinstance(each, Open)
        },
        "transactions": [
            {
                "date": each.date.isoformat(),
                "narration": each.narration,
                "facts": told(each.meta),
                "postings": [
                    [posting.account, *money(posting.units), told(posting.meta)]
                    for posting in each.postings
                ],
            }
            for each in directives
            if isinstance(each, Transaction)
        ],
    }


def balances(directives: list[Any], day: str | None) -> list[list[str]]:
    end = None if day is None else date.fromisoformat(day) + timedelta(days=1)
    sums, _ = balance_by_account(directives, end)
    return [
        [account, *money(position.units)] for account, held in sums.items() for position in held
    ]


def money(units: Any) -> list[str]:  # noqa: ANN401 - whatever Beancount makes of an amount
    return [str(units.number), units.currency]


def told(meta: dict[str, Any]) -> dict[str, Any]:
    """Leave out what Beancount itself adds: where a line stands, what it tolerates."""
    return {
        name: value
        for name, value in meta.items()
        if name not in ITS_OWN and not name.startswith("__")
    }


if __name__ == "__main__":
    decimal.getcontext().prec = DIGITS
    asked = json.load(sys.stdin)
    json.dump({path: read(path, asked["days"]) for path in asked["files"]}, sys.stdout)
