"""Codes of banks beside an account: a BIC (ISO 9362), or an ABA routing number in the US.

Law: nothing is repaired; a routing number whose check digit fails is refused, and so is a BIC of
another country than the bank's.
"""

import re

from ledger.errors import Problem

BIC = re.compile(r"[A-Z0-9]{4}([A-Z]{2})[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
COUNTRY = re.compile(r"[A-Z]{2}")
ROUTING_NUMBER = re.compile(r"[0-9]{9}")

WEIGHTS = (3, 7, 1)
"""Of the digits of a routing number, over and over; the sum is a multiple of ten (ABA)."""

DISTRICTS = (range(1, 13), range(21, 33), range(61, 73), range(80, 81))
"""First two digits of banks' routing numbers: districts, thrifts, electronic, checks."""

UNITED_STATES = "US"


def bank_code_problems(code: str, country: str) -> list[Problem]:
    """Return what is wrong with a bank's code and the country it is in (ISO 3166-1)."""
    if COUNTRY.fullmatch(country) is None:
        return [_wrong("bank country", country, "two capital letters, such as DE")]
    expected = _expected_of(code, country)
    return [_wrong("bank code", code, expected)] if expected else []


def _expected_of(code: str, country: str) -> str:
    """Return what a code should have been; nothing if it is the code of a bank there."""
    if code.isdecimal():
        if country != UNITED_STATES:
            return f"a BIC for a bank in {country}"
        if _is_routing_number(code):
            return ""
        return "a routing number of nine digits whose check digit holds (ABA)"
    found = BIC.fullmatch(code)
    if found is None:
        return "a BIC of 8 or 11 capital letters and digits"
    return "" if found[1] == country else f"the BIC of a bank in {country}, not in {found[1]}"


def _is_routing_number(code: str) -> bool:
    if ROUTING_NUMBER.fullmatch(code) is None or not any(
        int(code[:2]) in district for district in DISTRICTS
    ):
        return False
    weighed = (int(digit) * WEIGHTS[place % 3] for place, digit in enumerate(code))
    return sum(weighed) % 10 == 0


def _wrong(column: str, value: str, expected: str) -> Problem:
    mend = "Ask the payee for the details as the bank prints them."
    return Problem(code="bank_details", column=column, value=value, expected=expected, mend=mend)
