"""The tables of HBOT distributions: proposals that authorise, their recipients, parts fixed."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

import ledger.people_tables  # noqa: F401 - keys point there
from ledger.base import Base, Quantity, Sealed


class Proposal(Sealed, Base):
    """A proposal that passed, and how much it authorises. `id` is its space and hash.

    `label` (HGP-70) is for people only: labels were used twice.
    """

    __tablename__ = "proposals"
    __table_args__ = (
        CheckConstraint("amount > 0", name="positive"),
        CheckConstraint("id = space || '/' || hash", name="identity"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    space: Mapped[str]
    hash: Mapped[str]
    label: Mapped[str] = mapped_column(index=True)
    title: Mapped[str]
    passed_on: Mapped[date]
    commodity: Mapped[str] = mapped_column(ForeignKey("commodities.code"))
    amount: Mapped[Quantity]
    source: Mapped[str]


class DistributionPart(Sealed, Base):
    """What a recipient gets under a proposal: one part a `tranche`, blank where there is one only.

    The database refuses parts beyond what their proposal authorises.
    """

    __tablename__ = "distribution_parts"
    __table_args__ = (
        CheckConstraint("amount > 0", name="positive"),
        UniqueConstraint("proposal", "payee", "tranche"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    proposal: Mapped[str] = mapped_column(ForeignKey("proposals.id"))
    payee: Mapped[str] = mapped_column(ForeignKey("parties.id"), index=True)
    tranche: Mapped[str]
    amount: Mapped[Quantity]
    on: Mapped[date]
    entry_number: Mapped[int] = mapped_column(ForeignKey("journal_entries.number"), unique=True)


class ProposalRecipient(Sealed, Base):
    """Who gets how much at most by a proposal's own list; with one, nobody else gets a part."""

    __tablename__ = "proposal_recipients"
    __table_args__ = (CheckConstraint("amount > 0", name="positive"),)

    proposal: Mapped[str] = mapped_column(ForeignKey("proposals.id"), primary_key=True)
    payee: Mapped[str] = mapped_column(ForeignKey("parties.id"), primary_key=True)
    amount: Mapped[Quantity]
    source: Mapped[str]
