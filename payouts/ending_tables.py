"""The tables of how payouts end: parts and what became of them, lines that failed or came back.

Law: INSERT-only. That something can never run any more is proved by what is final on chain, or by
two persons where a bank says so; the database asks for the proof.
"""

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

import payouts.tables  # noqa: F401 - keys point there
from ledger.base import Base, Quantity, Sealed


def of_a_line() -> ForeignKeyConstraint:
    """Return the key of a fact to the line that it is about."""
    return ForeignKeyConstraint(["batch", "line"], ["payout_lines.batch", "payout_lines.line"])


class PayoutPart(Sealed, Base):
    """Lines of a batch that run together, or not at all, and the hash that their signers sign."""

    __tablename__ = "payout_parts"
    __table_args__ = (
        CheckConstraint("part > 0 AND first_line > 0 AND last_line >= first_line", name="lines"),
    )

    batch: Mapped[str] = mapped_column(ForeignKey("payout_batches.id"), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first_line: Mapped[int]
    last_line: Mapped[int]
    transaction_hash: Mapped[str] = mapped_column(unique=True)


class SafeSigners(Sealed, Base):
    """Who could sign for a batch's Safe when it was frozen: owners with a blank between."""

    __tablename__ = "safe_signers"
    __table_args__ = (
        CheckConstraint(
            "threshold BETWEEN 1 AND cardinality(string_to_array(owners, ' '))", name="threshold"
        ),
    )

    batch: Mapped[str] = mapped_column(ForeignKey("payout_batches.id"), primary_key=True)
    threshold: Mapped[int]
    owners: Mapped[str]


class PartOutcome(Sealed, Base):
    """What became of a part, final on chain: it ran, it failed, or its nonce was used without it.

    `transaction` is what ran, failed or took the nonce, blank where another one of a Safe did;
    `block` is where that is known from.
    """

    __tablename__ = "part_outcomes"
    __table_args__ = (
        ForeignKeyConstraint(["batch", "part"], ["payout_parts.batch", "payout_parts.part"]),
        CheckConstraint("outcome IN ('ran','failed','replaced')", name="outcome"),
    )

    batch: Mapped[str] = mapped_column(primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    outcome: Mapped[str]
    transaction: Mapped[str]
    block: Mapped[int]


class FailureReport(Sealed, Base):
    """One person's word, with the bank's, that it will not carry out a line."""

    __tablename__ = "failure_reports"
    __table_args__ = (of_a_line(),)

    batch: Mapped[str] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reported_by: Mapped[str]
    reason: Mapped[str]
    evidence: Mapped[str] = mapped_column(ForeignKey("evidence.sha256"))


class LineFailure(Sealed, Base):
    """A line that was not paid and never will be: its obligations are open again."""

    __tablename__ = "line_failures"
    __table_args__ = (of_a_line(),)

    batch: Mapped[str] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    failed_by: Mapped[str]
    reason: Mapped[str]


class LineReturn(Sealed, Base):
    """A settled line whose money came back, less a fee: its obligations are due again."""

    __tablename__ = "line_returns"
    __table_args__ = (of_a_line(), CheckConstraint("fee >= 0", name="fee"))

    batch: Mapped[str] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    bank_line: Mapped[str] = mapped_column(ForeignKey("bank_lines.id"), unique=True)
    fee: Mapped[Quantity]
    entry_number: Mapped[int] = mapped_column(ForeignKey("journal_entries.number"), unique=True)


class DoublePayment(Sealed, Base):
    """A bank line that paid a line once more than it was owed: the payee owes it back."""

    __tablename__ = "double_payments"
    __table_args__ = (of_a_line(),)

    bank_line: Mapped[str] = mapped_column(ForeignKey("bank_lines.id"), primary_key=True)
    batch: Mapped[str]
    line: Mapped[int]
    entry_number: Mapped[int] = mapped_column(ForeignKey("journal_entries.number"), unique=True)


class PayoutLineOffset(Sealed, Base):
    """What of a line's obligations is not paid out, as the payee owes as much for a document."""

    __tablename__ = "payout_line_offsets"
    __table_args__ = (of_a_line(), CheckConstraint("amount > 0", name="positive"))

    batch: Mapped[str] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.code"), primary_key=True)
    document: Mapped[str] = mapped_column(primary_key=True)
    amount: Mapped[Quantity]
