"""The tables of signers' fees: whose wallet an address is, and what was given back for what.

Law: INSERT-only. A fee comes back once for a transaction, to whom two persons named, and for what
the chain says; the database holds it to that.
"""

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

import payouts.tables  # noqa: F401 - keys point there
from ledger.base import Base, Sealed


class PayeeSigner(Sealed, Base):
    """An address from which a payee pays for what our Safes carry out, in lower case."""

    __tablename__ = "payee_signers"
    __table_args__ = (
        CheckConstraint("source <> ''", name="source"),
        CheckConstraint("address ~ '^0x[0-9a-f]{40}$'", name="address"),
    )

    address: Mapped[str] = mapped_column(primary_key=True)
    payee: Mapped[str] = mapped_column(ForeignKey("parties.id"))
    source: Mapped[str]
    registered_by: Mapped[str]


class PayeeSignerConfirmation(Sealed, Base):
    """A second person's word for a signer's address."""

    __tablename__ = "payee_signer_confirmations"

    address: Mapped[str] = mapped_column(ForeignKey("payee_signers.address"), primary_key=True)
    confirmed_by: Mapped[str]


class FeeReimbursement(Sealed, Base):
    """The obligation by which a transaction's fee is given back to the signer who paid it."""

    __tablename__ = "fee_reimbursements"

    chain: Mapped[str] = mapped_column(primary_key=True)
    transaction: Mapped[str] = mapped_column(primary_key=True)
    batch: Mapped[str] = mapped_column(ForeignKey("payout_batches.id"))
    obligation: Mapped[str] = mapped_column(ForeignKey("obligations.id"), unique=True)
