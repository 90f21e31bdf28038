"""The tables of chains: what is watched, what was read of it, and what that proved.

Law: INSERT-only but for the two that say how readers are now. Who watches what, with which
opening balance, and which transaction an exchange declared, is part of the sealed books. What was
read from a chain stands beside them: it can be read again, and money reaches the books only as a
bank line that the database holds against it.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column

import ledger.bank_tables
import ledger.revenue.bounty_tables  # noqa: F401 - keys point there
from ledger.base import Base, Sealed, Units


class WalletWatch(Sealed, Base):
    """A wallet whose chain is read from a block on; `address` as chains write it.

    `since` is the day of that block: bank lines of the wallet from then on come from the chain
    alone.
    """

    __tablename__ = "wallet_watches"
    __table_args__ = (
        CheckConstraint("kind IN ('account','safe','solana')", name="kind"),
        CheckConstraint("first_block >= 0", name="first_block"),
        UniqueConstraint("chain", "address"),
    )

    bank_account: Mapped[str] = mapped_column(ForeignKey("bank_accounts.id"), primary_key=True)
    chain: Mapped[str]
    address: Mapped[str]
    kind: Mapped[str]
    first_block: Mapped[int]
    since: Mapped[date]


class WatchOpening(Sealed, Base):
    """What a wallet held of a token before the first block that is read, in base units.

    `how` says from where that is known: nothing was before the first block (`start`), it was
    read there (`read`), or it is what the first proof left over (`reckoned`).
    """

    __tablename__ = "watch_openings"
    __table_args__ = (
        CheckConstraint("how IN ('start','read','reckoned')", name="how"),
        CheckConstraint("units >= 0", name="units"),
    )

    bank_account: Mapped[str] = mapped_column(
        ForeignKey("wallet_watches.bank_account"), primary_key=True
    )
    contract: Mapped[str] = mapped_column(primary_key=True)
    units: Mapped[Units]
    how: Mapped[str]


class DepositDeclaration(Sealed, Base):
    """A transaction that an exchange named as its deposit for a bounty, and where it said so."""

    __tablename__ = "deposit_declarations"
    __table_args__ = (CheckConstraint("evidence <> ''", name="evidence"),)

    bounty: Mapped[str] = mapped_column(ForeignKey("bounties.id"), primary_key=True)
    chain: Mapped[str] = mapped_column(primary_key=True)
    transaction: Mapped[str] = mapped_column(primary_key=True)
    evidence: Mapped[str]


class ChainCoverage(Base):
    """A range of final blocks that was read whole for a wallet, and by which providers.

    Ranges follow on each other from the watch's first block without a gap; one read `again`
    lies within them. `digest` is of what was found.
    """

    __tablename__ = "chain_coverage"
    __table_args__ = (
        CheckConstraint("first_block <= last_block", name="range"),
        Index(
            "chain_coverage_onward_idx",
            "bank_account",
            "first_block",
            unique=True,
            postgresql_where="NOT again",
        ),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True, init=False)
    bank_account: Mapped[str] = mapped_column(ForeignKey("wallet_watches.bank_account"))
    first_block: Mapped[int]
    last_block: Mapped[int]
    last_hash: Mapped[str]
    again: Mapped[bool]
    providers: Mapped[str]
    digest: Mapped[str]
    recorded_at: Mapped[datetime]


class Moved(MappedAsDataclass, kw_only=True):
    """What is known of a movement; `units` are base units, `seen_at` when it was seen first."""

    chain: Mapped[str] = mapped_column(primary_key=True)
    transaction: Mapped[str] = mapped_column(primary_key=True)
    part: Mapped[str] = mapped_column(primary_key=True)
    block: Mapped[int]
    at: Mapped[datetime]
    contract: Mapped[str]
    sender: Mapped[str]
    recipient: Mapped[str]
    units: Mapped[Units]
    doubt: Mapped[str]
    seen_at: Mapped[datetime]

    @hybrid_property
    def external_id(self) -> str:
        """Return what a bank line of it is known by in its wallet."""
        return self.transaction + "/" + self.part


class ChainSighting(Moved, Base):
    """A movement as it was first seen in a block that was not final then; it may go away."""

    __tablename__ = "chain_sightings"

    block_hash: Mapped[str] = mapped_column(primary_key=True)


class ChainTransfer(Moved, Base):
    """A movement in a final block: one row for ever, whichever token it is of."""

    __tablename__ = "chain_transfers"
    __table_args__ = (
        CheckConstraint("units >= 0", name="units"),
        Index("chain_transfers_sender_idx", "chain", "sender"),
        Index("chain_transfers_recipient_idx", "chain", "recipient"),
    )

    block_hash: Mapped[str]


class ChainExecution(Base):
    """A transaction that a Safe of ours carried out, or failed to, in a final block."""

    __tablename__ = "chain_executions"

    chain: Mapped[str] = mapped_column(primary_key=True)
    safe: Mapped[str] = mapped_column(primary_key=True)
    safe_tx_hash: Mapped[str] = mapped_column(primary_key=True)
    transaction: Mapped[str] = mapped_column(primary_key=True)
    block: Mapped[int]
    at: Mapped[datetime]
    succeeded: Mapped[bool]


class ChainFee(Base):
    """Who paid the network's fee for what a Safe of ours carried out: base units of the coin."""

    __tablename__ = "chain_fees"
    __table_args__ = (CheckConstraint("units >= 0", name="units"),)

    chain: Mapped[str] = mapped_column(primary_key=True)
    transaction: Mapped[str] = mapped_column(primary_key=True)
    payer: Mapped[str]
    units: Mapped[Units]
    block: Mapped[int]
    at: Mapped[datetime]


