"""The tables of waivers: what an exchange paid by month, the notice, the decision, the override.

Law: INSERT-only. A basis is what its receipts sum up to; a decision rests on one, and a waiver on
a decision, or on two persons' word.
"""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

import ledger.bank_tables
import ledger.revenue.connector_tables
import ledger.revenue.credit_tables  # noqa: F401 - keys point there
from ledger.base import Base, Quantity, Sealed


class WaiverBasis(Sealed, Base):
    """What an exchange's fee share came to, in USD, in the whole months before a day.

    `total` is the sum of the receipts, `threshold` and `at_least` are the policy's: the renewal
    is waived (`above`) where the total is more than the threshold for each month, and there are
    enough months. `until` is the last month's last day.
    """

    __tablename__ = "waiver_bases"
    __table_args__ = (
        CheckConstraint("months >= 0 AND at_least >= 1", name="months"),
        CheckConstraint(
            "above = (total > threshold * months AND months >= at_least)", name="above"
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    connector: Mapped[str] = mapped_column(ForeignKey("connectors.id"), index=True)
    year_from: Mapped[date]
    until: Mapped[date]
    months: Mapped[int]
    at_least: Mapped[int]
    total: Mapped[Quantity]
    threshold: Mapped[Quantity]
    above: Mapped[bool]


class WaiverReceipt(Sealed, Base):
    """Money of a month (`2026-03`) that counts for a basis, at a stored price of the month.

    A match of `bank_line`, with the fees kept back; without a line, a credit of `document` that
    went back to the exchange, below zero. `match` numbers either. The price of USD is 1.
    """

    __tablename__ = "waiver_receipts"
    __table_args__ = (
        ForeignKeyConstraint(["bank_line", "match"], ["matches.bank_line", "matches.number"]),
        CheckConstraint("price > 0", name="price"),
        CheckConstraint("abs(value - amount * price) <= 0.0000000000000000005", name="value"),
    )

    basis: Mapped[str] = mapped_column(ForeignKey("waiver_bases.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    period: Mapped[str]
    document: Mapped[str]
    bank_line: Mapped[str | None]
    match: Mapped[int]
    commodity: Mapped[str] = mapped_column(ForeignKey("commodities.code"))
    amount: Mapped[Quantity]
    price: Mapped[Quantity]
    price_on: Mapped[date]
    price_source: Mapped[str]
    value: Mapped[Quantity]


class RenewalNotice(Sealed, Base):
    """The notice of a connector's next year, sent once; its basis is provisional."""

    __tablename__ = "renewal_notices"
    __table_args__ = (
        CheckConstraint("evidence <> ''", name="evidence"),
        CheckConstraint("sent_to <> ''", name="sent_to"),
    )

    connector: Mapped[str] = mapped_column(ForeignKey("connectors.id"), primary_key=True)
    year_from: Mapped[date] = mapped_column(primary_key=True)
    sent_on: Mapped[date]
    sent_to: Mapped[str]
    evidence: Mapped[str]
    basis: Mapped[str] = mapped_column(ForeignKey("waiver_bases.id"), unique=True)


class RenewalDecision(Sealed, Base):
    """Whether a connector's year is waived or invoiced, decided once, when it had begun.

    `renewal` is the invoice; of a waived year, the one that was there before and is waived.
    """

    __tablename__ = "renewal_decisions"
    __table_args__ = (
        CheckConstraint("outcome IN ('waived','invoiced')", name="outcome"),
        CheckConstraint("outcome = 'waived' OR renewal IS NOT NULL", name="renewal"),
        CheckConstraint("decided_on >= year_from", name="not_before"),
    )

    connector: Mapped[str] = mapped_column(ForeignKey("connectors.id"), primary_key=True)
    year_from: Mapped[date] = mapped_column(primary_key=True)
    decided_on: Mapped[date]
    outcome: Mapped[str]
    basis: Mapped[str] = mapped_column(ForeignKey("waiver_bases.id"), unique=True)
    renewal: Mapped[str | None] = mapped_column(ForeignKey("renewals.id"), unique=True)


class WaiverOverride(Sealed, Base):
    """A person's proposal to waive a renewal whose basis does not prove it, and why."""

    __tablename__ = "waiver_overrides"
    __table_args__ = (CheckConstraint("trim(reason) <> ''", name="reason"),)

    renewal: Mapped[str] = mapped_column(ForeignKey("renewals.id"), primary_key=True)
    reason: Mapped[str]
    proposed_by: Mapped[str]


class WaiverOverrideConfirmation(Sealed, Base):
    """A second person's word for an override; the database refuses the proposer's."""

    __tablename__ = "waiver_override_confirmations"

    renewal: Mapped[str] = mapped_column(ForeignKey("waiver_overrides.renewal"), primary_key=True)
    confirmed_by: Mapped[str]
