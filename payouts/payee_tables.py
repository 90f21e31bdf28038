"""The tables of payees: contacts and notices, what they are paid in, minimums, holds, forms."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

import payouts.tables  # noqa: F401 - keys point there
from ledger.base import Base, Quantity, Sealed


class PayeeContact(Sealed, Base):
    """A channel by which a payee is told what happens to where they are paid."""

    __tablename__ = "payee_contacts"

    payee: Mapped[str] = mapped_column(ForeignKey("parties.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    channel: Mapped[str]
    address: Mapped[str]
    added_by: Mapped[str]


class Notice(Sealed, Base):
    """What a contact is to be told of a destination; written in the change that it tells of."""

    __tablename__ = "notices"
    __table_args__ = (
        ForeignKeyConstraint(
            ["payee", "contact"], ["payee_contacts.payee", "payee_contacts.number"]
        ),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    payee: Mapped[str]
    contact: Mapped[int]
    destination: Mapped[str] = mapped_column(ForeignKey("destinations.id"))
    event: Mapped[str]
    text: Mapped[str]


class PayeeMinimum(Sealed, Base):
    """From which amount on a payee is paid on a rail; what is less waits for more."""

    __tablename__ = "payee_minimums"
    __table_args__ = (CheckConstraint("amount >= 0", name="amount"),)

    payee: Mapped[str] = mapped_column(ForeignKey("parties.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rail: Mapped[str]
    commodity: Mapped[str] = mapped_column(ForeignKey("commodities.code"))
    amount: Mapped[Quantity]
    effective_from: Mapped[date]
    set_by: Mapped[str]


class PayeePreference(Sealed, Base):
    """What a payee asks to be paid in, from a day on; blank is as it is owed."""

    __tablename__ = "payee_preferences"
    __table_args__ = (CheckConstraint("source <> ''", name="source"),)

    payee: Mapped[str] = mapped_column(ForeignKey("parties.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    commodity: Mapped[str | None] = mapped_column(ForeignKey("commodities.code"))
    effective_from: Mapped[date]
    source: Mapped[str]
    set_by: Mapped[str]


class PayeeHold(Sealed, Base):
    """Why a payee is not paid, from a day and, where that is known, to a day."""

    __tablename__ = "payee_holds"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("held_until >= held_from", name="days"),
    )

    payee: Mapped[str] = mapped_column(ForeignKey("parties.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reason: Mapped[str]
    held_from: Mapped[date]
    held_until: Mapped[date | None]
    added_by: Mapped[str]


class PayeeHoldLift(Sealed, Base):
    """Another person's word that a hold is over."""

    __tablename__ = "payee_hold_lifts"
    __table_args__ = (
        ForeignKeyConstraint(["payee", "number"], ["payee_holds.payee", "payee_holds.number"]),
        CheckConstraint("reason <> ''", name="reason"),
    )

    payee: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lifted_by: Mapped[str]
    reason: Mapped[str]


class PayeeForm(Sealed, Base):
    """Where a payee's tax or anti-money-laundering form stands; the newest row counts."""

    __tablename__ = "payee_forms"
    __table_args__ = (
        CheckConstraint("kind IN ('tax', 'aml')", name="kind"),
        CheckConstraint(
            "status IN ('requested', 'received', 'approved', 'rejected')", name="status"
        ),
    )

    payee: Mapped[str] = mapped_column(ForeignKey("parties.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    status: Mapped[str]
    valid_until: Mapped[date | None]
    set_by: Mapped[str]