class SafeNonce(Base):
    """How many transactions a Safe had carried out at a final block, kept where it moved on."""

    __tablename__ = "safe_nonces"
    __table_args__ = (CheckConstraint("nonce >= 0", name="nonce"),)

    chain: Mapped[str] = mapped_column(primary_key=True)
    safe: Mapped[str] = mapped_column(primary_key=True)
    block: Mapped[int] = mapped_column(primary_key=True)
    block_hash: Mapped[str]
    nonce: Mapped[int]


class NonceLook(Base):
    """What a nonce account on Solana said at a final slot, once its value had moved on.

    Every final transaction from `first_slot` to that slot that names it is kept with it.
    """

    __tablename__ = "nonce_looks"
    __table_args__ = (CheckConstraint("first_slot <= slot", name="range"),)

    nonce_account: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first_slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[str]


class KeptNonceUse(Base):
    """A final transaction that names a nonce account: what it takes to know it again.

    `message_hash` is the SHA-256 (hex) of the bytes that were signed, `memos` are a line each.
    """

    __tablename__ = "nonce_uses"

    nonce_account: Mapped[str] = mapped_column(primary_key=True)
    signature: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[int]
    succeeded: Mapped[bool]
    message_hash: Mapped[str]
    nonce_value: Mapped[str]
    memos: Mapped[str]
    advances: Mapped[bool]


class ChainProof(Base):
    """What a wallet should hold of a token at a final block, and what it held; base units."""

    __tablename__ = "chain_proofs"
    __table_args__ = (Index("chain_proofs_newest_idx", "bank_account", "contract", "block"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True, init=False)
    bank_account: Mapped[str] = mapped_column(ForeignKey("wallet_watches.bank_account"))
    contract: Mapped[str]
    block: Mapped[int]
    block_hash: Mapped[str]
    expected: Mapped[Units]
    on_chain: Mapped[Units]
    recorded_at: Mapped[datetime]


class ChainScan(Base):
    """How the scanning of a chain stands now; the one row of a chain is written over."""

    __tablename__ = "chain_scans"

    chain: Mapped[str] = mapped_column(primary_key=True)
    head: Mapped[int]
    final: Mapped[int]
    final_at: Mapped[datetime | None]
    succeeded_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    fault: Mapped[str]
    worker: Mapped[str]
    seconds: Mapped[float]


class ProviderHealth(Base):
    """How a provider of a chain answers now; its one row is written over."""

    __tablename__ = "provider_health"

    chain: Mapped[str] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(primary_key=True)
    answered_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    fault: Mapped[str]
    final: Mapped[int]
