"""The tables of purchases: what proposals let be spent of a fee share, and what was bought."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

import ledger.bank_tables  # noqa: F401 - keys point there
from ledger.base import Base, Quantity, Sealed


class PurchaseMandate(Sealed, Base):
    """What part of an exchange's fee share a proposal lets be spent on another commodity.

    `fraction` is of what the exchange paid in `spent` from `since` on, until the last day if there
    is one; both days are included.
    """

    __tablename__ = "purchase_mandates"
    __table_args__ = (
        CheckConstraint("fraction > 0 AND fraction <= 1", name="fraction"),
        CheckConstraint("spent <> bought", name="commodities"),
        CheckConstraint("until >= since", name="days"),
    )

    proposal: Mapped[str] = mapped_column(primary_key=True)
    exchange: Mapped[str] = mapped_column(ForeignKey("parties.id"), primary_key=True)
    fraction: Mapped[Quantity]
    spent: Mapped[str] = mapped_column(ForeignKey("commodities.code"))
    bought: Mapped[str] = mapped_column(ForeignKey("commodities.code"))
    since: Mapped[date]
    until: Mapped[date | None]
    source: Mapped[str]


class Purchase(Sealed, Base):
    """A conversion made under a mandate; what was spent and got stands in the conversion."""

    __tablename__ = "purchases"
    __table_args__ = (
        ForeignKeyConstraint(
            ["proposal", "exchange"], ["purchase_mandates.proposal", "purchase_mandates.exchange"]
        ),
    )

    conversion: Mapped[str] = mapped_column(ForeignKey("conversions.id"), primary_key=True)
    proposal: Mapped[str]
    exchange: Mapped[str]
