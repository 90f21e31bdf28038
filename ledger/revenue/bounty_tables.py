"""The tables of bounties and renewals. What became of one is its last event, never a column."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

import ledger.people_tables  # noqa: F401 - keys point there
from ledger.base import Base, Quantity, Sealed


class Bounty(Sealed, Base):
    """An amount that an exchange puts up for building something.

    `developer` is whom the agreement names; an assignment made later comes before it.
    """

    __tablename__ = "bounties"
    __table_args__ = (CheckConstraint("amount > 0", name="positive"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    exchange: Mapped[str] = mapped_column(ForeignKey("parties.id"), index=True)
    commodity: Mapped[str] = mapped_column(ForeignKey("commodities.code"))
    amount: Mapped[Quantity]
    developer: Mapped[str | None] = mapped_column(ForeignKey("parties.id"))
    source: Mapped[str]


class BountyAssignment(Sealed, Base):
    """Who develops or reviews a bounty from a day on; the newest of a role counts."""

    __tablename__ = "bounty_assignments"
    __table_args__ = (CheckConstraint("role IN ('developer','reviewer')", name="role"),)

    bounty: Mapped[str] = mapped_column(ForeignKey("bounties.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    payee: Mapped[str] = mapped_column(ForeignKey("parties.id"))
    on: Mapped[date]
    evidence: Mapped[str]


class BountyGate(Sealed, Base):
    """A gate that a bounty passed, when, and what shows it."""

    __tablename__ = "bounty_gates"
    __table_args__ = (
        CheckConstraint(
            "gate IN ('delivered','approved','qa-passed','proposal-passed','merged','released')",
            name="gate",
        ),
        CheckConstraint("evidence <> ''", name="evidence"),
    )

    bounty: Mapped[str] = mapped_column(ForeignKey("bounties.id"), primary_key=True)
    gate: Mapped[str] = mapped_column(primary_key=True)
    evidence: Mapped[str]
    on: Mapped[date]


class BountyEnd(Sealed, Base):
    """How a bounty ended: released or refunded. Its key is what makes it one or the other, once.

    `amount` is what left the deposit by `entry_number`.
    """

    __tablename__ = "bounty_ends"
    __table_args__ = (CheckConstraint("kind IN ('released','refunded')", name="kind"),)

    bounty: Mapped[str] = mapped_column(ForeignKey("bounties.id"), primary_key=True)
    kind: Mapped[str]
    on: Mapped[date]
    reason: Mapped[str]
    amount: Mapped[Quantity]
    entry_number: Mapped[int] = mapped_column(ForeignKey("journal_entries.number"), unique=True)


class Renewal(Sealed, Base):
    """A year of a connector's upkeep, invoiced to an exchange by `entry_number`."""

    __tablename__ = "renewals"
    __table_args__ = (CheckConstraint("amount > 0", name="positive"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    exchange: Mapped[str] = mapped_column(ForeignKey("parties.id"), index=True)
    connector: Mapped[str]
    year_from: Mapped[date]
    amount: Mapped[Quantity]
    commodity: Mapped[str] = mapped_column(ForeignKey("commodities.code"))
    source: Mapped[str]
    entry_number: Mapped[int] = mapped_column(ForeignKey("journal_entries.number"), unique=True)


class RenewalEarning(Sealed, Base):
    """The part of a renewal that a month (`2023-10`) earned."""

    __tablename__ = "renewal_earnings"
    __table_args__ = (CheckConstraint("amount > 0", name="positive"),)

    renewal: Mapped[str] = mapped_column(ForeignKey("renewals.id"), primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    amount: Mapped[Quantity]
    entry_number: Mapped[int] = mapped_column(ForeignKey("journal_entries.number"), unique=True)


class RenewalEnd(Sealed, Base):
    """A renewal that was waived, cancelled or moved to a sponsorship, once, and on what evidence.

    `relieved` is what the exchange no longer owes, `refunded` what it gets back: as money, or
    where it moved, as a credit of its sponsorship.
    """

    __tablename__ = "renewal_ends"
    __table_args__ = (
        CheckConstraint("kind IN ('waived','cancelled','moved')", name="kind"),
        CheckConstraint("relieved >= 0 AND refunded >= 0", name="not_negative"),
        CheckConstraint("evidence <> ''", name="evidence"),
    )

    renewal: Mapped[str] = mapped_column(ForeignKey("renewals.id"), primary_key=True)
    kind: Mapped[str]
    on: Mapped[date]
    evidence: Mapped[str]
    relieved: Mapped[Quantity]
    refunded: Mapped[Quantity]
    entry_number: Mapped[int] = mapped_column(ForeignKey("journal_entries.number"), unique=True)
