"""The tables of payouts. Every one is INSERT-only: where "at most one" holds, keys hold it."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

import ledger.bank_tables
import ledger.obligation_tables  # noqa: F401 - keys point there
from ledger.base import Base, Quantity, Sealed

FOLLOWS = (
    "(attempt = 1) = (previous_attempt IS NULL)"
    " AND (previous_attempt IS NULL OR previous_attempt = attempt - 1) AND attempt > 0"
)
"""The first attempt follows none, every other one the attempt before it."""


class Destination(Sealed, Base):
    """Where a payee asks to be paid. `commodity` is blank for any that the rail can carry.

    `holder` is the account holder's name as the bank prints it; chains know none.
    """

    __tablename__ = "destinations"
    __table_args__ = (
        CheckConstraint("(rail = 'wire') = (chain IS NULL)", name="chain"),
        Index("destinations_bare_address_idx", text("bare_address(address)")),
        Index("destinations_look_alike_idx", text("look_alike_key(address)")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    payee: Mapped[str] = mapped_column(ForeignKey("parties.id"), index=True)
    rail: Mapped[str]
    chain: Mapped[str | None]
    address: Mapped[str]
    commodity: Mapped[str | None] = mapped_column(ForeignKey("commodities.code"))
    holder: Mapped[str | None]
    requested_by: Mapped[str]
    source: Mapped[str]


class DestinationConfirmation(Sealed, Base):
    """A second person's word for a destination; its hold runs from here."""

    __tablename__ = "destination_confirmations"

    destination: Mapped[str] = mapped_column(ForeignKey("destinations.id"), primary_key=True)
    confirmed_by: Mapped[str]
    confirmed_at: Mapped[datetime]


class DestinationBank(Sealed, Base):
    """The bank of a destination: its BIC or routing number, and the country it is in."""

    __tablename__ = "destination_banks"

    destination: Mapped[str] = mapped_column(ForeignKey("destinations.id"), primary_key=True)
    bank_code: Mapped[str]
    country: Mapped[str]


