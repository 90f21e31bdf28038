"""The tables beside `prices`: where each price came from, and prices that two persons stand for.

Law: INSERT-only. What contradicts a price, or lies far from those before it, waits here as a
proposal until another person accepts it; both figures stay.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

import ledger.tables  # noqa: F401 - keys point there
from ledger.base import Base, Quantity, Sealed

MOMENTS = "observed_at <= retrieved_at"


class PriceOrigin(Sealed, Base):
    """Where a price came from: who provided it, when it was observed and taken, the raw bytes.

    `observed_at` is the moment the provider says the price is of; blank if it does not say.
    """

    __tablename__ = "price_origins"
    __table_args__ = (
        CheckConstraint(MOMENTS, name="moments"),
        ForeignKeyConstraint(
            ["commodity", "quote", "on", "source"],
            ["prices.commodity", "prices.quote", "prices.on", "prices.source"],
            name="price_origins_price_fkey",
        ),
    )

    commodity: Mapped[str] = mapped_column(primary_key=True)
    quote: Mapped[str] = mapped_column(primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    provider: Mapped[str]
    observed_at: Mapped[datetime | None]
    retrieved_at: Mapped[datetime]
    raw_sha256: Mapped[str] = mapped_column(ForeignKey("evidence.sha256"))


class PriceProposal(Sealed, Base):
    """A price that does not hold by one person's word: an outlier, or other than the one there."""

    __tablename__ = "price_proposals"
    __table_args__ = (
        CheckConstraint("price > 0", name="positive"),
        CheckConstraint("cause IN ('outlier','other price')", name="cause"),
        CheckConstraint("trim(reason) <> ''", name="reason"),
        CheckConstraint(MOMENTS, name="moments"),
        Index("price_proposals_price_idx", "commodity", "quote", "on", "source"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    commodity: Mapped[str] = mapped_column(ForeignKey("commodities.code"))
    quote: Mapped[str] = mapped_column(ForeignKey("commodities.code"))
    on: Mapped[date]
    source: Mapped[str]
    price: Mapped[Quantity]
    cause: Mapped[str]
    reason: Mapped[str]
    proposed_by: Mapped[str]
    provider: Mapped[str]
    observed_at: Mapped[datetime | None]
    retrieved_at: Mapped[datetime]
    raw_sha256: Mapped[str] = mapped_column(ForeignKey("evidence.sha256"))


class PriceAcceptance(Sealed, Base):
    """A second person's word for a proposed price; the database refuses the proposer's."""

    __tablename__ = "price_acceptances"

    proposal: Mapped[int] = mapped_column(
        ForeignKey("price_proposals.number"), primary_key=True, autoincrement=False
    )
    accepted_by: Mapped[str]
