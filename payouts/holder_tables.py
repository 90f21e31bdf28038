"""The tables of who holds our bank accounts, and of what was proposed to a signing service."""

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

import payouts.ending_tables  # noqa: F401 - keys point there
from ledger.base import Base, Sealed


class AccountHolder(Sealed, Base):
    """Who holds a bank account of ours, as the bank prints it, and the bank's BIC; by version."""

    __tablename__ = "account_holders"
    __table_args__ = (CheckConstraint("holder <> ''", name="holder"),)

    bank_account: Mapped[str] = mapped_column(ForeignKey("bank_accounts.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    holder: Mapped[str]
    bic: Mapped[str]
    requested_by: Mapped[str]


class AccountHolderConfirmation(Sealed, Base):
    """A second person's word for who holds an account; batches frozen from then on name it."""

    __tablename__ = "account_holder_confirmations"
    __table_args__ = (
        ForeignKeyConstraint(
            ["bank_account", "version"],
            ["account_holders.bank_account", "account_holders.version"],
        ),
    )

    bank_account: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    confirmed_by: Mapped[str]


class PartProposal(Sealed, Base):
    """A part of a batch that was proposed to a service where the owners of its Safe sign.

    `delegate` signed the proposal; it is no owner and moves nothing.
    """

    __tablename__ = "part_proposals"
    __table_args__ = (
        ForeignKeyConstraint(["batch", "part"], ["payout_parts.batch", "payout_parts.part"]),
    )

    batch: Mapped[str] = mapped_column(primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    transaction_hash: Mapped[str]
    service: Mapped[str]
    delegate: Mapped[str]
    proposed_by: Mapped[str]