class PayoutBatch(Sealed, Base):
    """Lines paid together from one account, as frozen. `nonce` is that of its first part.

    `checkers` is how many people have to approve it, by its total when it was frozen.
    """

    __tablename__ = "payout_batches"
    __table_args__ = (
        CheckConstraint("checkers >= 1", name="checkers"),
        CheckConstraint(
            "nonce >= 0 AND (rail NOT IN ('wire','solana')) = (nonce IS NOT NULL)", name="nonce"
        ),
        CheckConstraint("(rail = 'wire') = (chain IS NULL)", name="chain"),
        UniqueConstraint("plan_hash", "source_account"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[date]
    maker: Mapped[str]
    plan_hash: Mapped[str]
    content_hash: Mapped[str] = mapped_column(unique=True)
    rail: Mapped[str]
    chain: Mapped[str | None]
    source_account: Mapped[str] = mapped_column(ForeignKey("bank_accounts.id"), index=True)
    nonce: Mapped[int | None]
    checkers: Mapped[int]
    frozen_at: Mapped[datetime]


class PayoutLine(Sealed, Base):
    """One payment of a batch. `reference` is what the bank or the memo will show."""

    __tablename__ = "payout_lines"
    __table_args__ = (CheckConstraint("amount > 0", name="positive"),)

    batch: Mapped[str] = mapped_column(ForeignKey("payout_batches.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    payee: Mapped[str] = mapped_column(ForeignKey("parties.id"), index=True)
    payee_name: Mapped[str]
    destination: Mapped[str] = mapped_column(ForeignKey("destinations.id"))
    address: Mapped[str]
    commodity: Mapped[str] = mapped_column(ForeignKey("commodities.code"))
    amount: Mapped[Quantity]
    reference: Mapped[str] = mapped_column(unique=True)


class PayoutLineObligation(Sealed, Base):
    """An obligation of which a line pays what is due, whole."""

    __tablename__ = "payout_line_obligations"
    __table_args__ = (
        ForeignKeyConstraint(["batch", "line"], ["payout_lines.batch", "payout_lines.line"]),
    )

    batch: Mapped[str] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    obligation: Mapped[str] = mapped_column(
        ForeignKey("obligations.id"), primary_key=True, index=True
    )
    amount: Mapped[Quantity]


class ObligationClaim(Sealed, Base):
    """A line's claim on an obligation; keys make attempt n + 1 name the release of attempt n."""

    __tablename__ = "obligation_claims"
    __table_args__ = (
        ForeignKeyConstraint(
            ["batch", "line", "obligation"],
            [
                "payout_line_obligations.batch",
                "payout_line_obligations.line",
                "payout_line_obligations.obligation",
            ],
        ),
        ForeignKeyConstraint(
            ["obligation", "previous_attempt"],
            ["claim_releases.obligation", "claim_releases.attempt"],
            name="obligation_claims_after_release_fkey",
            use_alter=True,
        ),
        CheckConstraint(FOLLOWS, name="follows"),
        UniqueConstraint("batch", "line", "obligation"),
        UniqueConstraint("obligation", "attempt", "batch"),
    )

    obligation: Mapped[str] = mapped_column(primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    batch: Mapped[str]
    line: Mapped[int]
    previous_attempt: Mapped[int | None]


class ClaimRelease(Sealed, Base):
    """A claim given up because its batch can never run."""

    __tablename__ = "claim_releases"
    __table_args__ = (
        ForeignKeyConstraint(
            ["obligation", "attempt", "batch"],
            [
                "obligation_claims.obligation",
                "obligation_claims.attempt",
                "obligation_claims.batch",
            ],
        ),
    )

    obligation: Mapped[str] = mapped_column(primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    batch: Mapped[str]
    reason: Mapped[str]


class ExecutionSlot(Sealed, Base):
    """A nonce of a source account that one part of one batch is pinned to."""

    __tablename__ = "execution_slots"
    __table_args__ = (
        ForeignKeyConstraint(
            ["source_account", "nonce", "previous_attempt"],
            ["slot_releases.source_account", "slot_releases.nonce", "slot_releases.attempt"],
            name="execution_slots_after_release_fkey",
            use_alter=True,
        ),
        CheckConstraint(FOLLOWS, name="follows"),
        UniqueConstraint("batch", "part"),
        UniqueConstraint("source_account", "nonce", "attempt", "batch"),
    )

    source_account: Mapped[str] = mapped_column(ForeignKey("bank_accounts.id"), primary_key=True)
    nonce: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    attempt: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    batch: Mapped[str] = mapped_column(ForeignKey("payout_batches.id"))
    part: Mapped[int]
    previous_attempt: Mapped[int | None]


class SlotRelease(Sealed, Base):
    """A slot given up because its batch can never run."""

    __tablename__ = "slot_releases"
    __table_args__ = (
        ForeignKeyConstraint(
            ["source_account", "nonce", "attempt", "batch"],
            [
                "execution_slots.source_account",
                "execution_slots.nonce",
                "execution_slots.attempt",
                "execution_slots.batch",
            ],
        ),
    )

    source_account: Mapped[str] = mapped_column(primary_key=True)
    nonce: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    attempt: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    batch: Mapped[str]
    reason: Mapped[str]


class Approval(Sealed, Base):
    """A checker's signature (hex) over a batch: Ed25519 over its content hash, or typed data."""

    __tablename__ = "approvals"

    batch: Mapped[str] = mapped_column(ForeignKey("payout_batches.id"), primary_key=True)
    approver: Mapped[str] = mapped_column(ForeignKey("users.name"), primary_key=True)
    public_key: Mapped[str] = mapped_column(ForeignKey("user_keys.public_key"))
    content_hash: Mapped[str]
    signature: Mapped[str]


class BatchEvent(Sealed, Base):
    """One step of a batch; its state is that of the newest, `frozen` before the first.

    `files` is canonical JSON, file name to SHA-256, of what was exported.
    """

    __tablename__ = "batch_events"
    __table_args__ = (CheckConstraint("(action = 'export') = (files IS NOT NULL)", name="files"),)

    batch: Mapped[str] = mapped_column(ForeignKey("payout_batches.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    action: Mapped[str]
    state: Mapped[str]
    actor: Mapped[str]
    reason: Mapped[str]
    files: Mapped[str | None] = mapped_column(default=None)


class LineSettlement(Sealed, Base):
    """A line seen paid: the one bank line that paid it and the one entry that says so."""

    __tablename__ = "line_settlements"
    __table_args__ = (
        ForeignKeyConstraint(["batch", "line"], ["payout_lines.batch", "payout_lines.line"]),
    )

    batch: Mapped[str] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    bank_line: Mapped[str] = mapped_column(ForeignKey("bank_lines.id"), unique=True)
    entry_number: Mapped[int] = mapped_column(ForeignKey("journal_entries.number"), unique=True)
