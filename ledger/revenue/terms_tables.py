"""The tables of what terms say besides rate and weights, and of holds on what falls due.

Law: rows come with the terms that they belong to, in the same change; the database refuses a
later one, so that nothing that a month was settled by changes under it.
"""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

import ledger.people_tables
import ledger.revenue.tables  # noqa: F401 - keys point there
from ledger.base import Base, Quantity, Sealed


def _of_terms() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["agreement", "terms_version"],
        ["agreement_terms.agreement", "agreement_terms.version"],
    )


class TermsDetails(Sealed, Base):
    """What a version of terms says besides; a version without a row says none of it.

    `statement_day` is the day of the next month by which a statement usually comes, `payment_days`
    how many days after a month's end its money is due; blank takes the policy's. `rebate_rate` is
    the part of the fee share that goes back to users before anybody else has a part; the exchange
    pays it, or the Foundation through `rebate_payee`. How maintainers were selected is public.
    """

    __tablename__ = "terms_details"
    __table_args__ = (
        _of_terms(),
        CheckConstraint("statement_day BETWEEN 1 AND 28", name="statement_day"),
        CheckConstraint("payment_days BETWEEN 0 AND 365", name="payment_days"),
        CheckConstraint(
            # A comparison with a missing value is neither true nor false, and would pass.
            "coalesce((rebate_rate IS NULL AND rebate_payer IS NULL AND rebate_payee IS NULL)"
            " OR (rebate_rate > 0 AND rebate_rate <= 1"
            " AND ((rebate_payer = 'exchange' AND rebate_payee IS NULL)"
            " OR (rebate_payer = 'foundation' AND rebate_payee IS NOT NULL))), false)",
            name="rebate",
        ),
    )

    agreement: Mapped[str] = mapped_column(primary_key=True)
    terms_version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    statement_day: Mapped[int | None]
    payment_days: Mapped[int | None]
    rebate_rate: Mapped[Quantity | None]
    rebate_payer: Mapped[str | None]
    rebate_payee: Mapped[str | None] = mapped_column(ForeignKey("parties.id"))
    confidential: Mapped[bool]
    selection_method: Mapped[str | None]
    selected_on: Mapped[date | None]
    selection_link: Mapped[str | None]


class TermsTier(Sealed, Base):
    """A band of tiered terms: the rate of a month whose figure is `at_least` so much.

    A band ends where the next begins; the first begins at zero. All bands of a version are on one
    `basis`: the month's trading fees or its volume, in the agreement's commodity.
    """

    __tablename__ = "terms_tiers"
    __table_args__ = (
        _of_terms(),
        CheckConstraint("basis IN ('trading-fees', 'volume')", name="basis"),
        CheckConstraint("at_least >= 0", name="at_least"),
        CheckConstraint("rate > 0 AND rate <= 1", name="rate"),
    )

    agreement: Mapped[str] = mapped_column(primary_key=True)
    terms_version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at_least: Mapped[Quantity] = mapped_column(primary_key=True)
    basis: Mapped[str]
    rate: Mapped[Quantity]


class TermsIncentive(Sealed, Base):
    """A liquidity incentive that an agreement brings: a promise to market makers, never booked.

    `commodity` is as the agreement names it; the books need not know it.
    """

    __tablename__ = "terms_incentives"
    __table_args__ = (
        _of_terms(),
        CheckConstraint("amount > 0", name="positive"),
        CheckConstraint("ends_on >= starts_on", name="dates"),
    )

    agreement: Mapped[str] = mapped_column(primary_key=True)
    terms_version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    amount: Mapped[Quantity]
    commodity: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    note: Mapped[str]


class TermsEnd(Sealed, Base):
    """Terms without a last day that ended after all: exchange or agreement came to an end."""

    __tablename__ = "terms_ends"
    __table_args__ = (_of_terms(), CheckConstraint("reason <> ''", name="reason"))

    agreement: Mapped[str] = mapped_column(primary_key=True)
    terms_version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ends_on: Mapped[date]
    reason: Mapped[str]
    ended_by: Mapped[str]


class PerformanceHold(Sealed, Base):
    """Maintenance does not perform well: from a day on no share of the agreement falls due.

    It holds one payee's shares, or all if `payee` is blank, until it is released. `evidence` is a
    link; counts and ages in days say what it shows: open bugs, and breakages of the API.
    """

    __tablename__ = "performance_holds"
    __table_args__ = (
        CheckConstraint("reason <> '' AND evidence <> ''", name="evidence"),
        CheckConstraint(
            "open_bugs >= 0 AND oldest_bug_days >= 0 AND api_breakages >= 0"
            " AND oldest_breakage_days >= 0",
            name="counts",
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    agreement: Mapped[str] = mapped_column(ForeignKey("agreements.id"), index=True)
    payee: Mapped[str | None] = mapped_column(ForeignKey("parties.id"))
    effective_from: Mapped[date]
    reason: Mapped[str]
    evidence: Mapped[str]
    open_bugs: Mapped[int | None]
    oldest_bug_days: Mapped[int | None]
    api_breakages: Mapped[int | None]
    oldest_breakage_days: Mapped[int | None]
    placed_by: Mapped[str]


class PerformanceHoldRelease(Sealed, Base):
    """A hold that ended: from `released_on` on, what was earned meanwhile falls due."""

    __tablename__ = "performance_hold_releases"
    __table_args__ = (CheckConstraint("reason <> ''", name="reason"),)

    hold: Mapped[str] = mapped_column(ForeignKey("performance_holds.id"), primary_key=True)
    released_on: Mapped[date]
    reason: Mapped[str]
    released_by: Mapped[str]
