"""The tables of payouts on Solana: who signs for a wallet, nonce accounts, what is pinned to them.

Law: INSERT-only, as all of payouts. A value of a nonce account belongs to one live batch.
"""

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ledger.base import Base, Sealed
from payouts.tables import FOLLOWS


class SolanaSource(Sealed, Base):
    """Who signs for a wallet: its key, or a multisig of the token program; by version.

    `signers` are addresses with a blank between; the first `threshold` of them sign.
    """

    __tablename__ = "solana_sources"
    __table_args__ = (
        CheckConstraint("kind IN ('key','multisig')", name="kind"),
        CheckConstraint(
            "threshold BETWEEN 1 AND cardinality(string_to_array(signers, ' '))", name="threshold"
        ),
        CheckConstraint(
            "kind <> 'key' OR cardinality(string_to_array(signers, ' ')) = 1", name="one_key"
        ),
    )

    source_account: Mapped[str] = mapped_column(ForeignKey("bank_accounts.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    signers: Mapped[str]
    threshold: Mapped[int]
    fee_payer: Mapped[str]
    requested_by: Mapped[str]


class SolanaSourceConfirmation(Sealed, Base):
    """A second person's word for who signs for a wallet."""

    __tablename__ = "solana_source_confirmations"
    __table_args__ = (
        ForeignKeyConstraint(
            ["source_account", "version"],
            ["solana_sources.source_account", "solana_sources.version"],
        ),
    )

    source_account: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    confirmed_by: Mapped[str]


class NonceAccount(Sealed, Base):
    """A nonce account for one wallet's payouts; `authority` is who may use up its value."""

    __tablename__ = "nonce_accounts"

    address: Mapped[str] = mapped_column(primary_key=True)
    source_account: Mapped[str] = mapped_column(ForeignKey("bank_accounts.id"), index=True)
    authority: Mapped[str]
    requested_by: Mapped[str]


class NonceAccountConfirmation(Sealed, Base):
    """A second person's word for a nonce account."""

    __tablename__ = "nonce_account_confirmations"

    nonce_account: Mapped[str] = mapped_column(
        ForeignKey("nonce_accounts.address"), primary_key=True
    )
    confirmed_by: Mapped[str]


class DurableSlot(Sealed, Base):
    """A value of a nonce account that one part of one batch is pinned to.

    `message_hash` is the SHA-256 (hex) of the bytes that its signers sign.
    """

    __tablename__ = "durable_slots"
    __table_args__ = (
        ForeignKeyConstraint(
            ["nonce_account", "nonce_value", "previous_attempt"],
            [
                "durable_slot_releases.nonce_account",
                "durable_slot_releases.nonce_value",
                "durable_slot_releases.attempt",
            ],
            name="durable_slots_after_release_fkey",
            use_alter=True,
        ),
        ForeignKeyConstraint(
            ["source_account", "source_version"],
            [
                "solana_source_confirmations.source_account",
                "solana_source_confirmations.version",
            ],
        ),
        CheckConstraint(FOLLOWS, name="follows"),
        CheckConstraint("part > 0", name="part"),
        UniqueConstraint("batch", "part"),
        UniqueConstraint("batch", "nonce_account"),
        UniqueConstraint("nonce_account", "nonce_value", "attempt", "batch"),
    )

    nonce_account: Mapped[str] = mapped_column(
        ForeignKey("nonce_account_confirmations.nonce_account"), primary_key=True
    )
    nonce_value: Mapped[str] = mapped_column(primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    batch: Mapped[str] = mapped_column(ForeignKey("payout_batches.id"))
    part: Mapped[int]
    previous_attempt: Mapped[int | None]
    source_account: Mapped[str]
    source_version: Mapped[int]
    message_hash: Mapped[str]


class DurableStart(Sealed, Base):
    """The final slot at which the values that a batch is pinned to were seen on chain.

    A batch of which none is known was pinned to what a person said; it never fails by proof.
    """

    __tablename__ = "durable_starts"
    __table_args__ = (CheckConstraint("slot >= 0", name="slot"),)

    batch: Mapped[str] = mapped_column(ForeignKey("payout_batches.id"), primary_key=True)
    slot: Mapped[int]


class DurableSlotRelease(Sealed, Base):
    """A durable slot given up because its part, or its whole batch, can never run."""

    __tablename__ = "durable_slot_releases"
    __table_args__ = (
        ForeignKeyConstraint(
            ["nonce_account", "nonce_value", "attempt", "batch"],
            [
                "durable_slots.nonce_account",
                "durable_slots.nonce_value",
                "durable_slots.attempt",
                "durable_slots.batch",
            ],
        ),
    )

    nonce_account: Mapped[str] = mapped_column(primary_key=True)
    nonce_value: Mapped[str] = mapped_column(primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    batch: Mapped[str]
    reason: Mapped[str]
