"""The tables of conversions: the prices of a batch, the figures behind them, what a line converts.

Law: INSERT-only, written by the change that freezes the batch. The database holds each price to
figures in force, and each line to the prices.
"""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ledger.base import Base, Quantity, Sealed
from payouts.ending_tables import of_a_line


class PayoutPrice(Sealed, Base):
    """What one unit of a commodity is worth in dollars in a batch, and the rule that says so."""

    __tablename__ = "payout_prices"
    __table_args__ = (
        CheckConstraint("rule IN ('dollar', 'par', 'average', 'newest')", name="rule"),
        CheckConstraint("price > 0", name="positive"),
    )

    batch: Mapped[str] = mapped_column(ForeignKey("payout_batches.id"), primary_key=True)
    commodity: Mapped[str] = mapped_column(ForeignKey("commodities.code"), primary_key=True)
    rule: Mapped[str]
    price: Mapped[Quantity]


class PayoutPriceSource(Sealed, Base):
    """A price of the register on which a batch's price rests, as it was in force then."""

    __tablename__ = "payout_price_sources"
    __table_args__ = (
        ForeignKeyConstraint(
            ["batch", "commodity"], ["payout_prices.batch", "payout_prices.commodity"]
        ),
    )

    batch: Mapped[str] = mapped_column(primary_key=True)
    commodity: Mapped[str] = mapped_column(primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    price: Mapped[Quantity]


class PayoutLineConversion(Sealed, Base):
    """What a line pays in another commodity: how much of which is owed, offsets taken off."""

    __tablename__ = "payout_line_conversions"
    __table_args__ = (
        of_a_line(),
        ForeignKeyConstraint(
            ["batch", "commodity"], ["payout_prices.batch", "payout_prices.commodity"]
        ),
        CheckConstraint("owed > 0", name="positive"),
    )

    batch: Mapped[str] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    commodity: Mapped[str]
    owed: Mapped[Quantity]
