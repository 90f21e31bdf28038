"""The tables of sponsorships. What became of one is its last event, never a column."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

import ledger.people_tables  # noqa: F401 - keys point there
from ledger.base import Base, Quantity, Sealed


class Sponsorship(Sealed, Base):
    """A year of an exchange's sponsorship under a tier, invoiced by `entry_number`.

    `amount` is the year's whole price; what is credited towards it stands in its credits.
    """

    __tablename__ = "sponsorships"
    __table_args__ = (CheckConstraint("amount > 0", name="positive"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    exchange: Mapped[str] = mapped_column(ForeignKey("parties.id"), index=True)
    tier: Mapped[str]
    year_from: Mapped[date]
    amount: Mapped[Quantity]
    commodity: Mapped[str] = mapped_column(ForeignKey("commodities.code"))
    source: Mapped[str]
    entry_number: Mapped[int] = mapped_column(ForeignKey("journal_entries.number"), unique=True)


class SponsorshipCredit(Sealed, Base):
    """What is credited towards a sponsorship: the fee of a bounty, or the rest of a renewal.

    `document` is the bounty's or the renewal's id; its key lets it be credited once, to one.
    """

    __tablename__ = "sponsorship_credits"
    __table_args__ = (
        CheckConstraint("kind IN ('bounty-fee','renewal')", name="kind"),
        CheckConstraint("amount > 0", name="positive"),
    )

    kind: Mapped[str] = mapped_column(primary_key=True)
    document: Mapped[str] = mapped_column(primary_key=True)
    sponsorship: Mapped[str] = mapped_column(ForeignKey("sponsorships.id"), index=True)
    amount: Mapped[Quantity]


class SponsorshipEarning(Sealed, Base):
    """The part of a sponsorship that a month (`2026-10`) earned."""

    __tablename__ = "sponsorship_earnings"
    __table_args__ = (CheckConstraint("amount > 0", name="positive"),)

    sponsorship: Mapped[str] = mapped_column(ForeignKey("sponsorships.id"), primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    amount: Mapped[Quantity]
    entry_number: Mapped[int] = mapped_column(ForeignKey("journal_entries.number"), unique=True)


class SponsorshipEnd(Sealed, Base):
    """A sponsorship that was cancelled, once, and on what evidence.

    `relieved` is what the exchange no longer owes, `returned` what of a credited bounty fee is
    the bounty's income again, `refunded` what the exchange gets back.
    """

    __tablename__ = "sponsorship_ends"
    __table_args__ = (
        CheckConstraint("kind = 'cancelled'", name="kind"),
        CheckConstraint("relieved >= 0 AND returned >= 0 AND refunded >= 0", name="not_negative"),
        CheckConstraint("evidence <> ''", name="evidence"),
    )

    sponsorship: Mapped[str] = mapped_column(ForeignKey("sponsorships.id"), primary_key=True)
    kind: Mapped[str]
    on: Mapped[date]
    evidence: Mapped[str]
    relieved: Mapped[Quantity]
    returned: Mapped[Quantity]
    refunded: Mapped[Quantity]
    entry_number: Mapped[int] = mapped_column(ForeignKey("journal_entries.number"), unique=True)
