"""Bank wires: files that treasury staff load at the bank: a CSV, and pain.001 for euros.

Nothing is repaired on the way: what a bank would cut, replace or misread is refused, so that the
file says what was approved. Amounts keep the currency's minor unit (ISO 4217).
"""

import csv
import io
import re
from typing import ClassVar

from ledger.errors import BadInput, Problem
from ledger.money import fixed
from payouts.rails import credit_transfer
from payouts.rails.ibans import account_problems, bank_problem, compact_account
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


class WireRail:
    """Payment by the treasury's bank."""

    name: ClassVar[str] = "wire"

    def check_destination(self, address: str, *, chain_id: int | None) -> list[Problem]:
        """Return what is wrong with an IBAN (ISO 13616) or an account number."""
        if chain_id is not None:
            expected = "no chain: a bank pays this"
            return [bank_problem("chain", f"{chain_id}", expected, "chain_mismatch")]
        return account_problems(address)

    def export(self, instruction: Instruction) -> tuple[ExportedFile, ...]:
        """Return the batch as one CSV (RFC 4180, UTF-8, a header line).

        Beside it stands a SEPA credit transfer, where all is in euros and who holds the account
        that pays is known.

        Raises:
            BadInput: everything the bank would refuse or change, each with its line.
        """
        problems = [
            problem
            for payment in instruction.payments
            for problem in self._payment_problems(instruction, payment)
        ]
        is_sepa = credit_transfer.fits(instruction)
        problems += credit_transfer.problems_of(instruction) if is_sepa else []
        if problems:
            raise BadInput(problems)
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(COLUMNS)
        writer.writerows(_row(instruction, payment) for payment in instruction.payments)
        csv_file = ExportedFile(
            name=f"{file_stem(instruction.batch)}-wire.csv",
            content=text.getvalue().encode(),
            media_type="text/csv",
        )
        return (csv_file, credit_transfer.file_of(instruction)) if is_sepa else (csv_file,)

    def _payment_problems(self, instruction: Instruction, payment: Payment) -> list[Problem]:
        chain_id = payment.token.chain_id if payment.token else None
        problems = self.check_destination(payment.address, chain_id=chain_id)
        problems += bank_text_problems("account holder", payment.payee_name, NAME_LENGTH)
        problems += bank_text_problems("reference", payment.reference, REFERENCE_LENGTH)
        if payment.token is not None or CURRENCY.fullmatch(payment.commodity) is None:
            problems.append(
                bank_problem(
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
        problems.append(bank_problem(column, text, expected))
    if text and SEPA_TEXT.fullmatch(text) is None:
        strange = "".join(sorted(set(SEPA_TEXT.sub("", text))))
        expected = f"only A-Z a-z 0-9 / - ? : ( ) . , ' + and space, without {strange!r}"
        problems.append(bank_problem(column, text, expected))
    elif text.startswith(FORMULA_START):
        problems.append(
            bank_problem(column, text, "no + or - first, which spreadsheets take for a formula")
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
        compact_account(payment.address),
        fixed(payment.amount, MINOR_UNITS.get(payment.commodity, 2)),
        payment.commodity,
        payment.reference,
        payment.bank_code or "",
    )
