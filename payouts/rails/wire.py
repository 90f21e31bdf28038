"""Bank wires: a CSV that treasury staff load at the bank, one line a payment.

Nothing is repaired on the way: what a bank would cut, replace or misread is refused, so that the
file says what was approved. Amounts keep the currency's minor unit (ISO 4217).
"""

import csv
import io
import re
from typing import ClassVar

from ledger.errors import BadInput, Problem
from ledger.money import fixed
from payouts.rails.instructions import (
    ExportedFile,
    Instruction,
    Payment,
    at_line,
    file_stem,
    too_precise_at,
)

COLUMNS = (
    "batch",
    "line",
    "payee",
    "account holder",
    "IBAN or account",
    "amount",
    "currency",
    "reference",
    "bank code",
)
"""The header; holder, account, reference and bank code reach the bank as they stand."""

NAME_LENGTH = 70
"""Most characters of an account holder's name that banks carry (EPC rule books)."""

REFERENCE_LENGTH = 140
"""Most characters of an unstructured remittance line (ISO 20022)."""

SEPA_TEXT = re.compile(r"[A-Za-z0-9/\-?:().,'+ ]+")
"""The SEPA character set (EPC217-08); banks replace or refuse everything else."""

FORMULA_START = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - full-width forms are formulas too
"""First characters that make a spreadsheet read a cell as a formula."""

MINOR_UNITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF"), 0),
    **dict.fromkeys(("UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""Decimals of the currencies that do not have two (ISO 4217)."""

CURRENCY = re.compile(r"[A-Z]{3}")
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


class WireRail:
    """Payment by the treasury's bank."""

    name: ClassVar[str] = "wire"

    def check_destination(self, address: str, *, chain_id: int | None) -> list[Problem]:
        """Return what is wrong with an IBAN (ISO 13616) or an account number."""
        if chain_id is not None:
            return [_wrong("chain", f"{chain_id}", "no chain: a bank pays this", "chain_mismatch")]
        compact = address.replace(" ", "")
        if ACCOUNT.fullmatch(compact) is None:
            return [
                _wrong("account", address, "an IBAN or 4 to 34 capital letters A-Z and digits")
            ]
        country = compact[:2]
        if IBAN_START.fullmatch(compact) is None or (
            country not in IBAN_LENGTHS and len(compact) < IBAN_LENGTH_MIN
        ):
            return []
        length = IBAN_LENGTHS.get(country, len(compact))
        if len(compact) != length:
            return [_wrong("account", address, f"{length} characters for an IBAN of {country}")]
        if compact[2:4] != _check_digits(compact):
            return [_wrong("account", address, "an IBAN whose check digits hold")]
        return []

    def export(self, instruction: Instruction) -> tuple[ExportedFile, ...]:
        """Return the batch as one CSV (RFC 4180, UTF-8, a header line).

        Raises:
            BadInput: everything the bank would refuse or change, each with its line.
        """
        problems = [
            problem
            for payment in instruction.payments
            for problem in self._payment_problems(instruction, payment)
        ]
        if problems:
            raise BadInput(problems)
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(COLUMNS)
        writer.writerows(_row(instruction, payment) for payment in instruction.payments)
        return (
            ExportedFile(
                name=f"{file_stem(instruction.batch)}-wire.csv",
                content=text.getvalue().encode(),
                media_type="text/csv",
            ),
        )

    def _payment_problems(self, instruction: Instruction, payment: Payment) -> list[Problem]:
        chain_id = payment.token.chain_id if payment.token else None
        problems = self.check_destination(payment.address, chain_id=chain_id)
        problems += bank_text_problems("account holder", payment.payee_name, NAME_LENGTH)
        problems += bank_text_problems("reference", payment.reference, REFERENCE_LENGTH)
        if payment.token is not None or CURRENCY.fullmatch(payment.commodity) is None:
            problems.append(
                _wrong(
                    "currency", payment.commodity, "a currency of a bank, three capital letters"
                )
            )
        return at_line(problems, instruction, payment.line) + too_precise_at(
            instruction, payment, MINOR_UNITS.get(payment.commodity, 2)
        )


def bank_text_problems(column: str, text: str, length_max: int) -> list[Problem]:
    """Return why a bank would not carry a text unchanged: length, characters, its first one.

    A text for the bank that a spreadsheet would take for a formula is refused rather than
    prefixed: the prefix would reach the bank.
    """
    problems = []
    if text != text.strip() or not 0 < len(text) <= length_max:
        expected = f"1 to {length_max} characters, no space around them"
        problems.append(_wrong(column, text, expected))
    if text and SEPA_TEXT.fullmatch(text) is None:
        strange = "".join(sorted(set(SEPA_TEXT.sub("", text))))
        expected = f"only A-Z a-z 0-9 / - ? : ( ) . , ' + and space, without {strange!r}"
        problems.append(_wrong(column, text, expected))
    elif text.startswith(FORMULA_START):
        problems.append(
            _wrong(column, text, "no + or - first, which spreadsheets take for a formula")
        )
    return problems


def formula_safe(text: str) -> str:
    """Return a text cell that no spreadsheet takes for a formula: an apostrophe goes first."""
    return f"'{text}" if text.startswith(FORMULA_START) else text


def _row(instruction: Instruction, payment: Payment) -> tuple[str, ...]:
    return (
        formula_safe(instruction.batch),
        str(payment.line),
        formula_safe(payment.payee),
        payment.payee_name,
        payment.address.replace(" ", ""),
        fixed(payment.amount, MINOR_UNITS.get(payment.commodity, 2)),
        payment.commodity,
        payment.reference,
        payment.bank_code or "",
    )


def _check_digits(iban: str) -> str:
    """Return the check digits that ISO 7064 MOD 97-10 gives; letters count from A = 10."""
    moved = iban[4:] + iban[:2] + "00"
    remainder = int("".join(str(int(character, 36)) for character in moved)) % 97
    return f"{98 - remainder:02d}"


def _wrong(column: str, value: str, expected: str, code: str = "bank_details") -> Problem:
    mend = "Ask the payee for the details as the bank prints them." if column == "account" else ""
    return Problem(code=code, column=column, value=value, expected=expected, mend=mend)
