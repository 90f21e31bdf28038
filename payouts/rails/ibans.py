"""Account numbers of banks: IBANs (ISO 13616) with their check digits, and plain numbers.

Law: nothing is repaired; what a bank would refuse or misread is refused here.
"""

import re

from ledger.errors import Problem

ACCOUNT = re.compile(r"[A-Z0-9]{4,34}")
IBAN_START = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]*")
IBAN_LENGTH_MIN = 15

IBAN_LENGTHS = {
    country: int(length)
    for country, length in re.findall(
        "([A-Z]{2})([0-9]{2})",
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22"
        "DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28"
        "HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25"
        "MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29"
        "RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29"
        "VA22 VG24 XK20 YE30",
    )
}
"""Length of an IBAN by country (the SWIFT registry of ISO 13616)."""

SEPA_COUNTRIES = frozenset(
    re.findall(
        "[A-Z]{2}",
        "ADALATBEBGCHCYCZDEDKEEESFIFRGBGIGRHRHUIEISITLILTLULVMCMDMEMKMTNLNOPLPTRORSSESISKSMVA",
    )
)
"""First letters of IBANs that a SEPA credit transfer reaches (EPC409-09)."""


def account_problems(account: str) -> list[Problem]:
    """Return what is wrong with an account's number, spaces aside; nothing when it can be paid."""
    compact = compact_account(account)
    if ACCOUNT.fullmatch(compact) is None:
        expected = "an IBAN or 4 to 34 capital letters A-Z and digits"
        return [bank_problem("account", account, expected)]
    if not is_iban(compact):
        return []
    country = compact[:2]
    length = IBAN_LENGTHS.get(country, len(compact))
    if len(compact) != length:
        expected = f"{length} characters for an IBAN of {country}"
        return [bank_problem("account", account, expected)]
    if compact[2:4] != _check_digits(compact):
        return [bank_problem("account", account, "an IBAN whose check digits hold")]
    return []


def is_iban(account: str) -> bool:
    """Return whether an account's number is written as an IBAN, right or wrong."""
    compact = compact_account(account)
    return IBAN_START.fullmatch(compact) is not None and (
        compact[:2] in IBAN_LENGTHS or len(compact) >= IBAN_LENGTH_MIN
    )


def is_sound_iban(account: str) -> bool:
    """Return whether an account's number is an IBAN whose length and check digits hold."""
    return is_iban(account) and not account_problems(account)


def sepa_problems(account: str) -> list[Problem]:
    """Return why a SEPA credit transfer does not reach an account; nothing when it does."""
    problems = account_problems(account)
    if not problems and not (is_iban(account) and account[:2] in SEPA_COUNTRIES):
        problems.append(bank_problem("account", account, "an IBAN of a country in SEPA"))
    return problems


def compact_account(account: str) -> str:
    """Return an account's number without the spaces that people write in it."""
    return account.replace(" ", "")


def bank_problem(column: str, value: str, expected: str, code: str = "bank_details") -> Problem:
    """Return a problem with bank details; those of an account are the payee's to mend."""
    mend = "Ask the payee for the details as the bank prints them." if column == "account" else ""
    return Problem(code=code, column=column, value=value, expected=expected, mend=mend)


def _check_digits(iban: str) -> str:
    """Return the check digits that ISO 7064 MOD 97-10 gives; letters count from A = 10."""
    moved = iban[4:] + iban[:2] + "00"
    remainder = int("".join(str(int(character, 36)) for character in moved)) % 97
    return f"{98 - remainder:02d}"
