"""What a rail is told to pay and what it hands back: files that signers sign elsewhere.

The service holds no keys. An instruction is one frozen batch: its payments are all payable by one
rail from one source, and its content hash is what approvers approved. Rails are in one file each.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Protocol, runtime_checkable

from ledger.errors import BadInput, Problem
from ledger.money import CONTEXT, plain, scale_of
from payouts.rails.durable import Durable


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token or native coin as one chain knows it; `contract` is None for the native coin."""

    chain: str
    chain_id: int | None
    contract: str | None
    decimals: int
    commodity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One line of a batch. `token` is None where a bank pays; the amount is above zero.

    `bank_code` is the BIC or routing number of the payee's bank, if the payee gave one.
    """

    line: int
    payee: str
    payee_name: str
    address: str
    commodity: str
    amount: Decimal
    token: Token | None
    reference: str
    bank_code: str | None = None

    def __post_init__(self) -> None:
        if not self.amount.is_finite() or self.amount <= 0:
            raise BadInput(
                [
                    Problem(
                        code="zero_amount" if self.amount == 0 else "negative_amount",
                        row=self.line,
                        column="amount",
                        value=str(self.amount),
                        expected="an amount above zero",
                        mend="Leave lines with nothing to pay out of the batch.",
                    )
                ]
            )
        if self.token is not None and self.token.commodity != self.commodity:
            raise BadInput(
                [
                    Problem(
                        code="asset_ambiguous",
                        row=self.line,
                        column="commodity",
                        value=self.commodity,
                        expected=f"{self.token.commodity}, which is what its token stands for",
                    )
                ]
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Debtor:
    """Who holds the bank account that pays, as its bank prints it, and the bank's BIC."""

    holder: str
    bic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One approved batch for one rail; `source` is a Safe's address or a bank account's name.

    `nonce` is the pinned Safe nonce of the first part, None on rails that know none; `durable` is
    what pins it on Solana; `debtor` is known of bank accounts that may be told to SEPA.
    """

    batch: str
    content_hash: str
    rail: str
    source: str
    nonce: int | None
    payments: tuple[Payment, ...]
    created_at: datetime
    durable: Durable | None = None
    debtor: Debtor | None = None

    def __post_init__(self) -> None:
        lines = [payment.line for payment in self.payments]
        problems = []
        if not lines or len(set(lines)) != len(lines):
            problems.append(
                Problem(
                    code="batch_unexecutable",
                    place=f"batch {self.batch}",
                    value=f"lines {lines}",
                    expected="one payment or more, each with its own line number",
                )
            )
        if self.created_at.utcoffset() is None:
            problems.append(
                Problem(
                    code="timezone_missing",
                    place=f"batch {self.batch}",
                    value=str(self.created_at),
                    expected="a time of creation with its offset from UTC",
                )
            )
        if problems:
            raise BadInput(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedFile:
    """A file for signers, as bytes: the same instruction gives the same bytes."""

    name: str
    content: bytes
    media_type: str


class Rail(Protocol):
    """One way of paying: it checks where money would go and writes what signers sign."""

    name: ClassVar[str]

    def check_destination(self, address: str, *, chain_id: int | None) -> list[Problem]:
        """Return what is wrong with a destination; nothing when it can be paid."""

    def export(self, instruction: Instruction) -> tuple[ExportedFile, ...]:
        """Return the files of a batch; everything is checked again before a byte is written."""


@runtime_checkable
class PrintingRail(Protocol):
    """A rail that has sheets for paper besides the files that it exports."""

    def printed(self, instruction: Instruction) -> tuple[ExportedFile, ...]:
        """Return the sheets; an export does not record them, as typesetters change."""


def units(amount: Decimal, decimals: int) -> int:
    """Return the on-chain integer of an amount, never rounded.

    Raises:
        BadInput: the amount is finer than the token, so that some of it could not be paid.
    """
    if scale_of(amount) > decimals:
        raise BadInput(
            [
                Problem(
                    code="too_precise",
                    column="amount",
                    value=plain(amount),
                    expected=f"at most {decimals} decimals",
                    mend="Carry the remainder forward; a rail rounds nothing.",
                )
            ]
        )
    return int(CONTEXT.scaleb(amount, decimals))


def totals_of(payments: Iterable[Payment]) -> dict[str, Decimal]:
    """Return what the payments sum to in each commodity, commodities in alphabetical order."""
    totals: dict[str, Decimal] = {}
    for payment in payments:
        total = totals.get(payment.commodity, Decimal(0))
        totals[payment.commodity] = CONTEXT.add(total, payment.amount)
    return dict(sorted(totals.items()))


def at_line(problems: Sequence[Problem], instruction: Instruction, line: int) -> list[Problem]:
    """Return the problems with the batch and its line named as their place."""
    place = f"batch {instruction.batch}"
    return [replace(problem, place=place, row=line) for problem in problems]


def too_precise_at(instruction: Instruction, payment: Payment, decimals: int) -> list[Problem]:
    """Return the refusal of `units` as problems at a line, so that all can be listed at once."""
    try:
        units(payment.amount, decimals)
    except BadInput as refusal:
        return at_line(refusal.problems, instruction, payment.line)
    return []


def file_stem(batch: str) -> str:
    """Return a batch's name as part of a file name: other than [A-Za-z0-9._-] becomes `-`."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", batch).strip(".-") or "batch"


def grouped(address: str) -> str:
    """Return an address in groups of four, whole: shortened ones have cost people money."""
    prefix, body = (address[:2], address[2:]) if address.startswith("0x") else ("", address)
    groups = " ".join(body[start : start + 4] for start in range(0, len(body), 4))
    return f"{prefix} {groups}".strip()
