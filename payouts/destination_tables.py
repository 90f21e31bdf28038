"""The tables of what is said of destinations: whose they are, what speaks for and against them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

import payouts.tables  # noqa: F401 - keys point there
from ledger.base import Base, Sealed


class DestinationDeposit(Sealed, Base):
    """An exchange's deposit address; `memo` is blank where the exchange needs none."""

    __tablename__ = "destination_deposits"

    destination: Mapped[str] = mapped_column(ForeignKey("destinations.id"), primary_key=True)
    exchange: Mapped[str]
    memo: Mapped[str | None]


class DestinationOverride(Sealed, Base):
    """A first person's word for an address in spite of a risk; `other` is what it is like."""

    __tablename__ = "destination_overrides"
    __table_args__ = (CheckConstraint("reason <> ''", name="reason"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    payee: Mapped[str] = mapped_column(ForeignKey("parties.id"))
    address: Mapped[str]
    risk: Mapped[str]
    other: Mapped[str]
    reason: Mapped[str]
    proposed_by: Mapped[str]


class DestinationOverrideConfirmation(Sealed, Base):
    """A second person's word for an override."""

    __tablename__ = "destination_override_confirmations"

    override: Mapped[int] = mapped_column(
        ForeignKey("destination_overrides.number"), primary_key=True, autoincrement=False
    )
    confirmed_by: Mapped[str]


class DestinationProof(Sealed, Base):
    """A signature over a destination's challenge by its own key, or the key it replaces."""

    __tablename__ = "destination_proofs"
    __table_args__ = (CheckConstraint("key IN ('new', 'old')", name="key"),)

    destination: Mapped[str] = mapped_column(ForeignKey("destinations.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    signer: Mapped[str]
    scheme: Mapped[str]
    message: Mapped[str]
    signature: Mapped[str]


class DestinationVoucher(Sealed, Base):
    """A further person's word, with a reason, for a destination that no key proves."""

    __tablename__ = "destination_vouchers"
    __table_args__ = (CheckConstraint("reason <> ''", name="reason"),)

    destination: Mapped[str] = mapped_column(ForeignKey("destinations.id"), primary_key=True)
    vouched_by: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    evidence: Mapped[str | None] = mapped_column(ForeignKey("evidence.sha256"))


class DestinationFinding(Sealed, Base):
    """What a chain was found to have at a destination's address."""

    __tablename__ = "destination_findings"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('account', 'delegated', 'safe', 'contract', 'elsewhere')", name="kind"
        ),
    )

    destination: Mapped[str] = mapped_column(ForeignKey("destinations.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    detail: Mapped[str]
    found_at: Mapped[datetime]


class DestinationFreeze(Sealed, Base):
    """Anyone's word that an address is not to be paid; it holds until two persons lift it."""

    __tablename__ = "destination_freezes"
    __table_args__ = (CheckConstraint("reason <> ''", name="reason"),)

    destination: Mapped[str] = mapped_column(ForeignKey("destinations.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    frozen_by: Mapped[str]
    reason: Mapped[str]


class DestinationLift(Sealed, Base):
    """A first person's word that a freeze is over."""

    __tablename__ = "destination_lifts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["destination", "number"],
            ["destination_freezes.destination", "destination_freezes.number"],
        ),
        CheckConstraint("reason <> ''", name="reason"),
    )

    destination: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lifted_by: Mapped[str]
    reason: Mapped[str]


class DestinationLiftConfirmation(Sealed, Base):
    """A second person's word that a freeze is over; it is, from here on."""

    __tablename__ = "destination_lift_confirmations"
    __table_args__ = (
        ForeignKeyConstraint(
            ["destination", "number"],
            ["destination_lifts.destination", "destination_lifts.number"],
        ),
    )

    destination: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    confirmed_by: Mapped[str]
